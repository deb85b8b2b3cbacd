"""Bytes from a socket into the spool: hashed, sniffed, bounded, durable.

The event loop only passes memory on. Hashing, writing and syncing happen in the spool's threads, at
most one batch of a file at a time, so an upload holds at most two batches: one filling, one being
written. A file that fits into one batch costs one hop to a thread, with everything done in it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediascream.errors import (
    DigestMismatch,
    EmptyUpload,
    FilesRefused,
    NotAPhoto,
    Refusal,
    RequestRefused,
    UploadTooLarge,
)
from mediascream.intake.spool import telling_full_disks
from mediascream.media_types import HEAD_BYTES, identify
from mediascream.photo import PhotoId

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from mediascream.intake.spool import Spool
    from mediascream.photo import MediaType

BATCH_PIECES: Final = 512
"""A sender that dribbles must not fill memory with tiny objects; also below every system's IOV_MAX."""


@dataclass(frozen=True, slots=True)
class Received:
    """An original that lies in the spool for good, and has no row yet."""

    id: PhotoId
    file_name: str
    media_type: MediaType
    size_bytes: int


class Landing:
    """The files of one request on their way into the spool: all of them, or none.

    Used as an async context manager. When it ends, whatever was not given its name is gone, and so is
    what was given one but is needed by no row.

    Args:
        limit_bytes: For each file.
        sender: Whose turn it takes to write; no sender's flood makes another one wait.
    """

    def __init__(self, spool: Spool, *, limit_bytes: int, sender: str = "") -> None:
        self._spool = spool
        self._sender = sender
        self._limit_bytes = limit_bytes
        self._files: list[IncomingFile] = []
        self._claimed: list[PhotoId] = []
        self._kept = False

    async def __aenter__(self) -> Self:
        self._spool.begin_file()
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._spool.end_file()
        if self._kept:
            self._spool.release_kept(self._claimed)
        else:
            await asyncio.shield(self._clear())

    @property
    def refused(self) -> bool:
        """Whether a file was found that cannot be kept; bytes are then only looked at, not stored."""
        return any(file.refusal for file in self._files)

    async def begin(self, file_name: str) -> IncomingFile:
        """The next file; the one before it is complete."""
        if self._files:
            await self._files[-1].finish()
        file = IncomingFile(
            self._spool, file_name, limit_bytes=self._limit_bytes, sender=self._sender, dry=self.refused
        )
        self._files.append(file)
        return file

    def refuse(self) -> None:
        """Refuse the request if one of its files must be.

        Raises:
            FilesRefused: With all that is known by now.
        """
        found = ((index, file.file_name, file.refusal) for index, file in enumerate(self._files))
        refusals = [Refusal(index, name, error) for index, name, error in found if error is not None]
        if refusals:
            raise FilesRefused(refusals)

    def end(self) -> None:
        """All files are complete: refuse the request if one of them must be.

        Raises:
            FilesRefused: With every bad file.
        """
        for file in self._files:
            file.judge()
        self.refuse()

    async def settle(self, *, expected: PhotoId | None = None) -> list[Received]:
        """Make all files durable under their names; the last one is complete.

        Args:
            expected: The id that the sender announced for its only file.

        Raises:
            FilesRefused: One is empty, too large, or no photo.
            DigestMismatch: It is not the file that was expected.
            DiskFull: There is no room.
        """
        self.end()
        await self._files[-1].drain()
        return await self._spool.run(self._settle, expected, sender=self._sender)

    def keep(self) -> None:
        """Every file has a new row that needs it: nothing is to be cleared away."""
        self._kept = True

    def _settle(self, expected: PhotoId | None) -> list[Received]:
        received = [file.complete() for file in self._files]
        if expected is not None and received[0].id != expected:
            raise DigestMismatch(f"The bytes that came have the SHA-256 {received[0].id}, not the one announced.")
        self._claimed = [one.id for one in received]
        with telling_full_disks():
            self._spool.claim([(file.part, one.id) for file, one in zip(self._files, received, strict=True)])
        return received

    async def _clear(self) -> None:
        for file in self._files:
            await file.stop()
        await self._spool.run(self._remove, sender=self._sender)

    def _remove(self) -> None:
        for file in self._files:
            file.drop()
        if self._claimed:
            self._spool.release(self._claimed)


class IncomingFile:
    """One file on its way into the spool. What is wrong with it is remembered in `refusal`, not raised.

    Args:
        limit_bytes: The first byte past this is not written.
        dry: The request is refused already: look at the bytes, store nothing.
    """

    def __init__(self, spool: Spool, file_name: str, *, limit_bytes: int, sender: str, dry: bool) -> None:
        self.file_name = file_name
        self.part = spool.new_part()
        self.size_bytes = 0
        self.refusal: RequestRefused | None = None
        self._spool = spool
        self._limit_bytes = limit_bytes
        self._sender = sender
        self._dry = dry
        self._head = b""
        self._media_type: MediaType | None = None
        self._batch: list[memoryview] = []
        self._batch_bytes = 0
        self._job: asyncio.Future[None] | None = None
        self._disk = _DiskFile(self.part, spool)
        self._received: Received | None = None

    async def write(self, piece: memoryview) -> None:
        """Take the next bytes; waits while both batches are full.

        Raises:
            DiskFull: There is no room for the batch before.
        """
        self._look_at(piece)
        if self._dry or self.refusal:
            self._batch = []
            return
        if self._batch_bytes + len(piece) > self._spool.batch_bytes or len(self._batch) >= BATCH_PIECES:
            await self._flush()
        self._batch.append(piece)
        self._batch_bytes += len(piece)

    async def finish(self) -> None:
        """Make a file that is complete durable, so that it holds no memory while the next one comes."""
        self.judge()
        await self.drain()
        if not (self._dry or self.refusal):
            await self._spool.run(self.complete, sender=self._sender)

    def judge(self) -> None:
        """Find what can only be found once all of the file has come."""
        if self.size_bytes == 0:
            self.refusal = EmptyUpload(f"{self.file_name or 'The file'} is empty.")
        elif self.size_bytes < HEAD_BYTES:
            self._sniff()

    async def drain(self) -> None:
        """Wait for the batch that is being written.

        Raises:
            DiskFull: There was no room for it.
        """
        if self._job is not None:
            job, self._job = self._job, None
            await job

    def complete(self) -> Received:
        """Write what is left and make it durable; in a thread. A second call gives the same answer."""
        if self._media_type is None:
            message = "a file is judged before it is completed"
            raise ValueError(message)
        if self._received is None:
            digest = self._disk.complete(self._batch)
            self._batch = []
            name = self.file_name or f"photo.{self._media_type.ending}"
            self._received = Received(PhotoId(digest), name, self._media_type, self.size_bytes)
        return self._received

    async def stop(self) -> None:
        """Let the batch that is being written end, however it does."""
        if self._job is not None:
            await asyncio.gather(self._job, return_exceptions=True)

    def drop(self) -> None:
        """Remove what is there of the file under its temporary name; in a thread."""
        self._disk.drop()

    async def _flush(self) -> None:
        await self.drain()
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        self._job = asyncio.ensure_future(self._spool.run(self._disk.append, batch, sender=self._sender))

    def _look_at(self, piece: memoryview) -> None:
        missing = HEAD_BYTES - len(self._head)
        if missing > 0:
            self._head += piece[:missing]
            if len(self._head) == HEAD_BYTES:
                self._sniff()
        self.size_bytes += len(piece)
        if self.size_bytes > self._limit_bytes:
            name = self.file_name or "The file"
            self.refusal = UploadTooLarge(f"{name} has more than the {self._limit_bytes} bytes that a file may have.")

    def _sniff(self) -> None:
        self._media_type = identify(self._head)
        if self._media_type is None:
            name = self.file_name or "The file"
            self.refusal = NotAPhoto(f"{name} is, by its bytes, no photo or video of a kind that is kept.")


class _DiskFile:
    """A file that is hashed as it is written. For threads; calls from several of them take turns."""

    def __init__(self, path: Path, spool: Spool) -> None:
        self._path = path
        self._spool = spool
        self._hash = hashlib.sha256()
        self._fd: int | None = None
        self._lock = threading.Lock()
        self._dropped = False

    def append(self, pieces: list[memoryview]) -> None:
        with self._lock, telling_full_disks():
            self._append(pieces)

    def complete(self, pieces: list[memoryview]) -> str:
        """Make all that was written durable; the SHA-256 of it."""
        with self._lock, telling_full_disks():
            sync_data(self._append(pieces))
            self._close()
        return self._hash.hexdigest()

    def drop(self) -> None:
        with self._lock:
            self._dropped = True
            self._close()
            self._path.unlink(missing_ok=True)

    def _append(self, pieces: list[memoryview]) -> int:
        self._spool.require_room(sum(map(len, pieces)))
        fd = self._open()
        for piece in pieces:
            self._hash.update(piece)
        write_all(fd, pieces)
        return fd

    def _open(self) -> int:
        if self._dropped:
            message = "the file was dropped"
            raise ValueError(message)
        if self._fd is None:
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return self._fd

    def _close(self) -> None:
        if self._fd is not None:
            fd, self._fd = self._fd, None
            os.close(fd)


def write_all(fd: int, pieces: list[memoryview]) -> None:
    """Write pieces, at most `BATCH_PIECES` of them, where the file stands, however few the system takes at once."""
    written = os.writev(fd, pieces)
    for piece in pieces:
        taken = min(written, len(piece))
        written -= taken
        while taken < len(piece):  # only where the system took less than all: a signal, a nearly full disk
            taken += os.write(fd, piece[taken:])


sync_data = getattr(os, "fdatasync", os.fsync)
"""macOS has only the latter."""
