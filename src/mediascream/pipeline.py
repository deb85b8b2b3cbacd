"""READ FIRST: the life of a photo, and which job follows which.

    sent in        intake/receive.py    bytes to the spool, hashed, typed by their bytes
                   intake/accept.py     one transaction: row, tags, deliveries, first job; then the answer
    process        processing/          metadata, renditions, SHA-1; in child processes
    deliver        delivery/            the archive first: original, proof, sidecar; then the services
    (finished)     delivery/deliver.py  the spool file goes once the archive copy is proven
    (thrown away)  delivery/purge.py    thirty days in the trash, and the bytes go; the sidecar stays
    (looked after) delivery/audit.py    copies are read again for ever, the oldest check first

The steps do not know each other. Each ends with a transaction that writes what it found and calls
`Work.follow`, which puts on the to-do list whatever is due for the photo now; what is due is decided by
`delivery/plan.py` alone, from the tables. Every job may run twice.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import structlog

from mediascream.archive.disk import UNREADABLE
from mediascream.archive.key_locks import KeyLocks
from mediascream.delivery import hand
from mediascream.delivery.reconcile import BLIND, PROCESS_TRIES
from mediascream.delivery.retry import back_off_s
from mediascream.delivery.work import (
    DELIVER,
    OLD,
    PLAN,
    PROBE,
    PROCESS,
    PURGE,
    RELEASE,
    RENDER,
    SIDECAR,
    process_job,
)
from mediascream.errors import DecodersBroken, DeliveryError, NotInArchive
from mediascream.library import photos, reading
from mediascream.library.progress import progress
from mediascream.library.records import Processed
from mediascream.photo import DestinationName, Metadata, PhotoId
from mediascream.processing.process import process_file
from mediascream.queue.worker import Handler

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from mediascream.delivery.deliver import Deliverer
    from mediascream.delivery.originals import Originals
    from mediascream.delivery.purge import Purges
    from mediascream.delivery.sidecars import Sidecars
    from mediascream.delivery.troubles import Troubles
    from mediascream.delivery.work import Work
    from mediascream.library.records import PhotoRecord
    from mediascream.processing.sandbox import Decoders

log = structlog.get_logger()


class Pipeline:
    """What each kind of job does.

    Args:
        renditions: The folder that `renditions/…` is made in.
    """

    def __init__(
        self,
        work: Work,
        originals: Originals,
        *,
        deliverer: Deliverer,
        sidecars: Sidecars,
        troubles: Troubles,
        purges: Purges,
        decoders: Decoders,
        renditions: Path,
    ) -> None:
        self._work = work
        self._originals = originals
        self._deliverer = deliverer
        self._sidecars = sidecars
        self._troubles = troubles
        self._purges = purges
        self._decoders = decoders
        self._renditions = renditions
        self._one_at_a_time = KeyLocks()

    def handlers(self) -> dict[str, Handler]:
        """Every kind of job, and who does it."""
        return {
            PROCESS: Handler(self.process, self.process_failed),
            RENDER: Handler(self.render),
            DELIVER: Handler(self._deliverer.run, self._deliverer.failed),
            SIDECAR: Handler(self._sidecars.rewrite),
            PROBE: Handler(self._troubles.probe),
            RELEASE: Handler(self._troubles.release),
            PLAN: Handler(self.plan),
            PURGE: Handler(self._purges.purge),
        }

    def process(self, number: int, attempt: int) -> None:
        """Read what the file says and make its renditions; a file that defeats us keeps its original."""
        with self._one_at_a_time.holding(str(number)):
            with self._work.database.reading() as connection:
                photo = reading.get_by_number(connection, number)
            if photo is None or photo.processed or photo.deleted_at is not None:
                return
            try:
                found = self._look_at(photo, attempt)
            except (DeliveryError, DecodersBroken, OSError) as error:
                log.warning("a photo could not be processed", photo=photo.id, file=photo.file_name, error=str(error))
                self.process_failed(error, number, attempt)
            else:
                self._work.database.write(lambda connection: self._record(connection, photo, found))

    def render(self, photo_id: str) -> None:
        """Make renditions again that were thrown away. What was written down of the photo stays as it is."""
        with self._work.database.reading() as connection:
            photo = reading.get(connection, PhotoId(photo_id))
        if photo is None or photo.purged or photo.preview != "ready":
            return
        with self._one_at_a_time.holding(str(photo.number)):
            digests = self._originals.fetch_renditions(photo, self._renditions) or self._render(photo)
        self._work.database.write(lambda c: photos.rendered(c, photo.number, digests))

    def _render(self, photo: PhotoRecord) -> dict[str, str]:
        with self._originals.as_file(photo) as file:
            return process_file(file, photo, self._decoders, self._renditions).rendition_digests

    def process_failed(self, error: Exception, number: int, attempt: int) -> None:
        """What follows where a photo could not be processed, though that was not the file's fault.

        It is tried again later, then without pictures, in the end without a look: the original matters more.
        Where the original itself cannot be had now, it is left to `reconcile`.
        """
        if attempt >= BLIND or (isinstance(error, DeliveryError) and attempt >= PROCESS_TRIES):
            return
        delay_s = back_off_s(attempt, archive=True, dice=0.5) if attempt < PROCESS_TRIES else 0.0

        def act(connection: sa.Connection) -> None:
            now = progress(connection, number)
            if now is not None:
                job = process_job(number, now.sidecar_wanted, OLD, attempt + 1)
                self._work.jobs.enqueue(connection, job, delay_s=delay_s)

        self._work.database.write(act)

    def plan(self, destination: str, after: int, stamp: int) -> None:
        """Give photos that lack a delivery to a destination one, a batch at a time."""
        name = DestinationName(destination)
        act = hand.plan_missing if name in self._work.archives else hand.backfill
        self._work.database.write(lambda connection: act(connection, self._work, name, after=after, stamp=stamp))

    def _look_at(self, photo: PhotoRecord, attempt: int) -> Processed:
        try:
            if attempt >= BLIND:
                return self._without_a_look(photo)
            with self._originals.as_file(photo) as file:
                renditions = self._renditions if attempt <= PROCESS_TRIES else None
                return process_file(file, photo, self._decoders, renditions)
        except NotInArchive as error:
            return Processed(sha1=None, metadata=Metadata(), preview_problem=error.detail)

    def _without_a_look(self, photo: PhotoRecord) -> Processed:
        digest = hashlib.sha1(usedforsecurity=False)
        try:
            for chunk in self._originals.read(photo):
                digest.update(chunk)
        except OSError as error:
            if error.errno not in UNREADABLE:
                raise
            # Then the archive's delivery is what asks a person for the file; it waits for this.
            return Processed(sha1=None, metadata=Metadata(), preview_problem=f"it cannot be read: {error.strerror}")
        return Processed(digest.hexdigest(), Metadata(), preview_problem="it could not be processed again and again")

    def _record(self, connection: sa.Connection, photo: PhotoRecord, found: Processed) -> None:
        companions = photos.record_processed(connection, photo.id, found)
        for number in (photo.number, *companions):
            self._work.follow(connection, number)
