"""Putting jobs on the to-do list, inside the transaction that makes them necessary.

A job carries ids only; what is true stands in our own tables. So a job may run twice, may be lost to
a restored database, may outlive what it was for: its handler looks at the tables first.

The same id is the same job for as long as the list remembers it, and that is longer than it runs: one that
has ended is not begun again. Who needs it once more gives it another id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, EnqueueOptions

from mediascream.queue.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime, timedelta

    from mediascream.database import Database

APPLICATION = "mediascream"
WORKFLOW = "job"
OPEN = ["ENQUEUED", "PENDING", "DELAYED"]
GIVEN_UP = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
ENDED = ["SUCCESS", "ERROR", "CANCELLED", GIVEN_UP]


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do.

    Attributes:
        queue: Whose limits hold for it.
        kind: Which handler does it.
        id: The same id is the same job: it is put on the list once.
        args: What the handler is called with.
        priority: Lower goes first; 0 before all others.
    """

    queue: str
    kind: str
    id: str
    args: tuple[str | int, ...]
    priority: int = 0


class Jobs:
    """The to-do list as seen by those who add to it.

    Attributes:
        on_enqueue: Told the name of a queue that got a job, so that an idle worker looks sooner.
        engine: What the list itself reads and writes with.
        at_once: How many jobs of each queue one worker runs at the same time, where that is not one.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.on_enqueue: Callable[[str], None] = lambda _queue: None
        self.at_once: dict[str, int] = {}
        self.engine = open_engine(database)
        self._client = DBOSClient(
            system_database_engine=self.engine, application_name=APPLICATION, use_listen_notify=False, lazy=True
        )

    def prepare(self) -> None:
        """Make the list's own tables where they are not there yet; a worker keeps them up to date."""
        schema = "dbos" if self.database.dialect == "postgresql" else None
        if not sa.inspect(self.database.engine).has_table("workflow_status", schema=schema):
            DBOS.migrate(self.database.engine.url.render_as_string(hide_password=False))

    def enqueue(self, connection: sa.Connection, job: Job, *, delay_s: float = 0.0) -> None:
        """Put a job on the list, in the transaction of `connection`, to be run in `delay_s` seconds or later."""
        options: EnqueueOptions = {"workflow_name": WORKFLOW, "queue_name": job.queue, "workflow_id": job.id}
        if delay_s > 0:
            options["delay_seconds"] = delay_s
        if job.priority:
            options["priority"] = job.priority
        self._client.enqueue_in_transaction(connection, options, job.queue, job.kind, *job.args)
        if delay_s <= 0:
            self.on_enqueue(job.queue)

    def pause(self, queue: str) -> None:
        """Begin no more jobs of a queue, in any worker, until `resume`."""
        self._limit(queue, 0)

    def resume(self, queue: str) -> None:
        """Go on with a queue that was paused."""
        self._limit(queue, self.at_once.get(queue, 1))
        self.on_enqueue(queue)

    def _limit(self, queue: str, at_once: int) -> None:
        lane = self._client.retrieve_queue(queue)
        if lane is not None:
            lane.set_worker_concurrency(at_once)

    def open(self, ids: Collection[str]) -> set[str]:
        """Which of these jobs are still to be run, or running."""
        return self._having(ids, OPEN)

    def running(self, ids: Collection[str]) -> set[str]:
        """Which of these jobs a worker has begun and not ended."""
        return self._having(ids, ["PENDING"])

    def given_up(self, ids: Collection[str]) -> set[str]:
        """Which of these jobs were cut short so often, with their worker, that they are not run any more."""
        return self._having(ids, [GIVEN_UP])

    def _having(self, ids: Collection[str], statuses: list[str]) -> set[str]:
        found: list[Any] = self._client.list_workflows(
            workflow_ids=list(ids), status=statuses, load_input=False, load_output=False
        )
        return {status.workflow_id for status in found}

    def heed_clock(self, now: datetime, *, longest: timedelta) -> int:
        """After the clock was set back, bring forward what waits for a time that was never meant; returns how many.

        Nothing is ever delayed by more than `longest`. And jobs that seem to have ended in the future are forgotten,
        or a queue with a rate limit would count them until then.
        """
        latest_ms = (now + longest).timestamp() * 1000
        delayed: list[Any] = self._client.list_workflows(status="DELAYED", load_input=False, load_output=False)
        astray = [one.workflow_id for one in delayed if (one.delay_until_epoch_ms or 0) > latest_ms]
        for job_id in astray:
            self._client.set_workflow_delay(job_id, delay_seconds=0)
        ended: list[Any] = self._client.list_workflows(
            status=ENDED, completed_after=(now + longest).isoformat(), limit=2000, load_input=False, load_output=False
        )
        if ended:
            self._client.delete_workflows([status.workflow_id for status in ended])
        return len(astray)

    def prune(self, *, completed_before: str, limit: int = 2000) -> int:
        """Forget jobs that ended before that time (RFC 3339); returns how many, at most `limit`."""
        found: list[Any] = self._client.list_workflows(
            status=ENDED, completed_before=completed_before, limit=limit, load_input=False, load_output=False
        )
        if found:
            self._client.delete_workflows([status.workflow_id for status in found])
        return len(found)

    def close(self) -> None:
        """Let go of the list; the database stays open."""
        self._client.destroy()
        self.engine.dispose()
