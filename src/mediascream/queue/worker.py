"""Doing what is on the list: DBOS inside, one worker a process.

On SQLite there is one worker for a database; its jobs that were cut short run again when it starts.
On Postgres there may be many; each has an id of its own (two with one id would run jobs twice), and
`reaper.py` hands on what a dead one left.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from dbos import DBOS, DBOSConfig

from mediascream.queue.jobs import APPLICATION, WORKFLOW
from mediascream.queue.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dbos._queue import QueueRateLimit

    from mediascream.database import Database

APPLICATION_VERSION = "1"
"""Constant: DBOS runs a job only under the version that enqueued it, and jobs must survive upgrades."""

MAX_RUNS = 100
"""A job that was cut short so often (it kills its worker) is given up; `pipeline` then goes round it."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lane:
    """One queue and its limits.

    Attributes:
        at_once: How many of its jobs run at the same time in one worker.
        per_period: At most so many begin in `period_s`; None for no limit.
    """

    name: str
    at_once: int
    per_period: int | None = None
    period_s: float = 3600.0


class Worker:
    """Runs jobs until it is stopped.

    Args:
        handlers: What to call for each kind of job.
        executor_id: Must differ between all workers that live at the same time.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Callable[..., None]],
        lanes: tuple[Lane, ...],
        *,
        executor_id: str = "single",
    ) -> None:
        self._handlers = handlers
        self._lanes = lanes
        self._running = threading.Event()
        logging.getLogger("dbos").setLevel(logging.WARNING)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_engine": database.engine,
            "application_version": APPLICATION_VERSION,
            "executor_id": executor_id,
            "log_level": "WARNING",
            "use_listen_notify": False,
            "max_executor_threads": sum(lane.at_once for lane in lanes) + 8,
            "notification_listener_polling_interval_sec": 2.0,
            "scheduler_polling_interval_sec": 3600.0,
        }
        DBOS(config=config)
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_RUNS)(self._runner())
        DBOS.listen_queues([lane.name for lane in lanes])
        self.pace = Pace(self._set_interval)

    def start(self) -> None:
        """Begin; jobs that were cut short when the last worker died run first."""
        DBOS.launch()
        for lane in self._lanes:
            limiter: QueueRateLimit | None = None
            if lane.per_period is not None:
                limiter = {"limit": lane.per_period, "period": lane.period_s}
            DBOS.register_queue(
                lane.name,
                worker_concurrency=lane.at_once,
                limiter=limiter,
                polling_interval_sec=self.pace.slow_s,
                on_conflict="always_update",
            )
        self._running.set()
        self.pace.start([lane.name for lane in self._lanes])

    def stop(self, *, patience_s: int = 5) -> None:
        """Begin no more jobs, and give the running ones `patience_s`; what is cut short runs again."""
        if not self._running.is_set():
            return
        self._running.clear()
        self.pace.stop()
        DBOS.destroy(workflow_completion_timeout_sec=patience_s, destroy_registry=True)

    def _runner(self) -> Callable[..., None]:
        def run(kind: str, *args: str | int) -> None:
            """One of the two edges of the program: whatever a job raises ends here, with a log."""
            handler = self._handlers.get(kind)
            if handler is None:
                log.error("a job of an unknown kind was given up", kind=kind, args=args)
                return
            try:
                handler(*args)
            except Exception:
                log.exception("a job failed", kind=kind, args=args)
                raise

        return run

    @staticmethod
    def _set_interval(lane: str, interval_s: float) -> None:
        queue = DBOS.retrieve_queue(lane)
        if queue is not None:
            queue.set_polling_interval_sec(interval_s)
