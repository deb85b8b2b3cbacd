"""The composition root: builds each part once from the settings, and takes them down in the right order.

hub = Hub(settings)            folders, database, archives; nothing runs yet
hub.start_worker()             jobs run from here on
hub.close()
"""

from __future__ import annotations

import os
import random
import socket
import threading
import uuid
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from mediascream.access_code import CONNECT, AccessCode
from mediascream.archive.marker import claim
from mediascream.delivery.audit import Auditor
from mediascream.delivery.deliver import Deliverer
from mediascream.delivery.derivatives import Derivatives
from mediascream.delivery.estimate import Rates
from mediascream.delivery.keep import Keeper
from mediascream.delivery.originals import Originals
from mediascream.delivery.plan import plan_deliveries
from mediascream.delivery.purge import Purges
from mediascream.delivery.rescue import Rescue
from mediascream.delivery.retry import judge
from mediascream.delivery.sidecars import Sidecars
from mediascream.delivery.standing_audit import Allowed, StandingAudit
from mediascream.delivery.troubles import Troubles, raise_trouble
from mediascream.delivery.work import Work
from mediascream.destinations.registry import build_services
from mediascream.errors import ArchiveForeign, DeliveryError, DestinationBlocked
from mediascream.folders import rooms_of
from mediascream.housekeeping import Housekeeping
from mediascream.intake.accept import Acceptance
from mediascream.intake.resumables import Resumables
from mediascream.intake.spool import Spool
from mediascream.intake.sweep import sweep
from mediascream.library import reading, standing
from mediascream.library.accounts import Accounts, seal_all
from mediascream.library.elapsed import Elapsed, this_machine
from mediascream.library.facts import get_fact, put_fact
from mediascream.library.sharing import Sharing
from mediascream.library.upgrade import upgrade
from mediascream.lock import Lock
from mediascream.notices.telling import Telling
from mediascream.notices.watchman import Watched, Watchman
from mediascream.parts import at_once, build_archives, open_database, prepare_folders
from mediascream.photo import SERVICES, DeliveryState, DestinationName
from mediascream.pipeline import Pipeline
from mediascream.processing.sandbox import Decoders
from mediascream.queue.jobs import Jobs
from mediascream.queue.reaper import Reaper
from mediascream.queue.worker import Handler, Lane, Worker
from mediascream.recovery.copies import Copies
from mediascream.recovery.drill import Drill, drill
from mediascream.recovery.rebuild import refuse_half_a_library

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import sqlalchemy as sa

    from mediascream.archive.base import Archive
    from mediascream.folders import Room
    from mediascream.library.records import Plan
    from mediascream.photo import PhotoId
    from mediascream.settings import Settings

FIRST_CONTACT_S = 5.0
"""How long a start waits for an archive that does not answer; after that it goes on and tries later."""

log = structlog.get_logger()


class Hub:
    """All parts of one running Mediascream.

    Args:
        decoders: How many files are decoded at once.

    Attributes:
        rates: How fast each destination was of late.
        cut_short: How many jobs still ran when it was closed. Nobody can end their threads but the end of the process.

    Raises:
        CannotStart: One line for a person: a folder, a lock, the database or the archive is not right.
    """

    def __init__(self, settings: Settings, *, decoders: int = 2) -> None:
        self.settings = settings
        prepare_folders(settings)
        self.database = open_database(settings)
        upgrade(self.database)
        for line in self.database.write(seal_all):
            log.warning(line)
        self.jobs = Jobs(self.database)
        self.jobs.prepare()
        self.archives = build_archives(settings)
        self.archive = next(iter(self.archives.values()))
        self.services = build_services(settings, Accounts(self.database), Sharing(self.database))
        self.jobs.at_once = at_once(self.archives, self.services)
        self.work = Work(self.database, self.jobs, tuple(self.archives), connected=lambda: self.connected)
        self.originals = Originals(settings.upload_folder, self.archives)
        self.keeper = Keeper(
            self.work,
            self.originals,
            self.archives,
            contact=self._contact,
            renditions=settings.data_folder,
            rescue=Rescue(self.services, self.originals),
        )
        self.acceptance = Acceptance(self.plan, self.work.follow)
        self.decoders = Decoders(children=decoders)
        self._derivatives = Derivatives(self.originals, self.decoders)
        dice = random.SystemRandom().random
        self.deliverer = Deliverer(self.work, self.keeper, self.services, derivatives=self._derivatives, dice=dice)
        self.sidecars = Sidecars(self.work, self.keeper)
        self.auditor = Auditor(
            self.work, self.keeper, deliverer=self.deliverer, sidecars=self.sidecars, services=self.services
        )
        self.elapsed = Elapsed(this_machine())
        self._worker: Worker | None = None
        self._reaper: Reaper | None = None
        self._lock: Lock | None = None
        self.rates = Rates()
        self.cut_short = 0
        self._housekeeping: Housekeeping | None = None
        self._watchman: Watchman | None = None
        self._audit: StandingAudit | None = None

    @property
    def connected(self) -> set[DestinationName]:
        """The services that are connected now."""
        return {name for name, service in self.services.items() if service.connected}

    def plan(self, skip: Collection[DestinationName] = ()) -> list[Plan]:
        """The deliveries of a photo that is sent now."""
        return plan_deliveries(archive=self.archive.name, services=SERVICES, connected=self.connected, skip=skip)

    def first_contact(self) -> None:
        """Look at the archive before anything is put there, without waiting long for one that is away.

        Raises:
            ArchiveForeign: It belongs to another library, or the database of this one was lost.
            CannotStart: A rebuild of the database was cut short.
        """
        with self.database.reading() as connection:
            refuse_half_a_library(connection)
        foreign: list[ArchiveForeign] = []

        def look() -> None:
            try:
                self.keeper.contact(self.archive.name)
            except DeliveryError as error:
                if isinstance(error.__cause__, ArchiveForeign):
                    foreign.append(error.__cause__)
                else:
                    self._note_trouble(error)

        thread = threading.Thread(target=look, name="first-contact", daemon=True)
        thread.start()
        thread.join(timeout=FIRST_CONTACT_S)
        if foreign:
            raise foreign[0]

    def take_in_spool(self) -> None:
        """Take in, or away, what a crash left in the spool; before the first upload."""
        with closing(Spool(self.settings.upload_folder, needed=self.needed_in_spool)) as spool:
            resumables = Resumables(spool, self.database, self.acceptance, limit_bytes=self.settings.max_upload_bytes)
            with closing(resumables):
                resumables.take_in_what_is_whole()  # first: their senders' words are still known
        sweep(self.settings.upload_folder, self.database, self.acceptance)

    def needed_in_spool(self, ids: Sequence[PhotoId]) -> set[PhotoId]:
        """Which of these ids have a row that says their bytes lie in the spool."""
        with self.database.reading() as connection:
            return reading.spooled(connection, ids)

    def start_worker(self) -> None:
        """Begin to do jobs, in threads of this process.

        Raises:
            DataFolderInUse: Another worker runs on this SQLite database.
        """
        many = self.database.dialect == "postgresql"
        executor_id = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}" if many else "single"
        if not many:
            self._lock = Lock(self.settings.db_file.with_name(f"{self.settings.db_file.name}.lock"))
        troubles = Troubles(self.work, self.keeper, self.services)
        self._derivatives.sweep(self.database)
        pipeline = Pipeline(
            self.work,
            self.originals,
            deliverer=self.deliverer,
            sidecars=self.sidecars,
            troubles=troubles,
            purges=Purges(self.work, self.keeper, self.settings.data_folder),
            decoders=self.decoders,
            renditions=self.settings.data_folder,
        )
        access_code = AccessCode(self.work, self.settings)
        handlers = pipeline.handlers() | {CONNECT: Handler(access_code.exchange)}
        self._worker = Worker(self.jobs, handlers, self._lanes(), executor_id=executor_id)
        self._reaper = Reaper(self.database, executor_id, self._worker.running)
        self._reaper.start()
        access_code.notice()
        self._worker.start()
        copies = None if many else self._copies()
        self._housekeeping = Housekeeping(self.work, self.archive.name, self.elapsed, copies, drilling=self.drill)
        self._housekeeping.start()
        if self.settings.notify_url:
            self._watchman = self._hire_watchman()
            self._watchman.start()
        allowance = self.settings.audit_per_day
        if allowance.count:
            allowed = Allowed(allowance.count, allowance.size_bytes)
            self._audit = StandingAudit(self.work, self.auditor, self.elapsed, allowed)
            self._audit.start()

    def drill(self) -> Drill | None:
        """Restore a few photos from the archive alone, and compare them.

        Raises:
            DeliveryError: The archive cannot be asked now.
        """
        self.keeper.contact(self.archive.name)
        dice = random.SystemRandom().random
        return drill(self.database, self.archive, self.settings.upload_folder, datetime.now(UTC), dice)

    def close(self) -> None:
        """Stop the worker, then what it stands on. What was cut short runs again."""
        if self._watchman is not None:
            self._watchman.stop()
        if self._audit is not None:
            self._audit.stop()
        if self._housekeeping is not None:
            self._housekeeping.stop()
        if self._worker is not None:
            self.cut_short = self._worker.stop()
        self.decoders.close()
        if self._housekeeping is not None:
            self._housekeeping.join()
        if self._reaper is not None:
            self._reaper.stop()
        self.jobs.close()
        for archive in self.archives.values():
            archive.close()
        for service in self.services.values():
            service.close()
        self.database.close()
        if self._lock is not None:
            self._lock.release()

    def rooms(self) -> list[Room]:
        """The disks of this machine that something is written to."""
        settings = self.settings
        folders = {"spool": settings.upload_folder, "archive and renditions": settings.data_folder}
        if self.database.dialect == "sqlite":
            folders["database"] = settings.db_file.parent
        return rooms_of(folders)

    def _hire_watchman(self) -> Watchman:
        watched = Watched(self.database, self.rooms, self.settings.notify_quiet_days)
        return Watchman(watched, Telling(self.settings.notify_url))

    def _copies(self) -> Copies:
        return Copies(
            self.work, self.settings.db_file, self.archive, contact=lambda: self.keeper.contact(self.archive.name)
        )

    def _lanes(self) -> tuple[Lane, ...]:
        with self.database.reading() as connection:
            paused = {name for name in DestinationName if standing.standing(connection, name).paused}
        return tuple(self._lane(queue, paused=queue in paused) for queue in self.jobs.at_once)

    def _lane(self, queue: str, *, paused: bool) -> Lane:
        at_once = self.jobs.at_once[queue]
        service = next((service for name, service in self.services.items() if name == queue), None)
        if service is None or service.limit is None:
            return Lane(queue, at_once, paused=paused)
        return Lane(queue, at_once, paused=paused, per_period=service.limit.deliveries, period_s=service.limit.period_s)

    def _contact(self, archive: Archive) -> None:
        """Examine an archive and make sure that it is ours; a foreign one blocks, with the reason as its cause."""
        for finding in archive.examine():
            if not finding.present and archive.name is not DestinationName.FOLDER:
                log.warning(
                    "the archive lacks an ability", archive=archive.name, ability=finding.ability, detail=finding.detail
                )
        try:
            claim(archive, self.database.write(library_id), knows_originals=self._has_originals(archive.name))
        except ArchiveForeign as error:
            raise DestinationBlocked(error.detail, reason=error.code) from error

    def _has_originals(self, name: DestinationName) -> bool:
        with self.database.reading() as connection:
            return standing.counts(connection).get(name, {}).get(DeliveryState.DELIVERED, 0) > 0

    def _note_trouble(self, error: DeliveryError) -> None:
        log.warning("the archive cannot be used now", archive=self.archive.name, detail=error.detail)
        verdict = judge(error, attempts=1, archive=True, now=datetime.now(UTC), dice=0.5)
        self.database.write(lambda connection: raise_trouble(connection, self.work, self.archive.name, verdict))


def library_id(connection: sa.Connection) -> str:
    """The id of this library, made up at first need."""
    known = get_fact(connection, "library_id")
    if known is None:
        known = str(uuid.uuid4())
        put_fact(connection, "library_id", known)
    return str(known)
