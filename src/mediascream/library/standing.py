"""How the destinations stand as a whole: counts, pauses, troubles; and lists of deliveries across photos."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.cursors import read_cursor, write_cursor
from mediascream.library.moments import opt_moment, opt_ms
from mediascream.library.records import Page
from mediascream.library.rows import receipt
from mediascream.library.upsert import upsert
from mediascream.photo import DeliveryState, DestinationName, PhotoId, Receipt

if TYPE_CHECKING:
    from datetime import datetime


_STANDING = sa.select(schema.destinations).where(schema.destinations.c.name == sa.bindparam("of_name"))


class Trouble(StrEnum):
    """What keeps a whole destination from going on."""

    WAITING = "waiting"
    """It passes by itself: network, throttling, quota."""
    BLOCKED = "blocked"
    """A person must act."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one destination stands.

    Attributes:
        until: When it is looked at again; None where only a person can say that it works.
    """

    name: DestinationName
    paused: bool = False
    trouble: Trouble | None = None
    code: str | None = None
    detail: str | None = None
    until: datetime | None = None


class Held(NamedTuple):
    """A copy that a destination has.

    Attributes:
        remote_id: What the destination knows it by; in an archive the original's key.
    """

    number: int
    photo_id: PhotoId
    remote_id: str | None


class Listed(NamedTuple):
    """A delivery as a list across photos shows it."""

    photo_id: PhotoId
    file_name: str
    receipt: Receipt


def standing(connection: sa.Connection, name: DestinationName) -> Standing:
    """How a destination stands; one that was never in trouble or paused has no row."""
    row = connection.execute(_STANDING, {"of_name": name}).first()
    if row is None:
        return Standing(name)
    trouble = Trouble(row.trouble) if row.trouble else None
    return Standing(name, row.paused, trouble, row.trouble_code, row.trouble_detail, opt_moment(row.until_ms))


def put_standing(connection: sa.Connection, now: Standing) -> None:
    """Write down how a destination stands."""
    values = {
        "name": now.name,
        "paused": now.paused,
        "trouble": now.trouble,
        "trouble_code": now.code,
        "trouble_detail": now.detail,
        "until_ms": opt_ms(now.until),
    }
    upsert(connection, schema.destinations, values)


def counts(connection: sa.Connection) -> dict[DestinationName, dict[DeliveryState, int]]:
    """How many deliveries are in which state, for each destination that has any."""
    columns = schema.delivery_counts.c
    query = sa.select(columns.destination, columns.state, columns.count).where(columns.count > 0)
    found: dict[DestinationName, dict[DeliveryState, int]] = {}
    for destination, state, number in connection.execute(query):
        found.setdefault(DestinationName(destination), {})[DeliveryState(state)] = number
    return found


def photo_counts(connection: sa.Connection) -> dict[str, int]:
    """How many photos are in which state."""
    columns = schema.photo_counts.c
    query = sa.select(columns.state, columns.count).where(columns.count > 0)
    return {row.state: row[1] for row in connection.execute(query)}


def page(
    connection: sa.Connection,
    *,
    state: DeliveryState | None,
    destination: DestinationName | None,
    limit: int,
    cursor: str | None,
) -> Page[Listed]:
    """Deliveries across photos, the youngest photo first.

    Raises:
        FieldInvalid: The cursor is none of ours.
    """
    table, photos = schema.deliveries, schema.photos
    query = (
        sa.select(table, photos.c.id, photos.c.file_name)
        .join(photos, photos.c.number == table.c.photo)
        .order_by(table.c.photo.desc(), table.c.destination.desc())
        .limit(limit + 1)
    )
    if state is not None:
        query = query.where(table.c.state == state)
    if destination is not None:
        query = query.where(table.c.destination == destination)
    if cursor is not None:
        photo, name = read_cursor(cursor, int, str)
        query = query.where(sa.tuple_(table.c.photo, table.c.destination) < sa.tuple_(photo, name))
    rows = connection.execute(query).all()
    shown = [Listed(PhotoId(row.id), row.file_name, receipt(row)) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(shown, write_cursor(last.photo, last.destination) if last is not None else None)


def lacking(connection: sa.Connection, destination: DestinationName, *, after: int, limit: int) -> list[int]:
    """Numbers of kept photos that have no delivery at all to `destination`, from behind `after` on."""
    table, photos = schema.deliveries, schema.photos
    has = sa.select(table.c.photo).where(table.c.photo == photos.c.number, table.c.destination == destination)
    query = (
        sa.select(photos.c.number)
        .where(photos.c.number > after, photos.c.purged.is_(False), ~has.exists())
        .order_by(photos.c.number)
        .limit(limit)
    )
    return list(connection.scalars(query))


def present(connection: sa.Connection, destination: DestinationName, *, after: int, limit: int) -> list[Held]:
    """The copies that `destination` has, by number of the photo, from behind `after` on.

    Not those of tombstones: of them the archive keeps nothing but the sidecar.
    """
    table, photos = schema.deliveries, schema.photos
    query = (
        sa.select(table.c.photo, photos.c.id, table.c.remote_id)
        .join(photos, photos.c.number == table.c.photo)
        .where(
            table.c.destination == destination,
            table.c.state == DeliveryState.DELIVERED,
            table.c.photo > after,
            photos.c.purged.is_(False),
        )
        .order_by(table.c.photo)
        .limit(limit)
    )
    return [Held(number, PhotoId(photo_id), remote_id) for number, photo_id, remote_id in connection.execute(query)]
