"""The log of all checks: what was looked at, by whom, and what was found."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.checks import By, Check, Result
from mediascream.library.cursors import read_cursor, write_cursor
from mediascream.library.moments import from_ms, to_ms
from mediascream.library.records import Page
from mediascream.photo import DestinationName, PhotoId

_log, _photos = schema.checks, schema.photos
KEPT = 100_000
"""So many checks that found all well stay in the log; what was wrong stays for ever."""


def log(connection: sa.Connection, photo: int, check: Check) -> None:
    """Write a check into the log."""
    values = {
        "at_ms": to_ms(check.at),
        "by": check.by,
        "photo": photo,
        "destination": check.destination,
        "result": check.result,
        "code": check.code,
        "detail": check.detail,
    }
    connection.execute(sa.insert(_log).values(values))


def logged(connection: sa.Connection, *, after: int = 0, limit: int = 1000) -> list[tuple[int, Check]]:
    """The log from behind the number `after` on, the oldest first, each check with its own number."""
    query = _checks().where(_log.c.number > after).order_by(_log.c.number).limit(limit)
    return [(row.number, _check(row)) for row in connection.execute(query)]


def page(
    connection: sa.Connection,
    *,
    destination: DestinationName | None = None,
    result: Result | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[Check]:
    """The log in parts, the newest check first.

    Raises:
        FieldInvalid: The cursor is none of ours.
    """
    query = _checks().order_by(_log.c.number.desc()).limit(limit + 1)
    if destination is not None:
        query = query.where(_log.c.destination == destination)
    if result is not None:
        query = query.where(_log.c.result == result)
    if cursor is not None:
        (number,) = read_cursor(cursor, int)
        query = query.where(_log.c.number < number)
    rows = connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page([_check(row) for row in rows[:limit]], write_cursor(last.number) if last is not None else None)


def forget_good(connection: sa.Connection, *, keep: int = KEPT) -> None:
    """Keep the log from growing for ever."""
    newest = connection.scalar(sa.select(sa.func.max(_log.c.number))) or 0
    old = (_log.c.number <= newest - keep, _log.c.result == Result.GOOD)
    connection.execute(sa.delete(_log).where(*old))


def _checks() -> sa.Select[Any]:
    joined = sa.select(_log, _photos.c.id, _photos.c.file_name)
    return joined.join(_photos, _photos.c.number == _log.c.photo)


def _check(row: schema.AnyRow) -> Check:
    return Check(
        at=from_ms(row.at_ms),
        by=By(row.by),
        photo_id=PhotoId(row.id),
        file_name=row.file_name,
        destination=DestinationName(row.destination),
        result=Result(row.result),
        code=row.code,
        detail=row.detail,
    )
