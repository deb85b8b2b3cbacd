"""Doing what is on the list: DBOS inside, one worker a process.

On SQLite there is one worker for a database; its jobs that were cut short run again when it starts.
On Postgres there may be many; each has an id of its own (two with one id would run jobs twice), and
`reaper.py` hands on what a dead one left.

DBOS never hears of a failure. A job that raises has its consequences written down here, by its handler's
`failed` or by a successor that runs later; a job that the end of the process overtakes leaves no trace, so
that it runs again (`CutShort`, which is no `Exception`, passes through DBOS without being written down).
"""

from __future__ import annotations

import contextlib
import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from dbos import DBOS, DBOSConfig

from mediascream.queue.jobs import APPLICATION, WORKFLOW, Job
from mediascream.queue.pace import SLOW_S, Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dbos._queue import QueueRateLimit

    from mediascream.queue.jobs import Jobs

APPLICATION_VERSION = "1"
"""Constant: DBOS runs a job only under the version that enqueued it, and jobs must survive upgrades."""

MAX_RUNS = 25
"""A job that was cut short so often (it kills its worker) is given up; see `Jobs.given_up`."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lane:
    """One queue and its limits.

    Attributes:
        at_once: How many of its jobs run at the same time in one worker.
        paused: Whether it begins with none, until `Jobs.resume`.
        per_period: At most so many begin in `period_s`; None for no limit.
    """

    name: str
    at_once: int
    paused: bool = False
    per_period: int | None = None
    period_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class Handler:
    """What to do for one kind of job.

    Attributes:
        act: Called with the job's arguments.
        failed: Called with what `act` raised, which nobody foresaw, and the arguments; it writes down what
            follows. None: the job is run again later, and later, for as long as it raises.
    """

    act: Callable[..., None]
    failed: Callable[..., None] | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait.

    Attributes:
        first_s: Between a job that raised and its successor, at first; then doubling up to `longest_s`.
        unwritable_s: Between two attempts to write down what became of a job, where the database takes nothing
            (its disk is full).
    """

    first_s: float = 2.0
    longest_s: float = 3600.0
    unwritable_s: float = 15.0


PATIENCE = Patience()


class CutShort(BaseException):
    """The worker stops: nothing of the job is to be written down, so that it runs again."""


class Worker:
    """Runs jobs until it is stopped.

    Args:
        handlers: What to do for each kind of job.
        executor_id: Must differ between all workers that live at the same time.
    """

    def __init__(
        self,
        jobs: Jobs,
        handlers: Mapping[str, Handler],
        lanes: Sequence[Lane],
        *,
        executor_id: str = "single",
        patience: Patience = PATIENCE,
    ) -> None:
        self.executor_id = executor_id
        self._jobs = jobs
        self._handlers = handlers
        self._lanes = lanes
        self._patience = patience
        self._started = False
        self._stopping = threading.Event()
        self._gone = threading.Event()
        self._running: dict[str, int] = {}
        self._change = threading.Condition()
        self._pace = Pace(self._set_interval)
        logging.getLogger("dbos").setLevel(logging.WARNING)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_engine": jobs.engine,
            "application_version": APPLICATION_VERSION,
            "executor_id": executor_id,
            "log_level": "WARNING",
            "use_listen_notify": False,
            "max_executor_threads": sum(lane.at_once for lane in lanes) + 8,
            # Nobody waits for notifications: each round costs nothing, and a stop waits for the end of one.
            "notification_listener_polling_interval_sec": 0.25,
            "scheduler_polling_interval_sec": 3600.0,
        }
        self._dbos = DBOS(config=config)
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_RUNS)(self._runner())
        DBOS.listen_queues([lane.name for lane in lanes])

    def start(self) -> None:
        """Begin; jobs that were cut short when the last worker died run first."""
        DBOS.launch()
        for lane in self._lanes:
            limiter: QueueRateLimit | None = None
            if lane.per_period is not None:
                limiter = {"limit": lane.per_period, "period": lane.period_s}
            DBOS.register_queue(
                lane.name,
                worker_concurrency=0 if lane.paused else lane.at_once,
                limiter=limiter,
                polling_interval_sec=SLOW_S,
                on_conflict="always_update",
            )
        self._started = True
        self._pace.start([lane.name for lane in self._lanes])
        self._jobs.on_enqueue = self._pace.noticed

    def running(self) -> set[str]:
        """The ids of the jobs that run in this process now."""
        with self._change:
            return set(self._running)

    def stop(self, *, patience_s: float = 5.0) -> int:
        """Begin no more jobs, and give the running ones `patience_s`; what is cut short runs again.

        Returns how many that are. They cannot be killed, and Python waits for their threads when it ends.
        """
        if not self._started:
            return 0
        self._started = False
        self._stopping.set()
        self._pace.stop()
        for event in self._dbos.background_thread_stop_events:
            event.set()
        with self._change:
            self._change.wait_for(lambda: not self._running, timeout=patience_s)
            self._gone.set()
            left = len(self._running)
        DBOS.destroy(destroy_registry=True)
        return left

    def _runner(self) -> Callable[..., None]:
        def run(queue: str, kind: str, *args: str | int) -> None:
            job = Job(queue, kind, DBOS.workflow_id or "", args)
            self._pace.noticed(queue)
            with self._present(job):
                self._do(job)

        return run

    @contextlib.contextmanager
    def _present(self, job: Job) -> Iterator[None]:
        """Count the job as running; at the end of the process nothing of it is to be written down.

        Raises:
            CutShort: The worker stops, or is gone.
        """
        if self._stopping.is_set():
            raise CutShort
        with self._change:
            self._running[job.id] = self._running.get(job.id, 0) + 1
        try:
            yield
        finally:
            with self._change:
                self._running[job.id] -= 1
                if not self._running[job.id]:
                    del self._running[job.id]
                self._change.notify_all()
        if self._gone.is_set():
            raise CutShort

    def _do(self, job: Job) -> None:
        """An edge of the program: whatever a job raises ends here, with a log."""
        handler = self._handlers.get(job.kind)
        if handler is None:
            log.error("a job of an unknown kind was given up", job=job.id, kind=job.kind)
            return
        try:
            handler.act(*job.args)
        except Exception as error:
            if self._gone.is_set():
                raise CutShort from error
            log.exception("a job failed", job=job.id)
            self._answer_for(handler, job, error)

    def _answer_for(self, handler: Handler, job: Job, error: Exception) -> None:
        """See that what follows from a failure is written down, however long the database takes nothing."""
        write_down = handler.failed
        while True:
            try:
                if write_down is None:
                    self._again_later(job)
                else:
                    write_down(error, *job.args)
            except Exception:
                log.exception("what follows from a failed job could not be written down", job=job.id)
                write_down = None
            else:
                return
            if self._stopping.wait(self._patience.unwritable_s):
                raise CutShort

    def _again_later(self, job: Job) -> None:
        name, _, tries = job.id.partition("~")
        number = int(tries or 1)
        successor = Job(job.queue, job.kind, f"{name}~{number + 1}", job.args, job.priority)
        delay_s = min(self._patience.first_s * 2 ** min(number - 1, 20), self._patience.longest_s)
        self._jobs.database.write(lambda connection: self._jobs.enqueue(connection, successor, delay_s=delay_s))

    @staticmethod
    def _set_interval(lane: str, interval_s: float) -> None:
        queue = DBOS.retrieve_queue(lane)
        if queue is not None:
            queue.set_polling_interval_sec(interval_s)
