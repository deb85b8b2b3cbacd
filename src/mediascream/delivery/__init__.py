"""Bringing each photo to each destination, once, and writing the receipt.

work.py         START HERE: which jobs there are, and how they get on the to-do list
plan.py         which deliveries a photo gets, and which are due (pure)
deliver.py      one attempt: begin, act, settle
keep.py         an archive's act: original, sidecar, renditions;  sidecars.py  and when something changes later
derivatives.py  JPEGs of what a service does not take, kept until the receipt is written
outgoing.py     what a service's act is given
retry.py        what follows from an error (pure)
troubles.py     when a whole destination is in trouble
contacts.py     is the archive there, and ours?
originals.py    where the bytes can be read now
hand.py         what a person can do: retry, skip, pause, backfill
reconcile.py    whatever is open and has no job gets one
drop_old.py     the end of a move to another archive
"""
