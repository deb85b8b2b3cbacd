"""A photo and its delivery as a destination sees them: bytes, words, and notes that outlive the attempt."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from mediascream.destinations.base import Attempt, Outgoing
from mediascream.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediascream.delivery.derivatives import Derivatives
    from mediascream.delivery.originals import Originals
    from mediascream.library.records import Delivery, PhotoRecord
    from mediascream.photo import DestinationName

ROTTEN = "original-damaged"
"""The reason where the bytes to be sent are not the original's."""


@dataclass(frozen=True, slots=True)
class ReadOriginal:
    """The bytes of one photo, for a destination that may read them more than once.

    Attributes:
        suspect: Called where they turn out to be others.
    """

    originals: Originals
    photo: PhotoRecord
    suspect: Callable[[], None]

    def read(self, *, start: int = 0) -> Iterator[bytes]:
        """The bytes from `start` to the end. Its last chunk comes only once all were seen to be the original's.

        So a rotten copy never becomes a whole one elsewhere: whoever sends it lacks its end.

        Raises:
            TryLater: They are not.
        """
        digest, held, behind = hashlib.sha256(), b"", 0
        for chunk in self.originals.read(self.photo):
            digest.update(chunk)
            if held:
                yield held
            held = chunk[max(0, start - behind) :]
            behind += len(chunk)
        if digest.hexdigest() != self.photo.id:
            self.suspect()
            msg = f"What is kept of {self.photo.file_name} is not what was sent; its copies are being checked."
            raise TryLater(msg, reason=ROTTEN)
        if held:
            yield held


class NotedAttempt(Attempt):
    """An attempt whose notes go into the database before the destination goes on.

    Args:
        write: Keeps all notes for good before it returns.
    """

    __slots__ = ("_write",)

    def __init__(self, delivery: Delivery, write: Callable[[dict[str, str]], None]) -> None:
        super().__init__(number=delivery.receipt.attempts, notes=dict(delivery.notes))
        self._write = write

    def remember(self, **notes: str) -> None:
        """Write notes down for good before going on."""
        self.notes.update(notes)
        self._write(self.notes)


def outgoing(photo: PhotoRecord, originals: Originals, suspect: Callable[[], None] = lambda: None) -> Outgoing:
    """A photo as a destination sees it."""
    return Outgoing(
        id=photo.id,
        sha1=photo.sha1 or "",
        file_name=photo.file_name,
        media_type=photo.media_type,
        ending=photo.ending,
        kind=photo.kind,
        size_bytes=photo.size_bytes,
        original=ReadOriginal(originals, photo, suspect),
        tags=photo.tags,
        description=photo.description,
        taken_local=photo.taken_local,
        location=photo.location,
        duration_s=photo.metadata.duration_s,
    )


def convertible(photo: PhotoRecord, going: Outgoing, derivatives: Derivatives, name: DestinationName) -> Outgoing:
    """The same, for a destination that may want a JPEG instead."""
    return replace(going, make_jpeg=partial(derivatives.jpeg, photo, name))
