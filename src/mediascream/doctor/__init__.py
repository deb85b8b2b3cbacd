"""`mediascream doctor`: looks at everything that a library stands on, and says what to do. `rounds.py` is the list."""
