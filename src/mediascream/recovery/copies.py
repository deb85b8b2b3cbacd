"""The nightly copy of the database in the archive, `database/2026-11-24.sqlite.zst`, and how many are kept.

Kept are the last seven, and of the older ones each seventh, four of them. They are counted, not dated: a clock that
jumps by ten years makes one copy too many, and takes none away.

A copy is without secrets (`library/copying.py`), checked before it is sent, and proven in the archive as an original is.
On PostgreSQL none is made: its own tools do that better (docs/recovery.md).
"""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from mediascream.archive.keys import database_key
from mediascream.errors import DatabaseUnusable, DeliveryError, KeyTaken
from mediascream.library import standing
from mediascream.library.copying import check_copy, copy_database, without_secrets
from mediascream.library.facts import get_fact, put_fact
from mediascream.photo import DeliveryState, PhotoId
from mediascream.recovery.zstd import compress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mediascream.archive.base import Archive
    from mediascream.delivery.work import Work

FACT: Final = "database_copies"
FOLDER: Final = "database"
COPY: Final = re.compile(r"database/\d{4}-\d\d-\d\d\.sqlite\.zst")
LITTER: Final = ".copying-"

DAILY, WEEKLY, A_WEEK = 7, 4, 7
DAY_S: Final = 24 * 3600.0
ROOM: Final = 3
"""So many times the size of the database must be free for a copy of it to be made."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Made:
    """A copy that was made: which one in turn, and under which key it lies."""

    turn: int
    key: str


class Copies:
    """Makes them.

    Args:
        database: The SQLite file.
        archive: Where they go.
        contact: Makes sure that the archive is ours; raises a `DeliveryError` where not.
    """

    def __init__(self, work: Work, database: Path, archive: Archive, contact: Callable[[], None]) -> None:
        self._work = work
        self._database = database
        self._archive = archive
        self._contact = contact
        self._running_s = 0.0

    def tick(self, passed_s: float) -> str | None:
        """Make a copy if there is none of this day, or if the clock has stood still for one; returns its key.

        `passed_s` is how long it is since the last tick, by a clock that cannot jump.
        """
        self._running_s += passed_s
        key = database_key(self._work.now().date())
        with self._work.database.reading() as connection:
            made = _read(get_fact(connection, FACT))
            counts = standing.counts(connection).get(self._archive.name, {})
            trouble = standing.standing(connection, self._archive.name).trouble
        due = not made or made[-1].key != key or self._running_s >= DAY_S
        if not due or trouble is not None or not counts.get(DeliveryState.DELIVERED):
            return None
        try:
            self._make(key, made)
        except (DeliveryError, DatabaseUnusable, sqlite3.Error, OSError) as error:
            log.warning("no copy of the database could be made; it is tried again in an hour", error=str(error))
            return None
        self._running_s = 0.0
        return key

    def _make(self, key: str, made: Sequence[Made]) -> None:
        self._contact()
        known = made or _older(self._archive, key)
        with _scratch(self._database) as folder:
            packed = packed_copy(self._database, folder)
            self._put(key, packed)
        kept, dropped = thinned([*(one for one in known if one.key != key), Made(_next_turn(known), key)])
        for one in dropped:
            self._archive.delete(one.key)
        fact = [[one.turn, one.key] for one in kept]
        self._work.database.write(lambda connection: put_fact(connection, FACT, fact))
        log.info("the database was copied into the archive", key=key)

    def _put(self, key: str, packed: Path) -> None:
        with packed.open("rb") as file:
            digest = PhotoId(hashlib.file_digest(file, "sha256").hexdigest())
        size_bytes = packed.stat().st_size

        def put() -> None:
            self._archive.put_original(
                key, packed, photo_id=digest, size_bytes=size_bytes, media_type="application/zstd"
            )

        try:
            put()
        except KeyTaken:  # an earlier one of the same day
            self._archive.delete(key)
            put()


def packed_copy(database: Path, folder: Path) -> Path:
    """A copy of the database in `folder`: without secrets, checked, compressed.

    Raises:
        DatabaseUnusable: The copy is damaged, and so is the database, most likely.
        OSError: There is no room.
        sqlite3.Error: The same, or the database cannot be read.
    """
    whole, clean, packed = folder / "whole", folder / "clean", folder / "packed"
    copy_database(database, whole)
    without_secrets(whole, clean)
    whole.unlink()
    check_copy(clean)
    compress(clean, packed)
    return packed


def thinned(made: Sequence[Made]) -> tuple[list[Made], list[Made]]:
    """Those that are kept, and those that are not, of copies in the order in which they were made. Pure."""
    older, last = list(made[:-DAILY]), list(made[-DAILY:])
    weekly = [one for one in older if one.turn % A_WEEK == 0][-WEEKLY:]
    return [*weekly, *last], [one for one in older if one not in weekly]


def listed(archive: Archive) -> list[str]:
    """The keys of the copies that lie in an archive, the newest last by what the archive says of the time."""
    found = [one for one in archive.list(FOLDER) if COPY.fullmatch(one.key)]
    return [one.key for one in sorted(found, key=lambda one: (one.modified_at, one.key))]


def _older(archive: Archive, key: str) -> list[Made]:
    """Copies that this database does not know of, as it is new itself: each counts as a week's."""
    return [Made(A_WEEK * turn, one) for turn, one in enumerate(listed(archive), start=1) if one != key]


def _next_turn(known: Sequence[Made]) -> int:
    return known[-1].turn + 1 if known else 1


def _read(fact: object) -> list[Made]:
    return [Made(int(turn), str(key)) for turn, key in fact] if isinstance(fact, list) else []


@contextmanager
def _scratch(database: Path) -> Iterator[Path]:
    """A folder for this alone beside the database; what an earlier one left when the power went is removed.

    Raises:
        OSError: There is no room for a copy.
    """
    for litter in database.parent.glob(f"{LITTER}*"):
        shutil.rmtree(litter, ignore_errors=True)
    needed = database.stat().st_size * ROOM
    if shutil.disk_usage(database.parent).free < needed:
        raise OSError(
            errno.ENOSPC, f"a copy of the database needs {needed >> 20} MiB for a while", str(database.parent)
        )
    with tempfile.TemporaryDirectory(dir=database.parent, prefix=LITTER) as folder:
        yield Path(folder)
