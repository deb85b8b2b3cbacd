"""The engine's own connections: not as durable as ours, and out of the way of readers.

What DBOS itself writes is what became of a job, and who claims one. Lost in a power cut, it makes a job run twice,
which every job may; so it need not wait for the disk, which it would do three times a photo. Putting a job on the
list is another matter: that is written by our connection, in our transaction, and is on disk when that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from mediascream.database import Database, make_engine
from mediascream.turns import take_turns

if TYPE_CHECKING:
    import sqlalchemy as sa

CONNECTIONS = 8
"""Kept open; a few more come and go."""


def open_engine(database: Database) -> sa.Engine:
    """An engine on the same database, for DBOS; to be disposed of by the caller."""
    engine = make_engine(database.url, pool_size=CONNECTIONS)
    if database.dialect == "sqlite":
        event.listen(engine, "connect", _hurry_sqlite)
        take_turns(engine, database.turns)
    else:
        event.listen(engine, "connect", _hurry_postgres)
    return engine


def _hurry_sqlite(connection: Any, _record: object) -> None:
    # In WAL mode a commit may be lost so, never torn: https://sqlite.org/pragma.html#pragma_synchronous, read 2026-11-24.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA cache_size=-1024")


def _hurry_postgres(connection: Any, _record: object) -> None:
    # https://www.postgresql.org/docs/current/wal-async-commit.html, read 2026-11-24.
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    connection.commit()
