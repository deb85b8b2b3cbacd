"""One attempt to bring one photo to one destination: begin, act, settle.

    begin    one transaction: is this job still wanted? then 'sending', the attempt counted
    act      the archive's keeper or the service's destination; each writes its intent before it acts
    settle   one transaction: receipt or retry, the next jobs, and whether the spool file can go

If the power goes between any two lines, the job runs again: before `begin` nothing happened, after
`act` the destination recognises its own copy, after `settle` an older job finds a newer `run` and stops.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from mediascream.delivery.plan import spool_can_go
from mediascream.delivery.retry import Verdict, judge
from mediascream.delivery.troubles import raise_trouble
from mediascream.destinations.base import Attempt, Delivered, Destination, Outgoing
from mediascream.errors import DeliveryError, DeliveryUnknown, DestinationBlocked, NotInArchive
from mediascream.library import deliveries, photos, reading, standing
from mediascream.library.deliveries import Errand
from mediascream.photo import DeliveryState, DestinationName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import sqlalchemy as sa

    from mediascream.database import Database
    from mediascream.delivery.keep import Keeper
    from mediascream.delivery.originals import Originals
    from mediascream.delivery.work import Work
    from mediascream.library.records import Delivery, PhotoRecord

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ready:
    """A delivery whose attempt has begun."""

    photo: PhotoRecord
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class ReadOriginal:
    """The bytes of one photo, for a destination that may read them more than once."""

    originals: Originals
    photo: PhotoRecord

    def read(self, *, start: int = 0) -> Iterator[bytes]:
        """The bytes from `start` to the end."""
        return self.originals.read(self.photo, start=start)


class NotedAttempt(Attempt):
    """An attempt whose notes go into the database before the destination goes on."""

    __slots__ = ("_write",)

    def __init__(self, delivery: Delivery, write: Callable[[dict[str, str]], None]) -> None:
        super().__init__(number=delivery.receipt.attempts, notes=dict(delivery.notes))
        self._write = write

    def remember(self, **notes: str) -> None:
        """Write notes down for good before going on."""
        self.notes.update(notes)
        self._write(self.notes)


class Deliverer:
    """Runs the attempts.

    Args:
        keeper: Brings photos into the archives.
        services: The destinations that are no archives.
        dice: Numbers from 0 to 1, to spread retries.
    """

    def __init__(
        self, work: Work, keeper: Keeper, services: Mapping[DestinationName, Destination], *, dice: Callable[[], float]
    ) -> None:
        self._work = work
        self._database: Database = work.database
        self._keeper = keeper
        self._services = services
        self._dice = dice

    def run(self, number: int, destination: str, run: int) -> None:
        """One attempt, unless a newer job or a person was quicker."""
        name = DestinationName(destination)
        ready = self._database.write(lambda connection: self._begin(connection, number, name, run))
        if ready is None:
            return
        try:
            delivered = self._act(ready, name)
        except DeliveryError as error:
            self._settle(ready, self._judge(ready, error, name))
        except NotInArchive as error:
            self._settle(ready, Verdict(_lost(name), "original-missing", error.detail))
        else:
            self._settle(ready, delivered)

    def _begin(self, connection: sa.Connection, number: int, name: DestinationName, run: int) -> Ready | None:
        photo = reading.get_by_number(connection, number)
        if photo is None or photo.deleted_at is not None:
            return None
        now = standing.standing(connection, name)
        if now.trouble is not None:
            self._put_off(connection, Errand(number, photo.id, name, run), now)
            return None
        with contextlib.suppress(DeliveryUnknown):
            delivery = deliveries.begin(connection, Errand(number, photo.id, name, run))
            return Ready(photo, delivery) if delivery is not None else None
        return None

    def _put_off(self, connection: sa.Connection, errand: Errand, now: standing.Standing) -> None:
        """The whole destination is in trouble: note it without trying; `troubles.release` brings it back."""
        current = deliveries.get(connection, errand.number, errand.destination)
        if current.run != errand.run or current.receipt.state not in {DeliveryState.QUEUED, DeliveryState.WAITING}:
            return
        code, detail = now.code or "trouble", now.detail or ""
        if now.trouble is standing.Trouble.BLOCKED:
            blocked = DeliveryState.BLOCKED
            deliveries.stop(connection, errand.number, errand.destination, blocked, code=code, detail=detail)
        else:
            until = now.until or self._work.now()
            deliveries.wait(connection, errand.number, errand.destination, until=until, code=code, detail=detail)

    def _act(self, ready: Ready, name: DestinationName) -> Delivered:
        if name in self._keeper.archives:
            return self._keeper.keep(ready.photo, ready.delivery, name)
        service = self._services.get(name)
        if service is None or not service.connected:
            return self._not_connected(name)
        attempt = NotedAttempt(ready.delivery, lambda notes: self._note(ready.photo.number, name, notes))
        return service.deliver(outgoing(ready.photo, self._keeper.originals), attempt)

    def _note(self, number: int, name: DestinationName, notes: dict[str, str]) -> None:
        self._database.write(lambda connection: deliveries.note(connection, number, name, notes=dict(notes)))

    @staticmethod
    def _not_connected(name: DestinationName) -> Delivered:
        msg = f"{name} is no longer connected; connect it again, or skip it."
        raise DestinationBlocked(msg, reason="not-connected")

    def _judge(self, ready: Ready, error: DeliveryError, name: DestinationName) -> Verdict:
        attempts = ready.delivery.receipt.attempts
        archive = name in self._keeper.archives
        verdict = judge(error, attempts=attempts, archive=archive, now=self._work.now(), dice=self._dice())
        log.warning(
            "a delivery did not succeed",
            photo=ready.photo.id,
            file=ready.photo.file_name,
            destination=name,
            state=verdict.state,
            code=verdict.code,
            detail=verdict.detail,
        )
        return verdict

    def _settle(self, ready: Ready, outcome: Delivered | Verdict) -> None:
        name = ready.delivery.receipt.destination
        gone = self._database.write(lambda connection: self._write_down(connection, ready, name, outcome))
        if gone:
            self._keeper.originals.spool_path(ready.photo.id).unlink(missing_ok=True)

    def _write_down(
        self, connection: sa.Connection, ready: Ready, name: DestinationName, outcome: Delivered | Verdict
    ) -> bool:
        """All that follows from one attempt; True where the spool file can go."""
        number = ready.photo.number
        if deliveries.get(connection, number, name).run == ready.delivery.run:
            if isinstance(outcome, Delivered):
                self._receipt(connection, ready, name, outcome)
            else:
                self._consequence(connection, number, name, outcome)
        self._work.follow(connection, number)
        photo = reading.get_by_number(connection, number)
        if photo is None or not spool_can_go(photo):
            return False
        photos.left_spool(connection, number)
        return True

    def _receipt(self, connection: sa.Connection, ready: Ready, name: DestinationName, copy: Delivered) -> None:
        archive = name in self._keeper.archives
        deliveries.deliver(
            connection,
            ready.photo.number,
            name,
            remote_id=copy.remote_id,
            remote_url=copy.remote_url,
            size=copy.size,
            proof=copy.proof,
            derivative=copy.derivative,
            now=self._work.now(),
            sidecar_stored=ready.photo.sidecar_wanted if archive else 0,
        )
        if not archive:
            photos.touch(connection, ready.photo.number)

    def _consequence(self, connection: sa.Connection, number: int, name: DestinationName, verdict: Verdict) -> None:
        if verdict.whole:
            raise_trouble(connection, self._work, name, verdict)
        if verdict.state is not DeliveryState.WAITING or verdict.until is None:
            deliveries.stop(connection, number, name, verdict.state, code=verdict.code, detail=verdict.detail)
            return
        errand = deliveries.wait(
            connection, number, name, until=verdict.until, code=verdict.code, detail=verdict.detail
        )
        if not verdict.whole:
            self._work.later(connection, errand, verdict.until)


def _lost(name: DestinationName) -> DeliveryState:
    """An archive delivery never fails; it asks for a person."""
    return DeliveryState.BLOCKED if name in deliveries.ARCHIVES else DeliveryState.FAILED


def outgoing(photo: PhotoRecord, originals: Originals) -> Outgoing:
    """A photo as a destination sees it."""
    return Outgoing(
        id=photo.id,
        sha1=photo.sha1 or "",
        file_name=photo.file_name,
        media_type=photo.media_type,
        ending=photo.ending,
        kind=photo.kind,
        size_bytes=photo.size_bytes,
        original=ReadOriginal(originals, photo),
        tags=photo.tags,
        description=photo.description,
        taken_local=photo.taken_local,
        location=photo.location,
    )
