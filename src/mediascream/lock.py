"""One Mediascream at a time on what only one may work on."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from mediascream.errors import DataFolderInUse, FolderNotWritable


class Lock:
    """A lock that lasts as long as its process, however that ends.

    Args:
        file: Is made, names the process that holds the lock, and stays behind.

    Raises:
        DataFolderInUse: Another process holds it.
        FolderNotWritable: The file cannot be made, or its file system knows no locks.
    """

    def __init__(self, file: Path) -> None:
        try:
            self._handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            msg = f"{file} cannot be written: {error.strerror}"
            raise FolderNotWritable(msg) from error
        try:
            self._take(file)
        except BaseException:
            os.close(self._handle)
            raise
        os.truncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others in."""
        os.close(self._handle)

    def _take(self, file: Path) -> None:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._handle, 20, 0).decode(errors="replace").strip()
            msg = f"{file.parent} is in use by another Mediascream (process {holder or 'unknown'}): stop that one, or set DATA_FOLDER"
            raise DataFolderInUse(msg) from error
        except OSError as error:
            msg = f"{file} cannot be locked: {error.strerror}"
            raise FolderNotWritable(msg) from error


LOCKS = Path("/proc/locks")


def holder_of(file: Path, locks: Path = LOCKS) -> int | None:
    """The process that holds a lock, without touching it; None where nobody does, or the system does not say.

    `/proc/locks` names all of them (proc_locks(5), read 2026-11-24): taking the lock to see whether it is free would
    keep a server from starting at that moment.
    """
    try:
        named = file.read_text().strip()
        held = [line.split() for line in locks.read_text().splitlines()]
    except OSError:
        return None
    return int(named) if any(fields[1:2] == ["FLOCK"] and fields[4:5] == [named] for fields in held) else None
