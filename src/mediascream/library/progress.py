"""How far one photo is: all that decides what is to be done for it next, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.errands import LOST_BY_ARCHIVE, Errand
from mediascream.photo import DeliveryState, DestinationName, PhotoId

if TYPE_CHECKING:
    from collections.abc import Sequence

_photos, _deliveries = schema.photos, schema.deliveries

_PROGRESS = (
    sa.select(
        _photos.c.id,
        _photos.c.spooled,
        _photos.c.processed,
        _photos.c.archived,
        _photos.c.deleted_at_ms,
        _photos.c.purged,
        _photos.c.emptying,
        _photos.c.sidecar_wanted,
        _deliveries.c.destination,
        _deliveries.c.state,
        _deliveries.c.run,
        _deliveries.c.sidecar_stored,
        LOST_BY_ARCHIVE.label("lost"),
    )
    .select_from(_photos.outerjoin(_deliveries, _deliveries.c.photo == _photos.c.number))
    .where(_photos.c.number == sa.bindparam("of_number"))
)


@dataclass(frozen=True, slots=True)
class Leg:
    """One delivery of a photo, as far as it matters for what comes next.

    Attributes:
        run: Which job may act on it.
        sidecar_stored: In an archive: the `sidecar_wanted` that the stored sidecar tells.
        lost: In an archive: it had the photo, and was found to have it no longer as it was.
    """

    destination: DestinationName
    state: DeliveryState
    run: int
    sidecar_stored: int
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one photo stands.

    Attributes:
        deleted: It is in the trash, or a tombstone.
        purged: It is a tombstone.
        sidecar_wanted: Counts the changes that a sidecar must tell.
        emptying: Its former bytes are still being removed; whatever is due waits for the end of that.
    """

    number: int
    id: PhotoId
    spooled: bool
    processed: bool
    archived: bool
    deleted: bool
    purged: bool
    sidecar_wanted: int
    legs: tuple[Leg, ...]
    emptying: bool = False

    def errand(self, leg: Leg) -> Errand:
        """What a job needs to know to work on a delivery."""
        return Errand(self.number, self.id, leg.destination, leg.run)


def progress(connection: sa.Connection, number: int) -> Progress | None:
    """How far a photo is; None where there is none."""
    rows = connection.execute(_PROGRESS, {"of_number": number}).all()
    if not rows:
        return None
    first = rows[0]
    return Progress(
        number=number,
        id=PhotoId(first.id),
        spooled=first.spooled,
        processed=first.processed,
        archived=first.archived,
        deleted=first.deleted_at_ms is not None,
        purged=first.purged,
        sidecar_wanted=first.sidecar_wanted,
        legs=_legs(rows),
        emptying=first.emptying,
    )


def _legs(rows: Sequence[schema.AnyRow]) -> tuple[Leg, ...]:
    return tuple(
        Leg(DestinationName(row.destination), DeliveryState(row.state), row.run, row.sidecar_stored, row.lost)
        for row in rows
        if row.destination is not None
    )
