"""An upload from end to end: four steps that run at the same time, joined by short queues.

    walk  → files that the ledger knows ──────────┐
          → files that it does not ──→ hash ──────┴→ ask what is known ──→ send what is not

Each file that was found comes out as exactly one `Outcome`, from whichever step is its last. When the
server is beyond hope (gone for minutes, disk full, token revoked), the files that are left end as
`failed` without being read, so that a person learns of each; the next run goes on where this one stopped.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediascream.client.claims import Claims, Hope
from mediascream.client.fingerprint import Hashed, fingerprint, is_photo
from mediascream.client.lanes import Crew, Lane, merged
from mediascream.client.outcome import FileState, Outcome
from mediascream.client.patience import PATIENT, Patience, Persistence
from mediascream.client.send import NOT_SENT, Sender, end_of, may_have_lost, not_sent, of_known
from mediascream.client.values import NO_WISHES, Wishes, saying_of
from mediascream.client.walk import Found, PassedOver, Unreadable, no_photo, walk
from mediascream.errors import FileTrouble, FileUnreadable, ServerTrouble
from mediascream.photo import PhotoState
from mediascream.wire import CHECK_MAX_IDS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from random import Random

    from mediascream.client.ledger import Ledger
    from mediascream.client.meter import Meter
    from mediascream.client.server import Server
    from mediascream.client.values import Saying
    from mediascream.photo import PhotoId
    from mediascream.wire import Known

_HASHERS: Final = min(4, os.cpu_count() or 1)
_TOGETHER: Final = 250
"""Files that need no hashing go on in lists of this many."""
_ASK_WITHIN_S: Final = 0.1
_TICK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asked for.

    Attributes:
        paths: Files and folders.
        jobs: How many files are sent at once.
        dry_run: Ask, but send nothing; `uploaded` then means that it would be.
        noted: Photos among them whose sidecars have news, which the server is told although it knows the photos.
    """

    paths: tuple[str, ...]
    wishes: Wishes = NO_WISHES
    jobs: int = 4
    dry_run: bool = False
    patience: Patience = PATIENT
    noted: frozenset[str] = frozenset()


class Upload:
    """One run. `run` yields outcomes; the caller counts and prints, and interrupts by leaving the loop."""

    def __init__(
        self,
        order: Order,
        *,
        server: Server,
        ledger: Ledger,
        meter: Meter,
        random: Random,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        crew = Crew()
        hope = Hope()
        self._order = order
        self._server = server
        self._ledger = ledger
        self._meter = meter
        self._clock_ns = clock_ns
        self._crew = crew
        self._hope = hope
        self._claims = Claims()
        self._would: set[PhotoId] = set()
        self._persistence = Persistence(order.patience, crew, random, meter.contact)
        self._sender = Sender(server, self._persistence, hope=hope, ledger=ledger, meter=meter, say=self._say)
        self._to_hash: Lane[Found] = Lane(crew, size=500)
        self._to_ask: Lane[list[Hashed]] = Lane(crew, size=32, writers=1 + _HASHERS)
        self._to_send: Lane[tuple[Hashed, Known | None]] = Lane(crew, size=64)
        self._ended: Lane[list[Outcome]] = Lane(crew, size=64, writers=2 + _HASHERS + order.jobs)

    def run(self) -> Generator[list[Outcome]]:
        """What has ended since the last time, ten times a second; a list may be empty."""
        with self._crew as crew:
            crew.start(self._walk, name="walk")
            crew.start(self._hash, name="hash", count=_HASHERS)
            crew.start(self._ask, name="ask")
            crew.start(self._send, name="send", count=self._order.jobs)
            yield from merged(self._ended, enough=CHECK_MAX_IDS, patience_s=_TICK_S)

    def leftovers(self) -> Iterator[list[Outcome]]:
        """What had ended, after an interruption, without having been told by `run`."""
        yield from self._ended.leftovers()

    def _walk(self) -> None:
        remembered: list[Hashed] = []
        for seen in walk(self._order.paths):
            match seen:
                case Found(path, stamp):
                    photo_id = self._ledger.recall(path, stamp)
                    if photo_id is None:
                        self._to_hash.put(seen)
                    else:
                        remembered.append(Hashed(path, stamp, photo_id))
                case PassedOver(path, code, why):
                    self._end(Outcome(path, FileState.IGNORED, code=code, detail=why))
                case Unreadable(path, why):
                    self._end(Outcome(path, FileState.FAILED, code=FileUnreadable.code, detail=why))
            if len(remembered) >= _TOGETHER:
                self._to_ask.put(remembered)
                remembered = []
        self._to_ask.put(remembered)
        self._to_hash.done()
        self._to_ask.done()
        self._ended.done()

    def _hash(self) -> None:
        for found in self._to_hash:
            if self._hope.lost_because:
                self._end(_unread(found, self._hope.lost_because))
                continue
            try:
                photo = fingerprint(found.path, on_bytes=self._on_read)
            except FileTrouble as trouble:
                size_bytes = found.stamp.size_bytes
                self._end(Outcome(found.path, FileState.FAILED, size_bytes, code=trouble.code, detail=trouble.detail))
                continue
            if photo is None:
                self._end(_no_photo(found))
            else:
                self._ledger.remember(photo.path, photo.stamp, photo.id, now_ns=self._clock_ns())
                self._to_ask.put([photo])
        self._to_ask.done()
        self._ended.done()

    def _ask(self) -> None:
        for photos in merged(self._to_ask, enough=CHECK_MAX_IDS, patience_s=_ASK_WITHIN_S):
            if photos:
                self._part(photos, self._known_among(photos))
        self._to_send.done()
        self._ended.done()

    def _known_among(self, photos: list[Hashed]) -> dict[PhotoId, Known]:
        """What the server knows of them; nothing where it cannot be asked, and then hope is lost as well."""
        ids = list(dict.fromkeys(photo.id for photo in photos))
        try:
            return self._persistence.ask(lambda: self._server.check(ids))
        except ServerTrouble as trouble:
            self._hope.lose(trouble.detail)
            return {}

    def _part(self, photos: list[Hashed], known: dict[PhotoId, Known]) -> None:
        """End the files that need nothing more, and hand on those that do."""
        ended: list[Outcome] = []
        for photo in photos:
            status = known.get(photo.id)
            if self._hope.lost_because:
                ended.append(not_sent(photo, self._hope.lost_because))
            elif status is not None and not self._wants_more(photo, status):
                ended.append(of_known(photo, status.state))
            elif self._order.dry_run:
                ended.append(self._would_send(photo))
            elif self._claims.claim(photo):
                self._to_send.put((photo, status))
        self._ended.put(ended)

    def _say(self, photo: Hashed) -> Saying:
        return saying_of(photo, self._order.wishes, noted=photo.path in self._order.noted)

    def _wants_more(self, photo: Hashed, status: Known) -> bool:
        """Whether something is to be done for a photo that the server knows."""
        if status.state is PhotoState.DELETED:
            return self._order.wishes.restore
        if may_have_lost(status):
            return not self._order.dry_run
        return (bool(self._order.wishes.tags) or photo.path in self._order.noted) and not self._order.dry_run

    def _would_send(self, photo: Hashed) -> Outcome:
        if photo.id in self._would:
            return end_of(photo, FileState.DUPLICATE)
        self._would.add(photo.id)
        return end_of(photo, FileState.UPLOADED)

    def _send(self) -> None:
        for photo, status in self._to_send:
            for outcome in self._with_its_equals(photo, status):
                self._end(outcome)
        self._ended.done()

    def _with_its_equals(self, photo: Hashed, status: Known | None) -> Iterator[Outcome]:
        """Send a photo, and end the files with the same bytes that came meanwhile; where it failed, try the next."""
        outcome = self._sender.bring(photo, status)
        yield outcome
        while (equal := self._claims.next(photo.id)) is not None:
            if outcome.state is FileState.FAILED:
                outcome = self._sender.bring(equal, status)
                yield outcome
            else:
                state = FileState.DUPLICATE if outcome.state is FileState.UPLOADED else outcome.state
                yield end_of(equal, state, code=outcome.code, detail=outcome.detail)

    def _end(self, outcome: Outcome) -> None:
        self._ended.put([outcome])

    def _on_read(self, count: int) -> None:
        self._crew.check()
        self._meter.read(count)


def _no_photo(found: Found) -> Outcome:
    code, detail = no_photo(found.stamp.size_bytes)
    return Outcome(found.path, FileState.IGNORED, found.stamp.size_bytes, code=code, detail=detail)


def _unread(found: Found, why: str) -> Outcome:
    """The outcome of a file that was not hashed, since there is no hope."""
    if not is_photo(found.path):
        return _no_photo(found)
    size_bytes = found.stamp.size_bytes
    return Outcome(found.path, FileState.FAILED, size_bytes, code=NOT_SENT, detail=f"not sent: {why}")
