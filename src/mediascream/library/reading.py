"""Questions to the library; each costs a fixed number of queries, at the end of a million photos as at the start."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from mediascream.library import schema, search, tagging
from mediascream.library.cursors import read_cursor, write_cursor
from mediascream.library.moments import sort_key, to_local, to_ms
from mediascream.library.records import Page, PhotoQuery, PhotoRecord
from mediascream.library.rows import records
from mediascream.photo import DeliveryState, PhotoId, PhotoState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

WIDEST_OFFSET_S = 14 * 3600
"""No place's clock is further from UTC than this; so far may wall clock and sort key lie apart."""


def get(connection: sa.Connection, photo_id: PhotoId) -> PhotoRecord | None:
    """One photo, deleted or not; None where it was never sent."""
    rows = connection.execute(sa.select(schema.photos).where(schema.photos.c.id == photo_id)).all()
    found = records(connection, rows)
    return found[0] if found else None


def get_by_number(connection: sa.Connection, number: int) -> PhotoRecord | None:
    """One photo by our own running number; None where there is none."""
    rows = connection.execute(sa.select(schema.photos).where(schema.photos.c.number == number)).all()
    found = records(connection, rows)
    return found[0] if found else None


def unprocessed(connection: sa.Connection, *, after: int, limit: int) -> list[PhotoRecord]:
    """Kept photos that were not processed yet, by number, from behind `after` on."""
    columns = schema.photos.c
    query = (
        sa.select(schema.photos)
        .where(columns.processed.is_(False), columns.deleted_at_ms.is_(None), columns.number > after)
        .order_by(columns.number)
        .limit(limit)
    )
    return records(connection, connection.execute(query).all())


def get_many(connection: sa.Connection, ids: Sequence[str]) -> list[PhotoRecord]:
    """The photos of these ids that there are, in the order of the ids."""
    rows = connection.execute(sa.select(schema.photos).where(schema.photos.c.id.in_(ids))).all()
    found = {record.id: record for record in records(connection, rows)}
    return [found[PhotoId(one)] for one in dict.fromkeys(ids) if one in found]


def get_by_numbers(connection: sa.Connection, numbers: Sequence[int]) -> list[PhotoRecord]:
    """The photos of these running numbers that there are."""
    rows = connection.execute(sa.select(schema.photos).where(schema.photos.c.number.in_(numbers))).all()
    return records(connection, rows)


class Named(NamedTuple):
    """The little that is needed to show a rendition, or to name a photo in a list."""

    id: PhotoId
    file_name: str
    ending: str
    size_bytes: int
    preview: str | None
    preview_problem: str | None


def named(connection: sa.Connection, ids: Sequence[str]) -> list[Named]:
    """What photos of these ids are called, in no order; cheaper than all that is known of them."""
    columns = schema.photos.c
    query = sa.select(
        columns.id, columns.file_name, columns.ending, columns.size_bytes, columns.preview, columns.preview_problem
    ).where(columns.id.in_(ids))
    return [Named(*row) for row in connection.execute(query)]


def spooled(connection: sa.Connection, ids: Sequence[str]) -> set[PhotoId]:
    """Those of these ids whose bytes the spool must hold, for nothing else does for certain."""
    columns = schema.photos.c
    query = sa.select(columns.id).where(columns.id.in_(ids), columns.spooled)
    return {PhotoId(one) for one in connection.scalars(query)}


def only_spooled(connection: sa.Connection, *, after: int, limit: int) -> list[tuple[int, PhotoId]]:
    """Running numbers and ids of photos whose bytes lie in the spool and in no archive, from behind `after` on."""
    columns = schema.photos.c
    query = (
        sa.select(columns.number, columns.id)
        .where(columns.spooled, ~columns.archived, columns.number > after)
        .order_by(columns.number)
        .limit(limit)
    )
    return [(number, PhotoId(photo_id)) for number, photo_id in connection.execute(query)]


def known(connection: sa.Connection, ids: Sequence[str]) -> dict[str, tuple[PhotoState, bool]]:
    """State, and whether it is archived, of those of these ids that there are."""
    columns = schema.photos.c
    found: dict[str, tuple[PhotoState, bool]] = {}
    for start in range(0, len(ids), 1000):
        query = sa.select(columns.id, columns.state, columns.archived).where(columns.id.in_(ids[start : start + 1000]))
        found |= {row.id: (PhotoState(row.state), row.archived) for row in connection.execute(query)}
    return found


def page(connection: sa.Connection, query: PhotoQuery) -> Page[PhotoRecord]:
    """A page of photos, newest taken first.

    Raises:
        FieldInvalid: The cursor is none of ours.
    """
    conditions = _conditions(connection, query)
    if conditions is None:
        return Page([], None)
    statement = (
        sa.select(schema.photos).where(*conditions).order_by(schema.photos.c.sort_key.desc()).limit(query.limit + 1)
    )
    rows = connection.execute(statement).all()
    more = len(rows) > query.limit
    shown = rows[: query.limit]
    return Page(records(connection, shown), write_cursor(shown[-1].sort_key) if more else None)


def _conditions(connection: sa.Connection, query: PhotoQuery) -> list[sa.ColumnElement[bool]] | None:
    """What a row must be; None where no row can be it."""
    columns = schema.photos.c
    wanted: list[sa.ColumnElement[bool]] = []
    if query.state is not PhotoState.DELETED:
        wanted.append(columns.deleted_at_ms.is_(None))
    if query.state is not None:
        wanted.append(columns.state == query.state)
    if query.kind is not None:
        wanted.append(columns.kind == query.kind)
    if query.cursor is not None:
        wanted.append(columns.sort_key < read_cursor(query.cursor, int)[0])
    if query.taken_from is not None:
        wanted += [columns.taken_local >= to_local(query.taken_from), columns.sort_key >= _near(query.taken_from, -1)]
    if query.taken_until is not None:
        wanted += [columns.taken_local < to_local(query.taken_until), columns.sort_key < _near(query.taken_until, +1)]
    if query.tag is not None:
        tag = tagging.find_tag(connection, query.tag)
        if tag is None:
            return None
        wanted.append(_has_tag(tag, query))
    if query.text is not None:
        hits = search.matching(connection, query.text)
        if hits is None:
            return None
        wanted.append(hits)
    if query.missing is not None:
        wanted.append(_lacks(query))
    return wanted


def _has_tag(tag: int, query: PhotoQuery) -> sa.ColumnElement[bool]:
    table = schema.photo_tags
    keys = sa.select(table.c.sort_key).where(table.c.tag == tag)
    if query.cursor is not None:
        keys = keys.where(table.c.sort_key < read_cursor(query.cursor, int)[0])
    return schema.photos.c.sort_key.in_(keys)


def _lacks(query: PhotoQuery) -> sa.ColumnElement[bool]:
    table = schema.deliveries
    has = sa.select(table.c.photo).where(
        table.c.photo == schema.photos.c.number,
        table.c.destination == query.missing,
        table.c.state == DeliveryState.DELIVERED,
    )
    return ~has.exists()


def _near(local: datetime, direction: int) -> int:
    """A sort key that lies safely before (-1) or after (+1) every photo of this wall clock."""
    return sort_key(to_ms(local.replace(tzinfo=UTC)) + direction * (WIDEST_OFFSET_S + 1) * 1000, 0)
