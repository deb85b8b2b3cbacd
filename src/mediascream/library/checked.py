"""The checks that were made last, together: the last audit, the last drill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.checks import By, Result
from mediascream.library.moments import from_ms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

TOGETHER: Final = timedelta(hours=1)
"""Checks that are not further apart are one audit, or one drill."""

CHECKERS: Final = {"audit": (By.AUDIT, By.VERIFY, By.DEEP), "drill": (By.DRILL,)}
_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Checked:
    """Some checks that were made together; not those that got no answer, which say nothing of a copy.

    Attributes:
        wrong: How many of them ended with a copy that is not what it should be.
    """

    at: datetime
    copies: int
    wrong: int


def last_checks(connection: sa.Connection, *, among: int | None = None) -> dict[str, Checked]:
    """Those of the audit and those of the drill, where there were any; `among` looks at so many of the log's last only."""
    return {about: found for about, by in CHECKERS.items() if (found := _last(connection, by, among))}


def _last(connection: sa.Connection, by: Sequence[By], among: int | None) -> Checked | None:
    table = schema.checks.c
    query = (
        sa.select(table.at_ms, table.result)
        .where(table.by.in_(by), table.result != Result.UNKNOWN)
        .order_by(table.number.desc())
        .limit(_MOST)
    )
    if among is not None:
        query = query.where(table.number > (connection.scalar(sa.select(sa.func.max(table.number))) or 0) - among)
    rows = connection.execute(query).all()
    if not rows:
        return None
    newest = from_ms(rows[0].at_ms)
    last = [row for row in rows if newest - from_ms(row.at_ms) <= TOGETHER]
    return Checked(newest, len(last), sum(row.result == Result.WRONG for row in last))
