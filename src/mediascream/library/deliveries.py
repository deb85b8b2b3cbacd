"""Deliveries: the truth of where each photo stands on its way to each destination.

Every change of a state goes through `_put`, `_insert` or `_remove`, which keep the counts right; whoever
calls a public function here leaves the photo's own state in step too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mediascream.database import note_change
from mediascream.errors import DeliveryUnknown
from mediascream.library import schema
from mediascream.library.moments import to_ms
from mediascream.library.rows import delivery
from mediascream.photo import (
    OPEN_STATES,
    DeliveryState,
    DestinationName,
    PhotoId,
    Proof,
    SkipReason,
    photo_state,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from mediascream.library.records import Delivery, Plan

ARCHIVES = (DestinationName.FOLDER, DestinationName.S3)

table = schema.deliveries
CLEAN = {"reason": None, "error_code": None, "error_detail": None, "next_attempt_at_ms": None}
"""What a state leaves behind when the next one begins."""


class Errand(NamedTuple):
    """A delivery that is to be worked on: what a job needs to know."""

    number: int
    photo_id: PhotoId
    destination: DestinationName
    run: int


def plan(connection: sa.Connection, photo: int, plans: Sequence[Plan]) -> None:
    """Give a new photo its deliveries."""
    for one in plans:
        state = DeliveryState.QUEUED if one.skip is None else DeliveryState.SKIPPED
        _insert(connection, photo, one.destination, state, reason=one.skip)


def replan(connection: sa.Connection, photo: int, plans: Sequence[Plan]) -> None:
    """Begin all deliveries of a photo again."""
    for one in of_photo(connection, photo):
        _remove(connection, one)
    plan(connection, photo, plans)
    refresh_state(connection, photo)


def revive(
    connection: sa.Connection,
    photo: int,
    plans: Sequence[Plan],
    *,
    states: Collection[DeliveryState],
    reason: SkipReason | None = None,
) -> list[DestinationName]:
    """Queue the deliveries in one of `states` (skipped ones only for `reason`) that `plans` can now make.

    A destination that the photo has no delivery to yet gets one. Returns those that are queued now.
    """
    have = {one.receipt.destination: one for one in of_photo(connection, photo)}
    queued: list[DestinationName] = []
    for one in plans:
        known = have.get(one.destination)
        if known is None:
            plan(connection, photo, [one])
            queued += [one.destination] if one.skip is None else []
        elif one.skip is None and known.receipt.state in states and reason in {None, known.receipt.reason}:
            _put(connection, known, DeliveryState.QUEUED, run=known.run + 1)
            queued.append(one.destination)
    if queued:
        refresh_state(connection, photo)
    return queued


def get(connection: sa.Connection, photo: int, destination: str) -> Delivery:
    """One delivery.

    Raises:
        DeliveryUnknown: The photo has none to this destination.
    """
    row = connection.execute(sa.select(table).where(table.c.photo == photo, table.c.destination == destination)).first()
    if row is None:
        msg = f"This photo has no delivery to {destination}."
        raise DeliveryUnknown(msg)
    return delivery(row)


def of_photo(connection: sa.Connection, photo: int) -> list[Delivery]:
    """All deliveries of a photo, the archive's first."""
    rows = connection.execute(sa.select(table).where(table.c.photo == photo))
    return sorted((delivery(row) for row in rows), key=lambda one: one.receipt.destination not in ARCHIVES)


def begin(connection: sa.Connection, errand: Errand) -> Delivery | None:
    """Note that a job acts now; None where another job or a person was quicker."""
    current = get(connection, errand.number, errand.destination)
    if current.run != errand.run or current.receipt.state not in OPEN_STATES:
        return None
    _put(connection, current, DeliveryState.SENDING, attempts=current.receipt.attempts + 1)
    refresh_state(connection, errand.number)
    return get(connection, errand.number, errand.destination)


def note(connection: sa.Connection, photo: int, destination: DestinationName, **values: Any) -> None:
    """Write down what an attempt is about to do (`remote_id`, `notes`), without a change of state."""
    connection.execute(
        sa.update(table).where(table.c.photo == photo, table.c.destination == destination).values(values)
    )


def deliver(
    connection: sa.Connection,
    photo: int,
    destination: DestinationName,
    *,
    remote_id: str,
    proof: Proof,
    now: datetime,
    remote_url: str | None = None,
    size: int | None = None,
    derivative: bool = False,
    sidecar_stored: int = 0,
) -> None:
    """The copy is there."""
    _put(
        connection,
        get(connection, photo, destination),
        DeliveryState.DELIVERED,
        remote_id=remote_id,
        remote_url=remote_url,
        size=size,
        proof=proof,
        derivative=derivative,
        delivered_at_ms=to_ms(now),
        checked_at_ms=to_ms(now),
        sidecar_stored=sidecar_stored,
        notes={},
    )
    refresh_state(connection, photo)


def wait(
    connection: sa.Connection, photo: int, destination: DestinationName, *, until: datetime, code: str, detail: str
) -> Errand:
    """It goes on by itself at `until`; the errand is for the job that the caller enqueues for then."""
    current = get(connection, photo, destination)
    changes = {"error_code": code, "error_detail": detail, "next_attempt_at_ms": to_ms(until), "run": current.run + 1}
    _put(connection, current, DeliveryState.WAITING, **changes)
    refresh_state(connection, photo)
    return _errand(connection, photo, destination)


def stop(
    connection: sa.Connection, photo: int, destination: DestinationName, state: DeliveryState, *, code: str, detail: str
) -> None:
    """It does not go on by itself: `blocked`, `refused` or `failed`."""
    current = get(connection, photo, destination)
    _put(connection, current, state, error_code=code, error_detail=detail, run=current.run + 1)
    refresh_state(connection, photo)


def requeue(connection: sa.Connection, photo: int, destination: DestinationName) -> Errand:
    """Try again now, from the first attempt; the caller enqueues the errand."""
    current = get(connection, photo, destination)
    _put(connection, current, DeliveryState.QUEUED, run=current.run + 1, attempts=0)
    refresh_state(connection, photo)
    return _errand(connection, photo, destination)


def skip(connection: sa.Connection, photo: int, destination: DestinationName, reason: SkipReason) -> None:
    """It is not wanted, or cannot be."""
    current = get(connection, photo, destination)
    _put(connection, current, DeliveryState.SKIPPED, reason=reason, run=current.run + 1)
    refresh_state(connection, photo)


def cancel_open(connection: sa.Connection, photo: int) -> None:
    """The photo goes to the trash: what is not done yet is not done."""
    ended = {DeliveryState.DELIVERED, DeliveryState.SKIPPED, DeliveryState.REFUSED, DeliveryState.CANCELLED}
    for one in of_photo(connection, photo):
        if one.receipt.state not in ended:
            _put(connection, one, DeliveryState.CANCELLED, run=one.run + 1)


def refresh_state(connection: sa.Connection, photo: int) -> None:
    """Bring `archived` and `state` of a photo in step with its deliveries."""
    rows = connection.execute(sa.select(table.c.destination, table.c.state).where(table.c.photo == photo)).all()
    photos = schema.photos
    deleted = connection.scalars(sa.select(photos.c.deleted_at_ms).where(photos.c.number == photo)).one() is not None
    archived = any(row.destination in ARCHIVES and row.state == DeliveryState.DELIVERED for row in rows)
    state = photo_state(deleted=deleted, archived=archived, deliveries=[DeliveryState(row.state) for row in rows])
    connection.execute(sa.update(photos).where(photos.c.number == photo).values(archived=archived, state=state))
    note_change(connection, photo)


def errands(
    connection: sa.Connection,
    *,
    destination: DestinationName | None = None,
    states: Collection[DeliveryState] = tuple(OPEN_STATES),
    after: int = 0,
    limit: int = 500,
    photo: int | None = None,
    destinations: Collection[DestinationName] | None = None,
) -> list[Errand]:
    """Deliveries in one of these states, by photo number, from behind `after` on."""
    query = (
        sa.select(table.c.photo, schema.photos.c.id, table.c.destination, table.c.run)
        .join(schema.photos, schema.photos.c.number == table.c.photo)
        .where(table.c.state.in_(states), table.c.photo > after)
        .order_by(table.c.photo)
        .limit(limit)
    )
    if destination is not None:
        query = query.where(table.c.destination == destination)
    if destinations is not None:
        query = query.where(table.c.destination.in_(destinations))
    if photo is not None:
        query = query.where(table.c.photo == photo)
    return [
        Errand(row.photo, PhotoId(row.id), DestinationName(row.destination), row.run)
        for row in connection.execute(query)
    ]


def sidecars_behind(
    connection: sa.Connection, photo: int, archives: Collection[DestinationName]
) -> list[DestinationName]:
    """The archives that have this photo, but a sidecar that does not tell its newest changes."""
    query = (
        sa.select(table.c.destination)
        .join(schema.photos, schema.photos.c.number == table.c.photo)
        .where(
            table.c.photo == photo,
            table.c.destination.in_(archives),
            table.c.state == DeliveryState.DELIVERED,
            table.c.sidecar_stored < schema.photos.c.sidecar_wanted,
        )
    )
    return [DestinationName(name) for name in connection.scalars(query)]


def key_of_another(connection: sa.Connection, photo: int, archive: DestinationName, key: str) -> bool:
    """Whether another photo lies, or is about to lie, under this key of an archive."""
    query = sa.select(table.c.photo).where(
        table.c.destination == archive, table.c.remote_id == key, table.c.photo != photo
    )
    return connection.execute(query.limit(1)).first() is not None


def _errand(connection: sa.Connection, photo: int, destination: DestinationName) -> Errand:
    photo_id = connection.scalars(sa.select(schema.photos.c.id).where(schema.photos.c.number == photo)).one()
    return Errand(photo, PhotoId(photo_id), destination, get(connection, photo, destination).run)


def _put(connection: sa.Connection, current: Delivery, state: DeliveryState, **changes: Any) -> None:
    destination = current.receipt.destination
    connection.execute(
        sa.update(table)
        .where(table.c.photo == current.photo, table.c.destination == destination)
        .values(CLEAN | changes | {"state": state})
    )
    if state != current.receipt.state:
        _count(connection, destination, current.receipt.state, -1)
        _count(connection, destination, state, +1)


def _insert(
    connection: sa.Connection,
    photo: int,
    destination: DestinationName,
    state: DeliveryState,
    *,
    reason: SkipReason | None,
) -> None:
    values = {"photo": photo, "destination": destination, "state": state, "reason": reason}
    fresh = {"derivative": False, "attempts": 0, "notes": {}, "run": 1, "sidecar_stored": 0}
    connection.execute(sa.insert(table).values(values | fresh))
    _count(connection, destination, state, +1)


def _remove(connection: sa.Connection, one: Delivery) -> None:
    destination = one.receipt.destination
    connection.execute(sa.delete(table).where(table.c.photo == one.photo, table.c.destination == destination))
    _count(connection, destination, one.receipt.state, -1)


def _count(connection: sa.Connection, destination: DestinationName, state: DeliveryState, change: int) -> None:
    counts = schema.delivery_counts
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(counts).values(destination=destination, state=state, count=change)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["destination", "state"], set_={"count": counts.c.count + statement.excluded.count}
        )
    )
