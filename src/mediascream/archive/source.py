"""The file that is being put into an archive, and what is wrong with it when a copy does not match."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, BinaryIO

from mediascream.archive.disk import UNREADABLE, digest_of
from mediascream.errors import DeliveryError, DestinationBlocked, TryLater

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.photo import PhotoId

CHUNK_BYTES = 1 << 20
SEND_AGAIN = "its disk or memory is failing. Send the same file again (`mediascream upload FILE`)"


def opened(source: Path) -> BinaryIO:
    """The file, open for reading; its troubles are not the archive's.

    Raises:
        TryLater: It is not there, or cannot be read now.
        DestinationBlocked: It will not be read again.
    """
    try:
        return source.open("rb")
    except OSError as error:
        raise unreadable(source, error) from error


def read_whole(source: Path, photo_id: PhotoId) -> bytes:
    """All bytes of a small file, seen to be those of `photo_id`.

    Raises:
        TryLater: It cannot be read now.
        DestinationBlocked: It is damaged, or will not be read again.
    """
    return b"".join(chunks_of(source, photo_id))


def chunks_of(source: Path, photo_id: PhotoId) -> Iterator[bytes]:
    """The bytes of a file; ends with an error instead of quietly where they are not those of `photo_id`.

    Raises:
        TryLater: It cannot be read now.
        DestinationBlocked: It is damaged, or will not be read again.
    """
    digest = hashlib.sha256()
    with opened(source) as file:
        while chunk := _read(file, source):
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != photo_id:
        raise source_trouble(source, photo_id)


def _read(file: BinaryIO, source: Path) -> bytes:
    try:
        return file.read(CHUNK_BYTES)
    except OSError as error:
        raise unreadable(source, error) from error


def unreadable(source: Path, error: OSError) -> DeliveryError:
    """What it means that the file cannot be read: of a bad sector nothing will come by waiting."""
    if error.errno in UNREADABLE:
        message = (
            f"the original waiting in the spool ({source}) cannot be read any more ({error.strerror}): {SEND_AGAIN}"
        )
        return DestinationBlocked(message, reason="source-damaged")
    return TryLater(f"the original waiting at {source} cannot be read: {error.strerror}", reason="source-unreadable")


def source_trouble(source: Path, photo_id: PhotoId) -> DeliveryError:
    """Whose fault it is that a copy does not have the bytes of `photo_id`."""
    try:
        now = digest_of(source)
    except OSError as error:
        return unreadable(source, error)
    if now == photo_id:
        return TryLater("a copy came out damaged and was thrown away", reason="damaged-copy")
    message = f"the original waiting in the spool ({source}) is no longer what was sent: {SEND_AGAIN}"
    return DestinationBlocked(message, reason="source-damaged")
