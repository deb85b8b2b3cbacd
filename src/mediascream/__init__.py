"""Mediascream: send a photo once; it is kept, copied exactly once to each service you like, and you can prove it."""
