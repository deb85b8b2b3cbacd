"""Telling a person that something needs one: once for each event, whatever is restarted or fails meanwhile.

conditions.py   what is wrong now (pure, from one look at database and disks)
book.py         what was told of it to whom, and what is to be told next (pure)
telling.py      one message to one address, by a process of its own (child.py)
watchman.py     the thread that does this every minute, beside the worker
"""
