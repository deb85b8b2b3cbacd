"""Handing on the jobs of a worker that died, where several work on one Postgres.

Each worker holds an advisory lock of the server for as long as it lives. Whoever can take the lock of
an executor that has running jobs knows that it is dead, and puts its jobs back on the list.
"""

from __future__ import annotations

import threading
import zlib
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog

if TYPE_CHECKING:
    from mediascream.database import Database

LOCK_SPACE = 7701
INTERVAL_S = 5.0

log = structlog.get_logger()

_OWNERS = sa.text("SELECT DISTINCT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'")
_REQUEUE = sa.text(
    "UPDATE dbos.workflow_status SET status = 'ENQUEUED', owner_xid = NULL, started_at_epoch_ms = NULL, "
    "updated_at = (extract(epoch from now()) * 1000)::bigint "
    "WHERE status = 'PENDING' AND executor_id = :dead AND queue_name IS NOT NULL"
)
_TRY_LOCK = sa.text("SELECT pg_try_advisory_lock(:space, :key)")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(:space, :key)")


class Reaper:
    """Holds this worker's own lock, and looks for dead peers.

    Args:
        executor_id: This worker's own.
    """

    def __init__(self, database: Database, executor_id: str) -> None:
        self._database = database
        self._executor_id = executor_id
        self._own: sa.Connection | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="queue-reaper", daemon=True)

    def start(self) -> None:
        """Take our own lock, before the first job runs, and begin to watch."""
        self._own = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._own.execute(_TRY_LOCK, {"space": LOCK_SPACE, "key": lock_key(self._executor_id)})
        self._thread.start()

    def stop(self) -> None:
        """Give the lock up: what we leave behind is free to be taken."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        if self._own is not None:
            self._own.close()

    def reap(self) -> int:
        """Put the jobs of every dead worker back on the list; returns how many."""
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            owners = set(connection.scalars(_OWNERS)) - {self._executor_id}
            return sum(self._take_from(connection, owner) for owner in owners)

    @staticmethod
    def _take_from(connection: sa.Connection, owner: str) -> int:
        lock = {"space": LOCK_SPACE, "key": lock_key(owner)}
        if not connection.scalar(_TRY_LOCK, lock):
            return 0
        try:
            taken = connection.execute(_REQUEUE, {"dead": owner}).rowcount
        finally:
            connection.execute(_UNLOCK, lock)
        if taken:
            log.warning("the jobs of a dead worker were put back on the list", worker=owner, jobs=taken)
        return taken

    def _watch(self) -> None:
        while not self._stopped.wait(INTERVAL_S):
            try:
                self.reap()
            except sa.exc.DBAPIError as error:
                log.warning("could not look for dead workers; trying again", error=str(error.orig))


def lock_key(executor_id: str) -> int:
    """The executor's id as a signed 32-bit number."""
    return zlib.crc32(executor_id.encode()) - 2**31
