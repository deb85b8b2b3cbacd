"""Sessions: browsers that are logged in.

The cookie holds 256 random bits; only their SHA-256 is kept. A session ends when it was not used for 30 days,
when it is 180 days old, by logging out, with the passkey it was begun by, or when the password is changed. Rows
stay for a while after that: an address from which the owner once logged in is not slowed down by what strangers try (`guesses.py`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.moments import from_ms, to_ms
from mediascream.library.tokens import hash_of

if TYPE_CHECKING:
    from datetime import datetime

    from mediascream.library.schema import AnyRow

table = schema.sessions

IDLE: Final = timedelta(days=30)
LONGEST: Final = timedelta(days=180)
REMEMBERED: Final = timedelta(days=365)
"""How long the address of a session is known."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is listed.

    Attributes:
        browser: What the browser called itself; strangers write this.
    """

    number: int
    id: str
    address: str
    browser: str | None
    begun_at: datetime
    used_at: datetime


def begin(
    connection: sa.Connection, address: str, browser: str | None, now: datetime, *, passkey: str | None = None
) -> str:
    """A new session; the key of its cookie. `passkey` is the id of the one that it was begun by."""
    key = secrets.token_urlsafe(32)
    moment = to_ms(now)
    values = {
        "id": secrets.token_hex(5),
        "hash": hash_of(key),
        "address": address,
        "browser": browser,
        "begun_at_ms": moment,
        "used_at_ms": moment,
        "passkey": passkey,
    }
    connection.execute(sa.delete(table).where(table.c.used_at_ms < to_ms(now - REMEMBERED)))
    connection.execute(sa.insert(table).values(values))
    return key


def find(connection: sa.Connection, key: str, now: datetime) -> Session | None:
    """The session of a cookie; None where there is none, or none any more."""
    row = connection.execute(sa.select(table).where(table.c.hash == hash_of(key), _good(now))).first()
    return None if row is None else _session(row)


def listed(connection: sa.Connection, now: datetime) -> list[Session]:
    """All that let somebody in, the one used last first."""
    rows = connection.execute(sa.select(table).where(_good(now)).order_by(table.c.used_at_ms.desc()))
    return [_session(row) for row in rows]


def end(connection: sa.Connection, session_id: str, now: datetime) -> bool:
    """End a session; whether there was one to end."""
    change = sa.update(table).where(table.c.id == session_id, _good(now)).values(ended_at_ms=to_ms(now))
    return connection.execute(change).rowcount > 0


def end_all(connection: sa.Connection, now: datetime) -> int:
    """End every session; how many there were."""
    return connection.execute(sa.update(table).where(_good(now)).values(ended_at_ms=to_ms(now))).rowcount


def end_of_passkey(connection: sa.Connection, passkey: str, now: datetime) -> None:
    """End every session that was begun by this passkey."""
    change = sa.update(table).where(table.c.passkey == passkey, _good(now)).values(ended_at_ms=to_ms(now))
    connection.execute(change)


def touch(connection: sa.Connection, number: int, now: datetime) -> None:
    """Note that a session was used."""
    connection.execute(sa.update(table).where(table.c.number == number).values(used_at_ms=to_ms(now)))


def knows_address(connection: sa.Connection, address: str) -> bool:
    """Whether the owner has logged in from there."""
    return connection.scalar(sa.select(table.c.number).where(table.c.address == address).limit(1)) is not None


def _good(now: datetime) -> sa.ColumnElement[bool]:
    return (
        table.c.ended_at_ms.is_(None)
        & (table.c.used_at_ms > to_ms(now - IDLE))
        & (table.c.begun_at_ms > to_ms(now - LONGEST))
    )


def _session(row: AnyRow) -> Session:
    return Session(row.number, row.id, row.address, row.browser, from_ms(row.begun_at_ms), from_ms(row.used_at_ms))
