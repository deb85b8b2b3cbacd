"""Tokens: what programs show instead of a password.

A token is `ms_<id>_<secret>`. Only its SHA-256 is kept: the secret has 256 random bits, so nothing slower is
needed, and what lies in the database lets nobody in. The id names it in lists.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.moments import from_ms, opt_moment, opt_ms, to_ms
from mediascream.library.scopes import Scope

if TYPE_CHECKING:
    from datetime import datetime

    from mediascream.library.schema import AnyRow

table = schema.tokens

TOUCH_EVERY: Final = timedelta(hours=1)
"""So exactly is known when a token or a session was last used; a write for each request would be too much."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed, without its secret.

    Attributes:
        member: Who has it; None: the owner.
    """

    number: int
    id: str
    name: str
    member: str | None
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


def make(
    connection: sa.Connection,
    name: str,
    scope: Scope,
    now: datetime,
    *,
    member: str | None = None,
    expires_at: datetime | None = None,
) -> tuple[Token, str]:
    """A new token, and its text, which nobody can find out later."""
    token_id = secrets.token_hex(5)
    text = f"ms_{token_id}_{secrets.token_urlsafe(32)}"
    values = {
        "id": token_id,
        "name": name,
        "member": member,
        "scope": scope,
        "hash": hash_of(text),
        "created_at_ms": to_ms(now),
        "expires_at_ms": opt_ms(expires_at),
    }
    row = connection.execute(sa.insert(table).values(values).returning(table)).one()
    return _token(row), text


def find(connection: sa.Connection, text: str, now: datetime) -> Token | None:
    """The token of this text; None where there is none, or it has expired or was revoked."""
    row = connection.execute(sa.select(table).where(table.c.hash == hash_of(text), _good(now))).first()
    return None if row is None else _token(row)


def listed(connection: sa.Connection, now: datetime) -> list[Token]:
    """All that let somebody in, the oldest first."""
    return [_token(row) for row in connection.execute(sa.select(table).where(_good(now)).order_by(table.c.number))]


def revoke(connection: sa.Connection, name: str, now: datetime) -> list[Token]:
    """End the token with this id, or every token with this name; those that were ended by it."""
    chosen = (table.c.id == name) | (table.c.name == name)
    change = sa.update(table).where(chosen, _good(now)).values(revoked_at_ms=to_ms(now)).returning(table)
    return [_token(row) for row in connection.execute(change)]


def touch(connection: sa.Connection, number: int, now: datetime) -> None:
    """Note that a token was used."""
    connection.execute(sa.update(table).where(table.c.number == number).values(used_at_ms=to_ms(now)))


def hash_of(text: str) -> str:
    """What is kept of a token or the key of a session."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_stale(used_at: datetime | None, now: datetime) -> bool:
    """Whether the time of the last use is so old that it should be noted anew."""
    return used_at is None or now - used_at > TOUCH_EVERY


def _good(now: datetime) -> sa.ColumnElement[bool]:
    expires = table.c.expires_at_ms
    return table.c.revoked_at_ms.is_(None) & (expires.is_(None) | (expires > to_ms(now)))


def _token(row: AnyRow) -> Token:
    return Token(
        number=row.number,
        id=row.id,
        name=row.name,
        member=row.member,
        scope=Scope(row.scope),
        created_at=from_ms(row.created_at_ms),
        expires_at=opt_moment(row.expires_at_ms),
        used_at=opt_moment(row.used_at_ms),
    )
