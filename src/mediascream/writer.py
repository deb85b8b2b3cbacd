"""One thread through which all writes of a process go, as many in one commit as have piled up meanwhile.

At 16 rows a commit that is ten times the rate of one each, and nobody polls for the write lock.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
import structlog

from mediascream.errors import DiskFull

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediascream.changes import Word

T = TypeVar("T")

GROUP_LIMIT = 64
"""At most so many writes share one commit, so that the first of them does not wait for ever."""

WRITE_LOCK = 0x6D656469
"""The advisory lock that makes one process after the other write to Postgres; any number that is ours."""

CHANGED = "mediascream.changed"

log = structlog.get_logger()


def begin_writing(connection: sa.Connection) -> None:
    """Wait until no other process writes; from here to the end of the transaction none does.

    Without it two transactions that each read first and then write would fail half-way on SQLite.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")


def note_change(connection: sa.Connection, number: int) -> None:
    """Leave word that a photo looks different after this transaction; see `Writer`."""
    connection.info.setdefault(CHANGED, set()).add(number)


@dataclass(frozen=True, slots=True)
class _Write:
    """What somebody waits for."""

    act: Callable[[sa.Connection], Any]
    done: Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one act; it counts once the transaction is committed."""

    result: Any = None
    error: BaseException | None = None

    def tell(self, done: Future[Any]) -> None:
        if self.error is None:
            done.set_result(self.result)
        else:
            done.set_exception(self.error)


class Writer:
    """A thread that runs acts in the order they come.

    Args:
        on_change: Told after each commit the numbers that its acts left with `note_change`.
        word: Tells other processes the same.
    """

    def __init__(self, engine: sa.Engine, on_change: Callable[[set[int]], None], word: Word) -> None:
        self._engine = engine
        self._on_change = on_change
        self._word = word
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
        self._door = threading.Lock()
        self._closed = False

    def submit(self, act: Callable[[sa.Connection], T]) -> Future[T]:
        """Put an act into the line.

        Raises:
            RuntimeError: The writer was closed, or an act waits for another, which would be for ever.
        """
        if threading.current_thread() is self._thread:
            msg = "an act of the database must not wait for another; give it the connection instead"
            raise RuntimeError(msg)
        done: Future[T] = Future()
        with self._door:
            if self._closed:
                msg = "the database was closed"
                raise RuntimeError(msg)
            if self._thread.ident is None:
                self._thread.start()
            self._writes.put(_Write(act, done))
        return done

    def close(self) -> None:
        """Run what is in the line, and end."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._writes.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while group := self._next_group():
            self._commit(group)

    def _next_group(self) -> list[_Write]:
        """All that has piled up, but at least one; none once the writer is closed and the line empty."""
        group: list[_Write] = []
        while len(group) < GROUP_LIMIT:
            try:
                write = self._writes.get(block=not group)
            except queue.Empty:
                break
            if write is None:
                self._writes.put(None)  # nothing comes behind it: the next round finds it and ends
                break
            if write.done.set_running_or_notify_cancel():
                group.append(write)
        return group

    def _commit(self, group: list[_Write]) -> bool:
        """Run and commit a group, and tell everybody; False where not even a transaction could begin."""
        begun = False
        changed: set[int] = set()
        try:
            with self._engine.begin() as connection:
                begin_writing(connection)
                begun = True
                connection.info[CHANGED] = changed
                outcomes = _run_all(connection, group)
                self._word.spread(connection, changed)
        except BaseException as error:  # noqa: BLE001 - whatever it was, nobody must wait for ever
            if begun and len(group) > 1:
                return self._commit_each(group)
            changed = set()
            outcomes = [_Outcome(error=_in_our_words(error))] * len(group)
        for write, outcome in zip(group, outcomes, strict=True):
            outcome.tell(write.done)
        self._tell_of(changed)
        return begun

    def _tell_of(self, changed: set[int]) -> None:
        if not changed:
            return
        try:
            self._on_change(changed)
        except Exception:  # who listens must not be able to stop all writing
            log.exception("somebody who is told of changes failed")

    def _commit_each(self, group: list[_Write]) -> bool:
        """A commit failed as a whole: whoever is to blame fails again, alone; the others do not."""
        for index, write in enumerate(group):
            if not self._commit([write]):
                rest = group[index + 1 :]
                return bool(rest) and self._commit(rest)  # together: each alone would wait as long as this one
        return True


def _run_all(connection: sa.Connection, group: list[_Write]) -> list[_Outcome]:
    if len(group) == 1:
        return [_Outcome(group[0].act(connection))]
    return [_run_one(connection, write) for write in group]


def _run_one(connection: sa.Connection, write: _Write) -> _Outcome:
    savepoint = connection.begin_nested()
    try:
        result = write.act(connection)
    except sa.exc.OperationalError:
        raise  # disk, lock or connection: the transaction may be gone with all that is in it
    except Exception as error:  # noqa: BLE001 - it belongs to the caller of `write`, who gets it
        savepoint.rollback()
        return _Outcome(error=error)
    savepoint.commit()
    return _Outcome(result)


def _in_our_words(error: BaseException) -> BaseException:
    if not isinstance(error, sa.exc.OperationalError):
        return error
    names = {getattr(error.orig, "sqlite_errorname", None), getattr(error.orig, "sqlstate", None)}
    if names & {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "53100"}:
        return DiskFull("There is no room left on the disk of the database; make room and try again.")
    return error
