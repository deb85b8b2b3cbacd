"""One Mediascream at a time on what only one may work on."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from mediascream.errors import DataFolderInUse

if TYPE_CHECKING:
    from pathlib import Path


class Lock:
    """A lock that lasts as long as its process, however that ends.

    Args:
        file: An empty file that names what is locked; it stays behind.

    Raises:
        DataFolderInUse: Another process holds it.
    """

    def __init__(self, file: Path) -> None:
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._handle)
            msg = f"{file.parent} is in use by another Mediascream ({file.stem}); stop that one first, or set DATA_FOLDER."
            raise DataFolderInUse(msg) from error

    def release(self) -> None:
        """Let others in."""
        os.close(self._handle)
