"""A to-do list without an engine: jobs are rows of the same database, done one after the other when told to.

It promises what the real one promises: a job that is enqueued in a transaction is there once that is
committed; an id is remembered after its job has ended; a delayed job waits for its time. Time is the caller's.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.queue.jobs import Job, Jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from mediascream.database import Database
    from mediascream.queue.worker import Handler

_table = sa.Table(
    "todo",
    sa.MetaData(),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("id", sa.String, unique=True),
    sa.Column("queue", sa.String),
    sa.Column("kind", sa.String),
    sa.Column("args", sa.String),
    sa.Column("priority", sa.Integer),
    sa.Column("due", sa.Float),
    sa.Column("state", sa.String),
)


class TodoList(Jobs):
    """Jobs in a table; `do` runs them.

    Attributes:
        paused: Queues whose jobs are not done.
        lost: Jobs whose ids are in here are forgotten as soon as they are put on the list.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        super().__init__(database)
        self._now = now
        self.paused: set[str] = set()
        with database.engine.begin() as connection:
            _table.create(connection, checkfirst=True)

    def enqueue(self, connection: sa.Connection, job: Job, *, delay_s: float = 0.0) -> None:
        """Once for each id."""
        if connection.execute(sa.select(_table.c.id).where(_table.c.id == job.id)).first() is None:
            due = (self._now() + timedelta(seconds=delay_s)).timestamp()
            values = {"id": job.id, "queue": job.queue, "kind": job.kind, "args": json.dumps(job.args)}
            connection.execute(_table.insert().values(values | {"priority": job.priority, "due": due, "state": "open"}))

    def pause(self, queue: str) -> None:
        """Until `resume`."""
        self.paused.add(queue)

    def resume(self, queue: str) -> None:
        """Go on."""
        self.paused.discard(queue)

    def open(self, ids: Collection[str]) -> set[str]:
        """Not ended yet."""
        return self._with(ids, "open", "running")

    def running(self, ids: Collection[str]) -> set[str]:
        """Begun and not ended."""
        return self._with(ids, "running")

    def heed_clock(self, now: datetime, *, longest: timedelta) -> int:
        """What is due after that is due now."""
        astray = _table.update().where(_table.c.state == "open", _table.c.due > (now + longest).timestamp())
        return self.database.write(lambda connection: connection.execute(astray.values(due=0.0)).rowcount)

    def given_up(self, ids: Collection[str]) -> set[str]:
        """Marked so by `mark`."""
        return self._with(ids, "given up")

    def mark(self, job_id: str, state: str) -> None:
        """Say of a job what else only an engine could: that it runs, or was given up."""
        change = _table.update().where(_table.c.id == job_id).values(state=state)
        assert self.database.write(lambda connection: connection.execute(change).rowcount) == 1

    def recover(self) -> None:
        """What was running when the process died is to be done again."""
        again = _table.update().where(_table.c.state == "running").values(state="open")
        self.database.write(lambda connection: connection.execute(again))

    def forget(self, job_id: str = "%") -> None:
        """Lose jobs, as a database does that is restored from a copy."""
        self.database.write(lambda connection: connection.execute(_table.delete().where(_table.c.id.like(job_id))))

    def ids(self, kind: str = "%", *, state: str = "open") -> list[str]:
        """The jobs of a kind, in the order they will be done."""
        query = sa.select(_table.c.id).where(_table.c.kind.like(kind), _table.c.state == state)
        with self.database.reading() as connection:
            return list(connection.scalars(query.order_by(_table.c.priority, _table.c.place)))

    def next(self) -> Job | None:
        """The job that is due and goes first."""
        now = self._now().timestamp()
        query = (
            sa.select(_table)
            .where(_table.c.state == "open", _table.c.due <= now, _table.c.queue.not_in(self.paused))
            .order_by(_table.c.priority, _table.c.place)
        )
        with self.database.reading() as connection:
            row = connection.execute(query).first()
        return Job(row.queue, row.kind, row.id, tuple(json.loads(row.args)), row.priority) if row is not None else None

    def next_due(self) -> float | None:
        """When the next open job that is not paused is due, in seconds since 1970."""
        query = sa.select(sa.func.min(_table.c.due)).where(_table.c.state == "open", _table.c.queue.not_in(self.paused))
        with self.database.reading() as connection:
            due: float | None = connection.scalar(query)
        return due

    def do(self, handlers: Mapping[str, Handler], job: Job) -> None:
        """Run one job as the worker does: what it raises is its handler's to answer for."""
        self.mark(job.id, "running")
        handler = handlers[job.kind]
        try:
            handler.act(*job.args)
        except Exception as error:
            if handler.failed is None:
                raise
            handler.failed(error, *job.args)
        self.mark(job.id, "done")

    def _with(self, ids: Collection[str], *states: str) -> set[str]:
        query = sa.select(_table.c.id).where(_table.c.id.in_(ids), _table.c.state.in_(states))
        with self.database.reading() as connection:
            return set(connection.scalars(query))
