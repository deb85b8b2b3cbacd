"""The one database: many readers, one writer that groups commits.

SQLite is kept in WAL mode with `synchronous=FULL`, so that a commit that was answered survives a
power cut. All writes of a process go through one thread: while it commits, further writes pile up,
and the next commit takes them all. At 16 rows a commit that is ten times the rate of one each,
and nobody polls for the write lock.

On Postgres the same code runs. There too only one process writes at a time: every transaction moves the
same few counts, so writers would wait for each other anyway, and in no fixed order they would deadlock.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, make_url

from mediascream.changes import Listener, Word
from mediascream.turns import Turns, TurnTaking, take_turns
from mediascream.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import psycopg

    from mediascream.sealing import Seal

T = TypeVar("T")

SEAL: Final = "mediascream_seal"
"""The execution option under which a connection carries its `Seal`."""

BUSY_TIMEOUT_MS = 30_000
"""So long a writer waits for the writers of other processes."""

IDLE_TRANSACTION_MS = 120_000
"""Postgres ends the transaction of a process that hangs, so that it does not stop all others for ever."""


def sqlite_url(file: Path) -> str:
    """The URL of a SQLite file."""
    return sa.URL.create("sqlite", database=str(file)).render_as_string(hide_password=False)


def make_engine(url: str, *, pool_size: int) -> sa.Engine:
    """An engine whose every connection is durable and patient."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        connecting = {"check_same_thread": False, "factory": TurnTaking}
        engine = sa.create_engine(parsed, pool_size=pool_size, max_overflow=4, connect_args=connecting)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    return sa.create_engine(
        parsed, pool_size=pool_size, max_overflow=4, pool_pre_ping=True, connect_args=_POSTGRES_CONNECTION
    )


class Database:
    """Readers and the one writer of this process.

    Args:
        url: `sqlite:///…` or `postgresql://…`.
        readers: So many connections stay open for `reading`; a few more come and go.
        seal: What closes the log-ins at services; only who never looks at one needs none.

    Attributes:
        turns: The line in which all wait who write to this SQLite from this process, by whatever engine.
        on_change: Told the numbers of photos that a commit changed: one of this process, from the writer's thread,
            and after `listen` those of others; must be quick.
    """

    def __init__(self, url: str, *, readers: int = 8, seal: Seal | None = None) -> None:
        self.url = url
        self.engine = make_engine(url, pool_size=readers)
        self.engine.update_execution_options(**{SEAL: seal})
        self.dialect = self.engine.dialect.name
        self.turns = Turns()
        if self.dialect == "sqlite":
            take_turns(self.engine, self.turns)
        self._snapshots = self.engine
        if self.dialect != "sqlite":
            self._snapshots = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self.on_change: Callable[[set[int]], None] = lambda _numbers: None
        self._word = Word()
        self._writer = Writer(self.engine, self._tell_of_changes, self._word)
        self._listener: Listener | None = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the database, that of its first question; it cannot write."""
        with self._snapshots.connect() as connection:
            if self.dialect != "sqlite":
                yield connection
                return
            with _sqlite_snapshot(connection):
                yield connection

    def write(self, act: Callable[[sa.Connection], T]) -> T:
        """Run `act` in a transaction and return its result once that is on disk for good.

        `act` may share its commit with others: if it raises, only its own changes are undone and the
        error comes out here. It may run twice (where another act broke the commit they shared), so it
        only touches the database.

        Raises:
            DiskFull: The database has no room to grow; nothing of `act` is kept.
        """
        return self._writer.submit(act).result()

    async def write_async(self, act: Callable[[sa.Connection], T]) -> T:
        """As `write`, without holding up the event loop.

        Where the waiting task is cancelled before `act` began, it never runs; afterwards it is kept.
        """
        return await asyncio.wrap_future(self._writer.submit(act))

    def listen(self) -> None:
        """From now on, hear also of what other processes change; on SQLite there are none that do."""
        if self.dialect != "sqlite" and self._listener is None:
            self._listener = Listener(self._connect_alone, self._word, self._tell_of_changes)

    def close(self) -> None:
        """Finish what was handed in, and let go of the file. Twice does no harm."""
        if self._listener is not None:
            self._listener.close()
        self._writer.close()
        self.engine.dispose()

    def _connect_alone(self) -> psycopg.Connection:
        import psycopg  # noqa: PLC0415 - only where there is a PostgreSQL

        _, options = self.engine.dialect.create_connect_args(self.engine.url)
        return psycopg.connect(**{**options, **_POSTGRES_CONNECTION}, autocommit=True)

    def _tell_of_changes(self, numbers: set[int]) -> None:
        self.on_change(numbers)


_POSTGRES_CONNECTION = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "options": f"-c lock_timeout={BUSY_TIMEOUT_MS} -c idle_in_transaction_session_timeout={IDLE_TRANSACTION_MS}",
}


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"  # also for those who write past `Database.write`, such as the queue
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-8192",
        "journal_size_limit=67108864",  # a burst of writes must not leave a log of gigabytes behind
    ):
        connection.execute(f"PRAGMA {pragma}")


@contextlib.contextmanager
def _sqlite_snapshot(connection: sa.Connection) -> Iterator[None]:
    # On the driver's own connection: this is done for every page, and costs a tenth so.
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA query_only=ON")
    raw.execute("BEGIN")
    try:
        yield
    finally:
        connection.rollback()
        raw.rollback()
        raw.execute("PRAGMA query_only=OFF")
