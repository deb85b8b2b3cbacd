"""Originals in a folder of this machine, or of a disk or share that is mounted there.

A put is: copy into `.tmp/` (by the kernel, sharing blocks where the file system can), flush, read back
from the disk and compare with the id, give it its name without overwriting, flush the folder. A crash at
any point leaves at most a file in `.tmp/`, which is swept away a day later. One pass of SHA-256 in all.

`.tmp/` is made when the archive is opened and never again: where it is gone, so is the disk, and nothing
is written into the empty mount point, nor called missing.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import contextmanager, suppress
from itertools import chain, islice
from stat import S_ISREG
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

from mediascream.archive import disk
from mediascream.archive.base import Archive, Finding, Found, Stored
from mediascream.archive.folder_listing import found, walk
from mediascream.archive.key_locks import KeyLocks
from mediascream.archive.source import opened, source_trouble, unreadable
from mediascream.errors import DestinationBlocked, FolderNotWritable, KeyTaken, NotInArchive, TryLater
from mediascream.photo import DestinationName, Proof

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mediascream.errors import DeliveryError
    from mediascream.photo import PhotoId

CHUNK_BYTES = 1 << 20
LITTER_AGE_S = 24 * 3600
PROBE, SCRATCH = "probe-", "scratch"
"""Where an examination writes: a folder, its name with 32 digits behind it, and the document in it."""

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS}
_TOO_MUCH = {errno.EFBIG, errno.ENAMETOOLONG}


class FolderArchive(Archive):
    """An archive in the folder `root`, which is made where it is missing.

    Raises:
        FolderNotWritable: The folder cannot be made or written when the archive is opened.
    """

    name = DestinationName.FOLDER

    def __init__(self, root: Path) -> None:
        self.place = str(root)
        self._root = root
        self._temporary_folder = root / ".tmp"
        self._locks = KeyLocks()
        self._making_folders = Lock()
        try:
            self._temporary_folder.mkdir(parents=True, exist_ok=True)
            _sweep(root, self._temporary_folder, older_than=time.time() - LITTER_AGE_S)
        except OSError as error:
            message = f"the archive's folder {root} cannot be written: {error.strerror}"
            raise FolderNotWritable(message) from error

    def put_original(self, key: str, source: Path, *, photo_id: PhotoId, size_bytes: int, media_type: str) -> Stored:  # noqa: ARG002 - a file has no type
        """Copy, prove, then publish; what is there already is proven and made durable once more."""
        target = self._path(key)
        with self._locks.holding(key), self._explaining():
            if not target.exists() and self._copy_in(source, target, photo_id):
                return Stored(key, size_bytes, Proof.BYTES)
            return self._prove_earlier(key, target, photo_id, size_bytes)

    def put_document(self, key: str, content: bytes, *, media_type: str = "application/json") -> None:  # noqa: ARG002 - a file has no type
        """Write beside, flush, and put in the place of what was there."""
        target = self._path(key)
        with self._locks.holding(key), self._explaining(), self._temporary_file() as (file, temporary):
            _write(file, content)
            self._make_folder_of(target)
            temporary.replace(target)
            disk.flush_folder(target.parent)

    def create_document(self, key: str, content: bytes, *, media_type: str = "application/json") -> bool:  # noqa: ARG002 - a file has no type
        """Write beside, flush, and give it the name unless that is taken."""
        with self._locks.holding(key), self._explaining(), self._temporary_file() as (file, temporary):
            _write(file, content)
            return self._publish(temporary, self._path(key))

    def read_document(self, key: str) -> bytes:
        """The whole file."""
        return b"".join(self.read(key))

    def find(self, key: str) -> Found | None:
        """The size and time of the file; a folder keeps no note of ids."""
        with self._explaining():
            try:
                status = self._path(key).stat()
            except (FileNotFoundError, NotADirectoryError):
                self._check_mounted()
                return None
            return found(key, status) if S_ISREG(status.st_mode) else None

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes of the file; it is closed at its end, or when the iterator is dropped."""
        chunks = self._chunks(key, start, end)
        first = tuple(islice(chunks, 1))
        return chain(first, chunks)

    def digest_of(self, key: str) -> PhotoId:
        """Read from the disk where the system can be asked to."""
        with self._explaining(), self._reading(key):
            return disk.digest_of(self._path(key))

    def replace_original(
        self,
        key: str,
        source: Path,
        *,
        photo_id: PhotoId,
        size_bytes: int,
        media_type: str,  # noqa: ARG002 - a file has no type
        aside: str,
    ) -> Stored:
        """Copy and prove beside, copy the old bytes away, then put the proven copy in their place."""
        target, kept = self._path(key), self._path(aside)
        with (
            self._locks.holding(key),
            self._explaining(),
            opened(source) as original,
            self._temporary_file() as (copy, temporary),
        ):
            self._copy(original, copy, source)
            disk.flush_file(copy.fileno())
            if disk.digest_of(temporary) != photo_id:
                raise source_trouble(source, photo_id)
            if target.exists() and not kept.exists():
                self._keep_as(target, kept)
            self._make_folder_of(target)
            temporary.replace(target)
            disk.flush_folder(target.parent)
        return Stored(key, size_bytes, Proof.BYTES)

    def delete(self, key: str) -> None:
        """Remove the file for good; emptied folders stay."""
        target = self._path(key)
        with self._locks.holding(key), self._explaining():
            try:
                target.unlink()
            except (FileNotFoundError, NotADirectoryError):
                self._check_mounted()
                return
            disk.flush_folder(target.parent)

    def list(self, prefix: str, *, after: str | None = None) -> Iterator[Found]:
        """Walk the folders in the order of whole keys; hidden files are not ours and are passed over."""
        with self._explaining():
            self._check_mounted()
            yield from walk(self._path(prefix) if prefix else self._root, prefix, after or "")

    def examine(self) -> Sequence[Finding]:
        """Write, read, list and remove a scratch document."""
        key, content = f"{PROBE}{uuid4().hex}/{SCRATCH}", b"Mediascream was here"
        self.create_document(key, content)
        try:
            once = not self.create_document(key, b"other")
            same = self.read_document(key) == content and b"".join(self.read(key, start=12)) == content[12:]
            listed = [item.key for item in self.list(key.partition("/")[0])] == [key]
        finally:
            self.delete(key)
            self._path(key).parent.rmdir()
        return (
            Finding("write", present=True, detail=f"files can be written to {self._root}"),
            Finding("read", present=same, detail="a file comes back as it was written"),
            Finding("range", present=same, detail="parts of a file can be read"),
            Finding("list", present=listed, detail="what was written is listed"),
            Finding("delete", present=True, detail="files can be removed"),
            Finding("conditional-write", present=once, detail="a name that is taken is not overwritten"),
            Finding("checksum", present=False, detail="a folder checks nothing: each copy is read back instead"),
        )

    def close(self) -> None:
        """Nothing is held open."""

    def _path(self, key: str) -> Path:
        parts = key.split("/")
        if any(part in {"", ".", ".."} or "\0" in part for part in parts) or parts[0] == ".tmp":
            message = f"{key!r} is no key"
            raise ValueError(message)
        return self._root.joinpath(*parts)

    @contextmanager
    def _temporary_file(self) -> Iterator[tuple[BinaryIO, Path]]:
        path = self._temporary_folder / uuid4().hex
        try:
            with path.open("xb") as file:
                yield file, path
        finally:
            path.unlink(missing_ok=True)

    def _copy_in(self, source: Path, target: Path, photo_id: PhotoId) -> bool:
        """A proven copy of `source` as `target`; False where the name was taken meanwhile."""
        with opened(source) as original, self._temporary_file() as (copy, temporary):
            self._copy(original, copy, source)
            disk.flush_file(copy.fileno())
            if disk.digest_of(temporary) != photo_id:
                raise source_trouble(source, photo_id)
            return self._publish(temporary, target)

    def _copy(self, original: BinaryIO, copy: BinaryIO, source: Path) -> None:
        try:
            disk.copy_content(original, copy)
        except OSError as error:
            if not self._is_lost(error):
                raise
            raise unreadable(source, error) from error  # as our own disk takes what is written

    def _publish(self, temporary: Path, target: Path) -> bool:
        self._make_folder_of(target)
        return disk.publish(temporary, target)

    def _keep_as(self, target: Path, kept: Path) -> None:
        """A durable copy, not a second name: where a disk fails, both names would lead to the same sector.

        What cannot be read cannot be copied: that is moved.
        """
        try:
            with target.open("rb") as damaged, self._temporary_file() as (copy, temporary):
                disk.copy_content(damaged, copy)
                disk.flush_file(copy.fileno())
                self._publish(temporary, kept)
        except OSError as error:
            if not self._is_lost(error):
                raise
            self._make_folder_of(kept)
            target.rename(kept)
            disk.flush_folder(kept.parent)

    def _make_folder_of(self, target: Path) -> None:
        """Under a lock: who finds a folder made must know that its name is durable."""
        with self._making_folders:
            disk.make_folders(target.parent, under=self._root)

    def _prove_earlier(self, key: str, target: Path, photo_id: PhotoId, size_bytes: int) -> Stored:
        with target.open("rb") as file:
            disk.flush_file(file.fileno())
        disk.flush_folder(target.parent)
        if target.stat().st_size != size_bytes or self._digest_of_earlier(target) != photo_id:
            message = f"another file is already in the archive as {key}"
            raise KeyTaken(message)
        return Stored(key, size_bytes, Proof.BYTES)

    def _digest_of_earlier(self, target: Path) -> PhotoId | None:
        """None where the disk no longer has the bytes: then something else is there, whatever it was."""
        try:
            return disk.digest_of(target)
        except OSError as error:
            if self._is_lost(error):
                return None
            raise

    def _chunks(self, key: str, start: int, end: int | None) -> Iterator[bytes]:
        with self._explaining(), self._reading(key), self._path(key).open("rb") as file:
            file.seek(start)
            left = os.fstat(file.fileno()).st_size - start if end is None else end - start
            while chunk := file.read(max(0, min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        """Tell what is not there, or not readable any more, from an archive that is away."""
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            self._check_mounted()
            message = f"the archive's folder has no {key}"
            raise NotInArchive(message) from error
        except OSError as error:
            if not self._is_lost(error):
                raise
            message = f"the disk no longer reads {key} in the archive's folder: {error.strerror}"
            raise NotInArchive(message) from error

    def _is_lost(self, error: OSError) -> bool:
        """Whether an error is about one file's bytes, and the disk is well otherwise; one that was pulled out says the same."""
        if error.errno not in disk.UNREADABLE:
            return False
        with suppress(OSError), self._temporary_file() as (file, path):
            _write(file, b"well")
            return path.read_bytes() == b"well"
        return False

    def _check_mounted(self) -> None:
        if not self._temporary_folder.is_dir():
            raise FileNotFoundError(errno.ENOENT, "its .tmp folder is gone; is the disk mounted?")

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _explain(error, self._root) from error


def _explain(error: OSError, root: Path) -> DeliveryError:
    """What an error of the operating system means for a delivery."""
    if error.errno in _NO_SPACE:
        return DestinationBlocked(f"no space is left in the archive's folder {root}: make room", reason="no-space")
    if error.errno in _NOT_WRITABLE:
        message = f"the archive's folder {root} cannot be used: {error.strerror}; mend its permissions"
        return DestinationBlocked(message, reason="not-writable")
    if error.errno in _TOO_MUCH:
        message = f"the file system of {root} does not take such a file: {error.strerror}"
        return DestinationBlocked(message, reason="file-system-limit")
    return TryLater(f"the archive's folder {root} cannot be reached: {error.strerror}", reason="unreachable")


def _write(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()
    disk.flush_file(file.fileno())


def _sweep(root: Path, temporary_folder: Path, *, older_than: float) -> None:
    """Remove what crashes have left; younger files may belong to another process that works now."""
    for path in temporary_folder.iterdir():
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < older_than:
                path.unlink()
    for folder in root.glob(PROBE + "[0-9a-f]" * 32):
        with suppress(OSError):  # somebody put something else there
            if folder.stat().st_mtime < older_than:
                (folder / SCRATCH).unlink(missing_ok=True)
                folder.rmdir()
