"""Trouble of a whole destination: noted once, probed by one job, and all that waited released when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from mediascream.delivery.retry import BLOCKED_PROBE_S, back_off_s, judge
from mediascream.delivery.work import FIRST, OLD, PROBE, PROCESS_LANE, RELEASE
from mediascream.errors import DeliveryError
from mediascream.library import deliveries, standing
from mediascream.library.standing import Standing, Trouble
from mediascream.photo import DeliveryState, DestinationName
from mediascream.queue.jobs import Job

if TYPE_CHECKING:
    from datetime import datetime

    import sqlalchemy as sa

    from mediascream.delivery.keep import Keeper
    from mediascream.delivery.retry import Verdict
    from mediascream.delivery.work import Work

BATCH = 200

log = structlog.get_logger()


def raise_trouble(
    connection: sa.Connection, work: Work, name: DestinationName, verdict: Verdict, *, round_: int = 1
) -> None:
    """Note that a destination is in trouble, and plan to look again; trouble known already stays as it is."""
    before = standing.standing(connection, name)
    if before.trouble is not None and round_ == 1:
        return
    trouble = Trouble.BLOCKED if verdict.state is DeliveryState.BLOCKED else Trouble.WAITING
    standing.put_standing(
        connection, Standing(name, before.paused, trouble, verdict.code, verdict.detail, verdict.until)
    )
    if verdict.until is not None:
        plan_probe(connection, work, name, verdict.until, round_)


def plan_probe(connection: sa.Connection, work: Work, name: DestinationName, at: datetime, round_: int) -> None:
    """Put a look at a destination on the list."""
    stamp = int(at.timestamp() * 1000)
    job = Job(PROCESS_LANE, PROBE, f"probe:{name}:{stamp}:{round_}", (name, round_), FIRST)
    work.jobs.enqueue(connection, job, delay_s=max(0.0, (at - work.now()).total_seconds()))


def end_trouble(connection: sa.Connection, work: Work, name: DestinationName, *, failed_too: bool = False) -> None:
    """The destination works again: everything that waited for it, or was blocked, goes on."""
    before = standing.standing(connection, name)
    standing.put_standing(connection, Standing(name, before.paused))
    stamp = int(work.now().timestamp() * 1000)
    work.jobs.enqueue(connection, _release_job(name, 0, stamp, int(failed_too)))


def _release_job(name: DestinationName, after: int, stamp: int, failed_too: int) -> Job:
    args = (name, after, stamp, failed_too)
    return Job(PROCESS_LANE, RELEASE, f"release:{name}:{stamp}:{after}", args, FIRST)


class Troubles:
    """The jobs that look after destinations in trouble.

    Args:
        keeper: Knows how to look at an archive.
    """

    def __init__(self, work: Work, keeper: Keeper) -> None:
        self._work = work
        self._keeper = keeper

    def probe(self, destination: str, round_: int) -> None:
        """Look whether a destination works again. A service is simply tried by what is released."""
        name = DestinationName(destination)
        with self._work.database.reading() as connection:
            if standing.standing(connection, name).trouble is None:
                return
        try:
            if name in self._keeper.archives:
                self._keeper.contact(name, again=True)
        except DeliveryError as error:
            self._still(name, error, round_ + 1)
            return
        log.info("a destination works again", destination=name)
        self._work.database.write(lambda connection: end_trouble(connection, self._work, name))

    def release(self, destination: str, after: int, stamp: int, failed_too: int) -> None:
        """Queue the next batch of what waited, the oldest first, and plan the batch behind it."""
        name = DestinationName(destination)
        states = [DeliveryState.WAITING, DeliveryState.BLOCKED] + [DeliveryState.FAILED] * failed_too

        def act(connection: sa.Connection) -> None:
            batch = deliveries.errands(connection, destination=name, states=states, after=after, limit=BATCH)
            for errand in batch:
                self._work.soon(connection, deliveries.requeue(connection, errand.number, name), priority=OLD)
            if len(batch) == BATCH:
                self._work.jobs.enqueue(connection, _release_job(name, batch[-1].number, stamp, failed_too))

        self._work.database.write(act)

    def _still(self, name: DestinationName, error: DeliveryError, round_: int) -> None:
        now = self._work.now()
        verdict = judge(error, attempts=round_, archive=True, now=now, dice=0.5)
        if verdict.until is None or verdict.state is DeliveryState.BLOCKED:
            wait_s = BLOCKED_PROBE_S
        else:
            wait_s = back_off_s(round_, archive=True, dice=0.5)
        until = now + timedelta(seconds=wait_s)
        verdict = type(verdict)(verdict.state, verdict.code, verdict.detail, until, whole=True)
        self._work.database.write(
            lambda connection: raise_trouble(connection, self._work, name, verdict, round_=round_)
        )
