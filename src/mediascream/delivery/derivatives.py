"""JPEGs made from originals for a service that does not take them, each kept until its receipt is written.

    SPOOL/.derivatives/flickr/<id>.jpg     whole and on disk for good before anything of it is sent

A service recognises a copy by its bytes, so an attempt that does not know what became of the one before must send
the very same ones. Converting again would most likely give them, with another version of a codec it would not.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from mediascream.archive.disk import flush_file, flush_folder, make_folders
from mediascream.destinations.base import Derivative
from mediascream.errors import DeliveryUnknown, FileRefused, NoRendition, TryLater
from mediascream.library import deliveries, reading
from mediascream.photo import DeliveryState, DestinationName, MediaType, PhotoId, is_photo_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa

    from mediascream.database import Database
    from mediascream.delivery.originals import Originals
    from mediascream.library.records import PhotoRecord

FOLDER: Final = ".derivatives"
CHUNK_BYTES: Final = 1 << 20
UNFINISHED_FOR_S: Final = 3600.0
"""Nobody converts one file for so long; what is older was left by a crash."""

ENDED: Final = frozenset(
    {DeliveryState.DELIVERED, DeliveryState.REFUSED, DeliveryState.SKIPPED, DeliveryState.CANCELLED}
)
"""The states in which no attempt will need the same bytes again."""

log = structlog.get_logger()


class Converts(Protocol):
    """Makes a JPEG of a file, in a process that a hostile file may harm."""

    def convert(self, path: Path, media_type: MediaType, *, into: Path) -> None:
        """Write it to `into`; raises `NoRendition` where none can be made."""
        ...


@dataclass(frozen=True, slots=True)
class KeptFile:
    """The bytes of a derivative."""

    path: Path

    def read(self, *, start: int = 0) -> Iterator[bytes]:
        """The bytes from `start` to the end."""
        with self.path.open("rb") as file:
            file.seek(start)
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


class Derivatives:
    """Makes them, keeps them, and lets them go.

    Args:
        originals: Its spool holds the folder.
    """

    def __init__(self, originals: Originals, converter: Converts) -> None:
        self._originals = originals
        self._converter = converter
        self._folder = originals.spool / FOLDER

    def path_of(self, photo_id: PhotoId, name: DestinationName) -> Path:
        """Where the derivative of a photo is kept for a destination, whether it is there or not."""
        return self._folder / name / f"{photo_id}.jpg"

    def jpeg(self, photo: PhotoRecord, name: DestinationName) -> Derivative:
        """The JPEG of a photo: the one that is kept, else a new one.

        Raises:
            FileRefused: None can be made of it.
            TryLater: It cannot be made, or read, now.
        """
        path = self.path_of(photo.id, name)
        try:
            if not path.exists():
                self._make(photo, path)
            return _described(path)
        except NoRendition as error:
            msg = f"No JPEG can be made of {photo.file_name}: {error.detail}."
            raise FileRefused(msg, reason="not-convertible") from error
        except OSError as error:
            msg = f"The JPEG of {photo.file_name} cannot be kept in {path.parent}: {error}."
            raise TryLater(msg, reason="no-room") from error

    def forget(self, photo_id: PhotoId, name: DestinationName) -> None:
        """Its receipt is written, or it is not wanted any more. Often there is none."""
        self.path_of(photo_id, name).unlink(missing_ok=True)

    def sweep(self, database: Database) -> int:
        """Remove what a crash left behind; returns how many files those were."""
        with database.reading() as connection:
            litter = [file for file in self._folder.glob("*/*") if _is_litter(connection, file)]
        for file in litter:
            file.unlink(missing_ok=True)
        if litter:
            log.info("converted copies that nobody needs were removed", count=len(litter))
        return len(litter)

    def _make(self, photo: PhotoRecord, path: Path) -> None:
        make_folders(path.parent, under=self._originals.spool)
        unfinished = path.with_name(f".{secrets.token_hex(8)}.part")
        media_type = MediaType(photo.media_type, photo.kind, photo.ending)
        try:
            with self._originals.as_file(photo) as original:
                self._converter.convert(original, media_type, into=unfinished)
            with unfinished.open("rb") as made:
                flush_file(made.fileno())
            unfinished.replace(path)
            flush_folder(path.parent)
        finally:
            unfinished.unlink(missing_ok=True)


def _described(path: Path) -> Derivative:
    sha256, sha1, size_bytes = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), 0
    for chunk in KeptFile(path).read():
        sha256.update(chunk)
        sha1.update(chunk)
        size_bytes += len(chunk)
    return Derivative(sha256.hexdigest(), sha1.hexdigest(), size_bytes, KeptFile(path))


def _is_litter(connection: sa.Connection, file: Path) -> bool:
    if file.suffix == ".jpg":
        return not _is_needed(connection, file)
    with contextlib.suppress(FileNotFoundError):  # another worker has finished it just now
        return file.suffix == ".part" and time.time() - file.stat().st_mtime > UNFINISHED_FOR_S
    return False


def _is_needed(connection: sa.Connection, file: Path) -> bool:
    if not is_photo_id(file.stem) or file.parent.name not in set(DestinationName):
        return False
    photo = reading.get(connection, PhotoId(file.stem))
    if photo is None or photo.purged:
        return False
    try:
        delivery = deliveries.get(connection, photo.number, DestinationName(file.parent.name))
    except DeliveryUnknown:
        return False
    return delivery.receipt.state not in ENDED
