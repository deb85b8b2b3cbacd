"""Bringing a photo into an archive: original first, then its sidecar, then its renditions."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

import structlog

from mediascream.archive import keys
from mediascream.archive.base import Stored
from mediascream.delivery.contacts import Contacts
from mediascream.delivery.sidecars import sidecar_of
from mediascream.destinations.base import Delivered
from mediascream.errors import DeliveryError, DestinationBlocked, KeyTaken, NotInArchive
from mediascream.library import deliveries
from mediascream.library.losses import ASKED_NOTE, DAMAGED, LOST, LOST_NOTE
from mediascream.library.moments import from_ms, to_ms
from mediascream.photo import DeliveryState, DestinationName, Proof, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import sqlalchemy as sa

    from mediascream.archive.base import Archive
    from mediascream.delivery.originals import Originals
    from mediascream.delivery.rescue import Rescue
    from mediascream.delivery.work import Work
    from mediascream.library.records import Delivery, PhotoRecord

log = structlog.get_logger()


class Keeper:
    """The way into the archives.

    Args:
        archives: Every archive there is, the present one first.
        contact: Makes sure that an archive is ours and knows what it can; raises a `DeliveryError` where not.
        renditions: The local folder that holds `renditions/…`.
        rescue: Gets originals back from services.
    """

    def __init__(
        self,
        work: Work,
        originals: Originals,
        archives: Mapping[DestinationName, Archive],
        *,
        contact: Callable[[Archive], None],
        renditions: Path,
        rescue: Rescue,
    ) -> None:
        self.archives = archives
        self.originals = originals
        self.contact = Contacts(archives, contact).make
        self._work = work
        self._renditions = renditions
        self._rescue = rescue

    def claim(self, connection: sa.Connection, photo: PhotoRecord, delivery: Delivery) -> str:
        """Write down under which key the original will lie, before it is put there; returns the key.

        Under the short one, unless that belongs to another photo: twelve digits can be forged, 64 cannot.
        """
        name, known = delivery.receipt.destination, delivery.receipt.remote_id
        key = known or key_of(photo)
        if deliveries.key_of_another(connection, photo.number, name, key):
            key = key_of(photo, full_digest=True)
        if key != known:
            deliveries.note(connection, photo.number, name, remote_id=key)
        return key

    def keep(self, photo: PhotoRecord, delivery: Delivery, key: str) -> Delivered:
        """Store the original under the key that was claimed, prove it, and store its sidecar.

        Raises:
            TryLater: Trouble that passes.
            DestinationBlocked: A person must act.
            NotInArchive: The bytes of the photo are nowhere.
        """
        name = delivery.receipt.destination
        self.contact(name)
        stored = self._heal(photo, key, delivery) if LOST_NOTE in delivery.notes else self._store(photo, key, name)
        now = from_ms(to_ms(self._work.now()))  # as the database will say it, so that sidecar and receipt agree
        receipt = Receipt(
            destination=name,
            state=DeliveryState.DELIVERED,
            remote_id=stored.key,
            size=stored.size_bytes,
            proof=stored.proof,
            delivered_at=now,
            attempts=delivery.receipt.attempts,
        )
        archive = self.archives[name]
        archive.put_document(keys.sidecar_key(stored.key), sidecar_of(photo, receipt).to_bytes())
        self.share_renditions(photo, archive)
        return Delivered(remote_id=stored.key, proof=stored.proof, size=stored.size_bytes, at=now)

    def _store(self, photo: PhotoRecord, key: str, name: DestinationName) -> Stored:
        """Where other bytes lie under the key, although the database knows of none: under the one with all digits."""
        try:
            return self._put(photo, key, name)
        except KeyTaken:
            full = key_of(photo, full_digest=True)
        if key == full:
            msg = f"Other bytes lie in the archive under {full}, which names this photo's own hash; compare the two."
            raise DestinationBlocked(msg, reason="key-taken")
        log.warning("a key is taken by other bytes", key=key, photo=photo.id)
        self._work.database.write(lambda c: deliveries.note(c, photo.number, name, remote_id=full))
        return self._store(photo, full, name)

    def _heal(self, photo: PhotoRecord, key: str, delivery: Delivery) -> Stored:
        """Where a copy was found wrong: put a good one in its place, if there is one left."""
        archive, found = self.archives[delivery.receipt.destination], None
        with contextlib.suppress(NotInArchive):
            found = archive.digest_of(key)
        if found == photo.id:
            return Stored(key, photo.size_bytes, Proof.BYTES)  # a person put it right
        try:
            with self._equal_copy(photo, delivery) as file:
                return archive.replace_original(
                    key,
                    file,
                    photo_id=photo.id,
                    size_bytes=photo.size_bytes,
                    media_type=photo.media_type,
                    aside=keys.damaged_key(key, found or ""),
                )
        except NotInArchive as error:
            raise _no_source(photo, archive.place, key, damaged=found is not None, answers=error.detail) from error

    @contextlib.contextmanager
    def _equal_copy(self, photo: PhotoRecord, delivery: Delivery) -> Iterator[Path]:
        """From the spool or another archive; else from a service that gives it back."""
        asked = set(filter(None, delivery.notes.get(ASKED_NOTE, "").split(",")))

        def note(name: DestinationName) -> None:
            asked.add(name)
            notes = {**delivery.notes, ASKED_NOTE: ",".join(sorted(asked))}
            self._work.database.write(
                lambda c: deliveries.note(c, photo.number, delivery.receipt.destination, notes=notes)
            )

        with contextlib.ExitStack() as stack:
            try:
                file = stack.enter_context(self.originals.as_file(photo))
            except NotInArchive:
                file = stack.enter_context(self._rescue.as_file(photo, asked=frozenset(asked), note=note))
            yield file

    def _put(self, photo: PhotoRecord, key: str, name: DestinationName) -> Stored:
        with self.originals.as_file(photo) as file:
            return self.archives[name].put_original(
                key, file, photo_id=photo.id, size_bytes=photo.size_bytes, media_type=photo.media_type
            )

    def shares_renditions(self, archive: Archive) -> bool:
        """Whether an archive gets renditions, too; the folder is where they are made."""
        return archive.name is not DestinationName.FOLDER

    def local_rendition(self, key: str, digest: str) -> bool | None:
        """Whether a rendition here is as it was made; None where there is none."""
        try:
            content = (self._renditions / key).read_bytes()
        except FileNotFoundError:
            return None
        return hashlib.sha256(content).hexdigest() == digest

    def share_renditions(self, photo: PhotoRecord, archive: Archive) -> None:
        """Renditions can be made again at any time, so trouble with them holds nothing up."""
        if not self.shares_renditions(archive) or photo.preview != "ready":
            return
        for rendition, media_type in ((keys.Rendition.THUMB, "image/webp"), (keys.Rendition.PREVIEW, "image/jpeg")):
            key = keys.rendition_key(photo.id, rendition)
            try:
                archive.put_document(key, (self._renditions / key).read_bytes(), media_type=media_type)
            except (DeliveryError, OSError) as error:
                log.warning("a rendition was not copied to the archive", key=key, error=str(error))


def _no_source(photo: PhotoRecord, place: str, key: str, *, damaged: bool, answers: str) -> DestinationBlocked:
    what = "is damaged" if damaged else "is gone"
    msg = (
        f"The archive copy of {photo.file_name} {what} ({key} in {place}), and no equal copy is left in the spool or in "
        f"another archive{f'; {answers}' if answers else ''}. Send the same file again (`mediascream upload FILE`), or put "
        "it back from a backup of yours."
    )
    return DestinationBlocked(msg, reason=DAMAGED if damaged else LOST)


def key_of(photo: PhotoRecord, *, full_digest: bool = False) -> str:
    """Where the original of a photo lies in every archive."""
    return keys.original_key(
        photo_id=photo.id,
        file_name=photo.file_name,
        ending=photo.ending,
        day=photo.taken_local.date(),
        full_digest=full_digest,
    )
