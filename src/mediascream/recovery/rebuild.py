"""A database made from the archive alone, or brought up to date from it.

Sidecars are read in parallel, some hundred places at a time, and each such batch is one transaction: killed at any
moment, it is run again and passes over what it has. While it is under way the database says so, and nobody serves from
half of a library. The archive is only read.
"""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from mediascream.archive.keys import ORIGINALS, parse_original_key
from mediascream.archive.marker import mark, read_library_id
from mediascream.errors import CannotStart, DeliveryError, DocumentTooNew, DocumentUnreadable
from mediascream.library.facts import get_fact, put_fact
from mediascream.library.recalling import keys_known
from mediascream.recovery.remembering import Problem, read_place
from mediascream.recovery.scan import Place, scan
from mediascream.recovery.summary import Summary, take_inventory
from mediascream.recovery.taking_in import Done, TakingIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import sqlalchemy as sa

    from mediascream.archive.base import Archive
    from mediascream.delivery.work import Work
    from mediascream.photo import DestinationName
    from mediascream.recovery.remembering import Memory

UNDER_WAY: Final = "rebuilding"
"""The fact that says so, from the first row to the last."""

LIBRARY_ID: Final = "library_id"
BATCH = 256
READERS = 24
"""A bucket answers in its own time, whoever else asks; a folder is faster than any number of these."""


class Rebuild:
    """One run over the archives of a library.

    Args:
        archives: The one in use first.
        spool: The folder in which bytes may lie that no archive has.
        renditions: The folder that `renditions/…` lies in.
        progress: Told the summary after each batch.
    """

    def __init__(
        self,
        work: Work,
        archives: Mapping[DestinationName, Archive],
        *,
        spool: Path,
        renditions: Path,
        progress: Callable[[Summary], None] = lambda _summary: None,
    ) -> None:
        self._work = work
        self._database = work.database
        self._archives = archives
        self._archive = next(iter(archives.values()))
        self._spool = spool
        self._renditions = renditions
        self._progress = progress

    def run(self) -> Summary:
        """Take in whatever the archives know. What was taken in before stays.

        Raises:
            CannotStart: The database is another library's, or the archive cannot be read, or not by this version; one
                line says which.
        """
        try:
            return self._run()
        except DocumentTooNew as error:
            msg = f"the archive {self._archive.place} was last written to by a newer version of Mediascream: {error.detail}"
            raise CannotStart(msg) from error
        except DeliveryError as error:
            msg = (
                f"the archive {self._archive.place} cannot be read: {error.detail}; run the same command again to go on"
            )
            raise CannotStart(msg) from error

    def _run(self) -> Summary:
        owner = self._owner()
        with self._database.reading() as connection:
            summary = Summary(take_inventory(connection))
            copied_at = under_way(connection)
            own = get_fact(connection, LIBRARY_ID)
        self._refuse_stranger(owner, own, summary)
        library_id = owner or own or str(uuid.uuid4())
        self._database.write(begin)
        for archive in self._archives.values():
            if archive is self._archive or _is_of(archive, library_id):
                self._take_in(archive, summary, copied_at)
        if owner is None:
            mark(self._archive, library_id)
        self._database.write(lambda connection: _end(connection, library_id))
        with self._database.reading() as connection:
            summary.after = take_inventory(connection)
        return summary

    def _owner(self) -> str | None:
        """Whose the archive is; None where its marker was lost, too.

        Raises:
            CannotStart: Its marker cannot be read, or there is nothing.
            DocumentTooNew: Its marker is of a newer version.
        """
        try:
            owner = read_library_id(self._archive)
        except DocumentTooNew:
            raise
        except DocumentUnreadable as error:
            msg = f"the archive {self._archive.place} cannot be used: {error.detail}; moved away, the file is made anew"
            raise CannotStart(msg) from error
        if owner is None and next(self._archive.list(ORIGINALS), None) is None:
            msg = f"the archive {self._archive.place} holds nothing; do the settings name the right one?"
            raise CannotStart(msg)
        return owner

    def _refuse_stranger(self, owner: str | None, own: str | None, summary: Summary) -> None:
        if not summary.before.empty and own is not None and owner is not None and own != owner:
            msg = (
                f"the database holds another library ({own}) than the archive {self._archive.place} ({owner}): move the "
                "database away, or set DB_FILE to a new one"
            )
            raise CannotStart(msg)

    def _take_in(self, archive: Archive, summary: Summary, copied_at: datetime | None) -> None:
        taking_in = TakingIn(
            work=self._work,
            archive=archive.name,
            present=archive is self._archive,
            copied_at=copied_at,
            spool=self._spool,
            renditions=self._renditions,
        )
        with ThreadPoolExecutor(READERS, thread_name_prefix="rebuild") as readers:
            for places in _batches(self._ours(archive, summary)):
                wanted = places if copied_at is not None else self._unknown(archive.name, places)
                memories = list(readers.map(lambda place: read_place(archive, place), wanted))
                self._write(taking_in, memories, summary)
                self._progress(summary)

    def _ours(self, archive: Archive, summary: Summary) -> Iterator[Place]:
        for one in scan(archive):
            summary.seen += 1
            if isinstance(one, Place):
                yield one
            else:
                summary.note(Problem.FOREIGN, one.key)

    def _unknown(self, name: DestinationName, places: list[Place]) -> list[Place]:
        parsed = {place.key: parse_original_key(place.key) for place in places}
        digits = {key: one.digits for key, one in parsed.items() if one is not None}
        with self._database.reading() as connection:
            known = keys_known(connection, name, digits)
        return [place for place in places if place.key not in known]

    def _write(self, taking_in: TakingIn, memories: list[Memory], summary: Summary) -> None:
        if not memories:
            return
        outcomes = self._database.write(
            lambda connection: [taking_in.take_in(connection, memory) for memory in memories]
        )
        for memory, (done, problem) in zip(memories, outcomes, strict=True):
            summary.taken_in += done is Done.NEW
            summary.changed += done is Done.CHANGED
            summary.note_memory(memory)
            if problem is not None:
                summary.note(*problem)


def begin(connection: sa.Connection, copied_at: datetime | None = None) -> None:
    """Say that the database is not whole yet; what was said before stays."""
    if get_fact(connection, UNDER_WAY) is None:
        put_fact(connection, UNDER_WAY, {"copied_at": copied_at.isoformat() if copied_at else None})


def under_way(connection: sa.Connection) -> datetime | None:
    """When the copy was made that is being brought up to date; None where there was none."""
    fact = get_fact(connection, UNDER_WAY) or {}
    return datetime.fromisoformat(fact["copied_at"]).astimezone(UTC) if fact.get("copied_at") else None


def refuse_half_a_library(connection: sa.Connection) -> None:
    """For whoever wants to work with the database.

    Raises:
        CannotStart: A rebuild of it was cut short.
    """
    if get_fact(connection, UNDER_WAY) is not None:
        msg = "this database is not whole, as a rebuild was cut short: run `mediascream rebuild --from archive`, which goes on"
        raise CannotStart(msg)


def _end(connection: sa.Connection, library_id: str) -> None:
    put_fact(connection, UNDER_WAY, None)
    put_fact(connection, LIBRARY_ID, library_id)


def _is_of(archive: Archive, library_id: str) -> bool:
    """Whether an older archive is this library's. One that cannot be asked is left out; the move to the new one goes on later."""
    try:
        return read_library_id(archive) == library_id
    except (DocumentUnreadable, DeliveryError):
        return False


def _batches(places: Iterable[Place]) -> Iterator[list[Place]]:
    left = iter(places)
    while batch := list(islice(left, BATCH)):
        yield batch
