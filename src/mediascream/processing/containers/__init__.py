"""Finds the metadata packets and the size in pixels in each kind of file, without decoding pixels."""
