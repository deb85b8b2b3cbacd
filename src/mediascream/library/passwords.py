"""The owner's password, as an argon2id hash.

Hashing takes some 50 ms and 64 MB on purpose (RFC 9106, section 4, second choice): never on an event loop, and
only so many at once as somebody allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mediascream.errors import FieldInvalid
from mediascream.library import schema
from mediascream.library.moments import to_ms
from mediascream.library.upsert import upsert

if TYPE_CHECKING:
    from datetime import datetime

OWNER: Final = "owner"
SHORTEST: Final = 8
LONGEST: Final = 1024

_hasher = PasswordHasher()
table = schema.passwords


def require_good(password: str) -> None:
    """Refuse what is no password.

    Raises:
        FieldInvalid: With the reason.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise FieldInvalid(f"A password has at least {SHORTEST} characters, and at most {LONGEST}.")


def hash_password(password: str) -> str:
    """What is kept of a password. Slow."""
    return _hasher.hash(password)


def is_right(kept: str, password: str) -> bool:
    """Whether this is the password. Slow."""
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether the hash was made in a way that is not the present one."""
    return _hasher.check_needs_rehash(kept)


def get_hash(connection: sa.Connection) -> str | None:
    """What is kept of the owner's password; None where none is set."""
    return connection.scalar(sa.select(table.c.hash).where(table.c.account == OWNER))


def put_hash(connection: sa.Connection, kept: str, now: datetime) -> None:
    """Set the owner's password, or another."""
    upsert(connection, table, {"account": OWNER, "hash": kept, "set_at_ms": to_ms(now)})


def remove(connection: sa.Connection) -> None:
    """Take the password away."""
    connection.execute(sa.delete(table))
