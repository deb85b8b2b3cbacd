"""What was told to whom, and what is to be told next. Pure; kept as one fact in the database.

An event is a condition from when it is first seen until it is gone. Each address hears of its beginning once, and of
its end once where it heard of the beginning. What is to be told is written down before it is told (`take`), and what
came of it afterwards (`settle`): where the process died between the two nobody knows, and it is told once more, but
never a third time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mediascream.notices.conditions import Condition

FACT: Final = "notices"
FIRST_WAIT_MS: Final = 60_000
LONGEST_WAIT_MS: Final = 6 * 3_600_000
FARTHEST_MS: Final = 3 * 24 * 3_600_000
"""Nothing is put off for longer: what is to be told later than that was planned by a clock that has been set back since."""
UNKNOWN_TWICE: Final = 2
_DOUBLINGS: Final = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One event.

    Attributes:
        since_ms: When it was first seen.
        ended: Whether it is over, and that is what is to be told.
        left: The addresses that are still to be told, by their marks.
        attempts: How often they were tried.
        unknown: Of the last attempts, how many began and left no word of how they ended.
        next_ms: Not to be tried before.
        error: What the last attempt met, without secrets.
    """

    title: str
    text: str
    since_ms: int
    left: tuple[str, ...]
    ended: bool = False
    attempts: int = 0
    unknown: int = 0
    next_ms: int = 0
    error: str | None = None


Book: TypeAlias = "dict[str, Entry]"


def read_book(fact: Any) -> Book:
    """The book from its fact; empty where there is none."""
    return {key: Entry(**(fields | {"left": tuple(fields["left"])})) for key, fields in (fact or {}).items()}


def as_fact(book: Mapping[str, Entry]) -> dict[str, Any]:
    """The book as JSON can hold it."""
    return {key: asdict(entry) | {"left": list(entry.left)} for key, entry in book.items()}


def advance(book: Book, found: Mapping[str, Condition], marks: Collection[str], now_ms: int) -> Book:
    """The book after a look: new events are begun, those that are gone end.

    `marks` are those of all addresses there are now; what was to be told to others is dropped.
    """
    events: Book = {}
    for key, entry in book.items():
        if key not in found:
            over = entry if entry.ended else _ended(entry, marks, now_ms)
            if left := tuple(mark for mark in over.left if mark in marks):
                events[key] = replace(over, left=left)
    for key, condition in found.items():
        old = book.get(key)
        if old is None or old.ended:
            next_ms = now_ms + round(condition.lasting_s * 1000)
            events[key] = Entry(condition.title, condition.text, now_ms, tuple(marks), next_ms=next_ms)
        else:
            left = tuple(mark for mark in old.left if mark in marks)
            events[key] = replace(old, title=condition.title, text=condition.text, left=left)
    return events


def _ended(entry: Entry, marks: Collection[str], now_ms: int) -> Entry:
    """What is to be told of an end: only to whom the beginning was told."""
    heard = tuple(mark for mark in marks if mark not in entry.left)
    return Entry(f"Over: {entry.title}", "It has ended.", now_ms, heard, ended=True)


def take(book: Book, now_ms: int) -> tuple[Book, dict[str, Entry]]:
    """What is due now, with the intent to tell it written down; what was begun twice without a word counts as told."""
    after, due = dict(book), {}
    for key, entry in book.items():
        if not entry.left or 0 < entry.next_ms - now_ms <= FARTHEST_MS:
            continue
        if entry.unknown >= UNKNOWN_TWICE:
            after[key] = replace(entry, left=(), unknown=0)
            continue
        wait_ms = min(FIRST_WAIT_MS << min(entry.attempts, _DOUBLINGS), LONGEST_WAIT_MS)
        begun = replace(entry, attempts=entry.attempts + 1, unknown=entry.unknown + 1, next_ms=now_ms + wait_ms)
        after[key] = due[key] = begun
    return after, due


def settle(book: Book, key: str, begun: Entry, failures: Mapping[str, str]) -> Book:
    """The book after an attempt; `failures` are marks of addresses, with what went wrong; the others were told."""
    entry = book.get(key)
    if entry is None or (entry.since_ms, entry.ended) != (begun.since_ms, begun.ended):
        return book  # another event by now
    left = tuple(mark for mark in entry.left if mark in failures)
    error = next(iter(failures.values()), None)
    settled = replace(entry, left=left, unknown=0, error=error)
    if settled.ended and not left:
        return {other: kept for other, kept in book.items() if other != key}
    return book | {key: settled}
