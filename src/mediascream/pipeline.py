"""READ FIRST: the life of a photo, and which job follows which.

    sent in        intake/receive.py    bytes to the spool, hashed, typed by their bytes
                   intake/accept.py     one transaction: row, tags, deliveries, first job; then the answer
    process        processing/          metadata, renditions, SHA-1; in child processes
    deliver        delivery/            the archive first: original, proof, sidecar; then the services
    (finished)     delivery/deliver.py  the spool file goes once the archive copy is proven

The steps do not know each other. Each ends with a transaction that writes what it found and calls
`Work.follow`, which puts on the to-do list whatever is due for the photo now; what is due is decided by
`delivery/plan.py` alone, from the tables. Every job may run twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream.delivery import hand
from mediascream.delivery.work import DELIVER, PLAN, PROBE, PROCESS, RELEASE, SIDECAR
from mediascream.errors import NotInArchive
from mediascream.library import photos, reading
from mediascream.library.records import Processed
from mediascream.photo import DestinationName, Metadata
from mediascream.processing.process import process_file
from mediascream.queue.worker import Handler

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from mediascream.delivery.deliver import Deliverer
    from mediascream.delivery.keep import Keeper
    from mediascream.delivery.troubles import Troubles
    from mediascream.delivery.work import Work
    from mediascream.library.records import PhotoRecord
    from mediascream.processing.sandbox import Decoders


class Pipeline:
    """What each kind of job does."""

    def __init__(
        self,
        work: Work,
        keeper: Keeper,
        deliverer: Deliverer,
        troubles: Troubles,
        decoders: Decoders,
        *,
        renditions: Path,
    ) -> None:
        self._work = work
        self._keeper = keeper
        self._deliverer = deliverer
        self._troubles = troubles
        self._decoders = decoders
        self._renditions = renditions

    def handlers(self) -> dict[str, Handler]:
        """Every kind of job, and who does it."""
        return {
            PROCESS: Handler(self.process),
            DELIVER: Handler(self._deliverer.run),
            SIDECAR: Handler(self._keeper.rewrite_sidecar),
            PROBE: Handler(self._troubles.probe),
            RELEASE: Handler(self._troubles.release),
            PLAN: Handler(self.plan),
        }

    def process(self, number: int) -> None:
        """Read what the file says and make its renditions; a file that defeats us keeps its original."""
        with self._work.database.reading() as connection:
            photo = reading.get_by_number(connection, number)
        if photo is None or photo.processed or photo.deleted_at is not None:
            return
        found = self._look_at(photo)

        def write_down(connection: sa.Connection) -> None:
            photos.record_processed(connection, photo.id, found)
            self._work.follow(connection, number)

        self._work.database.write(write_down)

    def plan(self, destination: str, after: int, stamp: int) -> None:
        """Give photos that lack a delivery to a destination one, a batch at a time."""
        name = DestinationName(destination)
        act = hand.plan_missing if name in self._work.archives else hand.backfill
        self._work.database.write(lambda connection: act(connection, self._work, name, after=after, stamp=stamp))

    def _look_at(self, photo: PhotoRecord) -> Processed:
        try:
            with self._keeper.originals.as_file(photo) as file:
                return process_file(file, photo, self._decoders, self._renditions)
        except NotInArchive as error:
            return Processed(sha1=None, metadata=Metadata(), preview_problem=error.detail)
