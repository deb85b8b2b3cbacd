"""The laptop's side: what the commands do that talk to a server over HTTP.

An upload is a row of steps joined by short queues (`upload.py`, read first): `walk.py` finds files,
`ledger.py` remembers or `fingerprint.py` computes their ids, `server.py` asks which are unknown and
sends those, and each file ends in one `outcome.py`. Nothing here ever deletes or changes a file.
"""
