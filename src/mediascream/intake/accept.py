"""The one transaction that makes files in the spool photos: row, tags, deliveries and first job, or nothing.

The files are durable before it begins, and nobody is answered before it is on disk. A crash before the
commit leaves files without rows, which `sweep.py` finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediascream.library import photos, reading
from mediascream.library.records import NewPhoto, Outcome, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from mediascream.intake.receive import Received
    from mediascream.intake.values import SenderValues
    from mediascream.library.records import PhotoRecord, Plan
    from mediascream.photo import DestinationName


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of one file. Whether its bytes are needed in the spool, `photo.spooled` says."""

    photo: PhotoRecord
    outcome: Outcome


def new_photo(one: Received, values: SenderValues, *, now: datetime) -> NewPhoto:
    """A file that lies in the spool, with what its sender says of it, as `accept` takes it."""
    return NewPhoto(
        id=one.id,
        file_name=one.file_name,
        media_type=one.media_type.name,
        ending=one.media_type.ending,
        kind=one.media_type.kind,
        size_bytes=one.size_bytes,
        added_at=now,
        modified_at=values.modified_at,
        tags=values.tags,
        skip=frozenset(values.skip),
        said=Said(values.taken_at, values.location, values.description, override=values.override),
    )


class Acceptance:
    """Accepts files.

    Args:
        plan: The deliveries of a photo whose sender wishes to skip some.
        follow: Puts on the to-do list what is due for a photo.
    """

    def __init__(
        self,
        plan: Callable[[Collection[DestinationName]], list[Plan]],
        follow: Callable[[sa.Connection, int], object],
    ) -> None:
        self._plan = plan
        self._follow = follow

    def accept(self, connection: sa.Connection, files: Sequence[NewPhoto], *, restore: bool = False) -> list[Accepted]:
        """All of one request's files, in their order. Run inside `Database.write`."""
        return [self._accept(connection, new, restore=restore) for new in files]

    def _accept(self, connection: sa.Connection, new: NewPhoto, *, restore: bool) -> Accepted:
        outcome = photos.add(connection, new, self._plan(new.skip), restore=restore)
        photo = reading.get(connection, new.id)
        if photo is None:
            msg = "a photo that was just added is not there"
            raise LookupError(msg)
        if outcome is not Outcome.DELETED:
            self._follow(connection, photo.number)
        return Accepted(photo, outcome)
