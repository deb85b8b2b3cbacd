"""The end of a move to another archive: the old copies go, once the new archive has every photo.

For each photo the new archive is asked once more before its old copy is deleted. Then files first, rows second:
whatever interrupts it, it is run again, and deletes what is left.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import structlog

from mediascream.archive import keys
from mediascream.delivery.sidecars import sidecar_of
from mediascream.errors import ConflictingState, DeliveryUnknown
from mediascream.library import deliveries, moving, photos, reading
from mediascream.photo import ARCHIVES, DeliveryState, DestinationName

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import sqlalchemy as sa

    from mediascream.archive.base import Archive
    from mediascream.delivery.keep import Keeper
    from mediascream.delivery.work import Work
    from mediascream.library.moving import Move
    from mediascream.library.records import PhotoRecord

BATCH = 200
MOST_TOLD = 1000

log = structlog.get_logger()


def drop_old(work: Work, keeper: Keeper, told: Callable[[int], None] = lambda _dropped: None) -> int:
    """Delete originals and sidecars from every archive but the present one; returns how many photos that were.

    Renditions in a bucket go, too; those in the folder stay, for they are what pages show. `told` hears the count
    as it grows.

    Raises:
        ConflictingState: The present archive lacks a photo, or does not have it proven. Nothing was deleted, or,
            where the archive turns out not to have what it had, nothing more.
        TryLater: An archive cannot be reached now.
        DestinationBlocked: A person must act.
    """
    new, *olds = keeper.archives
    for absent in set(ARCHIVES) - set(keeper.archives):
        _refuse_unread(work, absent, new)
    dropped = 0
    for old in olds:
        for name in (new, old):
            keeper.contact(name)
        _refuse_too_early(work, old, new, place=keeper.archives[new].place)
        dropping = _Dropping(work, keeper.archives[old], keeper.archives[new])
        while batch := dropping.next_batch():
            dropped += batch
            told(dropped)
    return dropped


def _refuse_unread(work: Work, absent: DestinationName, new: DestinationName) -> None:
    with work.database.reading() as connection:
        if not moving.unmoved(connection, absent, new, limit=1):
            return
    msg = f"Photos lie in {absent} alone, which the settings do not name: put its settings back. Nothing was deleted."
    raise ConflictingState(msg)


def _refuse_too_early(work: Work, old: DestinationName, new: DestinationName, *, place: str) -> None:
    with work.database.reading() as connection:
        missing = moving.unmoved(connection, old, new, limit=MOST_TOLD)
        first = reading.get_by_number(connection, missing[0]) if missing else None
    if first is None:
        return
    work.database.write(lambda connection: _send_after(connection, work, missing, new))
    count = f"{MOST_TOLD} photos or more are" if len(missing) == MOST_TOLD else f"{len(missing)} of the photos are"
    msg = (
        f"{count} not proven to be in {place} yet, such as {first.file_name} ({first.id}): nothing was deleted."
        " Let the server run until all have arrived (`mediascream status`), then run this again."
    )
    raise ConflictingState(msg)


def _send_after(connection: sa.Connection, work: Work, numbers: Sequence[int], new: DestinationName) -> None:
    """What went to the trash while the archive moved was left behind; it may come back, so it moves, too."""
    for number in numbers:
        try:
            state = deliveries.get(connection, number, new).receipt.state
        except DeliveryUnknown:
            continue  # planned by the next start of the server
        if state is DeliveryState.CANCELLED:
            deliveries.requeue(connection, number, new)
            work.follow(connection, number)


class _Dropping:
    """Deletes from one archive what another has."""

    def __init__(self, work: Work, old: Archive, new: Archive) -> None:
        self._work = work
        self._old, self._new = old, new

    def next_batch(self) -> int:
        """Delete the next few copies; 0 where there are no more."""
        with self._work.database.reading() as connection:
            batch = moving.moved(connection, self._old.name, self._new.name, limit=BATCH)
        for move in batch:
            self._delete(move)
        self._work.database.write(lambda connection: self._forget(connection, batch))
        return len(batch) or self._bury()

    def _delete(self, move: Move) -> None:
        found = self._new.find(move.new_key)
        if found is None or found.size_bytes != move.size_bytes or found.sha256 not in {None, move.photo_id}:
            msg = f"{self._new.place} no longer has {move.new_key} as it was stored; its other copy is kept"
            raise ConflictingState(msg)
        if move.old_key is not None:
            self._old.delete(move.old_key)
            self._old.delete(keys.sidecar_key(move.old_key))
        if self._old.name is not DestinationName.FOLDER:
            for rendition in keys.Rendition:
                self._old.delete(keys.rendition_key(move.photo_id, rendition))

    def _forget(self, connection: sa.Connection, batch: Sequence[Move]) -> None:
        for move in batch:
            deliveries.drop(connection, move.number, self._old.name)
            photos.touch(connection, move.number)
            self._work.follow(connection, move.number)

    def _bury(self) -> int:
        """Take tombstones along: without them a library rebuilt from the new archive would take deleted photos again."""
        with self._work.database.reading() as connection:
            numbers = moving.tombstones(connection, self._old.name, limit=BATCH)
            tombstones = reading.get_by_numbers(connection, numbers)
        for photo in tombstones:
            key = next(receipt.remote_id for receipt in photo.receipts if receipt.destination is self._old.name)
            if key is not None:
                self._new.put_document(keys.sidecar_key(key), sidecar_of(self._handed_over(photo)).to_bytes())
                self._old.delete(keys.sidecar_key(key))
            hand_over = partial(moving.hand_over, number=photo.number, old=self._old.name, new=self._new.name)
            self._work.database.write(hand_over)
        return len(tombstones)

    def _handed_over(self, photo: PhotoRecord) -> PhotoRecord:
        """As `moving.hand_over` will leave it: a rebuild believes what a sidecar tells of its own archive only."""
        receipts = {receipt.destination: receipt for receipt in photo.receipts}
        old = receipts.pop(self._old.name)
        if moving.takes_over(photo, self._old.name, self._new.name):
            receipts[self._new.name] = replace(old, destination=self._new.name)
        return replace(photo, receipts=tuple(receipts.values()))
