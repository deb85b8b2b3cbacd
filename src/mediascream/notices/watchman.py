"""Looks every minute whether something needs a person, and tells; a thread of its own that nothing waits for."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from mediascream.library.facts import get_fact, put_fact
from mediascream.library.moments import to_ms
from mediascream.notices.book import FACT, Book, Entry, advance, as_fact, read_book, settle, take
from mediascream.notices.conditions import Condition, conditions, look
from mediascream.notices.telling import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import sqlalchemy as sa

    from mediascream.database import Database
    from mediascream.folders import Room
    from mediascream.notices.telling import Telling

EVERY_S: Final = 60.0

log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at.

    Attributes:
        rooms: Looks at the disks that must have room.
    """

    database: Database
    rooms: Callable[[], Sequence[Room]]
    quiet_days: int
    now: Callable[[], datetime] = _utc_now


class Watchman:
    """Of several workers on one database each may have one: what is due is taken by the first."""

    def __init__(self, watched: Watched, telling: Telling) -> None:
        self._watched = watched
        self._telling = telling
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchman", daemon=True)

    def start(self) -> None:
        """Look now, and every minute from then on."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no more rounds. A message on its way is waited for a moment only: the next start settles the rest."""
        self._stopped.set()
        self._thread.join(timeout=1)

    def round(self) -> None:
        """Look, write down what is to be told, tell it, and write down how that went."""
        for key, begun in self._take_due().items():
            if self._stopped.is_set():
                return
            failures = self._telling.tell(Message(key, begun.title, begun.text, begun.ended), begun.left)
            for problem in failures.values():
                log.warning("a notice could not be sent; it is tried again", notice=key, problem=problem)
            self._settle(key, begun, failures)

    def _take_due(self) -> dict[str, Entry]:
        now_ms = to_ms(self._watched.now())
        rooms = self._watched.rooms()  # before, for a disk that hangs must not hold up the writer

        def act(connection: sa.Connection) -> dict[str, Entry]:
            before = read_book(get_fact(connection, FACT))
            found = self._look(connection, before, rooms)
            after, due = take(advance(before, found, self._telling.marks, now_ms), now_ms)
            if after != before:
                put_fact(connection, FACT, as_fact(after))
            return due

        return self._watched.database.write(act)

    def _look(self, connection: sa.Connection, book: Book, rooms: Sequence[Room]) -> dict[str, Condition]:
        return conditions(
            look(connection),
            rooms,
            now=self._watched.now(),
            quiet_days=self._watched.quiet_days,
            known={key for key, entry in book.items() if not entry.ended},
        )

    def _settle(self, key: str, begun: Entry, failures: Mapping[str, str]) -> None:
        def act(connection: sa.Connection) -> None:
            book = read_book(get_fact(connection, FACT))
            put_fact(connection, FACT, as_fact(settle(book, key, begun, failures)))

        self._watched.database.write(act)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.round()
            except Exception:
                if not self._stopped.is_set():
                    log.exception("looking for what needs a person failed; it is done again in a minute")
            self._stopped.wait(EVERY_S)
