"""Questions to the library; each costs a fixed number of queries, at the end of a million photos as at the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.pages import page
from mediascream.library.rows import records
from mediascream.photo import PhotoId, PhotoState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mediascream.library.records import PhotoRecord

__all__ = [
    "Named",
    "all_spooled",
    "emptying",
    "expired_trash",
    "get",
    "get_by_number",
    "get_by_numbers",
    "get_many",
    "known",
    "named",
    "only_spooled",
    "page",
    "spooled",
    "unprocessed",
]

T = TypeVar("T", str, int)

MOST_AT_ONCE = 1000
"""So many ids are asked for in one query; neither database takes any number of them."""

_columns = schema.photos.c
_BY_ID = sa.select(schema.photos).where(_columns.id == sa.bindparam("photo_id"))
_BY_NUMBER = sa.select(schema.photos).where(_columns.number == sa.bindparam("of_number"))
_BY_IDS = sa.select(schema.photos).where(_columns.id.in_(sa.bindparam("ids", expanding=True)))
_BY_NUMBERS = sa.select(schema.photos).where(_columns.number.in_(sa.bindparam("numbers", expanding=True)))
_NAMED = sa.select(
    _columns.id, _columns.file_name, _columns.ending, _columns.size_bytes, _columns.preview, _columns.preview_problem
).where(_columns.id.in_(sa.bindparam("ids", expanding=True)))
_KNOWN = sa.select(_columns.id, _columns.state, _columns.archived).where(
    _columns.id.in_(sa.bindparam("ids", expanding=True))
)


class Named(NamedTuple):
    """The little that is needed to show a rendition, or to name a photo in a list."""

    id: PhotoId
    file_name: str
    ending: str
    size_bytes: int
    preview: str | None
    preview_problem: str | None


def get(connection: sa.Connection, photo_id: PhotoId) -> PhotoRecord | None:
    """One photo, deleted or not; None where it was never sent."""
    return _only(connection, connection.execute(_BY_ID, {"photo_id": photo_id}).all())


def get_by_number(connection: sa.Connection, number: int) -> PhotoRecord | None:
    """One photo by our own running number; None where there is none."""
    return _only(connection, connection.execute(_BY_NUMBER, {"of_number": number}).all())


def get_many(connection: sa.Connection, ids: Sequence[str]) -> list[PhotoRecord]:
    """The photos of these ids that there are, in the order of the ids, each once."""
    found: dict[str, PhotoRecord] = {}
    for some in _parts(ids):
        rows = connection.execute(_BY_IDS, {"ids": some}).all()
        found |= {record.id: record for record in records(connection, rows)}
    return [found[PhotoId(one)] for one in dict.fromkeys(ids) if one in found]


def get_by_numbers(connection: sa.Connection, numbers: Sequence[int]) -> list[PhotoRecord]:
    """The photos of these running numbers that there are, in no order."""
    found: list[PhotoRecord] = []
    for some in _parts(numbers):
        found += records(connection, connection.execute(_BY_NUMBERS, {"numbers": some}).all())
    return found


def named(connection: sa.Connection, ids: Sequence[str]) -> list[Named]:
    """What photos of these ids are called, in no order; cheaper than all that is known of them."""
    return [Named(*row) for some in _parts(ids) for row in connection.execute(_NAMED, {"ids": some})]


def spooled(connection: sa.Connection, ids: Sequence[str]) -> set[PhotoId]:
    """Those of these ids whose bytes the spool must hold, for nothing else does for certain."""
    found: set[PhotoId] = set()
    for some in _parts(ids):
        query = sa.select(_columns.id).where(_columns.id.in_(some), schema.SPOOLED)
        found.update(PhotoId(one) for one in connection.scalars(query))
    return found


def only_spooled(connection: sa.Connection, *, after: int, limit: int) -> list[tuple[int, PhotoId]]:
    """Running numbers and ids of photos whose bytes lie in the spool and in no archive, from behind `after` on."""
    query = (
        sa.select(_columns.number, _columns.id)
        .where(schema.SPOOLED, ~_columns.archived, _columns.number > after)
        .order_by(_columns.number)
        .limit(limit)
    )
    return [(number, PhotoId(photo_id)) for number, photo_id in connection.execute(query)]


def known(connection: sa.Connection, ids: Sequence[str]) -> dict[str, tuple[PhotoState, bool]]:
    """State, and whether it is archived, of those of these ids that there are."""
    found: dict[str, tuple[PhotoState, bool]] = {}
    for some in _parts(ids):
        for photo_id, state, archived in connection.execute(_KNOWN, {"ids": some}).all():
            found[photo_id] = PhotoState(state), archived
    return found


def all_spooled(connection: sa.Connection, *, after: int, limit: int) -> list[PhotoRecord]:
    """Photos whose original lies in the spool, by number, from behind `after` on; those in the trash too."""
    return _by_number(connection, schema.SPOOLED, after=after, limit=limit)


def unprocessed(connection: sa.Connection, *, after: int, limit: int) -> list[PhotoRecord]:
    """Kept photos that were not processed yet, by number, from behind `after` on."""
    return _by_number(connection, schema.UNPROCESSED, schema.LIVE, after=after, limit=limit)


def expired_trash(connection: sa.Connection, since_before_ms: int, *, after: int, limit: int) -> list[int]:
    """Numbers of photos in the trash since that moment of the ledger (`elapsed.py`) or longer, from behind `after` on."""
    old = (schema.NOTICED_IN_TRASH, _columns.trash_since_ms <= since_before_ms, _columns.purged.is_(False))
    query = sa.select(_columns.number).where(*old, _columns.number > after).order_by(_columns.number).limit(limit)
    return list(connection.scalars(query))


def emptying(connection: sa.Connection, *, after: int, limit: int) -> list[int]:
    """Numbers of photos whose bytes are being removed from the archives, from behind `after` on."""
    still = sa.select(_columns.number).where(schema.EMPTYING, _columns.number > after)
    return list(connection.scalars(still.order_by(_columns.number).limit(limit)))


def _by_number(connection: sa.Connection, *conditions: schema.Condition, after: int, limit: int) -> list[PhotoRecord]:
    query = sa.select(schema.photos).where(*conditions, _columns.number > after).order_by(_columns.number).limit(limit)
    return records(connection, connection.execute(query).all())


def _only(connection: sa.Connection, rows: Sequence[schema.AnyRow]) -> PhotoRecord | None:
    return next(iter(records(connection, rows)), None)


def _parts(names: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(names), MOST_AT_ONCE):
        yield list(names[start : start + MOST_AT_ONCE])
