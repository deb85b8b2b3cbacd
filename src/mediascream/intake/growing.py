"""The bytes of one upload that may be resumed, growing at their end. For threads, one at a time.

The size of the file is the offset: nothing else is written down that could disagree with it. The SHA-256
runs along while the upload lives in this process; after a restart the file is read once at its end.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediascream.errors import ChecksumWrong
from mediascream.intake.receive import sync_data, write_all
from mediascream.intake.spool import telling_full_disks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BLOCK_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a sender says of the bytes of one request.

    Attributes:
        algorithm: As `hashlib` calls it.
    """

    algorithm: str
    digest: bytes


class GrowingFile:
    """A file that only ever gets longer, or back to where a request began.

    Args:
        require_room: Raises where so many bytes more do not fit.
    """

    def __init__(self, path: Path, require_room: Callable[[int], None]) -> None:
        self.path = path
        self._require_room = require_room
        self._digest = hashlib.sha256()
        self._digested = 0

    def size(self) -> int:
        """How many bytes there are: the offset."""
        return self.path.stat().st_size

    def append(self, pieces: list[memoryview]) -> None:
        """Write on at the end.

        Raises:
            DiskFull: They do not fit; what was written of them stays.
        """
        self._require_room(sum(map(len, pieces)))
        with telling_full_disks(), self._open(os.O_APPEND) as fd:
            at = os.fstat(fd).st_size
            write_all(fd, pieces)
        if at == self._digested:
            for piece in pieces:
                self._digest.update(piece)
                self._digested += len(piece)

    def append_file(self, source: Path) -> None:
        """Write on with all that another file holds."""
        for block in blocks(source):
            self.append([memoryview(block)])

    def sync(self) -> None:
        """Make all that was written durable."""
        with telling_full_disks(), self._open(0) as fd:
            sync_data(fd)

    def cut(self, size_bytes: int) -> None:
        """Go back to an earlier size, for good."""
        with self._open(0) as fd:
            os.ftruncate(fd, size_bytes)
            sync_data(fd)
        self._digest, self._digested = hashlib.sha256(), 0

    def sha256(self) -> str:
        """The digest of all of it; what was not digested on the way is read."""
        for block in blocks(self.path, self._digested):
            self._digest.update(block)
            self._digested += len(block)
        return self._digest.hexdigest()

    def head(self, size_bytes: int) -> bytes:
        """The first bytes."""
        with self.path.open("rb", buffering=0) as file:
            return file.read(size_bytes)

    @contextlib.contextmanager
    def _open(self, flags: int) -> Iterator[int]:
        fd = os.open(self.path, os.O_WRONLY | os.O_CLOEXEC | flags)
        try:
            yield fd
        finally:
            os.close(fd)


class Addition:
    """What one request adds. With a checksum, nothing of it counts before all of it is proven.

    Args:
        aside: Where bytes lie that are not proven yet.
    """

    def __init__(self, file: GrowingFile, aside: Path, checksum: Checksum | None) -> None:
        self._file = file
        self._aside = aside
        self._checksum = checksum
        self._digest = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        self._began_at = file.size()

    def write(self, pieces: list[memoryview]) -> None:
        """Take the next bytes.

        Raises:
            DiskFull: There is no room for them.
        """
        if self._digest is None:
            self._file.append(pieces)
            return
        for piece in pieces:
            self._digest.update(piece)
        with telling_full_disks(), self._aside.open("ab", buffering=0) as file:
            write_all(file.fileno(), pieces)

    def complete(self) -> None:
        """All has come: make it durable.

        Raises:
            ChecksumWrong: It came out damaged, and nothing of it is kept.
            DiskFull: There is no room for it.
        """
        if self._checksum is not None and self._digest is not None:
            if self._digest.digest() != self._checksum.digest:
                self._aside.unlink(missing_ok=True)
                raise ChecksumWrong(f"The bytes do not have the {self._checksum.algorithm} that was sent with them.")
            if self._aside.exists():
                self._file.append_file(self._aside)
        self.keep()

    def keep(self) -> None:
        """The sender is gone: what came stays, unless it had to be proven."""
        self._aside.unlink(missing_ok=True)
        self._file.sync()

    def undo(self) -> None:
        """Keep nothing of it."""
        self._aside.unlink(missing_ok=True)
        self._file.cut(self._began_at)


def blocks(path: Path, start: int = 0) -> Iterator[bytes]:
    """What a file holds, a part at a time."""
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        while block := file.read(BLOCK_BYTES):
            yield block
