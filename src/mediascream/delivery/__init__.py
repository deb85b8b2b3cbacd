"""Bringing each photo to each destination, once, and writing the receipt."""
