"""HTTP: everything that is asked of the server from outside comes through here."""
