"""Bringing a photo into an archive: original first, then its sidecar, then its renditions."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from mediascream.archive import keys
from mediascream.archive.sidecar import Sidecar
from mediascream.delivery.retry import back_off_s
from mediascream.delivery.work import sidecar_job
from mediascream.destinations.base import Delivered
from mediascream.errors import DeliveryError, DestinationBlocked, KeyTaken
from mediascream.library import deliveries, reading
from mediascream.photo import DeliveryState, DestinationName, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import sqlalchemy as sa

    from mediascream.archive.base import Archive, Stored
    from mediascream.delivery.originals import Originals
    from mediascream.delivery.work import Work
    from mediascream.library.records import Delivery, PhotoRecord

log = structlog.get_logger()


class Keeper:
    """The way into the archives.

    Args:
        archives: Every archive there is, the present one first.
        contact: Makes sure that an archive is ours and knows what it can; raises a `DeliveryError` where not.
        renditions: The local folder that holds `renditions/…`.
    """

    def __init__(
        self,
        work: Work,
        originals: Originals,
        archives: Mapping[DestinationName, Archive],
        *,
        contact: Callable[[Archive], None],
        renditions: Path,
    ) -> None:
        self.archives = archives
        self.originals = originals
        self._work = work
        self._contact = contact
        self._renditions = renditions
        self._contacted: set[DestinationName] = set()
        self._contacting = threading.Lock()

    def contact(self, name: DestinationName, *, again: bool = False) -> None:
        """Look at an archive before the first use of it in this process.

        Raises:
            TryLater: It cannot be reached now.
            DestinationBlocked: A person must act.
        """
        with self._contacting:
            if again or name not in self._contacted:
                self._contacted.discard(name)
                self._contact(self.archives[name])
                self._contacted.add(name)

    def keep(self, photo: PhotoRecord, delivery: Delivery, name: DestinationName) -> Delivered:
        """Store the original under a key that was written down first, prove it, and store its sidecar.

        Raises:
            TryLater: Trouble that passes.
            DestinationBlocked: A person must act.
            NotInArchive: The bytes of the photo are nowhere.
        """
        self.contact(name)
        stored = self._store(photo, delivery, name)
        receipt = Receipt(
            destination=name,
            state=DeliveryState.DELIVERED,
            remote_id=stored.key,
            size=stored.size_bytes,
            proof=stored.proof,
            delivered_at=self._work.now(),
            attempts=delivery.receipt.attempts,
        )
        archive = self.archives[name]
        archive.put_document(keys.sidecar_key(stored.key), sidecar_of(photo, receipt).to_bytes())
        self._share_renditions(photo, archive)
        return Delivered(remote_id=stored.key, proof=stored.proof, size=stored.size_bytes)

    def rewrite_sidecar(self, number: int, archive: str, wanted: int, attempt: int) -> None:
        """The job that stores a changed sidecar; overtaken by a newer one, it does nothing."""
        name = DestinationName(archive)
        with self._work.database.reading() as connection:
            photo = reading.get_by_number(connection, number)
            behind = name in deliveries.sidecars_behind(connection, number, [name])
        if photo is None or not behind or photo.sidecar_wanted != wanted:
            return
        key = next(receipt.remote_id for receipt in photo.receipts if receipt.destination is name)
        try:
            self.contact(name)
            self.archives[name].put_document(keys.sidecar_key(str(key)), sidecar_of(photo).to_bytes())
        except DeliveryError as error:
            self._try_sidecar_later(number, name, wanted, attempt, error)
            return
        self._work.database.write(lambda c: deliveries.note(c, number, name, sidecar_stored=wanted))

    def _try_sidecar_later(
        self, number: int, name: DestinationName, wanted: int, attempt: int, error: DeliveryError
    ) -> None:
        log.warning("a sidecar could not be stored; trying again", photo=number, archive=name, detail=error.detail)
        job = sidecar_job(number, name, wanted, attempt + 1)
        delay_s = back_off_s(attempt, archive=True, dice=0.5)
        self._work.database.write(lambda c: self._work.jobs.enqueue(c, job, delay_s=delay_s))

    def _store(self, photo: PhotoRecord, delivery: Delivery, name: DestinationName) -> Stored:
        """Under the short key, unless other bytes lie there: twelve digits can be forged, 64 cannot."""
        short = delivery.receipt.remote_id or self._key(photo)
        key = self._work.database.write(lambda c: self._claim(c, photo, name, short))
        try:
            return self._put(photo, key, name)
        except KeyTaken:
            full = self._key(photo, full_digest=True)
        if key == full:
            msg = f"Other bytes lie in the archive under {full}, which names this photo's own hash; compare the two."
            raise DestinationBlocked(msg, reason="key-taken")
        log.warning("a key is taken by other bytes", key=key, photo=photo.id)
        self._work.database.write(lambda c: deliveries.note(c, photo.number, name, remote_id=full))
        try:
            return self._put(photo, full, name)
        except KeyTaken as error:
            raise DestinationBlocked(error.detail, reason="key-taken") from error

    def _put(self, photo: PhotoRecord, key: str, name: DestinationName) -> Stored:
        with self.originals.as_file(photo) as file:
            return self.archives[name].put_original(
                key, file, photo_id=photo.id, size_bytes=photo.size_bytes, media_type=photo.media_type
            )

    def _claim(self, connection: sa.Connection, photo: PhotoRecord, name: DestinationName, key: str) -> str:
        """Write down where the original will lie, before it is put there."""
        if deliveries.key_of_another(connection, photo.number, name, key):
            key = self._key(photo, full_digest=True)
        deliveries.note(connection, photo.number, name, remote_id=key)
        return key

    @staticmethod
    def _key(photo: PhotoRecord, *, full_digest: bool = False) -> str:
        return keys.original_key(
            photo_id=photo.id,
            file_name=photo.file_name,
            ending=photo.ending,
            day=photo.taken_local.date(),
            full_digest=full_digest,
        )

    def _share_renditions(self, photo: PhotoRecord, archive: Archive) -> None:
        """Renditions can be made again at any time, so trouble with them holds nothing up."""
        if archive.name is DestinationName.FOLDER or photo.preview != "ready":
            return
        for rendition, media_type in ((keys.Rendition.THUMB, "image/webp"), (keys.Rendition.PREVIEW, "image/jpeg")):
            key = keys.rendition_key(photo.id, rendition)
            try:
                archive.put_document(key, (self._renditions / key).read_bytes(), media_type=media_type)
            except (DeliveryError, OSError) as error:
                log.warning("a rendition was not copied to the archive", key=key, error=str(error))


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
    )
