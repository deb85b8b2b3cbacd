"""What one place of the archive says, written into the database; inside the caller's transaction, twice as good as once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from mediascream.archive.keys import Rendition, rendition_key
from mediascream.delivery.plan import behind
from mediascream.delivery.sidecars import sidecar_of
from mediascream.delivery.work import OLD
from mediascream.destinations.base import BEGAN
from mediascream.library import reading
from mediascream.library.losses import DAMAGED, LOST
from mediascream.library.progress import progress
from mediascream.library.recalling import remember, remember_copy
from mediascream.photo import ARCHIVES, OPEN_STATES, DeliveryState, Receipt
from mediascream.recovery.remembering import Problem

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import sqlalchemy as sa

    from mediascream.archive.sidecar import Sidecar
    from mediascream.delivery.work import Work
    from mediascream.library.recalling import Remembered
    from mediascream.library.records import PhotoRecord
    from mediascream.photo import DestinationName, PhotoId
    from mediascream.recovery.remembering import Memory


UNDER_WAY = OPEN_STATES | {DeliveryState.BLOCKED}


class Done(StrEnum):
    """What came of one place."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class TakingIn:
    """Writes what one archive remembers.

    Attributes:
        present: Whether it is the archive in use. An older one only tells that it has a photo, too.
        copied_at: When the copy was made that the database began as; None where it began empty.
        spool: Where bytes may lie that are in no archive.
        renditions: The folder that `renditions/…` lies in.
    """

    work: Work
    archive: DestinationName
    present: bool
    copied_at: datetime | None
    spool: Path
    renditions: Path

    def take_in(self, connection: sa.Connection, memory: Memory) -> tuple[Done, tuple[Problem, str] | None]:
        """Make the photo of `memory` what is remembered, if that is newer than what is known."""
        if memory.photo is None:
            return Done.KNOWN, None
        known = reading.get(connection, memory.photo.id)
        if known is None:
            return self._write(connection, memory, Done.NEW), None
        mine = next((one for one in known.receipts if one.destination is self.archive), None)
        if mine is not None and mine.state is DeliveryState.DELIVERED and mine.remote_id != memory.place.key:
            return self._second_key(connection, memory, known, mine)
        if not self.present:
            return self._copy(connection, memory, known, mine), None
        if self._tells_more(connection, memory, known, mine):
            return self._write(connection, memory, Done.CHANGED), None
        return Done.KNOWN, None

    def _tells_more(self, connection: sa.Connection, memory: Memory, known: PhotoRecord, mine: Receipt | None) -> bool:
        if mine is None or memory.photo is None:
            return True
        if memory.problem is None and found_wrong_since(mine, memory.photo):
            return False
        return mine.state is not DeliveryState.DELIVERED or self._is_newer(connection, memory, known)

    def _second_key(
        self, connection: sa.Connection, memory: Memory, known: PhotoRecord, mine: Receipt
    ) -> tuple[Done, tuple[Problem, str] | None]:
        """One photo under two keys: the earliest stays, the other is told."""
        photo = memory.photo
        if photo is None or memory.place.original is None:
            return Done.KNOWN, None  # a sidecar left over; the original lies under the other key
        if self.present and photo.added_at < known.added_at:
            return self._write(connection, memory, Done.CHANGED), (Problem.TWICE, f"{mine.remote_id}: {photo.id}")
        return Done.KNOWN, (Problem.TWICE, f"{memory.place.key}: it is {photo.id}, as {mine.remote_id}")

    def _copy(self, connection: sa.Connection, memory: Memory, known: PhotoRecord, mine: Receipt | None) -> Done:
        photo = memory.photo
        if photo is None or memory.place.original is None or known.purged or mine is not None:
            return Done.KNOWN
        remember_copy(connection, known.number, photo.receipts[0])
        self.work.follow(connection, known.number, priority=OLD)
        return Done.KNOWN

    def _is_newer(self, connection: sa.Connection, memory: Memory, known: PhotoRecord) -> bool:
        """Whether the sidecar tells something that the copy of the database did not know yet.

        One that was changed since it was written tells nothing that a good copy does not know better.
        """
        if self.copied_at is None or memory.sidecar is None or memory.place.sidecar is None:
            return False
        if memory.problem is Problem.CHANGED_SIDECAR:
            return False
        if essence(memory.sidecar) == essence(sidecar_of(known)):
            return False
        now = progress(connection, known.number)
        was_behind = now is not None and self.archive in behind(now, [self.archive])
        return memory.place.sidecar.modified_at >= self.copied_at or not was_behind

    def _write(self, connection: sa.Connection, memory: Memory, done: Done) -> Done:
        photo = memory.photo
        if photo is None:
            return Done.KNOWN
        photo = self._with_spool(photo, memory)
        notes = {BEGAN: self.work.now().isoformat()}
        number = remember(connection, photo, notes=notes)
        self.work.follow(connection, number, priority=OLD)
        if photo.preview == "ready" and not photo.purged and not self._has_renditions(photo.id):
            self.work.render_once(connection, photo.id, "rebuild", priority=OLD)
        return done

    def _with_spool(self, photo: Remembered, memory: Memory) -> Remembered:
        """Bytes that the archive lost may still lie in the spool: then they are on their way there again."""
        if memory.problem not in {Problem.MISSING, Problem.DAMAGED} or not (self.spool / photo.id).is_file():
            return photo
        again = replace(photo.receipts[0], state=DeliveryState.QUEUED)
        return replace(photo, spooled=True, receipts=(again, *photo.receipts[1:]))

    def _has_renditions(self, photo_id: PhotoId) -> bool:
        return all((self.renditions / rendition_key(photo_id, one)).is_file() for one in Rendition)


def found_wrong_since(mine: Receipt, told: Remembered) -> bool:
    """Whether an archive's copy was found damaged or lost after the delivery that its sidecar tells of. Pure.

    Its sidecar may not have been told yet: nothing would be read again, and rot be called proven.
    """
    claimed = next((one.delivered_at for one in told.receipts if one.destination is mine.destination), None)
    wrong = mine.state in UNDER_WAY and mine.error_code in {DAMAGED, LOST}
    return wrong and mine.delivered_at is not None and (claimed is None or claimed <= mine.delivered_at)


def essence(sidecar: Sidecar) -> Sidecar:
    """What of a sidecar is worth a rewrite: not how far an attempt has come, nor what other photos and the file say. Pure."""
    services = (one for one in sidecar.receipts if one.destination not in ARCHIVES)
    receipts = [
        Receipt(one.destination, DeliveryState.QUEUED if one.state in UNDER_WAY else one.state, remote_id=one.remote_id)
        for one in services
    ]
    ordered = tuple(sorted(receipts, key=lambda one: one.destination))
    return replace(sidecar, receipts=ordered, tags=tuple(sorted(sidecar.tags)), companions=(), said=None, read=None)
