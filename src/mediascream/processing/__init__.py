"""What a file says of itself, and its small pictures; decoded where a hostile file can harm nobody.

Step 2 of a photo's life. Read `sandbox.py` first: it is all that the rest of the house uses. What it starts
(`child.py`, and below it `metadata.py` and `renditions.py`) runs in child processes that a file may kill.
"""
