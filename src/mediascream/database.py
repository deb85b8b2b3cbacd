"""The one database: many readers, one writer that groups commits.

SQLite is kept in WAL mode with `synchronous=FULL`, so that a commit that was answered survives a
power cut. All writes of a process go through one thread: while it commits, further writes pile up,
and the next commit takes them all. At 16 rows a commit that is ten times the rate of one each,
and nobody polls for the write lock.

On Postgres the same code runs; the writer is then one connection among those of other processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, make_url

from mediascream.errors import DiskFull

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")

BUSY_TIMEOUT_MS = 30_000
CHANGED = "mediascream.changed"
GROUP_LIMIT = 64
"""At most so many writes share one commit, so that the first of them does not wait for ever."""


def sqlite_url(file: Path) -> str:
    """The URL of a SQLite file."""
    return sa.URL.create("sqlite", database=str(file)).render_as_string(hide_password=False)


def make_engine(url: str, *, pool_size: int) -> sa.Engine:
    """An engine whose every connection is durable and patient.

    SQLite transactions begin IMMEDIATE where they write (the pysqlite driver begins them itself), so
    that two writers wait for each other instead of failing half-way.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        keepalive = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
        return sa.create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=4,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, **keepalive},
        )
    engine = sa.create_engine(parsed, pool_size=pool_size, max_overflow=4, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-8192",
    ):
        connection.execute(f"PRAGMA {pragma}")


def note_change(connection: sa.Connection, number: int) -> None:
    """Leave word that a photo looks different after this transaction; see `Database.on_change`."""
    connection.info.setdefault(CHANGED, set()).add(number)


@dataclass(slots=True)
class _Write:
    act: Callable[[sa.Connection], Any]
    done: Future[Any]


class Database:
    """Readers and the one writer of this process.

    Args:
        url: `sqlite:///…` or `postgresql://…`.

    Attributes:
        on_change: Told the numbers of photos that a commit changed, from the writer's thread; must be quick.
    """

    def __init__(self, url: str, *, readers: int = 8) -> None:
        self.url = url
        self.engine = make_engine(url, pool_size=readers)
        self.dialect = self.engine.dialect.name
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._run_writer, name="database-writer", daemon=True)
        self._started = False
        self._lock = threading.Lock()
        self._closed = False
        self.on_change: Callable[[set[int]], None] = lambda _numbers: None

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the database; it must not write."""
        with self.engine.connect() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    def write(self, act: Callable[[sa.Connection], T]) -> T:
        """Run `act` in a transaction and return its result once that is on disk for good.

        `act` shares its commit with others, behind a savepoint of its own: if it raises, only its own
        changes are undone and the error comes out here. It may run twice (after a lost connection),
        so it only touches the database.
        """
        return self._submit(act).result()

    async def write_async(self, act: Callable[[sa.Connection], T]) -> T:
        """As `write`, without holding up the event loop."""
        return await asyncio.wrap_future(self._submit(act))

    def close(self) -> None:
        """Finish what was handed in, and let go of the file."""
        with self._lock:
            started, self._closed = self._started and not self._closed, True
        if started:
            self._writes.put(None)
            self._writer.join()
        self.engine.dispose()

    def _submit(self, act: Callable[[sa.Connection], T]) -> Future[T]:
        with self._lock:
            if self._closed:
                msg = "the database was closed"
                raise RuntimeError(msg)
            if not self._started:
                self._started = True
                self._writer.start()
        done: Future[T] = Future()
        self._writes.put(_Write(act, done))
        return done

    def _run_writer(self) -> None:
        going_on = True
        while going_on:
            first = self._writes.get()
            if first is None:
                return
            group = [first]
            while len(group) < GROUP_LIMIT:
                try:
                    following = self._writes.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    going_on = False
                    break
                group.append(following)
            self._commit(group)

    def _commit(self, group: list[_Write]) -> None:
        """Run and commit a group; where that fails as a whole, each is tried alone and hears its own fate."""
        settled: list[tuple[_Write, Any, BaseException | None]] = []
        changed: set[int] = set()
        try:
            with self.engine.begin() as connection:
                self._take_write_lock(connection)
                settled = [(write, *_attempt(connection, write)) for write in group]
                changed = connection.info.pop(CHANGED, changed)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the callers must not wait for ever
            if len(group) > 1:
                for write in group:
                    self._commit([write])
                return
            settled = [(group[0], None, _in_our_words(error))]
        for write, result, failure in settled:
            _tell(write, result, failure)
        if changed:
            self.on_change(changed)

    def _take_write_lock(self, connection: sa.Connection) -> None:
        if self.dialect == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _tell(write: _Write, result: Any, failure: BaseException | None) -> None:
    if not write.done.set_running_or_notify_cancel():
        return  # the caller was cancelled; what it asked for is done all the same
    if failure is None:
        write.done.set_result(result)
    else:
        write.done.set_exception(failure)


def _in_our_words(error: BaseException) -> BaseException:
    if isinstance(error, sa.exc.OperationalError) and "disk is full" in str(error.orig):
        return DiskFull("There is no room left on the disk of the database; make room and try again.")
    return error


def _attempt(connection: sa.Connection, write: _Write) -> tuple[Any, BaseException | None]:
    savepoint = connection.begin_nested()
    try:
        result = write.act(connection)
    except sa.exc.OperationalError:
        savepoint.rollback()
        raise
    except Exception as error:  # noqa: BLE001 - it belongs to the caller of `write`, who gets it
        savepoint.rollback()
        return None, error
    savepoint.commit()
    return result, None
