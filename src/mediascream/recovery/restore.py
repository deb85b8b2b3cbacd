"""The newest good copy of the database, fetched from the archive and put in the database's place.

The copy says of itself that it is not whole, until `rebuild.py` has told it what the archive knows since; so whatever
dies when, nobody serves from it before. A database that is there is moved aside, never overwritten.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediascream.archive.disk import flush_folder
from mediascream.archive.marker import read_library_id
from mediascream.errors import (
    ArchiveError,
    CannotStart,
    DatabaseUnusable,
    DeliveryError,
    DocumentUnreadable,
    NotInArchive,
)
from mediascream.library.copying import check_copy, count_photos, fact_of, prepare_for_service, settle_log
from mediascream.library.upgrade import NEWEST
from mediascream.recovery.copies import listed
from mediascream.recovery.rebuild import LIBRARY_ID, UNDER_WAY
from mediascream.recovery.zstd import NotZstd, expand

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediascream.archive.base import Archive

LITTER: Final = ".restoring-"
BESIDE: Final = ("", "-wal", "-shm")
"""The files of one SQLite database."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place.

    Attributes:
        key: The copy's.
        made_at: When it was made, by what the archive says of the time.
        photos: How many photos it knows, the trash included.
        aside: Where the database is that was there before; None where there was none.
    """

    key: str
    made_at: datetime
    photos: int
    aside: Path | None


def is_half_restored(database: Path) -> bool:
    """Whether a database is there that a restore or rebuild has begun; then that goes on."""
    try:
        return database.exists() and fact_of(database, UNDER_WAY) is not None
    except sqlite3.Error:
        return False


def sweep_litter(database: Path) -> None:
    """Remove what a restore that was killed has left beside a database; nothing may be restored at the same time."""
    for litter in database.parent.glob(f"{LITTER}*"):
        shutil.rmtree(litter, ignore_errors=True)


def refuse_to_overwrite(database: Path) -> None:
    """A database with photos, or one that nobody can read, stays unless its owner says otherwise.

    Raises:
        CannotStart: There is one.
    """
    if not database.exists():
        return
    try:
        photos = count_photos(database)
    except sqlite3.Error as error:
        photos, state = -1, f"cannot be read ({error})"
    else:
        state = f"holds {photos} photos"
    if photos:
        msg = (
            f"there is a database already ({database}), which {state}: "
            "`mediascream restore --replace` moves it aside and puts the copy in its place"
        )
        raise CannotStart(msg)


def restore(archive: Archive, database: Path, *, tell: Callable[[str], None]) -> Restored:
    """Put the newest good copy in the place of the database, and what was there aside.

    Nothing may have the database open. `tell` hears which copies are no good.

    Raises:
        CannotStart: The archive cannot be read, or has no good copy.
        OSError: There is no room.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as closing:
        folder = closing.enter_context(tempfile.TemporaryDirectory(dir=database.parent, prefix=LITTER))
        try:
            key, made_at, copy = _newest_good(archive, Path(folder), tell)
        except (DeliveryError, DocumentUnreadable) as error:
            msg = f"the archive {archive.place} cannot be read: {error.detail}"
            raise CannotStart(msg) from error
        began = {UNDER_WAY: {"copied_at": made_at.isoformat()}}
        prepare_for_service(copy, began, began=made_at.isoformat())
        aside = move_aside(database)
        copy.rename(database)
        flush_folder(database.parent)
    return Restored(key, made_at, count_photos(database), aside)


def move_aside(database: Path) -> Path | None:
    """Give the files of a database another name; returns its new path, None where there was none."""
    if not any(_with_ending(database, ending).exists() for ending in BESIDE):
        return None
    if database.exists():
        settle_log(database)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = database.with_name(f"{database.name}.replaced-{stamp}")
    while aside.exists():
        aside = aside.with_name(f"{aside.name}-")
    for ending in BESIDE:
        file = _with_ending(database, ending)
        if file.exists():
            Path(file).replace(_with_ending(aside, ending))
    flush_folder(database.parent)
    return aside


def _newest_good(archive: Archive, folder: Path, tell: Callable[[str], None]) -> tuple[str, datetime, Path]:
    owner = read_library_id(archive)
    for key in reversed(listed(archive)):
        copy = folder / f"{len(list(folder.iterdir()))}.sqlite"
        try:
            made_at = _fetch(archive, key, copy)
            _check(copy, owner)
        except (DatabaseUnusable, NotZstd, ArchiveError) as error:
            tell(f"{key} is no good ({error}); trying the one before")
            copy.unlink(missing_ok=True)
        else:
            return key, made_at, copy
    msg = (
        f"the archive {archive.place} has no good copy of the database: "
        "`mediascream rebuild --from archive` makes one from originals and sidecars"
    )
    raise CannotStart(msg)


def _fetch(archive: Archive, key: str, copy: Path) -> datetime:
    found = archive.find(key)
    if found is None:
        raise NotInArchive(f"{key} is gone")
    copy.touch(mode=0o600)
    expand(archive.read(key), copy)
    return found.modified_at.astimezone(UTC)


def _check(copy: Path, owner: str | None) -> None:
    """Refuse what would not do in the database's place.

    Raises:
        DatabaseUnusable: The copy is damaged, another library's, or of a newer version of the program.
    """
    revision = check_copy(copy)
    if revision > NEWEST:
        seen = f"its tables are at revision {revision}, this version knows {NEWEST}"
        raise DatabaseUnusable(f"it was made by a newer version of Mediascream, which could use it: {seen}")
    library_id = fact_of(copy, LIBRARY_ID)
    if owner is not None and library_id != owner:
        raise DatabaseUnusable(f"it is of another library ({library_id})")


def _with_ending(database: Path, ending: str) -> Path:
    return database.with_name(database.name + ending)
