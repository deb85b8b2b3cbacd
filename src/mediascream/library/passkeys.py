"""Passkeys: the public halves of keys that the owner's devices hold, and which open the door instead of the password.

What lies here lets nobody in: it only proves that a device has the other half. All passkeys are the owner's; the name
says on which device one is, or whose. A passkey whose count of signatures went back is `suspect`: two devices may have
the same key, and one of them is not its owner's. It lets nobody in any more (Web Authentication, Level 3, 6.1.1).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from mediascream.library import schema, sessions
from mediascream.library.moments import from_ms, opt_moment, to_ms

if TYPE_CHECKING:
    from datetime import datetime

    from mediascream.library.schema import AnyRow

table = schema.passkeys

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Made:
    """What a device made.

    Attributes:
        credential: What it is called by devices and browsers, in base64url.
        public_key: As COSE has it (RFC 9052).
        sign_count: How often it has signed; 0 for ever where its device does not count.
    """

    credential: str
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Passkey(Made):
    """A passkey that is kept."""

    id: str
    name: str
    suspect: bool
    created_at: datetime
    used_at: datetime | None


def add(connection: sa.Connection, name: str, made: Made, now: datetime) -> bool:
    """Keep a passkey; whether it is a new one, and there was room."""
    known = connection.scalar(sa.select(table.c.number).where(table.c.credential == made.credential)) is not None
    if known or len(listed(connection)) >= MOST:
        return False
    values = {
        "id": secrets.token_hex(5),
        "name": name,
        "credential": made.credential,
        "public_key": made.public_key,
        "sign_count": made.sign_count,
        "suspect": False,
        "created_at_ms": to_ms(now),
    }
    connection.execute(sa.insert(table).values(values))
    return True


def find(connection: sa.Connection, credential: str) -> Passkey | None:
    """The passkey that a device calls so; None where there is none, or none any more."""
    row = connection.execute(sa.select(table).where(table.c.credential == credential)).first()
    return None if row is None else _passkey(row)


def listed(connection: sa.Connection) -> list[Passkey]:
    """All of them, the oldest first."""
    return [_passkey(row) for row in connection.execute(sa.select(table).order_by(table.c.number))]


def use(connection: sa.Connection, passkey_id: str, sign_count: int, now: datetime) -> bool:
    """Note that a passkey has signed; False where it lets nobody in: it is gone, or its count did not grow."""
    row = connection.execute(sa.select(table).where(table.c.id == passkey_id)).first()
    if row is None or row.suspect:
        return False
    grew = sign_count > row.sign_count or (sign_count == 0 and row.sign_count == 0)
    noted = {"sign_count": sign_count, "used_at_ms": to_ms(now)} if grew else {"suspect": True}
    connection.execute(sa.update(table).where(table.c.id == passkey_id).values(noted))
    return grew


def remove(connection: sa.Connection, passkey_id: str, now: datetime) -> bool:
    """Forget a passkey, and log out the browsers that came in by it; whether there was one."""
    sessions.end_of_passkey(connection, passkey_id, now)
    return connection.execute(sa.delete(table).where(table.c.id == passkey_id)).rowcount > 0


def _passkey(row: AnyRow) -> Passkey:
    return Passkey(
        id=row.id,
        name=row.name,
        credential=row.credential,
        public_key=row.public_key,
        sign_count=row.sign_count,
        suspect=row.suspect,
        created_at=from_ms(row.created_at_ms),
        used_at=opt_moment(row.used_at_ms),
    )
