"""One attempt to bring one photo to one destination: begin, act, settle.

    begin    one transaction: is this job still wanted? then 'sending', the attempt counted, the key claimed
    act      the archive's keeper or the service's destination; each writes its intent before it acts
    settle   one transaction: receipt or retry, the next jobs, and whether the spool file can go

If the power goes between any two lines, the job runs again: before `begin` nothing happened, after
`act` the destination recognises its own copy, after `settle` an older job finds a newer `run` and stops.

A person may change their mind while an attempt is under way (trash, restore, disconnect). Then a newer `run` or an
end stands there when it settles: a failure is forgotten, but a copy that was made is written down, for it is there.
And no newer attempt begins while the older one lives, in whichever worker: there would be two copies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from mediascream.delivery.derivatives import ENDED
from mediascream.delivery.outgoing import NotedAttempt, convertible, outgoing
from mediascream.delivery.plan import may_begin, spool_can_go
from mediascream.delivery.retry import Verdict, judge
from mediascream.delivery.troubles import raise_trouble
from mediascream.delivery.work import DELIVER, NEW, STILL_RUNNING_WAIT_S, delivery_job_id
from mediascream.destinations.base import Delivered
from mediascream.errors import DeliveryError, DeliveryUnknown, NotInArchive, TryLater
from mediascream.library import checks, deliveries, photos, reading, standing
from mediascream.library.losses import MISSING
from mediascream.library.progress import progress
from mediascream.photo import ARCHIVES, OPEN_STATES, DeliveryState, DestinationName, SkipReason
from mediascream.queue.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import sqlalchemy as sa

    from mediascream.delivery.derivatives import Derivatives
    from mediascream.delivery.keep import Keeper
    from mediascream.delivery.work import Work
    from mediascream.destinations.base import Destination
    from mediascream.library.errands import Errand
    from mediascream.library.progress import Progress
    from mediascream.library.records import Delivery, PhotoRecord

OLDER_RUNS = 8
"""Of so many attempts before this one it is asked whether they still live."""

NOT_CONNECTED = Verdict(DeliveryState.SKIPPED, "not-connected", "")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ready:
    """A delivery whose attempt has begun.

    Attributes:
        key: Where its original will lie, if the destination is an archive.
    """

    photo: PhotoRecord
    delivery: Delivery
    key: str = ""


class Deliverer:
    """Runs the attempts.

    Args:
        keeper: Brings photos into the archives.
        services: The destinations that are no archives.
        derivatives: Where JPEGs come from for services that do not take an original.
        dice: Numbers from 0 to 1, to spread retries.

    Attributes:
        recheck: Checks an archive's copy that turned out to be other bytes as it was read; the auditor sets it.
    """

    def __init__(
        self,
        work: Work,
        keeper: Keeper,
        services: Mapping[DestinationName, Destination],
        *,
        derivatives: Derivatives,
        dice: Callable[[], float],
    ) -> None:
        self._work = work
        self._database = work.database
        self._keeper = keeper
        self._services = services
        self._derivatives = derivatives
        self._dice = dice
        self.recheck: Callable[[int, DestinationName], object] | None = None

    def run(self, number: int, destination: str, run: int) -> None:
        """One attempt, unless a newer job or a person was quicker."""
        name = DestinationName(destination)
        if run > 1 and self._older_attempt_lives(number, name, run):
            return
        ready = self._database.write(lambda connection: self._begin(connection, number, name, run))
        if ready is not None:
            self._settle(ready, self._outcome(ready, name))

    def run_unwatched(self, number: int, destination: str, run: int) -> None:
        """The same where no worker stands by to answer for what nobody foresaw: a disk of this machine, above all."""
        try:
            self.run(number, destination, run)
        except Exception as error:  # an edge: it is tried again, as with any other trouble
            log.exception("a delivery ended in a way that was not foreseen", number=number, destination=destination)
            self.failed(error, number, destination, run)

    def failed(self, error: Exception, number: int, destination: str, run: int) -> None:
        """What follows where an attempt ended with an error that nobody foresaw: a retry as with any other trouble."""
        name = DestinationName(destination)
        detail = f"Something went wrong that was not foreseen ({type(error).__name__}: {error}); the log says more."

        def act(connection: sa.Connection) -> None:
            current = deliveries.get(connection, number, name)
            if current.run != run or current.receipt.state not in OPEN_STATES:
                return
            attempts = max(1, current.receipt.attempts)
            self._consequence(
                connection, number, name, self._judge(TryLater(detail, reason="unexpected"), attempts, name)
            )

        self._database.write(act)

    def _older_attempt_lives(self, number: int, name: DestinationName, run: int) -> bool:
        """Whether an overtaken attempt is still under way; then this one comes back later."""
        older = [delivery_job_id(number, name, before) for before in range(max(1, run - OLDER_RUNS), run)]
        if not self._work.jobs.running(older):
            return False
        again = Job(
            name, DELIVER, f"{delivery_job_id(number, name, run)}:{self._work.stamp()}", (number, name, run), NEW
        )
        self._database.write(lambda c: self._work.jobs.enqueue(c, again, delay_s=STILL_RUNNING_WAIT_S))
        return True

    def _begin(self, connection: sa.Connection, number: int, name: DestinationName, run: int) -> Ready | None:
        now = progress(connection, number)
        leg = next((leg for leg in now.legs if leg.destination is name and leg.run == run), None) if now else None
        if now is None or leg is None or leg.state not in OPEN_STATES or not may_begin(now, leg, self._keeper.archives):
            return None
        errand = now.errand(leg)
        trouble = standing.standing(connection, name)
        if trouble.trouble is not None:
            self._put_off(connection, errand, trouble)
            return None
        photo, delivery = reading.get_by_number(connection, number), deliveries.begin(connection, errand)
        if photo is None or delivery is None:
            return None
        key = self._keeper.claim(connection, photo, delivery) if name in self._keeper.archives else ""
        return Ready(photo, delivery, key)

    def _put_off(self, connection: sa.Connection, errand: Errand, now: standing.Standing) -> None:
        """The whole destination is in trouble: note it without trying; `troubles.release` brings it back."""
        code, detail = now.code or "trouble", now.detail or ""
        if now.trouble is standing.Trouble.BLOCKED:
            blocked = DeliveryState.BLOCKED
            deliveries.stop(connection, errand.number, errand.destination, blocked, code=code, detail=detail)
        else:
            until = now.until or self._work.now() + timedelta(minutes=1)
            deliveries.wait(connection, errand.number, errand.destination, until=until, code=code, detail=detail)

    def _outcome(self, ready: Ready, name: DestinationName) -> Delivered | Verdict:
        """What came of the attempt; errors that nobody foresaw go on to `failed`."""
        try:
            return self._act(ready, name)
        except DeliveryError as error:
            if name not in self._keeper.archives and not self._is_connected(name):
                return NOT_CONNECTED  # a person took the log-in away meanwhile, and that is no trouble
            verdict = self._judge(error, ready.delivery.receipt.attempts, name)
        except NotInArchive as error:
            if name not in self._keeper.archives:
                self._suspect(ready.photo)
            verdict = Verdict(_lost(name), MISSING, error.detail)
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

    def _act(self, ready: Ready, name: DestinationName) -> Delivered | Verdict:
        if name in self._keeper.archives:
            return self._keeper.keep(ready.photo, ready.delivery, ready.key)
        if not self._is_connected(name):
            return NOT_CONNECTED
        attempt = NotedAttempt(ready.delivery, lambda notes: self._note(ready.photo.number, name, notes))
        going = outgoing(ready.photo, self._keeper.originals, lambda: self._suspect(ready.photo))
        return self._services[name].deliver(convertible(ready.photo, going, self._derivatives, name), attempt)

    def _suspect(self, photo: PhotoRecord) -> None:
        """Its archive copies are checked at once, lest they be called safe; before all others where that is cut short."""
        for name in [r.destination for r in photo.receipts if r.destination in self._keeper.archives]:
            self._database.write(partial(checks.suspect, photo=photo.number, destination=name))
            if self.recheck is not None:
                self.recheck(photo.number, name)

    def _is_connected(self, name: DestinationName) -> bool:
        return name in self._services and self._services[name].connected

    def _note(self, number: int, name: DestinationName, notes: dict[str, str]) -> None:
        self._database.write(lambda connection: deliveries.note(connection, number, name, notes=dict(notes)))

    def _judge(self, error: DeliveryError, attempts: int, name: DestinationName) -> Verdict:
        archive = name in self._keeper.archives
        return judge(error, attempts=attempts, archive=archive, now=self._work.now(), dice=self._dice())

    def _settle(self, ready: Ready, outcome: Delivered | Verdict) -> None:
        name = ready.delivery.receipt.destination
        now = self._database.write(lambda connection: self._write_down(connection, ready, name, outcome))
        if now is not None and spool_can_go(now):
            self._keeper.originals.leave_spool(now.id)
        if isinstance(outcome, Delivered) or outcome.state in ENDED:
            self._derivatives.forget(ready.photo.id, name)

    def _write_down(
        self, connection: sa.Connection, ready: Ready, name: DestinationName, outcome: Delivered | Verdict
    ) -> Progress | None:
        """All that follows from one attempt; returns how far the photo is then."""
        number = ready.photo.number
        try:
            current = deliveries.get(connection, number, name)
        except DeliveryUnknown:
            log.warning("a delivery was dropped while it was being sent", photo=ready.photo.id, destination=name)
            return None
        if isinstance(outcome, Delivered):
            if current.receipt.state is not DeliveryState.DELIVERED:
                self._receipt(connection, ready, name, outcome)
        elif current.run == ready.delivery.run:
            self._consequence(connection, number, name, outcome)
        now = self._work.follow(connection, number)
        if now is not None and spool_can_go(now):
            photos.left_spool(connection, number)
        return now

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
            now=copy.at or self._work.now(),
            sidecar_stored=ready.photo.sidecar_wanted if archive else 0,
        )
        if not archive:
            photos.touch(connection, ready.photo.number)

    def _consequence(self, connection: sa.Connection, number: int, name: DestinationName, verdict: Verdict) -> None:
        if verdict.whole:
            raise_trouble(connection, self._work, name, verdict)
        if verdict.state is DeliveryState.SKIPPED:
            deliveries.skip(connection, number, name, SkipReason.NOT_CONNECTED)
            photos.touch(connection, number)
        elif verdict.state is DeliveryState.WAITING and verdict.until is not None:
            wait = deliveries.wait(
                connection, number, name, until=verdict.until, code=verdict.code, detail=verdict.detail
            )
            if not verdict.whole:
                self._work.later(connection, wait, verdict.until)
        else:
            deliveries.stop(connection, number, name, verdict.state, code=verdict.code, detail=verdict.detail)
            if verdict.state is not DeliveryState.BLOCKED:
                photos.touch(connection, number)  # an end: a rebuilt library must not try again


def _lost(name: DestinationName) -> DeliveryState:
    """An archive delivery never fails; it asks for a person."""
    return DeliveryState.BLOCKED if name in ARCHIVES else DeliveryState.FAILED
