"""Which deliveries are to be worked on: questions for those who give out jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.losses import AT_REST, LOST_NOTE
from mediascream.photo import OPEN_STATES, DeliveryState, DestinationName, PhotoId

if TYPE_CHECKING:
    from collections.abc import Collection

_table, _photos = schema.deliveries, schema.photos

ID_DIGITS_IN_KEY = 12
"""So much of a photo's id stands in its archive key; only photos that begin alike can want the same one."""

MOST_OF_A_PHOTO = 50
"""More destinations than these nobody has."""

LOST_BY_ARCHIVE = _table.c.notes[LOST_NOTE].as_string().is_not(None)
"""Of a delivery to an archive: it had the photo, and was found to have it no longer as it was."""

_ID = sa.select(_photos.c.id).where(_photos.c.number == sa.bindparam("of_number"))
_OTHERS = (
    sa.select(_table.c.photo)
    .join(_photos, _photos.c.number == _table.c.photo)
    .where(
        _photos.c.id.between(sa.bindparam("from_id"), sa.bindparam("to_id")),
        _photos.c.number != sa.bindparam("not_photo"),
        _table.c.destination == sa.bindparam("of"),
        _table.c.remote_id == sa.bindparam("key"),
    )
    .limit(1)
)


class Errand(NamedTuple):
    """A delivery that is to be worked on: what a job needs to know."""

    number: int
    photo_id: PhotoId
    destination: DestinationName
    run: int


class Untold(NamedTuple):
    """A sidecar that is behind.

    Attributes:
        wanted: The photo's `sidecar_wanted`.
    """

    number: int
    archive: DestinationName
    wanted: int


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
    """Deliveries in one of these states, by photo number, from behind `after` on.

    All of a photo's deliveries come together, be they a few more than `limit`, so that `after` the last
    one's photo nothing was left out. What a photo in the trash has left undone is no errand any more, but
    its open deliveries are: the trash moves to a new archive, too.
    """
    query = (
        sa.select(_table.c.photo, _photos.c.id, _table.c.destination, _table.c.run)
        .join(_photos, _photos.c.number == _table.c.photo)
        .where(_table.c.state.in_(states), _table.c.photo > after)
        .where(sa.or_(_photos.c.deleted_at_ms.is_(None), _table.c.state.in_(OPEN_STATES)))
        .order_by(_table.c.photo, _table.c.destination)
        .limit(limit + MOST_OF_A_PHOTO)
    )
    if destination is not None:
        query = query.where(_table.c.destination == destination)
    if destinations is not None:
        query = query.where(_table.c.destination.in_(destinations))
    if photo is not None:
        query = query.where(_table.c.photo == photo)
    rows = connection.execute(query).all()
    last = rows[limit - 1].photo if len(rows) > limit else None
    return [
        Errand(row.photo, PhotoId(row.id), DestinationName(row.destination), row.run)
        for index, row in enumerate(rows)
        if index < limit or row.photo == last
    ]


def sidecars_behind(
    connection: sa.Connection, archives: Collection[DestinationName], *, after: int = 0, limit: int = 500
) -> list[Untold]:
    """Archives whose sidecar of a photo does not tell its newest changes; by number, from behind `after` on.

    What `delivery/plan.py` says of one photo, of all. It looks at every delivery there is, and so is nothing to be asked often.
    """
    query = (
        sa.select(_table.c.photo, _table.c.destination, _photos.c.sidecar_wanted)
        .join(_photos, _photos.c.number == _table.c.photo)
        .where(
            _table.c.photo > after,
            _table.c.destination.in_(archives),
            sa.or_(_table.c.state == DeliveryState.DELIVERED, sa.and_(_table.c.state.in_(AT_REST), LOST_BY_ARCHIVE)),
            _table.c.sidecar_stored < _photos.c.sidecar_wanted,
        )
        .order_by(_table.c.photo)
        .limit(limit)
    )
    return [Untold(number, DestinationName(name), wanted) for number, name, wanted in connection.execute(query)]


def key_of_another(connection: sa.Connection, photo: int, archive: DestinationName, key: str) -> bool:
    """Whether another photo lies, or is about to lie, under this key of an archive."""
    photo_id = connection.scalars(_ID, {"of_number": photo}).one()
    begins = photo_id[:ID_DIGITS_IN_KEY]
    alike = {"from_id": begins.ljust(64, "0"), "to_id": begins.ljust(64, "f")}
    return connection.execute(_OTHERS, alike | {"not_photo": photo, "of": archive, "key": key}).first() is not None
