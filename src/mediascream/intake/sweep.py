"""After a crash: what lies in the spool without a row is taken in, what is only litter goes.

Run before anything is received. The spool's file comes first and its row second, so a crash leaves at
worst a file too many: a sender that was answered has both. Run twice, it does nothing more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from mediascream.intake.spool import INCOMING
from mediascream.library import photos, reading
from mediascream.library.photos import RECOVERED
from mediascream.library.records import NewPhoto
from mediascream.media_types import HEAD_BYTES, identify
from mediascream.photo import PhotoId, is_photo_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import sqlalchemy as sa

    from mediascream.database import Database
    from mediascream.intake.accept import Acceptance

AT_ONCE = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Swept:
    """What was found.

    Attributes:
        taken_in: Photos that have a row now.
        removed: Names of files that nobody needs.
        strange: Files that are named like originals and hold something else; they are left alone.
        lost: Photos that lie neither in the spool nor in an archive.
    """

    taken_in: list[PhotoId]
    removed: list[str]
    strange: list[str]
    lost: list[PhotoId]


def sweep(folder: Path, database: Database, acceptance: Acceptance) -> Swept:
    """Bring spool and database in step, and tell the log what was found."""
    swept = Swept([], _remove_litter(folder), [], _lost(folder, database))
    for files in _in_parts(sorted(path for path in folder.iterdir() if is_photo_id(path.name))):
        _sort_out(files, database, acceptance, swept)
    _report(folder, swept)
    return swept


def _remove_litter(folder: Path) -> list[str]:
    """Bytes on their way when the server ended, and temporary copies."""
    litter = [*(folder / INCOMING).glob("*"), *folder.glob(".copy-*")]
    for path in litter:
        path.unlink(missing_ok=True)
    return [path.name for path in litter]


def _sort_out(files: Sequence[Path], database: Database, acceptance: Acceptance, swept: Swept) -> None:
    ids = [file.name for file in files]
    with database.reading() as connection:
        known, needed = photos.exists(connection, ids), reading.spooled(connection, ids)
    for file in files:
        if file.name not in known:
            _take_in(file, database, acceptance, swept)
        elif file.name not in needed:
            file.unlink(missing_ok=True)
            swept.removed.append(file.name)


def _take_in(file: Path, database: Database, acceptance: Acceptance, swept: Swept) -> None:
    new = _recovered(file)
    if new is None:
        swept.strange.append(file.name)
        return
    database.write(lambda connection: acceptance.accept(connection, [new]))
    swept.taken_in.append(new.id)


def _recovered(file: Path) -> NewPhoto | None:
    """What can still be known of a photo whose sender's words were lost; None where the bytes are others."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        head = content.read(HEAD_BYTES)
        digest.update(head)
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    media_type = identify(head)
    if media_type is None or digest.hexdigest() != file.name:
        return None
    stat = file.stat()
    return NewPhoto(
        id=PhotoId(file.name),
        file_name=f"{RECOVERED}{file.name[:12]}.{media_type.ending}",
        media_type=media_type.name,
        ending=media_type.ending,
        kind=media_type.kind,
        size_bytes=stat.st_size,
        added_at=datetime.fromtimestamp(stat.st_mtime, UTC),
    )


def _lost(folder: Path, database: Database) -> list[PhotoId]:
    with database.reading() as connection:
        return [photo_id for photo_id in _only_in_spool(connection) if not (folder / photo_id).exists()]


def _only_in_spool(connection: sa.Connection) -> Iterator[PhotoId]:
    after = 0
    while part := reading.only_spooled(connection, after=after, limit=AT_ONCE):
        yield from (photo_id for _, photo_id in part)
        after = part[-1][0]


def _in_parts(files: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(files), AT_ONCE):
        yield files[start : start + AT_ONCE]


def _report(folder: Path, swept: Swept) -> None:
    if swept.taken_in:
        log.info("photos from before a crash were taken in", count=len(swept.taken_in))
    if swept.removed:
        log.info("the spool was tidied", count=len(swept.removed))
    for name in swept.strange:
        log.warning("a file in the spool is not what its name says; it is left there", file=str(folder / name))
    for photo_id in swept.lost:
        log.error("a photo is neither in the spool nor in an archive", photo=photo_id)
