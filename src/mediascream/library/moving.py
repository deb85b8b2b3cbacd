"""Questions and changes of a library that moves from one archive to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from mediascream.library import reading, schema
from mediascream.photo import DeliveryState, DestinationName, PhotoId, Proof

if TYPE_CHECKING:
    from mediascream.library.records import PhotoRecord

PROVEN = (Proof.BYTES, Proof.CHECKSUM)

_old, _new = schema.deliveries.alias("old"), schema.deliveries.alias("new")
_photos = schema.photos

WITHOUT_BYTES = (DeliveryState.CANCELLED, DeliveryState.SKIPPED)
"""States of a delivery that has nothing, and will get nothing by itself."""


class Move(NamedTuple):
    """A photo whose copy is in two archives, and under which keys."""

    number: int
    photo_id: PhotoId
    size_bytes: int
    old_key: str | None
    new_key: str


def unmoved(connection: sa.Connection, old: DestinationName, new: DestinationName, *, limit: int) -> list[int]:
    """Numbers of photos that `old` has, or is to get, and `new` does not have proven. Not tombstones."""
    has = (
        sa.select(_new.c.photo)
        .where(_new.c.photo == _old.c.photo, _new.c.destination == new)
        .where(_new.c.state == DeliveryState.DELIVERED, _new.c.proof.in_(PROVEN))
    )
    query = (
        sa.select(_old.c.photo)
        .join(_photos, _photos.c.number == _old.c.photo)
        .where(_old.c.destination == old, _old.c.state.not_in(WITHOUT_BYTES), _photos.c.purged.is_(False))
        .where(~has.exists())
        .order_by(_old.c.photo)
        .limit(limit)
    )
    return list(connection.scalars(query))


def moved(connection: sa.Connection, old: DestinationName, new: DestinationName, *, limit: int) -> list[Move]:
    """Photos that `new` has proven, and `old` still has, by number."""
    query = (
        sa.select(_old.c.photo, _photos.c.id, _photos.c.size_bytes, _old.c.remote_id, _new.c.remote_id)
        .join(_photos, _photos.c.number == _old.c.photo)
        .join(_new, sa.and_(_new.c.photo == _old.c.photo, _new.c.destination == new))
        .where(_old.c.destination == old, _old.c.state != DeliveryState.SENDING, _photos.c.purged.is_(False))
        .where(_new.c.state == DeliveryState.DELIVERED, _new.c.proof.in_(PROVEN))
        .order_by(_old.c.photo)
        .limit(limit)
    )
    return [
        Move(number, PhotoId(i), size, old_key, new_key)
        for number, i, size, old_key, new_key in connection.execute(query)
    ]


def tombstones(connection: sa.Connection, old: DestinationName, *, limit: int) -> list[int]:
    """Numbers of purged photos whose tombstone is in `old`, and nothing else of them any more."""
    query = (
        sa.select(_old.c.photo)
        .join(_photos, _photos.c.number == _old.c.photo)
        .where(_old.c.destination == old, _photos.c.purged.is_(True), _photos.c.emptying.is_(False))
        .order_by(_old.c.photo)
        .limit(limit)
    )
    return list(connection.scalars(query))


def takes_over(photo: PhotoRecord, old: DestinationName, new: DestinationName) -> bool:
    """Whether `new` says of a tombstone from now on what `old` says; otherwise it knows as much itself. Pure."""
    states = {receipt.destination: receipt.state for receipt in photo.receipts}
    old_has, new_has = (states.get(name) is DeliveryState.DELIVERED for name in (old, new))
    return new not in states or (old_has and not new_has)


def hand_over(connection: sa.Connection, number: int, old: DestinationName, new: DestinationName) -> None:
    """A tombstone now lies in `new`, under the key it had in `old`. Where its photo came back meanwhile, nothing changes."""
    photo = reading.get_by_number(connection, number)
    if photo is None or not photo.purged:
        return
    table = schema.deliveries
    lies_in = {name: sa.and_(table.c.photo == number, table.c.destination == name) for name in (old, new)}
    if not takes_over(photo, old, new):
        connection.execute(sa.delete(table).where(lies_in[old]))
        return
    connection.execute(sa.delete(table).where(lies_in[new]))
    changes = {"destination": new, "run": table.c.run + 1, "sidecar_stored": photo.sidecar_wanted}
    connection.execute(sa.update(table).where(lies_in[old]).values(changes))
