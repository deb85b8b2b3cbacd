"""Guesses at the password: how long the next one must wait.

Every guess is counted before it is looked at, so that a hundred at once are no way round. There are two counts.
One is of the address that it comes from, and grows without mercy. One is of the account as a whole, against guesses
from thousands of addresses; it leaves out addresses from which the owner once logged in and this machine's own user,
so strangers can slow down strangers only. It is kept in the database: a restart forgives nothing.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from mediascream.library import schema, sessions
from mediascream.library.moments import to_ms
from mediascream.library.upsert import upsert

if TYPE_CHECKING:
    from datetime import datetime

table = schema.guesses

ACCOUNT: Final = "the account"
HOME: Final = "home"
"""The address of this machine's own user."""
FORGOTTEN: Final = timedelta(days=1)
"""After so long without a guess a count begins anew."""
MOST_ROWS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Brake:
    """How fast guesses may come: `free` of them at once, then each waits twice as long as the one before."""

    free: int
    longest_s: float

    def wait_s(self, count: int) -> float:
        """How long after the last guess the next one is looked at, when there were `count`."""
        over = count - self.free
        return 0.0 if over < 0 else min(2.0 ** min(over, 30), self.longest_s)


OF_ADDRESS: Final = Brake(free=5, longest_s=900)
OF_ACCOUNT: Final = Brake(free=30, longest_s=30)
AT_HOME: Final = Brake(free=10, longest_s=5)


def source_of(address: str) -> str:
    """What counts as one address: of IPv6, the network that one household has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    if isinstance(found, ipaddress.IPv4Address) or found.ipv4_mapped is not None:
        return str(getattr(found, "ipv4_mapped", None) or found)
    return str(ipaddress.ip_network((found, 64), strict=False))


def begin(connection: sa.Connection, source: str, now: datetime) -> float:
    """Count a guess; seconds that it must wait, and was not counted then, or 0."""
    known = source == HOME or sessions.knows_address(connection, source)
    counts = {source: AT_HOME if source == HOME else OF_ADDRESS} | ({} if known else {ACCOUNT: OF_ACCOUNT})
    wait_s = max(_left_s(connection, one, brake, now) for one, brake in counts.items())
    if wait_s <= 0:
        _forget_old(connection, now)
        for one in counts:
            _count(connection, one, now)
    return max(0.0, wait_s)


def forget(connection: sa.Connection, source: str) -> None:
    """The password was right: this address begins anew. What others tried at the account stays counted."""
    connection.execute(sa.delete(table).where(table.c.source == source))


def _left_s(connection: sa.Connection, source: str, brake: Brake, now: datetime) -> float:
    row = connection.execute(sa.select(table).where(table.c.source == source)).mappings().first()
    if row is None:
        return 0.0
    passed_s: float = (to_ms(now) - row["last_at_ms"]) / 1000
    return brake.wait_s(row["count"]) - max(0.0, passed_s)


def _count(connection: sa.Connection, source: str, now: datetime) -> None:
    had = connection.scalar(sa.select(table.c.count).where(table.c.source == source)) or 0
    upsert(connection, table, {"source": source, "count": had + 1, "last_at_ms": to_ms(now)})


def _forget_old(connection: sa.Connection, now: datetime) -> None:
    """Keep the table small, whatever comes: the oldest go first."""
    connection.execute(sa.delete(table).where(table.c.last_at_ms < to_ms(now - FORGOTTEN)))
    kept = sa.select(table.c.source).order_by(table.c.last_at_ms.desc()).limit(MOST_ROWS)
    if (connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0) > MOST_ROWS:
        connection.execute(sa.delete(table).where(table.c.source.not_in(kept)))
