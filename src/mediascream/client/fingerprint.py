"""The id of a file on the laptop, read once from start to end, and whether it is a photo at all."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediascream.client.walk import Stamp, stamp_of, why_unreadable
from mediascream.errors import FileChanged, FileUnreadable
from mediascream.media_types import HEAD_BYTES, identify
from mediascream.photo import PhotoId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import FileIO

CHUNK_BYTES: Final = 1 << 20
_NOT_AT_REST: Final = "it is being written to: send it again when it is at rest"


@dataclass(frozen=True, slots=True)
class Hashed:
    """A photo on the laptop, as it was when it was read."""

    path: str
    stamp: Stamp
    id: PhotoId


def fingerprint(path: str, *, on_bytes: Callable[[int], None]) -> Hashed | None:
    """Read a file; None where its bytes are of no photo or video that is kept.

    Args:
        path: An ordinary file.
        on_bytes: Told of every chunk's length; it may raise to give up.

    Raises:
        FileUnreadable: It is gone, or the disk says no.
        FileChanged: It was written to meanwhile.
    """
    try:
        with Path(path).open("rb", buffering=0) as file:
            before = stamp_of(os.fstat(file.fileno()))
            photo_id = _read(file, before.size_bytes, on_bytes)
            after = stamp_of(os.fstat(file.fileno()))
    except OSError as error:
        raise FileUnreadable(why_unreadable(error)) from error
    if photo_id is None:
        return None
    if before != after:
        raise FileChanged(_NOT_AT_REST)
    return Hashed(path, before, photo_id)


def is_photo(path: str) -> bool:
    """Whether the first bytes are of a photo or video; False also where they cannot be read."""
    try:
        with Path(path).open("rb", buffering=0) as file:
            return identify(file.read(HEAD_BYTES)) is not None
    except OSError:
        return False


def _read(file: FileIO, size_bytes: int, on_bytes: Callable[[int], None]) -> PhotoId | None:
    """Hash a file; one that grows beyond its size is left alone, for it might grow for ever."""
    head = file.read(HEAD_BYTES)
    if identify(head) is None:
        return None
    digest, total = hashlib.sha256(head), len(head)
    chunk = bytearray(CHUNK_BYTES)
    view = memoryview(chunk)
    on_bytes(total)
    while count := file.readinto(chunk):
        total += count
        if total > size_bytes:
            raise FileChanged(_NOT_AT_REST)
        digest.update(view[:count])
        on_bytes(count)
    return PhotoId(digest.hexdigest())


def read_again(photo: Hashed, *, start: int = 0, count: int | None = None) -> Iterator[bytes]:
    """The bytes that were hashed, in chunks; exactly as many as then, or it raises.

    Args:
        photo: The file as it was.
        start: The first byte that is wanted.
        count: How many; None for all that follow.

    Raises:
        FileUnreadable: It is gone, or the disk says no.
        FileChanged: It is not the file that was hashed any more, or ends early.
    """
    left = photo.stamp.size_bytes - start if count is None else count
    try:
        with Path(photo.path).open("rb", buffering=0) as file:
            if stamp_of(os.fstat(file.fileno())) != photo.stamp:
                raise FileChanged("it has changed since it was read: send it again")
            file.seek(start)
            while left:
                chunk = file.read(min(left, CHUNK_BYTES))
                if not chunk:
                    raise FileChanged("it became shorter while it was being sent: send it again")
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise FileUnreadable(why_unreadable(error)) from error


def still_the_same(photo: Hashed) -> bool:
    """Whether the file is, by its stamp, still the one that was hashed."""
    try:
        return stamp_of(Path(photo.path).stat()) == photo.stamp
    except OSError:
        return False
