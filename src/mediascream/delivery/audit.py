"""One copy checked: an archive's is read again and compared, a service is asked. What is wrong is healed or told.

A wrong archive copy is brought there again as it was brought there first, by an attempt at its delivery: the intent is
written before anything is done, the source is the spool or another archive and is hashed, what lay there is put aside,
and where there is no source the delivery is blocked, under the code `damaged` or `lost`. Sidecars and renditions are
made anew. A copy that its owner deleted from a service is `failed`, under the code `gone`, until a person asks for it.

Nothing is ever removed here. A mismatch counts only if it is seen twice, and only if the delivery still stands as it
stood before: what the trash or a move took away meanwhile is no loss.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from mediascream.archive import keys
from mediascream.archive.sidecar import Sidecar, is_whole, tells_the_same
from mediascream.delivery.outgoing import outgoing
from mediascream.delivery.retry import judge
from mediascream.delivery.sidecars import sidecar_of
from mediascream.delivery.troubles import raise_trouble
from mediascream.destinations.base import ChecksCopies
from mediascream.errors import (
    DeliveryError,
    DeliveryUnknown,
    DestinationBlocked,
    DocumentTooNew,
    DocumentUnreadable,
    NotInArchive,
    QuotaSpent,
)
from mediascream.library import check_log, checks, deliveries, photos, reading
from mediascream.library.checks import By, Check, Result
from mediascream.library.losses import DAMAGED, GONE, LOST, WANTED_AGAIN
from mediascream.photo import DeliveryState, Proof

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy as sa

    from mediascream.archive.base import Archive
    from mediascream.delivery.deliver import Deliverer
    from mediascream.delivery.keep import Keeper
    from mediascream.delivery.sidecars import Sidecars
    from mediascream.delivery.work import Work
    from mediascream.destinations.base import Destination
    from mediascream.library.records import Delivery, PhotoRecord
    from mediascream.photo import DestinationName

ARCHIVE_AT_ONCE = 4
SIDECAR, SIDECAR_TOO_NEW, RENDITION = "sidecar", "sidecar-too-new", "rendition"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Found:
    """What a check ended with, and why where that is not simply well."""

    result: Result
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A copy as it stood when its check began."""

    photo: PhotoRecord
    delivery: Delivery

    @property
    def name(self) -> DestinationName:
        """Where it is."""
        return self.delivery.receipt.destination

    @property
    def remote_id(self) -> str:
        """What the destination knows it by."""
        return str(self.delivery.receipt.remote_id)


GOOD = Found(Result.GOOD)


class Auditor:
    """Checks copies, one at a time.

    Args:
        deliverer: Brings photos to archives; here, to one that lost them.
        services: The destinations that are no archives.
    """

    def __init__(
        self,
        work: Work,
        keeper: Keeper,
        *,
        deliverer: Deliverer,
        sidecars: Sidecars,
        services: Mapping[DestinationName, Destination],
    ) -> None:
        self._work = work
        self._database = work.database
        self._keeper = keeper
        self._deliverer = deliverer
        self._sidecars = sidecars
        self._services = services
        deliverer.recheck = lambda number, name: self.check(number, name, By.AUDIT)

    def can_check(self, name: DestinationName) -> bool:
        """Whether copies there can be checked at all, now."""
        if name in self._keeper.archives:
            return True
        service = self._services.get(name)
        return service is not None and service.connected and isinstance(service, ChecksCopies)

    def at_once(self, name: DestinationName) -> int:
        """How many copies there may be checked side by side: a few, as each one's bytes are read; a service says."""
        service = self._services.get(name)
        return ARCHIVE_AT_ONCE if service is None else service.at_once

    def check(self, number: int, name: DestinationName, by: By) -> Check | None:
        """Check one copy, heal it where that can be done, and log what was found; None where there is no copy now."""
        with self._database.reading() as connection:
            subject = _subject(connection, number, name)
        if subject is None or not self.can_check(name):
            return None
        found = self._found(subject)
        if found is None:
            return None
        check = Check(
            self._work.now(),
            by,
            subject.photo.id,
            subject.photo.file_name,
            name,
            found.result,
            found.code,
            found.detail,
        )
        if found.result is not Result.GOOD:
            log.warning("a copy was checked", photo=subject.photo.id, destination=name, **_shown(found))
        self._database.write(lambda connection: check_log.log(connection, number, check))
        return check

    def _found(self, subject: Subject) -> Found | None:
        try:
            if subject.name in self._keeper.archives:
                self._keeper.contact(subject.name)
                return self._of_archive(subject)
            return self._of_service(subject)
        except DestinationBlocked as error:
            if subject.name not in self._keeper.archives:
                self._tell_trouble(subject.name, error)
            return Found(Result.UNKNOWN, error.reason, error.detail)
        except QuotaSpent as error:
            self._tell_trouble(subject.name, error)
            return Found(Result.UNKNOWN, error.reason, error.detail)
        except DeliveryError as error:
            return Found(Result.UNKNOWN, error.reason, error.detail)

    def _tell_trouble(self, name: DestinationName, error: DeliveryError) -> None:
        verdict = judge(error, attempts=1, archive=False, now=self._work.now(), dice=0.5)
        self._database.write(lambda connection: raise_trouble(connection, self._work, name, verdict))

    # Archives

    def _of_archive(self, subject: Subject) -> Found | None:
        archive = self._keeper.archives[subject.name]
        code = None if subject.photo.purged else _fault_of_original(archive, subject.remote_id, subject.photo)
        if code is not None:
            return self._lost(subject, code)
        mended = [self._sidecar(subject, archive), None if subject.photo.purged else self._renditions(subject, archive)]
        self._confirm(subject, Proof.BYTES)
        return next((found for found in mended if found is not None), GOOD)

    def _lost(self, subject: Subject, code: str) -> Found | None:
        """The original is not there as it was stored: note it, then try to bring it there again."""
        number, name = subject.photo.number, subject.name
        what = "its bytes are no longer those that were sent" if code == DAMAGED else "it is no longer there"
        detail = f"The archive's copy of {subject.photo.file_name} was checked: {what} ({subject.remote_id})."

        def note(connection: sa.Connection) -> deliveries.Errand | None:
            now = reading.get_by_number(connection, number)
            if now is None or now.purged or now.emptying:
                return None
            errand = deliveries.lose(connection, number, name, run=subject.delivery.run, code=code, detail=detail)
            if errand is not None:
                photos.touch(connection, number)
            return errand

        errand = self._database.write(note)
        if errand is None:
            return None  # it was taken away on purpose, or somebody else heals it
        self._deliverer.run_unwatched(number, name, errand.run)
        with self._database.reading() as connection:
            now = deliveries.get(connection, number, name).receipt
        if now.state is DeliveryState.DELIVERED:
            return Found(Result.HEALED, code, f"{detail} An equal copy was put in its place.")
        self._tell_beside(subject)
        told = now.error_detail or ""
        return Found(Result.WRONG, code, told if now.error_code in WANTED_AGAIN else f"{detail} {told}".strip())

    def _tell_beside(self, subject: Subject) -> None:
        """Have the sidecar say at once that the original is not proven, so that a rebuild reads it; else a job does."""
        try:
            self._sidecars.write_anew(subject.photo.number, subject.name)
        except DeliveryError as error:
            log.warning(
                "a sidecar does not tell that its original is wrong", photo=subject.photo.id, detail=error.detail
            )

    def _sidecar(self, subject: Subject, archive: Archive) -> Found | None:
        try:
            problem = self._problem_of_sidecar(subject, archive)
        except DocumentTooNew as error:
            name = f"{subject.photo.file_name} was left as it is"
            return Found(Result.UNKNOWN, SIDECAR_TOO_NEW, f"The sidecar of {name}: {error.detail}.")
        if problem is None:
            return None
        self._sidecars.write_anew(subject.photo.number, subject.name)
        return Found(
            Result.HEALED, SIDECAR, f"The sidecar of {subject.photo.file_name} {problem}; it was written anew."
        )

    def _problem_of_sidecar(self, subject: Subject, archive: Archive) -> str | None:
        """What is wrong with it; whatever is, it can be written anew.

        Raises:
            DocumentTooNew: A newer version of the program wrote it, and wrote more than this one would.
        """
        try:
            content = archive.read_document(keys.sidecar_key(subject.remote_id))
        except NotInArchive:
            return "was missing"
        if not is_whole(content):
            return "was damaged"
        try:
            stored = Sidecar.from_bytes(content)
        except DocumentTooNew:
            raise
        except DocumentUnreadable as error:
            return f"could not be read ({error.detail})"
        behind = subject.delivery.sidecar_stored < subject.photo.sidecar_wanted  # it is about to be told
        same = tells_the_same(stored, sidecar_of(subject.photo), at=subject.name)
        return None if behind or same else "told something else"

    def _renditions(self, subject: Subject, archive: Archive) -> Found | None:
        """Small pictures that are not as they were made are made anew. Those that are missing are made when asked for."""
        for ending, digest in subject.photo.rendition_digests.items():
            key = keys.rendition_key(subject.photo.id, keys.Rendition(ending))
            if self._keeper.local_rendition(key, digest) is False:
                self._work.render_again(subject.photo.id)
                return Found(Result.HEALED, RENDITION, f"{key} was damaged; it is made anew.")
            if self._keeper.shares_renditions(archive) and _differs(archive, key, digest):
                self._keeper.share_renditions(subject.photo, archive)
                return Found(Result.HEALED, RENDITION, f"{key} in {archive.place} was damaged; it was put there anew.")
        return None

    # Services

    def _of_service(self, subject: Subject) -> Found | None:
        service = self._services[subject.name]
        if not isinstance(service, ChecksCopies):
            return None
        proof = service.check(outgoing(subject.photo, self._keeper.originals), subject.remote_id)
        if proof is not None:
            self._confirm(subject, proof)
            return GOOD
        return self._gone(subject)

    def _gone(self, subject: Subject) -> Found | None:
        number, name = subject.photo.number, subject.name
        detail = (
            f"The copy of {subject.photo.file_name} ({subject.remote_id}) is no longer at {name}. It is not sent there "
            f"again by itself; `mediascream retry {subject.photo.id} --destination {name}` sends it."
        )

        def act(connection: sa.Connection) -> bool:
            if _subject(connection, number, name) != subject:
                return False
            deliveries.stop(connection, number, name, DeliveryState.FAILED, code=GONE, detail=detail)
            photos.touch(connection, number)
            self._work.follow(connection, number)
            return True

        return Found(Result.WRONG, GONE, detail) if self._database.write(act) else None

    def _confirm(self, subject: Subject, proof: Proof) -> None:
        number, name, known = subject.photo.number, subject.name, subject.delivery.receipt.proof

        def act(connection: sa.Connection) -> None:
            now = deliveries.get(connection, number, name)
            if now.run == subject.delivery.run and now.receipt.state is DeliveryState.DELIVERED:
                checks.confirm(connection, number, name, known=known, seen=proof, now=self._work.now())

        self._database.write(act)


def _subject(connection: sa.Connection, number: int, name: DestinationName) -> Subject | None:
    photo = reading.get_by_number(connection, number)
    try:
        delivery = deliveries.get(connection, number, name)
    except DeliveryUnknown:
        return None
    there = delivery.receipt.state is DeliveryState.DELIVERED and delivery.receipt.remote_id is not None
    return Subject(photo, delivery) if photo is not None and there and not photo.emptying else None


def _fault_of_original(archive: Archive, key: str, photo: PhotoRecord) -> str | None:
    """What is wrong with the bytes under a key, if anything; what looks wrong is looked at twice."""
    code: str | None = None
    for _ in range(2):
        try:
            code = None if archive.digest_of(key) == photo.id else DAMAGED
        except NotInArchive:
            code = LOST
        if code is None:
            return None
    return code


def _differs(archive: Archive, key: str, digest: str) -> bool:
    try:
        return hashlib.sha256(archive.read_document(key)).hexdigest() != digest
    except NotInArchive:
        return False


def _shown(found: Found) -> dict[str, str | None]:
    return {"result": found.result, "code": found.code, "detail": found.detail}
