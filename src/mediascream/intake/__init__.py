"""Step 1: bytes from a socket become a file in the spool, and a row that says so."""
