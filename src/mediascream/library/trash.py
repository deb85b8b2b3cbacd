"""The trash: into it, out of it, and what is left of a photo when its time there is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.errors import ConflictingState, PhotoUnknown
from mediascream.library import deliveries, schema, search, tagging
from mediascream.library.moments import to_ms
from mediascream.library.reading import get
from mediascream.library.upkeep import SEARCHED, findable_by, row_of, update
from mediascream.photo import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mediascream.library.records import PhotoRecord, Plan
    from mediascream.photo import PhotoId


def trash(connection: sa.Connection, photo_id: PhotoId, now: datetime) -> PhotoRecord:
    """Put a photo into the trash and cancel its open deliveries; in the trash already is fine.

    Raises:
        PhotoUnknown: No photo has this id.
    """
    row = row_of(connection, photo_id)
    if row.deleted_at_ms is None:
        update(connection, row.number, deleted_at_ms=to_ms(now), sidecar_wanted=row.sidecar_wanted + 1)
        search.forget(connection, row.sort_key)
        deliveries.cancel_open(connection, row.number)
        deliveries.refresh_state(connection, row.number)
    return reread(connection, photo_id)


def untrash(connection: sa.Connection, photo_id: PhotoId, plans: Sequence[Plan]) -> PhotoRecord:
    """Take a photo out of the trash; its cancelled deliveries become `queued`, the caller enqueues them.

    Raises:
        PhotoUnknown: No photo has this id.
        ConflictingState: Its bytes are gone; only sending it again (`photos.add` with `restore`) brings it back.
    """
    row = row_of(connection, photo_id)
    if row.purged:
        msg = "This photo was in the trash for so long that its bytes are gone. Send the file again with restore=true."
        raise ConflictingState(msg)
    if row.deleted_at_ms is not None:
        _come_back(connection, row, plans)
    return reread(connection, photo_id)


def notice(connection: sa.Connection, elapsed_ms: int) -> None:
    """From now on the time of what is in the trash counts; of what was noticed before it goes on."""
    columns = schema.photos.c
    fresh = (schema.IN_TRASH, columns.purged.is_(False), columns.trash_since_ms.is_(None))
    connection.execute(sa.update(schema.photos).where(*fresh).values(trash_since_ms=elapsed_ms))


def begin_purge(connection: sa.Connection, number: int, since_before_ms: int) -> bool:
    """Decide that a photo leaves the trash for good, before anything is removed; False where that is not so any more.

    From here on it is a tombstone to everybody. Sent again with `restore`, it waits until `end_purge`.
    """
    row = connection.execute(sa.select(schema.photos).where(schema.photos.c.number == number)).first()
    if row is None or row.deleted_at_ms is None or row.purged or row.trash_since_ms is None:
        return False
    if row.trash_since_ms > since_before_ms or _on_its_way(connection, number):
        return False
    deliveries.cancel_open(connection, number)
    purge(connection, row.id)
    update(connection, number, emptying=True, trash_since_ms=None)
    return True


def end_purge(connection: sa.Connection, number: int) -> None:
    """Its bytes are gone from every archive."""
    update(connection, number, emptying=False)


def _on_its_way(connection: sa.Connection, number: int) -> bool:
    """Whether bytes are being put somewhere right now, and would stay there."""
    return any(one.receipt.state is DeliveryState.SENDING for one in deliveries.of_photo(connection, number))


def purge(connection: sa.Connection, photo_id: PhotoId) -> None:
    """Make a tombstone of a photo in the trash, whose bytes are gone or about to go; twice is fine.

    What is left says that it was here and must not come again unasked, and where its copies are.

    Raises:
        PhotoUnknown: No photo has this id.
        ConflictingState: It is not in the trash.
    """
    row = row_of(connection, photo_id)
    if row.deleted_at_ms is None:
        msg = "This photo is not in the trash."
        raise ConflictingState(msg)
    if not row.purged:
        update(connection, row.number, purged=True, spooled=False, sidecar_wanted=row.sidecar_wanted + 1)
        deliveries.refresh_state(connection, row.number)


def revive_tombstone(connection: sa.Connection, row: schema.AnyRow, plans: Sequence[Plan]) -> None:
    """Make a photo again of a tombstone whose bytes came anew: they are archived again, services keep theirs."""
    update(connection, row.number, purged=False, spooled=True, processed=False, preview=None, preview_problem=None)
    deliveries.replan(connection, row.number, plans)
    _come_back(connection, row, plans)


def reread(connection: sa.Connection, photo_id: PhotoId) -> PhotoRecord:
    """A photo as it is after a change.

    Raises:
        PhotoUnknown: No photo has this id.
    """
    record = get(connection, photo_id)
    if record is None:
        msg = f"No photo has the id {photo_id}."
        raise PhotoUnknown(msg)
    return record


def _come_back(connection: sa.Connection, row: schema.AnyRow, plans: Sequence[Plan]) -> None:
    update(connection, row.number, deleted_at_ms=None, trash_since_ms=None, sidecar_wanted=row.sidecar_wanted + 1)
    texts = {name: getattr(row, name) for name in SEARCHED}
    search.index(connection, row.sort_key, *findable_by(texts, tagging.tags_of(connection, row.number)))
    deliveries.revive(connection, row.number, plans, states=(DeliveryState.CANCELLED,))
    deliveries.refresh_state(connection, row.number)
