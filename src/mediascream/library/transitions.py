"""The rows of deliveries, and what follows from a change of one for the photo's own state. Used by `deliveries.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.errors import DeliveryUnknown
from mediascream.library import schema
from mediascream.library.rows import delivery
from mediascream.photo import ARCHIVES, ATTENTION_STATES, OPEN_STATES, DeliveryState, DestinationName, photo_state
from mediascream.writer import note_change

if TYPE_CHECKING:
    from mediascream.library.records import Delivery


UNDONE = OPEN_STATES | {DeliveryState.BLOCKED}
"""The states from which an attempt may still lead anywhere."""

GIVEN_UP = frozenset({DeliveryState.FAILED, DeliveryState.REFUSED})

CLEAN = {"reason": None, "error_code": None, "error_detail": None, "next_attempt_at_ms": None}
"""What a state leaves behind when the next one begins."""

_table, _photos = schema.deliveries, schema.photos
_ONE = (_table.c.photo == sa.bindparam("of_photo"), _table.c.destination == sa.bindparam("of_destination"))
_GET = sa.select(_table).where(*_ONE)
_OF_PHOTO = sa.select(_table).where(_table.c.photo == sa.bindparam("of_photo"))
_UPDATE = sa.update(_table).where(*_ONE)
_DELETE = sa.delete(_table).where(*_ONE)
_UPDATE_PHOTO = sa.update(_photos).where(_photos.c.number == sa.bindparam("of_photo"))
_STANDS = (
    sa.select(
        _photos.c.deleted_at_ms,
        _photos.c.purged,
        _photos.c.archived,
        _photos.c.state,
        _table.c.destination,
        _table.c.state.label("delivery_state"),
    )
    .select_from(_photos.outerjoin(_table, _table.c.photo == _photos.c.number))
    .where(_photos.c.number == sa.bindparam("of_photo"))
)


def get(connection: sa.Connection, photo: int, destination: str) -> Delivery:
    """One delivery.

    Raises:
        DeliveryUnknown: The photo has none to this destination.
    """
    row = connection.execute(_GET, {"of_photo": photo, "of_destination": destination}).first()
    if row is None:
        msg = f"This photo has no delivery to {destination}."
        raise DeliveryUnknown(msg)
    return delivery(row)


def of_photo(connection: sa.Connection, photo: int) -> list[Delivery]:
    """All deliveries of a photo, the archive's first."""
    found = [delivery(row) for row in connection.execute(_OF_PHOTO, {"of_photo": photo})]
    return sorted(found, key=lambda one: one.receipt.destination not in ARCHIVES)


def put(connection: sa.Connection, current: Delivery, state: DeliveryState, **changes: Any) -> None:
    """Change a delivery; the caller ends with `refresh_state`."""
    write(connection, current.photo, current.receipt.destination, **{**CLEAN, **changes, "state": state})
    note_change(connection, current.photo)


def settle(connection: sa.Connection, current: Delivery, state: DeliveryState, **changes: Any) -> None:
    """Change a delivery, and the photo's state with it."""
    put(connection, current, state, **changes)
    if _matter_of(current.receipt.state) is not _matter_of(state):
        refresh_state(connection, current.photo)


def write(connection: sa.Connection, photo: int, destination: DestinationName, **values: Any) -> None:
    """Write columns of a delivery."""
    connection.execute(_UPDATE, {"of_photo": photo, "of_destination": destination, **values})


def attempts_before(current: Delivery) -> int:
    """From which attempt on one counts that is tried anew: none where it was given up, else one, if there was one.

    For who begins at the first forgets a copy that was taken and is not shown; that is right only once it was given up.
    """
    return 0 if current.receipt.state in GIVEN_UP else min(1, current.receipt.attempts)


def remove(connection: sa.Connection, one: Delivery) -> None:
    """Forget a delivery; the caller ends with `refresh_state`."""
    connection.execute(_DELETE, {"of_photo": one.photo, "of_destination": one.receipt.destination})


def refresh_state(connection: sa.Connection, photo: int) -> None:
    """Bring `archived` and `state` of a photo in step with its deliveries."""
    rows = connection.execute(_STANDS, {"of_photo": photo}).all()
    before = rows[0]
    kept = any(row.destination in ARCHIVES and row.delivery_state == DeliveryState.DELIVERED for row in rows)
    archived = kept and not before.purged
    states = [DeliveryState(row.delivery_state) for row in rows if row.delivery_state]
    state = photo_state(deleted=before.deleted_at_ms is not None, archived=archived, deliveries=states)
    if (archived, state) != (before.archived, before.state):
        connection.execute(_UPDATE_PHOTO, {"of_photo": photo, "archived": archived, "state": state})
    note_change(connection, photo)


def _matter_of(state: DeliveryState) -> object:
    """What of a delivery's state counts for the photo's: between two that count the same nothing is to be done."""
    return next((matter for matter in (OPEN_STATES, ATTENTION_STATES) if state in matter), state)
