"""When something was lost: a database made again from the archive, and copies of the database in the archive.

    scan.py         what lies in an archive: originals with their sidecars, and what is neither
    remembering.py  what one original and its sidecar say of a photo
    rebuild.py      all of it made rows again
    copies.py       the nightly copy of the database, and how many are kept
    restore.py      the newest good copy put in place; `rebuild.py` brings it up to date

Nothing here removes or rewrites an original or a sidecar.
"""
