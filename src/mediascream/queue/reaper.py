"""Putting jobs back on the list that nobody works on, though the list says that somebody does.

Our own, on every database: the end of a job could not be written down (the disk was full), or its begin was
written and then it never ran. Such a job would be taken up again only at the next start.

Those of a worker that died, where several work on one Postgres. Each worker holds an advisory lock of the
server for as long as it lives; whoever can take the lock of an executor that has running jobs knows that it
is dead.

A job that is put back by mistake runs twice, which every job may.
"""

from __future__ import annotations

import hashlib
import threading
import time
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mediascream.database import Database

INTERVAL_S = 10.0

log = structlog.get_logger()

_COLUMNS = ("workflow_uuid", "status", "executor_id", "queue_name", "owner_xid", "started_at_epoch_ms", "updated_at")
_TRY_LOCK = sa.text("SELECT pg_try_advisory_lock(:key)")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(:key)")


class Reaper:
    """Looks after jobs that were dropped, and where there are peers, holds this worker's lock and watches theirs.

    Args:
        executor_id: This worker's own.
        running: The ids of the jobs that it runs now.
    """

    def __init__(self, database: Database, executor_id: str, running: Callable[[], Collection[str]]) -> None:
        self._database = database
        self._executor_id = executor_id
        self._running = running
        self._has_peers = database.dialect == "postgresql"
        schema = "dbos" if self._has_peers else None
        self._jobs = sa.table("workflow_status", *map(sa.column, _COLUMNS), schema=schema)
        self._own_lock: sa.Connection | None = None
        self._suspects: set[str] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="queue-reaper", daemon=True)

    def start(self) -> None:
        """Take our own lock, before the first job runs, and begin to watch."""
        if self._has_peers:
            self._hold_own_lock()
        self._thread.start()

    def stop(self) -> None:
        """Give the lock up: what we leave behind is free to be taken."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        if self._own_lock is not None:
            self._own_lock.close()

    def reap(self) -> int:
        """Put the jobs of every dead peer back on the list; returns how many."""
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            query = sa.select(self._jobs.c.executor_id).where(self._jobs.c.status == "PENDING").distinct()
            peers = set(connection.scalars(query)) - {self._executor_id}
            return sum(self._take_from(connection, peer) for peer in peers)

    def pick_up_dropped(self) -> int:
        """Put back our own that did not run when we looked, nor the time before; returns how many."""
        running = self._running()
        ours = sa.select(self._jobs.c.workflow_uuid).where(
            self._jobs.c.status == "PENDING", self._jobs.c.executor_id == self._executor_id
        )
        with self._database.reading() as connection:
            idle = set(connection.scalars(ours)) - set(running)
        dropped, self._suspects = idle & self._suspects, idle - self._suspects
        if not dropped:
            return 0
        log.warning("jobs that were dropped are put back on the list", jobs=len(dropped))
        these = self._jobs.c.workflow_uuid.in_(dropped)
        return self._database.write(lambda connection: self._put_back(connection, self._executor_id, these))

    def _take_from(self, connection: sa.Connection, peer: str) -> int:
        lock = {"key": lock_key(peer)}
        if not connection.scalar(_TRY_LOCK, lock):
            return 0
        try:
            taken = self._put_back(connection, peer)
        finally:
            connection.execute(_UNLOCK, lock)
        if taken:
            log.warning("the jobs of a dead worker were put back on the list", worker=peer, jobs=taken)
        return taken

    def _put_back(self, connection: sa.Connection, executor_id: str, *which: sa.ColumnElement[bool]) -> int:
        """What DBOS itself does for its own jobs when it starts."""
        table = self._jobs
        statement = (
            sa.update(table)
            .where(table.c.status == "PENDING", table.c.executor_id == executor_id, table.c.queue_name.is_not(None))
            .where(*which)
            .values(status="ENQUEUED", owner_xid=None, started_at_epoch_ms=None, updated_at=int(time.time() * 1000))
        )
        return int(connection.execute(statement).rowcount)

    def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                if self._has_peers:
                    self._hold_own_lock()
                    self.reap()
                self.pick_up_dropped()
            except (sa.exc.SQLAlchemyError, RuntimeError) as error:
                if not self._stopped.is_set():
                    log.warning("could not look for jobs that nobody works on; trying again", error=str(error))
            self._stopped.wait(INTERVAL_S)

    def _hold_own_lock(self) -> None:
        """The lock lives with its connection: where that broke, take it anew."""
        if self._own_lock is not None:
            try:
                self._own_lock.execute(sa.text("SELECT 1"))
            except sa.exc.DBAPIError:
                self._own_lock.invalidate()
                self._own_lock.close()
                self._own_lock = None
            else:
                return
        self._own_lock = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._own_lock.execute(_TRY_LOCK, {"key": lock_key(self._executor_id)})


def lock_key(executor_id: str) -> int:
    """The executor's id as a signed 64-bit number."""
    return int.from_bytes(hashlib.blake2b(executor_id.encode(), digest_size=8).digest(), "big", signed=True)
