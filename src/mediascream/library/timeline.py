"""Months and what is in them, by the wall clock of the place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.cursors import read_cursor, write_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

PART = 500
"""A month longer than this comes in parts, each of which takes the database about 4 ms: most rows lie on a page of their own."""

_columns = schema.photos.c
_NEWEST_FIRST = (_columns.taken_local.desc(), _columns.number.desc())


@dataclass(frozen=True, slots=True)
class Tiles:
    """What the timeline shows of photos before they are opened, newest first; columns of equal length.

    An object a photo would take half as long again as reading the rows.

    Attributes:
        ratio: Width divided by height; None where not known.
        taken_local: `YYYY-MM-DDTHH:MM:SS`.
        next: The cursor of the part that follows; None at the end of the month.
    """

    id: Sequence[str]
    ratio: Sequence[float | None]
    taken_local: Sequence[str]
    kind: Sequence[str]
    placeholder: Sequence[bytes | None]
    state: Sequence[str]
    next: str | None


def months(connection: sa.Connection) -> list[tuple[str, int]]:
    """Every month that holds photos, newest first."""
    table = schema.months.c
    query = sa.select(table.month, table.count).where(table.count > 0).order_by(table.month.desc())
    return [(month, number) for month, number in connection.execute(query)]


def newest_month(connection: sa.Connection) -> str | None:
    """The month of the newest photo; None in an empty library."""
    table = schema.months.c
    newest: str | None = connection.scalar(sa.select(sa.func.max(table.month)).where(table.count > 0))
    return newest


def tiles(connection: sa.Connection, month: str, cursor: str | None) -> Tiles:
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
    shown = rows[:PART]
    _numbers, ids, widths, heights, moments, kinds, placeholders, states = (
        zip(*shown, strict=True) if shown else [()] * 8
    )
    return Tiles(ids, [*map(_ratio, widths, heights)], moments, kinds, placeholders, states, _next(rows))


def _ratio(width: int | None, height: int | None) -> float | None:
    return round(width / height, 3) if width and height else None


def _next(rows: Sequence[schema.AnyRow]) -> str | None:
    if len(rows) <= PART:
        return None
    last = rows[PART - 1]
    return write_cursor(last.taken_local, last.number)
