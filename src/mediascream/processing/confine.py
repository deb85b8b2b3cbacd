"""What a child gives up before it touches a file.

It cannot write a file (not one byte), dump core, gain rights, use more than 3 GB of address space, or do what
`system_calls.py` lists; it yields to the server, ignores the terminal's Ctrl-C (its parent decides), and dies with
its parent.
Source, read 2026-11-24: setrlimit(2), prctl(2).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

from mediascream.processing.system_calls import refuse_system_calls

_PR_SET_PDEATHSIG = 1
_ADDRESS_SPACE_BYTES = 3 << 30
_NICE = 5


def confine(parent_pid: int) -> None:
    """Give up rights, for good.

    Args:
        parent_pid: Who started this process; if it is gone already, this one ends at once.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(_NICE)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, _ADDRESS_SPACE_BYTES)
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        sys.exit(0)
    refuse_system_calls()


def _limit(what: int, most: int) -> None:
    """Never raises a limit that is lower already."""
    _, hard = resource.getrlimit(what)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (allowed, allowed))
