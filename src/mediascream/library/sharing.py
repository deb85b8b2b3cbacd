"""What all workers of a library know together: values, counts of calls, and whose turn it is.

Values and counts are facts (`facts.py`). As only one process writes at a time, a count is read and written in one
transaction and no call is counted twice or forgotten. A turn is held in memory on SQLite, where there is one worker;
on PostgreSQL it is an advisory lock of the server besides, which goes with the connection of a worker that dies.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.errors import TryLater
from mediascream.library.facts import get_fact, put_fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.database import Database

PATIENCE_S = 300.0
"""How long a turn is waited for; those before us each hold theirs for one request or two."""

BUSY_S = 10.0

_LOCK = sa.text("SELECT pg_advisory_lock(hashtextextended(:name, 0))")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")


class Sharing:
    """The common knowledge of all workers on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}

    def get(self, name: str) -> str | None:
        """What was put under a name."""
        with self._database.reading() as connection:
            value = get_fact(connection, name)
        return value if isinstance(value, str) else None

    def put(self, name: str, value: str) -> None:
        """Keep a value, in place of an older one."""
        self._database.write(lambda connection: put_fact(connection, name, value))

    def count(self, name: str, period: str, calls: int, *, most: int) -> bool:
        """Count calls in a period, unless there would be more than `most` then."""

        def act(connection: sa.Connection) -> bool:
            before = _counted(connection, name, period)
            if before + calls > most:
                return False
            put_fact(connection, name, {"period": period, "calls": before + calls})
            return True

        return self._database.write(act)

    def counted(self, name: str, period: str) -> int:
        """How many calls were counted in a period."""
        with self._database.reading() as connection:
            return _counted(connection, name, period)

    @contextmanager
    def one_at_a_time(self, name: str) -> Iterator[None]:
        """Hold a turn that nobody else holds meanwhile.

        Raises:
            TryLater: Others held it for long.
        """
        with self._lock:
            turn = self._turns.setdefault(name, threading.Lock())
        if not turn.acquire(timeout=PATIENCE_S):
            raise _busy()
        try:
            if self._database.dialect == "postgresql":
                with self._turn_among_workers(name):
                    yield
            else:
                yield
        finally:
            turn.release()

    @contextmanager
    def _turn_among_workers(self, name: str) -> Iterator[None]:
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            try:
                connection.execute(_LOCK, {"name": name})
            except sa.exc.DBAPIError as error:  # it waits as long as for any other lock of the database
                raise _busy() from error
            try:
                yield
            finally:
                _give_back(connection, name)


def _give_back(connection: sa.Connection, name: str) -> None:
    """A connection that broke has lost its lock already, and must not go back among the others."""
    try:
        connection.execute(_UNLOCK, {"name": name})
    except sa.exc.DBAPIError:
        connection.invalidate()


def _counted(connection: sa.Connection, name: str, period: str) -> int:
    known = get_fact(connection, name)
    return int(known["calls"]) if isinstance(known, dict) and known.get("period") == period else 0


def _busy() -> TryLater:
    return TryLater("Another worker is writing there for long.", reason="busy", retry_after_s=BUSY_S)
