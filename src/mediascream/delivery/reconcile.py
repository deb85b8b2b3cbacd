"""Our tables are the truth, the to-do list only follows: whatever is open in the tables and has no job gets one.

That happens where a job was given up after killing its worker again and again, where a database was restored
from a copy, and where a person mended something behind our back. Run at the start and now and then; what it
does twice does no harm.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from mediascream.delivery import hand, troubles
from mediascream.delivery.plan import may_begin, to_be_processed
from mediascream.delivery.work import OLD, delivery_job, process_job, sidecar_job
from mediascream.library import deliveries, photos, reading, standing
from mediascream.library.errands import sidecars_behind
from mediascream.library.progress import progress
from mediascream.photo import ARCHIVES, OPEN_STATES, DeliveryState, DestinationName

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import sqlalchemy as sa

    from mediascream.delivery.work import Work
    from mediascream.library.errands import Errand, Untold
    from mediascream.library.records import PhotoRecord

BATCH = 200
NEVER_MEANT = timedelta(days=2)
"""No trouble is looked at again only after so long."""

PROCESS_TRIES = 6
"""Attempts at a photo's metadata and renditions, about a minute in all; the next is made without renditions."""

BLIND = PROCESS_TRIES + 2
"""The last attempt, which does not even look: the original matters more than its preview."""

log = structlog.get_logger()


def reconcile(work: Work) -> int:
    """Give every open thing without a job one; returns how many needed it."""
    with work.database.reading() as connection:
        counted = standing.counts(connection)
    for name in {*DestinationName, *counted}:  # what a package brought that is gone stands there still
        _look_after(work, name)
    return _unprocessed(work) + _undelivered(work) + _untold(work)


def _look_after(work: Work, name: DestinationName) -> None:
    with work.database.reading() as connection:
        counts = standing.counts(connection).get(name, {})
        now = standing.standing(connection, name)
    if name not in ARCHIVES and name not in work.connected():
        hand.skip_unconnected(work, name)
    elif now.trouble is not None and (name in work.archives or _is_over(now.until, work.now())):
        work.database.write(lambda connection: troubles.look_now(connection, work, name))
    elif now.trouble is None and counts.get(DeliveryState.BLOCKED):
        work.database.write(lambda connection: troubles.release(connection, work, name))


def _is_over(until: datetime | None, now: datetime) -> bool:
    """Whether a trouble's end has passed, or lies where only a clock that was set back can have put it."""
    return until is not None and (until < now or until > now + NEVER_MEANT)


def _unprocessed(work: Work) -> int:
    healed, after = 0, 0
    while True:
        with work.database.reading() as connection:
            batch = reading.unprocessed(connection, after=after, limit=BATCH)
        if not batch:
            return healed
        after = batch[-1].number
        ids = {photo.number: _process_ids(photo) for photo in batch}
        every = [job_id for some in ids.values() for job_id in some]
        open_ids, given_up = work.jobs.open(every), work.jobs.given_up(every)
        for photo in batch:
            if open_ids.isdisjoint(ids[photo.number]):
                _process_again(work, photo.number, blind=not given_up.isdisjoint(ids[photo.number]))
                healed += 1


def _process_ids(photo: PhotoRecord) -> Collection[str]:
    attempts = range(1, BLIND + 1)
    return {process_job(photo.number, photo.sidecar_wanted, OLD, attempt).id for attempt in attempts}


def _process_again(work: Work, number: int, *, blind: bool) -> None:
    """A file that killed the worker itself, again and again, is not looked at any more."""
    log.warning("a photo had no job to process it", photo=number, blind=blind)

    def act(connection: sa.Connection) -> None:
        now = progress(connection, number)
        if now is not None and to_be_processed(now):
            photos.touch(connection, number)  # for a job of another id
            work.jobs.enqueue(connection, process_job(number, now.sidecar_wanted + 1, OLD, BLIND if blind else 1))

    work.database.write(act)


def _undelivered(work: Work) -> int:
    healed, after = 0, 0
    while True:
        with work.database.reading() as connection:
            batch = deliveries.errands(connection, after=after, limit=BATCH)
            well = _well(connection)
        if not batch:
            return healed
        after = batch[-1].number
        jobs = {delivery_job(errand, OLD).id: errand for errand in batch if errand.destination in well}
        for missing in jobs.keys() - work.jobs.open(list(jobs)):
            healed += work.database.write(partial(_deliver_again, work=work, errand=jobs[missing]))


def _deliver_again(connection: sa.Connection, work: Work, errand: Errand) -> bool:
    """Only where the delivery still stands as it was seen, and its turn has come."""
    now = progress(connection, errand.number)
    leg = next((leg for leg in now.legs if leg.destination is errand.destination), None) if now else None
    if now is None or leg is None or leg.run != errand.run or leg.state not in OPEN_STATES:
        return False  # its job has ended it meanwhile
    if not may_begin(now, leg, work.archives):
        return False
    log.warning("a delivery had no job", photo=errand.photo_id, destination=leg.destination, state=leg.state)
    deliveries.requeue(connection, errand.number, errand.destination)
    work.follow(connection, errand.number, priority=OLD)
    return True


def _untold(work: Work) -> int:
    """Sidecars that are behind, in archives that are well, and nobody is about to write."""
    healed, after = 0, 0
    while True:
        with work.database.reading() as connection:
            archives = _well(connection) & set(work.archives)
            batch = sidecars_behind(connection, archives, after=after, limit=BATCH)
        if not batch:
            return healed
        jobs = {sidecar_job(*one).id: one for one in batch}
        missing = [jobs[job_id] for job_id in jobs.keys() - work.jobs.open(list(jobs))]
        work.database.write(partial(_tell_again, work=work, missing=missing))
        healed += len(missing)
        after = batch[-1].number


def _tell_again(connection: sa.Connection, work: Work, missing: list[Untold]) -> None:
    for number, archive, wanted in missing:
        work.jobs.enqueue(connection, sidecar_job(number, archive, wanted, attempt=work.stamp()))


def _well(connection: sa.Connection) -> set[DestinationName]:
    return {name for name in DestinationName if standing.standing(connection, name).trouble is None}
