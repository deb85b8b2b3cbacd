"""The file that is being put into an archive, and what is wrong with it when a copy does not match."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from mediascream.archive.disk import digest_of
from mediascream.errors import TryLater

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.photo import PhotoId


def opened(source: Path) -> BinaryIO:
    """The file, open for reading; its troubles are not the archive's.

    Raises:
        TryLater: It is not there, or cannot be read.
    """
    try:
        return source.open("rb")
    except OSError as error:
        message = f"the original waiting at {source} cannot be read: {error.strerror}"
        raise TryLater(message, reason="source-unreadable") from error


def source_trouble(source: Path, photo_id: PhotoId) -> TryLater:
    """Whose fault it is that a copy does not have the bytes of `photo_id`."""
    if digest_of(source) == photo_id:
        return TryLater("a copy came out damaged and was thrown away", reason="damaged-copy")
    message = f"the original waiting in the spool is no longer {photo_id}: its disk or memory is failing"
    return TryLater(message, reason="source-damaged")
