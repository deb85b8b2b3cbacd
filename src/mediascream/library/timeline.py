"""Months and what is in them, by the wall clock of the place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.cursors import read_cursor, write_cursor
from mediascream.library.records import Page
from mediascream.photo import Kind, PhotoId, PhotoState

if TYPE_CHECKING:
    from collections.abc import Sequence

PART = 1000
"""A month longer than this comes in parts, each of which takes the database about 10 ms."""

_columns = schema.photos.c
_KINDS = {kind.value: kind for kind in Kind}
_STATES = {state.value: state for state in PhotoState}
_NEWEST_FIRST = (_columns.taken_local.desc(), _columns.number.desc())


@dataclass(frozen=True, slots=True)
class Tile:
    """What the timeline shows of one photo before it is opened.

    Attributes:
        ratio: Width divided by height; None where not known.
        taken_local: `YYYY-MM-DDTHH:MM:SS`.
    """

    id: PhotoId
    ratio: float | None
    taken_local: str
    kind: Kind
    placeholder: bytes | None
    state: PhotoState


def months(connection: sa.Connection) -> list[tuple[str, int]]:
    """Every month that holds photos, newest first."""
    table = schema.months.c
    query = sa.select(table.month, table.count).where(table.count > 0).order_by(table.month.desc())
    return [(month, number) for month, number in connection.execute(query)]


def tiles(connection: sa.Connection, month: str, cursor: str | None) -> Page[Tile]:
    """The photos of a month, newest first, at most `PART` at a time.

    Raises:
        FieldInvalid: The cursor is none of ours.
    """
    query = (
        sa.select(
            _columns.number,
            _columns.id,
            _columns.width,
            _columns.height,
            _columns.taken_local,
            _columns.kind,
            _columns.placeholder,
            _columns.state,
        )
        .where(_columns.month == month, schema.LIVE)
        .order_by(*_NEWEST_FIRST)
        .limit(PART + 1)
    )
    if cursor is not None:
        local, number = read_cursor(cursor, str, int)
        query = query.where(sa.tuple_(_columns.taken_local, _columns.number) < sa.tuple_(local, number))
    rows = connection.execute(query).all()
    return Page([_tile(row) for row in rows[:PART]], _next(rows))


def _tile(row: schema.AnyRow) -> Tile:
    # Unpacked at once: a row's attributes cost as much as reading the row.
    _number, photo_id, width, height, taken_local, kind, placeholder, state = row
    ratio = round(width / height, 3) if width and height else None
    return Tile(PhotoId(photo_id), ratio, taken_local, _KINDS[kind], placeholder, _STATES[state])


def _next(rows: Sequence[schema.AnyRow]) -> str | None:
    if len(rows) <= PART:
        return None
    last = rows[PART - 1]
    return write_cursor(last.taken_local, last.number)
