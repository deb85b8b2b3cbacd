"""Trouble of a whole destination: noted once, probed by one job, and all that waited released when it is over.

While it lasts, no delivery tries for itself: each that has its turn is put off (`deliver.py`), and stands
there as the destination does, waiting or blocked, without a job. `release` gives them jobs again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from mediascream.delivery.retry import judge
from mediascream.delivery.work import FIRST, OLD, PROBE, PROCESS_LANE, RELEASE
from mediascream.destinations.base import ChecksLogIn
from mediascream.errors import DeliveryError
from mediascream.library import deliveries, standing
from mediascream.library.losses import GONE
from mediascream.library.moments import opt_ms, to_ms
from mediascream.library.standing import Standing, Trouble
from mediascream.photo import DeliveryState, DestinationName
from mediascream.queue.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import sqlalchemy as sa

    from mediascream.delivery.keep import Keeper
    from mediascream.delivery.retry import Verdict
    from mediascream.delivery.work import Work
    from mediascream.destinations.base import Destination

BATCH = 200

log = structlog.get_logger()


def raise_trouble(connection: sa.Connection, work: Work, name: DestinationName, verdict: Verdict) -> None:
    """Note that a destination is in trouble, and plan to look again; trouble known already stays as it is."""
    if standing.standing(connection, name).trouble is None:
        _note(connection, work, name, verdict, round_=1)


def end_trouble(connection: sa.Connection, work: Work, name: DestinationName, *, failed_too: bool = False) -> None:
    """The destination works again: everything that waited for it, or was blocked, goes on."""
    before = standing.standing(connection, name)
    standing.put_standing(connection, Standing(name, before.paused))
    release(connection, work, name, failed_too=failed_too)


def release(connection: sa.Connection, work: Work, name: DestinationName, *, failed_too: bool = False) -> None:
    """Have everything that waits at a destination, or is blocked, tried again; or put off anew."""
    work.jobs.enqueue(connection, _release_job(name, 0, work.stamp(), int(failed_too)))


def look_now(connection: sa.Connection, work: Work, name: DestinationName) -> None:
    """Have a destination in trouble looked at now, whatever was planned."""
    now = standing.standing(connection, name)
    if now.trouble is not None:
        at = work.now()
        standing.put_standing(connection, Standing(name, now.paused, now.trouble, now.code, now.detail, at))
        _plan_probe(connection, work, name, at, round_=1)


def _note(connection: sa.Connection, work: Work, name: DestinationName, verdict: Verdict, *, round_: int) -> None:
    before = standing.standing(connection, name)
    trouble = Trouble.BLOCKED if verdict.state is DeliveryState.BLOCKED else Trouble.WAITING
    now = Standing(name, before.paused, trouble, verdict.code, verdict.detail, verdict.until)
    standing.put_standing(connection, now)
    if verdict.until is not None:
        deliveries.postpone(connection, name, verdict.until)
        _plan_probe(connection, work, name, verdict.until, round_=round_)
    if before.trouble is not None and before.trouble is not trouble:
        release(connection, work, name)  # those that were put off are to say what is the matter now


def _plan_probe(connection: sa.Connection, work: Work, name: DestinationName, at: datetime, *, round_: int) -> None:
    stamp = to_ms(at)
    job = Job(PROCESS_LANE, PROBE, f"probe:{name}:{stamp}:{round_}", (name, round_, stamp), FIRST)
    work.jobs.enqueue(connection, job, delay_s=work.seconds_until(at))


def _release_job(name: DestinationName, after: int, stamp: int, failed_too: int) -> Job:
    args = (name, after, stamp, failed_too)
    return Job(PROCESS_LANE, RELEASE, f"release:{name}:{stamp}:{after}", args, FIRST)


class Troubles:
    """The jobs that look after destinations in trouble.

    Args:
        keeper: Knows how to look at an archive.
        services: The destinations that are no archives.
    """

    def __init__(self, work: Work, keeper: Keeper, services: Mapping[DestinationName, Destination]) -> None:
        self._work = work
        self._keeper = keeper
        self._services = services

    def probe(self, destination: str, round_: int, stamp: int) -> None:
        """Look whether a destination works again. A service that cannot be asked is simply tried by what is released.

        Only the look that was planned last counts; else each new trouble would leave one that goes on for ever.
        """
        name = DestinationName(destination)
        with self._work.database.reading() as connection:
            before = standing.standing(connection, name)
        if before.trouble is None or opt_ms(before.until) != stamp:
            return
        try:
            self._look(name)
        except DeliveryError as error:
            self._still(before, error, round_ + 1)
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
                # What was taken away there comes back only if a person asks for that photo.
                if deliveries.get(connection, errand.number, name).receipt.error_code != GONE:
                    deliveries.requeue(connection, errand.number, name)
                    self._work.follow(connection, errand.number, priority=OLD)
            if len(batch) >= BATCH:
                self._work.jobs.enqueue(connection, _release_job(name, batch[-1].number, stamp, failed_too))

        self._work.database.write(act)

    def _look(self, name: DestinationName) -> None:
        """Ask one thing of it, lest all that waits is released for nothing, again and again."""
        service = self._services.get(name)
        if name in self._keeper.archives:
            self._keeper.contact(name, again=True)
        elif service is not None and service.connected and isinstance(service, ChecksLogIn):
            service.check_log_in()

    def _still(self, before: Standing, error: DeliveryError, round_: int) -> None:
        """The trouble goes on, or another one has begun; unless a person changed something meanwhile."""
        now = self._work.now()
        verdict = judge(error, attempts=round_, archive=True, now=now, dice=0.5)
        blocked = verdict.state is DeliveryState.BLOCKED
        if blocked and before.name not in self._keeper.archives:
            verdict = replace(verdict, until=None, whole=True)  # nothing but a person mends a log-in
        elif verdict.until is None:
            verdict = replace(verdict, until=now + timedelta(minutes=1), whole=True)
        if before.code != verdict.code:
            log.warning("a destination is in other trouble", destination=before.name, detail=verdict.detail)

        def act(connection: sa.Connection) -> None:
            if standing.standing(connection, before.name) == before:
                _note(connection, self._work, before.name, verdict, round_=round_)

        self._work.database.write(act)
