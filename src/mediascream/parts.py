"""What is built from the settings alone, before there is a hub: the database, the archives, the queues' widths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream.archive.folder import FolderArchive
from mediascream.database import Database, sqlite_url
from mediascream.delivery.work import PROCESS_LANE
from mediascream.folders import prepare_folder
from mediascream.photo import DestinationName
from mediascream.sealing import Seal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mediascream.archive.base import Archive
    from mediascream.archive.s3 import S3Archive
    from mediascream.destinations.base import Destination
    from mediascream.settings import Settings


def at_once(archives: Collection[DestinationName], services: Mapping[DestinationName, Destination]) -> dict[str, int]:
    """How many jobs of each queue run at the same time in one worker."""
    serving = {str(name): service.at_once for name, service in services.items()}
    return {PROCESS_LANE: 16} | {str(name): 16 for name in archives} | serving


def database_url(settings: Settings) -> str:
    """Where the tables are."""
    if settings.database_url is not None:
        return settings.database_url.reveal()
    return sqlite_url(settings.db_file)


def prepare_folders(settings: Settings) -> None:
    """Make the folders of data, spool and database, where they are missing, and see that they are fit for it.

    Raises:
        CannotStart: One cannot be written, or would not survive a reboot.
    """
    folders = [settings.data_folder, settings.upload_folder]
    if settings.database_url is None:
        folders.append(settings.db_file.parent)
    for folder in folders:
        prepare_folder(folder, allow_volatile=settings.allow_volatile)


def open_database(settings: Settings, *, readers: int = 8) -> Database:
    """The database, and what opens the log-ins in it."""
    return Database(database_url(settings), readers=readers, seal=Seal(settings.key_file))


def build_archives(settings: Settings) -> dict[DestinationName, Archive]:
    """Every archive that may hold originals, the present one first: the bucket where one is set."""
    archives: dict[DestinationName, Archive] = {}
    bucket = build_bucket(settings)
    if bucket is not None:
        archives[DestinationName.S3] = bucket
    archives[DestinationName.FOLDER] = FolderArchive(settings.data_folder)
    return archives


def build_bucket(settings: Settings) -> S3Archive | None:
    """The archive in the bucket; None where none is set. It talks to nobody yet."""
    if settings.s3_bucket is None:
        return None
    from mediascream.archive.s3 import S3Archive  # noqa: PLC0415 - 25 ms that a folder does not need
    from mediascream.archive.s3_options import S3Options, read_authorities  # noqa: PLC0415 - the same

    return S3Archive(
        S3Options(
            bucket=settings.s3_bucket,
            access_key=settings.s3_access_key or "",
            secret_key=settings.s3_secret_key.reveal() if settings.s3_secret_key else "",
            endpoint=settings.s3_endpoint,
            region=settings.s3_region,
            prefix=settings.s3_prefix,
            root_certificate=read_authorities(settings.s3_ca_file),
        )
    )
