"""All copies checked in one go, or a part of them: what `mediascream verify` does.

Photo by photo, a few at once; a service that tells of many copies in one answer is asked so. Each check writes down what it found before the next begins, so an interruption loses
nothing. Copies that are known to be wrong already are named too: they stay wrong until a person does something.
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediascream.delivery.audit import Found
from mediascream.library import checks, reading
from mediascream.library.checks import By, Result
from mediascream.library.losses import LOST, WRONG
from mediascream.photo import ARCHIVES, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from mediascream.database import Database
    from mediascream.delivery.audit import Auditor
    from mediascream.library.records import PhotoRecord
    from mediascream.photo import DestinationName, PhotoId, Receipt

TOGETHER = 50
"""So many photos are looked at together."""

BATCH = 200
WORST_FIRST = (Result.WRONG, Result.UNKNOWN, Result.HEALED, Result.GOOD)


@dataclass(frozen=True, slots=True)
class CheckedCopy:
    """What was found of one copy."""

    destination: DestinationName
    found: Found


@dataclass(frozen=True, slots=True)
class CheckedPhoto:
    """A photo whose copies were checked; one or more."""

    id: PhotoId
    file_name: str
    size_bytes: int
    copies: tuple[CheckedCopy, ...]

    @property
    def result(self) -> Result:
        """The worst of its copies'."""
        return min((copy.found.result for copy in self.copies), key=WORST_FIRST.index)


@dataclass(slots=True)
class Tally:
    """How many copies ended how; the four numbers add up to all copies."""

    photos: int = 0
    copies: Counter[Result] = field(default_factory=Counter)

    @property
    def answered(self) -> int:
        """How many copies were seen, well or not; of the others nothing is known now."""
        return sum(self.copies.values()) - self.copies[Result.UNKNOWN]

    def add(self, photo: CheckedPhoto) -> None:
        """Count one photo."""
        self.photos += 1
        self.copies.update(copy.found.result for copy in photo.copies)


def verify(
    database: Database,
    auditor: Auditor,
    destinations: Collection[DestinationName],
    *,
    share: float = 1.0,
    dice: Callable[[], float] = random.random,  # noqa: S311 - a lot, no secret
) -> Iterator[CheckedPhoto]:
    """Check the copies at `destinations` of all photos, or of about a `share` of them chosen by lot."""
    with closing(_Hands(auditor, destinations)) as hands:
        for batch in _batches(database):
            chosen = [photo for photo in batch if share >= 1.0 or dice() < share]
            for start in range(0, len(chosen), TOGETHER):
                yield from (photo for photo in hands.check(chosen[start : start + TOGETHER]) if photo.copies)


class _Hands:
    """Threads for each destination, as many as it is asked by at once."""

    def __init__(self, auditor: Auditor, destinations: Collection[DestinationName]) -> None:
        self._auditor = auditor
        self._pools = {name: ThreadPoolExecutor(min(TOGETHER, auditor.at_once(name))) for name in destinations}

    def check(self, photos: Sequence[PhotoRecord]) -> Iterator[CheckedPhoto]:
        """The copies of a few photos, at all their destinations side by side; photo by photo, in their order."""
        begun = [(photo, [*self._begin(photo)]) for photo in photos]
        for photo, copies in begun:
            told = tuple(found for copy in copies if (found := copy.result()) is not None)
            yield CheckedPhoto(photo.id, photo.file_name, photo.size_bytes, told)

    def close(self) -> None:
        """Drops what has not begun, so that an interruption waits for a few checks only."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in self._pools.values():
            pool.shutdown(wait=True)

    def _begin(self, photo: PhotoRecord) -> Iterator[Future[CheckedCopy | None]]:
        for receipt in photo.receipts:
            if receipt.destination in self._pools:
                yield self._pools[receipt.destination].submit(_checked, self._auditor, photo, receipt)


def _batches(database: Database) -> Iterator[Sequence[PhotoRecord]]:
    after = 0
    while True:
        with database.reading() as connection:
            numbers = checks.numbers(connection, after=after, limit=BATCH)
            batch = reading.get_by_numbers(connection, numbers)
        if not numbers:
            return
        after = numbers[-1]
        yield sorted(batch, key=lambda photo: photo.number)


def _checked(auditor: Auditor, photo: PhotoRecord, receipt: Receipt) -> CheckedCopy | None:
    """None where there is no copy, nor one that was lost."""
    if receipt.state is DeliveryState.DELIVERED:
        check = auditor.check(photo.number, receipt.destination, By.VERIFY)
        if check is not None:
            return CheckedCopy(receipt.destination, Found(check.result, check.code, check.detail))
        return None
    had_it = receipt.destination in ARCHIVES and receipt.delivered_at is not None
    if had_it or receipt.error_code in WRONG:
        return CheckedCopy(receipt.destination, Found(Result.WRONG, receipt.error_code or LOST, receipt.error_detail))
    return None
