"""The end of the time in the trash: the bytes go from every archive, the sidecar stays as a tombstone.

decide   one transaction: the photo is a tombstone to everybody from here on (`photos.begin_purge`)
remove   originals, renditions, what healing had put aside; twice does no harm
end      one transaction: whoever sent the photo again meanwhile may be served now (`photos.end_purge`)

Between the first and the last nothing is put into an archive for that photo (`plan.may_begin`), and one job does the
removing. So bytes that came anew are never taken for the old ones. What lies in the spool is left to the sweep at the
next start, which alone can tell it from an upload under way.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

import structlog

from mediascream.archive import keys
from mediascream.archive.key_locks import KeyLocks
from mediascream.delivery.work import OLD, PROCESS_LANE, PURGE
from mediascream.errors import DeliveryError, NotInArchive
from mediascream.library import photos, reading
from mediascream.library.elapsed import DAY_MS, HOUR_MS
from mediascream.library.progress import progress
from mediascream.photo import DeliveryState
from mediascream.queue.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import sqlalchemy as sa

    from mediascream.archive.base import Archive
    from mediascream.delivery.keep import Keeper
    from mediascream.delivery.work import Work
    from mediascream.library.elapsed import Elapsed
    from mediascream.library.records import PhotoRecord
    from mediascream.photo import DestinationName

KEPT_MS = 30 * DAY_MS
BATCH = 200
ASKED_HOURS = 48
"""So far back it is asked whether an earlier job is still to remove the same bytes."""

log = structlog.get_logger()


def empty_trash(work: Work, elapsed: Elapsed) -> int:
    """Let the trash age, and make tombstones of what was there for thirty days; returns how many."""

    def age(connection: sa.Connection) -> int:
        now = elapsed.advance(connection)
        photos.notice(connection, now)
        return now

    before = work.database.write(age) - KEPT_MS
    _take_up_again(work)
    begun, after = 0, 0
    while True:
        with work.database.reading() as connection:
            batch = reading.expired_trash(connection, before, after=after, limit=BATCH)
        if not batch:
            return begun
        begun += work.database.write(partial(_begin, work=work, numbers=batch, before=before))
        after = batch[-1]


def _begin(connection: sa.Connection, work: Work, numbers: list[int], before: int) -> int:
    gone = [number for number in numbers if photos.begin_purge(connection, number, before)]
    for number in gone:
        work.jobs.enqueue(connection, purge_job(number, work.stamp() // HOUR_MS))
    return len(gone)


def _take_up_again(work: Work) -> None:
    """Where the bytes of a tombstone are still to be removed and no job does it, one is put on the list."""
    after = 0
    while True:
        with work.database.reading() as connection:
            batch = reading.emptying(connection, after=after, limit=BATCH)
        if not batch:
            return
        after, hour = batch[-1], work.stamp() // HOUR_MS
        for number in batch:
            earlier = [purge_job(number, before).id for before in range(hour - ASKED_HOURS, hour + 1)]
            if not work.jobs.open(earlier):
                work.database.write(partial(work.jobs.enqueue, job=purge_job(number, hour)))


def purge_job(number: int, hour: int) -> Job:
    """Removing the bytes of one tombstone; in another hour it is another job."""
    return Job(PROCESS_LANE, PURGE, f"purge:{number}:{hour}", (number,), OLD)


class Purges:
    """The job that removes.

    Args:
        renditions: The local folder that holds `renditions/…`.
    """

    def __init__(self, work: Work, keeper: Keeper, renditions: Path) -> None:
        self._work = work
        self._keeper = keeper
        self._renditions = renditions
        self._one_at_a_time = KeyLocks()

    def purge(self, number: int) -> None:
        """Remove the bytes of a tombstone from every archive, if that is still to be done.

        Where an archive cannot be reached, the next hour's chore puts it on the list again.
        """
        with self._one_at_a_time.holding(str(number)):
            with self._work.database.reading() as connection:
                photo, now = reading.get_by_number(connection, number), progress(connection, number)
            if photo is not None and now is not None and photo.emptying:
                self._purge(photo, had=[leg.destination for leg in now.legs if leg.lost])

    def _purge(self, photo: PhotoRecord, had: Collection[DestinationName]) -> None:
        try:
            for receipt in photo.receipts:
                if receipt.destination in self._keeper.archives and receipt.remote_id is not None:
                    self._keeper.contact(receipt.destination)
                    known = receipt.state is DeliveryState.DELIVERED or receipt.destination in had
                    self._remove(photo, self._keeper.archives[receipt.destination], receipt.remote_id, known=known)
        except DeliveryError as error:
            log.warning("a tombstone's bytes could not be removed yet", photo=photo.id, detail=error.detail)
            return
        for rendition in keys.Rendition:
            (self._renditions / keys.rendition_key(photo.id, rendition)).unlink(missing_ok=True)
        log.info("a photo left the trash for good", photo=photo.id, file=photo.file_name)
        self._work.database.write(partial(self._end, number=photo.number))

    def _remove(self, photo: PhotoRecord, archive: Archive, key: str, *, known: bool) -> None:
        """Where it is `known` that the archive had the photo, what lies there is its copy, whatever became of the bytes."""
        if known or _holds(archive, key, photo):
            archive.delete(key)
        put_aside = keys.damaged_key(key, "")
        for found in list(archive.list(put_aside.rpartition("/")[0])):
            if found.key.startswith(put_aside):
                archive.delete(found.key)
        if archive.place != str(self._renditions):
            for rendition in keys.Rendition:
                archive.delete(keys.rendition_key(photo.id, rendition))

    def _end(self, connection: sa.Connection, number: int) -> None:
        photos.end_purge(connection, number)
        self._work.follow(connection, number)


def _holds(archive: Archive, key: str, photo: PhotoRecord) -> bool:
    """Whether what an unfinished attempt may have left under a key is this photo's, and no stranger's."""
    with contextlib.suppress(NotInArchive):
        return archive.digest_of(key) == photo.id
    return False
