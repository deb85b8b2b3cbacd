"""Pages of photos, newest taken first, in bounded time whatever is asked for.

Three lists are kept in the order of `sort_key`: all photos, the photos of each tag, and the full-text
index. A page is read off the one that fits the question, from behind the cursor on, until it is full;
no list is ever sorted or counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.library import schema, search, tagging
from mediascream.library.cursors import read_cursor, write_cursor
from mediascream.library.moments import sort_key, to_local, to_ms
from mediascream.library.records import Page, PhotoQuery, PhotoRecord
from mediascream.library.rows import records
from mediascream.photo import DeliveryState, PhotoState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

WIDEST_OFFSET_S = 24 * 3600
"""No clock is further from UTC than this; so far may wall clock and sort key lie apart."""

WINDOW = 5000
"""Where `missing` is asked for, a page looks at so many photos at most; it may be short and still have a next."""

_columns = schema.photos.c


@dataclass(frozen=True, slots=True)
class _List:
    """What a page is read off, in the order of `key`, largest first."""

    rows: sa.FromClause
    key: sa.ColumnElement[int]
    conditions: tuple[schema.Condition, ...] = ()


def page(connection: sa.Connection, query: PhotoQuery) -> Page[PhotoRecord]:
    """A page of photos, newest taken first.

    Raises:
        FieldInvalid: The cursor is none of ours.
    """
    source = _list_for(connection, query)
    if source is None:
        return Page([], None)
    conditions = [*source.conditions, *_wanted(query, source.key)]
    end = None
    if query.missing is not None:
        end = _end_of_window(connection, source, conditions)
        conditions += _lacking(query, source.key, end)
    statement = _in_order(source, conditions, _columns.values()).limit(query.limit + 1)
    rows = connection.execute(statement).all()
    shown = rows[: query.limit]
    last = shown[-1].sort_key if len(rows) > query.limit else end
    return Page(records(connection, shown), None if last is None else write_cursor(last))


def _list_for(connection: sa.Connection, query: PhotoQuery) -> _List | None:
    """The list that fits the question; None where nothing can be found."""
    tag = None
    if query.tag is not None:
        tag = tagging.find_tag(connection, query.tag)
        if tag is None:
            return None
    if query.text is not None:
        match = search.matching(connection.dialect.name, query.text, tag)
        return None if match is None else _List(_WITH_WORDS, search.TABLE.c.rowid, (match,))
    if tag is not None:
        table = schema.photo_tags.c
        return _List(_WITH_TAG, table.sort_key, (table.tag == tag,))
    return _List(schema.photos, _columns.sort_key)


_WITH_WORDS = search.TABLE.join(schema.photos, _columns.sort_key == search.TABLE.c.rowid)
_WITH_TAG = schema.photo_tags.join(schema.photos, _columns.number == schema.photo_tags.c.photo)


def _wanted(query: PhotoQuery, key: sa.ColumnElement[int]) -> list[schema.Condition]:
    """What a photo must be, beyond being in the list."""
    wanted: list[schema.Condition] = []
    if query.state is not PhotoState.DELETED:
        wanted.append(schema.LIVE)
    if query.state is not None:
        wanted.append(_columns.state == query.state)
    if query.kind is not None:
        wanted.append(_columns.kind == query.kind)
    if query.cursor is not None:
        wanted.append(key < read_cursor(query.cursor, int)[0])
    return wanted + _within(query, key)


def _within(query: PhotoQuery, key: sa.ColumnElement[int]) -> list[schema.Condition]:
    """The window of wall clocks; the key bounds what has to be looked at."""
    wanted: list[schema.Condition] = []
    if query.taken_from is not None:
        wanted += [_columns.taken_local >= to_local(query.taken_from), key >= _near(query.taken_from, -1)]
    if query.taken_until is not None:
        wanted += [_columns.taken_local < to_local(query.taken_until), key < _near(query.taken_until, +1)]
    return wanted


def _near(local: datetime, direction: int) -> int:
    """A sort key that lies safely before (-1) or after (+1) every photo of this wall clock."""
    return sort_key(to_ms(local.replace(tzinfo=UTC)) + direction * (WIDEST_OFFSET_S + 1) * 1000, 0)


def _lacking(query: PhotoQuery, key: sa.ColumnElement[int], end: int | None) -> list[schema.Condition]:
    table = schema.deliveries
    has = sa.select(table.c.photo).where(
        table.c.photo == _columns.number,
        table.c.destination == query.missing,
        table.c.state == DeliveryState.DELIVERED,
    )
    return [~has.exists()] if end is None else [~has.exists(), key >= end]


def _end_of_window(connection: sa.Connection, source: _List, conditions: list[schema.Condition]) -> int | None:
    """The key of the last photo that is looked at; None where the list ends before."""
    end: int | None = connection.scalar(_in_order(source, conditions, [source.key]).offset(WINDOW - 1).limit(1))
    return end


def _in_order(
    source: _List, conditions: list[schema.Condition], columns: Sequence[sa.ColumnElement[Any]]
) -> sa.Select[Any]:
    return sa.select(*columns).select_from(source.rows).where(*conditions).order_by(source.key.desc())
