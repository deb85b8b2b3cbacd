"""Our tables are the truth, the to-do list only follows: whatever is open in the tables and has no job gets one.

That happens where a job was given up after killing its worker again and again, where a job failed for a
reason that nobody foresaw, and where a database was restored.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog

from mediascream.delivery.work import OLD, delivery_job, process_job
from mediascream.library import deliveries, photos, reading, standing

if TYPE_CHECKING:
    import sqlalchemy as sa

    from mediascream.delivery.work import Work
    from mediascream.library.deliveries import Errand
    from mediascream.library.records import PhotoRecord

BATCH = 200

log = structlog.get_logger()


def reconcile(work: Work) -> int:
    """Give every open thing without a job one; returns how many needed it."""
    return _unprocessed(work) + _undelivered(work)


def _unprocessed(work: Work) -> int:
    healed, after = 0, 0
    while True:
        with work.database.reading() as connection:
            batch = reading.unprocessed(connection, after=after, limit=BATCH)
        if not batch:
            return healed
        after = batch[-1].number
        jobs = {process_job(photo, OLD).id: photo for photo in batch}
        for missing in jobs.keys() - work.jobs.open(list(jobs)):
            _process_again(work, jobs[missing])
            healed += 1


def _process_again(work: Work, photo: PhotoRecord) -> None:
    log.warning("a photo had no job to process it", photo=photo.id, file=photo.file_name)

    def act(connection: sa.Connection) -> None:
        photos.touch(connection, photo.number)
        work.follow(connection, photo.number, priority=OLD)

    work.database.write(act)


def _undelivered(work: Work) -> int:
    healed, after = 0, 0
    while True:
        with work.database.reading() as connection:
            batch = deliveries.errands(connection, after=after, limit=BATCH)
            idle = {e for e in batch if standing.standing(connection, e.destination).trouble is None}
        if not batch:
            return healed
        after = batch[-1].number
        jobs = {delivery_job(errand, OLD).id: errand for errand in idle}
        for missing in jobs.keys() - work.jobs.open(list(jobs)):
            errand = jobs[missing]
            healed += work.database.write(partial(_deliver_again, work=work, errand=errand))


def _deliver_again(connection: sa.Connection, work: Work, errand: Errand) -> bool:
    """Only where the delivery still stands as it was seen, and its turn has come."""
    current = deliveries.get(connection, errand.number, errand.destination)
    photo = reading.get_by_number(connection, errand.number)
    if current.run != errand.run or photo is None or not photo.processed or photo.deleted_at is not None:
        return False
    if errand.destination not in work.archives and not photo.archived:
        return False
    log.warning("a delivery had no job", photo=photo.id, destination=errand.destination, state=current.receipt.state)
    deliveries.requeue(connection, errand.number, errand.destination)
    work.follow(connection, errand.number, priority=OLD)
    return True
