"""What the archives are told of a photo beside its bytes, and keeping that up to date."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from mediascream.archive import keys
from mediascream.archive.sidecar import Sidecar
from mediascream.delivery.plan import behind
from mediascream.delivery.retry import back_off_s
from mediascream.delivery.work import sidecar_job
from mediascream.errors import DeliveryError
from mediascream.library import deliveries, reading, standing
from mediascream.library.progress import progress
from mediascream.library.recalling import read_to_json
from mediascream.library.rows import said_to_json
from mediascream.photo import DestinationName

if TYPE_CHECKING:
    from datetime import datetime

    import sqlalchemy as sa

    from mediascream.delivery.keep import Keeper
    from mediascream.delivery.work import Work
    from mediascream.library.records import PhotoRecord
    from mediascream.photo import Receipt

log = structlog.get_logger()


class Sidecars:
    """The job that stores a changed sidecar.

    Two of them for one photo may run side by side and come in any order: each looks, after it wrote, whether
    there was a newer change, and writes again. So the last one to write has written the newest.
    """

    def __init__(self, work: Work, keeper: Keeper) -> None:
        self._work = work
        self._database = work.database
        self._keeper = keeper

    def rewrite(self, number: int, archive: str, wanted: int, attempt: int) -> None:
        """Store what is to be told now, if the archive was not told it already."""
        name = DestinationName(archive)
        with self._database.reading() as connection:
            trouble = standing.standing(connection, name)
            photo = self._to_be_told(connection, number, name)
        if photo is None:
            return
        if trouble.trouble is not None:
            self._later(number, name, wanted, attempt, trouble.until)
            return
        try:
            self._keeper.contact(name)
            while photo is not None:
                photo = self._write(photo, name)
        except DeliveryError as error:
            log.warning("a sidecar could not be stored; trying again", photo=number, archive=name, detail=error.detail)
            self._later(number, name, wanted, attempt, None)

    def write_anew(self, number: int, name: DestinationName) -> None:
        """Store a sidecar that is missing or wrong; what changes meanwhile is told as ever.

        Raises:
            DeliveryError: It cannot be stored now.
        """
        with self._database.reading() as connection:
            photo = reading.get_by_number(connection, number)
        while photo is not None:
            photo = self._write(photo, name)

    def _to_be_told(self, connection: sa.Connection, number: int, name: DestinationName) -> PhotoRecord | None:
        """The photo, where the archive has it and does not know its newest changes."""
        now = progress(connection, number)
        return reading.get_by_number(connection, number) if now is not None and behind(now, [name]) else None

    def _write(self, photo: PhotoRecord, name: DestinationName) -> PhotoRecord | None:
        """Store one state of a photo, and note which; returns the photo where it has changed meanwhile."""
        key = next(receipt.remote_id for receipt in photo.receipts if receipt.destination is name)
        self._keeper.archives[name].put_document(keys.sidecar_key(str(key)), sidecar_of(photo).to_bytes())

        def note(connection: sa.Connection) -> PhotoRecord | None:
            deliveries.note(connection, photo.number, name, sidecar_stored=photo.sidecar_wanted)
            return self._to_be_told(connection, photo.number, name)

        return self._database.write(note)

    def _later(self, number: int, name: DestinationName, wanted: int, attempt: int, at: datetime | None) -> None:
        earliest = self._work.now() + timedelta(seconds=back_off_s(attempt, archive=True, dice=0.5))
        delay_s = self._work.seconds_until(max(earliest, at or earliest))
        job = sidecar_job(number, name, wanted, attempt + 1)
        self._database.write(lambda connection: self._work.jobs.enqueue(connection, job, delay_s=delay_s))


def sidecar_of(photo: PhotoRecord, receipt: Receipt | None = None) -> Sidecar:
    """What the archive is told of a photo; `receipt` takes the place of that destination's."""
    receipts = tuple(r for r in photo.receipts if receipt is None or r.destination != receipt.destination)
    if receipt is not None:
        receipts = (receipt, *receipts)
    file = photo.metadata
    return Sidecar(
        id=photo.id,
        sha1=photo.sha1,
        size_bytes=photo.size_bytes,
        media_type=photo.media_type,
        file_name=photo.file_name,
        taken_at=photo.taken_at,
        taken_local=photo.taken_local,
        taken_offset_min=photo.taken_offset_min,
        taken_source=photo.taken_source,
        added_at=photo.added_at,
        modified_at=photo.modified_at,
        width=file.width,
        height=file.height,
        duration_s=file.duration_s,
        camera=file.camera,
        lens=file.lens,
        description=photo.description,
        tags=photo.tags,
        location=photo.location,
        skip=tuple(sorted(photo.skip)),
        receipts=tuple(replace(r, checked_at=None) for r in receipts),
        companions=photo.companions,
        deleted_at=photo.deleted_at,
        said=said_to_json(photo.said),
        read=read_to_json(photo) if photo.processed else None,
    )
