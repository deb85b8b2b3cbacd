"""Which rounds there are for these settings, and what they need of each other: the database is looked at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream.archive.folder import FolderArchive
from mediascream.archive.keys import ORIGINALS
from mediascream.destinations.registry import build_services
from mediascream.doctor.archive_folder import look_at_archive_folder, whose
from mediascream.doctor.bucket import look_at_bucket
from mediascream.doctor.clock import judge_past, look_at_clock_of
from mediascream.doctor.decoders import look_at_decoders
from mediascream.doctor.deliveries import (
    Remembered,
    judge_jobs,
    look_at_deliveries,
    look_at_last_upload,
    look_at_spool,
    remember,
    utc_now,
)
from mediascream.doctor.disks import loaded_libraries, look_at_folder, look_at_honesty
from mediascream.doctor.findings import Finding, Level, note
from mediascream.doctor.notices import look_at_notices, try_notices
from mediascream.doctor.own_settings import look_at_settings
from mediascream.doctor.proofs import judge_copies, look_at_proofs
from mediascream.doctor.rounds import Round
from mediascream.doctor.services import look_at_services
from mediascream.doctor.tables import check_pages, look_at_file, look_at_tables
from mediascream.library.accounts import Accounts
from mediascream.library.sharing import Sharing
from mediascream.lock import holder_of
from mediascream.notices.book import FACT
from mediascream.parts import build_bucket, open_database
from mediascream.photo import DestinationName
from mediascream.recovery.copies import FACT as COPIES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.archive.base import Archive
    from mediascream.database import Database
    from mediascream.settings import Settings


class Examination:
    """All rounds for one library. It opens the database only to read, and never brings it to a new version.

    Args:
        settings: Those in effect.
        try_notices: Also send a test notice.
    """

    def __init__(self, settings: Settings, *, try_notices: bool = False) -> None:
        self._settings = settings
        self._try_notices = try_notices
        self._database: Database | None = None
        self._known: Remembered | None = None
        self._has_none = False

    def rounds(self) -> Iterator[Round]:
        """One after the other; a later one knows what an earlier one saw."""
        settings = self._settings
        yield Round("settings", "reading the settings", lambda: look_at_settings(settings))
        yield Round("disk", "looking at the disks", self._look_at_disks)
        yield Round("flush", "trying how long a flush takes", self._look_at_flushes)
        yield Round("database", "opening the database", self._look_at_database)
        if self._database is not None and self._database.dialect == "sqlite":
            database = self._database
            yield Round("database", "reading the whole database", lambda: check_pages(database), limit_s=600.0)
        if self._known is not None:
            known = self._known
            yield Round("deliveries", "looking at what waits", lambda: self._look_at_known(known))
        yield Round("notices", "looking whether notices arrive", self._look_at_notices, limit_s=90.0)
        yield from self._archives()
        yield Round("services", "asking the services", self._look_at_services, limit_s=90.0)
        yield Round("decoders", "trying the decoders", look_at_decoders, limit_s=90.0)

    def close(self) -> None:
        """Let go of the database."""
        if self._database is not None:
            self._database.close()

    def _look_at_disks(self) -> Iterator[Finding]:
        settings, volatile = self._settings, self._settings.allow_volatile
        sqlite = settings.database_url is None
        for what, folder, holds_database in self._folders():
            yield from look_at_folder(what, folder, is_database=holds_database and sqlite, allow_volatile=volatile)

    def _folders(self) -> Iterator[tuple[str, Path, bool]]:
        """What lies where; the database's own folder only where it has one."""
        settings, beside = self._settings, self._settings.db_file.parent == self._settings.data_folder
        yield "data folder", settings.data_folder, beside
        yield "spool", settings.upload_folder, False
        originals = settings.data_folder / ORIGINALS
        if originals.is_mount():
            yield "originals", originals, False
        if settings.database_url is None and not beside:
            yield "database", settings.db_file.parent, True

    def _look_at_flushes(self) -> Iterator[Finding]:
        folders = [folder for _, folder, _ in self._folders()]
        return look_at_honesty(folders, loaded_libraries(self._server()))

    def _look_at_database(self) -> Iterator[Finding]:
        settings = self._settings
        if settings.database_url is None and not settings.db_file.exists():
            self._has_none = True
            yield note("database", f"there is none yet: the first start makes {settings.db_file}")
            return
        database = open_database(settings, readers=2)
        of_this_version = True
        for finding in look_at_tables(database):
            of_this_version = finding.level is Level.OK
            yield finding
        self._database = database
        if of_this_version:
            with database.reading() as connection:
                self._known = remember(connection, unset=[DestinationName.S3] if settings.s3_bucket is None else [])
        if database.dialect == "sqlite":
            yield from look_at_file(settings.db_file)

    def _look_at_known(self, known: Remembered) -> Iterator[Finding]:
        now = utc_now()
        yield from look_at_deliveries(known)
        yield judge_jobs(known.jobs, server_runs=self._server() is not None)
        yield from look_at_spool(self._settings.upload_folder, known, server_runs=self._server() is not None)
        yield from look_at_last_upload(known, now)
        yield judge_past(now, known.newest)
        yield from look_at_proofs(known.checked, now)
        if self._settings.database_url is None:
            yield judge_copies(known.facts.get(COPIES), now)

    def _look_at_notices(self) -> Iterator[Finding]:
        addresses = self._settings.notify_url
        yield from look_at_notices(addresses, self._known.facts.get(FACT) if self._known else None)
        if self._try_notices and addresses:
            yield from try_notices(addresses)

    def _archives(self) -> Iterator[Round]:
        settings = self._settings
        if settings.s3_bucket is not None:
            yield Round("bucket", "putting the bucket to the test", self._look_at_bucket, limit_s=180.0)
        held = self._known is not None and self._known.counts.get(DestinationName.FOLDER)
        if settings.data_folder.is_dir() and (held or settings.s3_bucket is None):
            yield Round("folder", "putting the archive's folder to the test", self._look_at_archive_folder)

    def _look_at_bucket(self) -> Iterator[Finding]:
        archive = build_bucket(self._settings)
        if archive is not None:
            yield from look_at_bucket(archive)
            yield from self._owner_of(archive)
            archive.close()

    def _look_at_archive_folder(self) -> Iterator[Finding]:
        archive = FolderArchive(self._settings.data_folder)
        yield from look_at_archive_folder(archive, self._settings.data_folder)
        yield from self._owner_of(archive)

    def _owner_of(self, archive: Archive) -> Iterator[Finding]:
        """Where there is a database that cannot be read by this version, nobody knows whose the archive should be."""
        if self._known is not None or self._has_none:
            yield whose(archive, self._known.library_id if self._known else None)

    def _look_at_services(self) -> Iterator[Finding]:
        if self._database is None or self._known is None:
            yield note("services", "without a database of this version nobody knows which are connected")
            return
        services = build_services(self._settings, Accounts(self._database), Sharing(self._database))
        try:
            yield from look_at_services(services)
            for name, url in self._addresses().items():
                if name in services and services[name].connected:
                    yield from look_at_clock_of(url, f"that of {name}")
        finally:
            for service in services.values():
                service.close()

    def _addresses(self) -> dict[DestinationName, str]:
        """Where services are asked anyway."""
        settings = self._settings
        return {DestinationName.FLICKR: settings.flickr_rest_url, DestinationName.GPHOTOS: settings.gphotos_token_url}

    def _server(self) -> int | None:
        return holder_of(self._settings.data_folder / "serve.lock")
