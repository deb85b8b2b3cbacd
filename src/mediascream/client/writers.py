"""Whether somebody has a file open for writing, as far as the system tells."""

from __future__ import annotations

import errno
import fcntl
import os
from typing import Final

_SET_LEASE: Final[int | None] = getattr(fcntl, "F_SETLEASE", None)


def is_being_written(path: str) -> bool:
    """True where somebody has it open for writing; False also where that cannot be known.

    Linux grants a read lease only on a file that nobody has open for writing, and only to its owner
    (fcntl(2), read 2026-11-24). It is given back at once. Where somebody opens the file in between, the system sends
    SIGIO, which the command ignores.
    """
    if _SET_LEASE is None:
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(descriptor, _SET_LEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, _SET_LEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False
