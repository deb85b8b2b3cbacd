"""The restore drill: now and then a few photos, chosen by lot, are restored from the archive alone and compared.

A copy that was never restored is a hope. So an original is looked for as a person would who has lost everything else:
by listing its folder, by what its sidecar says, into a scratch folder. Only then is the database asked whether it agrees.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediascream.archive.keys import parse_original_key, sidecar_key
from mediascream.archive.sidecar import Sidecar, is_whole
from mediascream.errors import DocumentUnreadable, NotInArchive
from mediascream.library import check_log, checks
from mediascream.library.checks import By, Check, Result
from mediascream.library.facts import get_fact, put_fact
from mediascream.photo import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import sqlalchemy as sa

    from mediascream.archive.base import Archive
    from mediascream.database import Database
    from mediascream.library.records import PhotoRecord
    from mediascream.photo import Receipt

FACT = "last_drill"
PHOTOS = 3
MOST_BYTES = 1 << 30
"""Larger files are left to the audit, which needs no room for them."""


@dataclass(frozen=True, slots=True)
class Drill:
    """How the last drill went.

    Attributes:
        detail: A sentence.
    """

    at: datetime
    good: bool
    detail: str


def drill(
    database: Database, archive: Archive, scratch: Path, now: datetime, dice: Callable[[], float]
) -> Drill | None:
    """Restore a few photos, compare them, and keep what came of it; None where there is nothing to restore yet.

    Raises:
        DeliveryError: The archive cannot be asked now; that says nothing of the copies.
    """
    with database.reading() as connection:
        photos = checks.by_lot(connection, archive.name, [dice() for _ in range(PHOTOS)], most_bytes=MOST_BYTES)
    if not photos:
        return None
    with tempfile.TemporaryDirectory(dir=scratch, prefix=".copy-drill-") as folder:
        problems = [(photo, _problem(archive, photo, Path(folder))) for photo in photos]
    bad = [f"{photo.file_name} ({photo.id[:12]}): {problem}" for photo, problem in problems if problem is not None]
    detail = "; ".join(bad) or f"{len(photos)} photos were restored from {archive.place} and compared"
    done = Drill(now, not bad, detail)

    def keep(connection: sa.Connection) -> None:
        put_fact(connection, FACT, {"at": now.isoformat(), "good": done.good, "detail": detail})
        for photo, problem in problems:
            result = Result.GOOD if problem is None else Result.WRONG
            check = Check(now, By.DRILL, photo.id, photo.file_name, archive.name, result, problem and "drill", problem)
            check_log.log(connection, photo.number, check)
            if problem is not None:
                checks.suspect(connection, photo.number, archive.name)

    database.write(keep)
    return done


def last_drill(connection: sa.Connection) -> Drill | None:
    """How the last drill went; None where there was none."""
    told: dict[str, Any] | None = get_fact(connection, FACT)
    return None if told is None else Drill(datetime.fromisoformat(told["at"]), bool(told["good"]), str(told["detail"]))


def _problem(archive: Archive, photo: PhotoRecord, scratch: Path) -> str | None:
    """What is wrong with a photo as it comes back from the archive, if anything."""
    key = next(str(receipt.remote_id) for receipt in photo.receipts if _holds(archive, receipt))
    alike = _alike(archive, key.rpartition("/")[0], photo)
    found, sidecar = next(((key, sidecar) for key, sidecar in alike if sidecar.id == photo.id), (key, None))
    if sidecar is None:
        return "no whole sidecar in its folder tells of it"
    restored = scratch / photo.id
    digest = _restore(archive, found, restored)
    if digest is None:
        return "its original could not be found beside its sidecar"
    if digest != sidecar.id or restored.stat().st_size != sidecar.size_bytes:
        return "what came back is not what was sent"
    if (sidecar.file_name, sidecar.media_type) != (photo.file_name, photo.media_type):
        return "its sidecar tells something else than the database"
    return None


def _holds(archive: Archive, receipt: Receipt) -> bool:
    return receipt.destination is archive.name and receipt.state is DeliveryState.DELIVERED


def _alike(archive: Archive, folder: str, photo: PhotoRecord) -> Iterator[tuple[str, Sidecar]]:
    """The originals in a folder whose names begin with the photo's digits, with what their sidecars say."""
    for found in archive.list(folder):
        name = parse_original_key(found.key)
        if name is None or not photo.id.startswith(name.digits):
            continue
        try:
            content = archive.read_document(sidecar_key(found.key))
            if is_whole(content):
                yield found.key, Sidecar.from_bytes(content)
        except (NotInArchive, DocumentUnreadable):
            continue


def _restore(archive: Archive, key: str, into: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with into.open("wb") as file:
            for chunk in archive.read(key):
                digest.update(chunk)
                file.write(chunk)
    except NotInArchive:
        return None
    return digest.hexdigest()
