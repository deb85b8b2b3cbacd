"""Word of changed photos between the processes that share one PostgreSQL: a server and its workers.

On SQLite one process does everything, and hears of its own commits directly. On PostgreSQL each commit
that changes photos also notifies (https://www.postgresql.org/docs/current/sql-notify.html, read 2026-11-29):
word goes out if and only if the commit does. What is said while nobody listens, or while a connection is
down, is lost; pages then show it when they next ask.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import psycopg
    import sqlalchemy as sa

CHANNEL: Final = "mediascream_photos"
_AT_ONCE: Final = 300
"""Numbers in one message, which PostgreSQL takes up to 8,000 bytes of; a number has 19 digits at most."""
_LOOK_UP_S: Final = 1.0
AGAIN_S = 5.0
"""How long it waits before it connects anew."""

log = structlog.get_logger()


class Word:
    """What one process tells the others, signed, so that it does not listen to itself."""

    def __init__(self) -> None:
        self._name = uuid4().hex

    def spread(self, connection: sa.Connection, numbers: Iterable[int]) -> None:
        """Tell of these photos once, and if, the present transaction is committed; nothing where it is SQLite's."""
        if connection.dialect.name == "sqlite":
            return
        ordered = sorted(numbers)
        for start in range(0, len(ordered), _AT_ONCE):
            said = ",".join(map(str, ordered[start : start + _AT_ONCE]))
            connection.exec_driver_sql("SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._name}:{said}"))

    def of_another(self, message: str) -> set[int]:
        """The numbers in a message; none where it is our own, or no word of ours at all."""
        name, _, said = message.partition(":")
        if name == self._name:
            return set()
        return {int(number) for number in said.split(",") if number.isascii() and number.isdigit()}


class Listener:
    """A thread with a connection of its own that passes on what other processes say, until it is closed.

    Args:
        connect: Makes a connection in autocommit.
        on_change: Told the numbers of photos, from this thread.
    """

    def __init__(
        self, connect: Callable[[], psycopg.Connection], word: Word, on_change: Callable[[set[int]], None]
    ) -> None:
        self._connect = connect
        self._word = word
        self._on_change = on_change
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="changes-of-others", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, within a second or so."""
        self._closed.set()
        self._thread.join(2 * _LOOK_UP_S)

    def _run(self) -> None:
        import psycopg  # noqa: PLC0415 - only where there is a PostgreSQL

        while not self._closed.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._hear(connection)
            except psycopg.Error as error:
                log.warning("other processes' changes are not heard for now", problem=str(error))
                self._closed.wait(AGAIN_S)

    def _hear(self, connection: psycopg.Connection) -> None:
        while not self._closed.is_set():
            for heard in connection.notifies(timeout=_LOOK_UP_S):
                if numbers := self._word.of_another(heard.payload):
                    self._on_change(numbers)
