"""Months and what is in them, by the wall clock of the place."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mediascream.library import schema
from mediascream.library.cursors import read_cursor, write_cursor
from mediascream.library.records import Page
from mediascream.photo import Kind, PhotoId, PhotoState

PART = 2000
"""A month longer than this comes in parts."""


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


def count(connection: sa.Connection, month: str, change: int) -> None:
    """Note that a month gained or lost photos."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(schema.months).values(month=month, count=change)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["month"], set_={"count": schema.months.c.count + statement.excluded.count}
        )
    )


def months(connection: sa.Connection) -> list[tuple[str, int]]:
    """Every month that holds photos, newest first."""
    query = (
        sa.select(schema.months.c.month, schema.months.c.count)
        .where(schema.months.c.count > 0)
        .order_by(schema.months.c.month.desc())
    )
    return [(month, number) for month, number in connection.execute(query)]


def tiles(connection: sa.Connection, month: str, cursor: str | None) -> Page[Tile]:
    """The photos of a month, newest first, at most `PART` at a time."""
    columns = schema.photos.c
    query = (
        sa.select(
            columns.number,
            columns.id,
            columns.width,
            columns.height,
            columns.taken_local,
            columns.kind,
            columns.placeholder,
            columns.state,
        )
        .where(columns.month == month, columns.deleted_at_ms.is_(None))
        .order_by(columns.taken_local.desc(), columns.number.desc())
        .limit(PART + 1)
    )
    if cursor is not None:
        local, number = read_cursor(cursor, str, int)
        query = query.where(sa.tuple_(columns.taken_local, columns.number) < sa.tuple_(local, number))
    rows = list(connection.execute(query))
    last = rows[PART - 1] if len(rows) > PART else None
    shown = [
        Tile(
            PhotoId(row.id),
            round(row.width / row.height, 3) if row.width and row.height else None,
            row.taken_local,
            Kind(row.kind),
            row.placeholder,
            PhotoState(row.state),
        )
        for row in rows[:PART]
    ]
    return Page(shown, write_cursor(last.taken_local, last.number) if last else None)
