"""What a person is told, when, and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mediascream.folders import Room
from mediascream.library.checked import Checked
from mediascream.library.standing import Standing, Trouble
from mediascream.notices.book import Book, Entry, advance, as_fact, read_book, settle, take
from mediascream.notices.conditions import Condition, Seen, conditions
from mediascream.photo import DestinationName

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = 60_000
WELL = Seen([Standing(DestinationName.FLICKR)], {}, NOW, None)
BLOCKED = {"blocked:flickr": Condition("blocked:flickr", "flickr is blocked", "log in again")}


def keys(seen: Seen, *rooms: Room, quiet_days: int = 30, known: set[str] | None = None) -> list[str]:
    return list(conditions(seen, rooms, now=NOW, quiet_days=quiet_days, known=known or set()))


def test_where_all_is_well_nothing_is_told() -> None:
    assert keys(WELL, Room("spool", 10**11, 10**12)) == []


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (replace(WELL, standings=[Standing(DestinationName.S3, trouble=Trouble.BLOCKED, detail="x")]), ["blocked:s3"]),
        (replace(WELL, standings=[Standing(DestinationName.S3, trouble=Trouble.WAITING, detail="x")]), ["away:s3"]),
        (
            replace(WELL, standings=[Standing(DestinationName.FLICKR, trouble=Trouble.WAITING, detail="x")]),
            ["away:flickr"],
        ),
        (replace(WELL, stuck={DestinationName.FLICKR: 3}), ["failed:flickr"]),
        (replace(WELL, drill=Checked(NOW, 5, 1)), ["drill"]),
        (replace(WELL, drill=Checked(NOW, 5, 0)), []),
        (replace(WELL, newest=NOW - timedelta(days=31)), ["quiet"]),
        (replace(WELL, newest=None), []),
    ],
)
def test_what_needs_a_person_is_told_and_what_passes_is_not(seen: Seen, told: list[str]) -> None:
    assert keys(seen) == told


def test_quiet_days_can_be_switched_off() -> None:
    assert keys(replace(WELL, newest=NOW - timedelta(days=999)), quiet_days=0) == []


def test_room_that_came_back_by_a_hair_is_no_news() -> None:
    full, hair, much = (Room("spool", int(free * 2**30), 10**12) for free in (4, 6, 9))
    assert keys(WELL, full) == ["room:spool"]
    assert keys(WELL, hair) == []
    assert keys(WELL, hair, known={"room:spool"}) == ["room:spool"]
    assert keys(WELL, much, known={"room:spool"}) == []


class Told:
    """A book, an hour at a time; what was told is listed."""

    def __init__(self, *marks: str) -> None:
        self.book: Book = {}
        self.now_ms = 0
        self.marks = marks or ("a",)
        self.heard: list[tuple[str, str]] = []

    def round(self, found: dict[str, Condition], *, failing: dict[str, str] | None = None, dies: bool = False) -> None:
        self.now_ms += 60 * MINUTE
        self.book = read_book(as_fact(advance(self.book, found, self.marks, self.now_ms)))
        self.book, due = take(self.book, self.now_ms)
        for key, begun in due.items():
            failures = {mark: why for mark, why in (failing or {}).items() if mark in begun.left}
            self.heard += [(begun.title, mark) for mark in begun.left if mark not in failures]
            if not dies:
                self.book = settle(self.book, key, begun, failures)


def test_an_event_is_told_once_and_so_is_its_end() -> None:
    told = Told()
    for _ in range(5):
        told.round(BLOCKED)
    assert told.heard == [("flickr is blocked", "a")]
    for _ in range(3):
        told.round({})
    assert told.heard[1:] == [("Over: flickr is blocked", "a")]
    assert told.book == {}
    told.round(BLOCKED)
    assert told.heard[2:] == [("flickr is blocked", "a")]


def test_an_archive_that_is_away_is_told_of_after_a_day_and_not_where_it_came_back() -> None:
    away = conditions(
        replace(WELL, standings=[Standing(DestinationName.S3, trouble=Trouble.WAITING, detail="no network")]),
        [], now=NOW, quiet_days=0, known=(),
    )  # fmt: skip
    told = Told()
    for _ in range(24):
        told.round(away)
    assert told.heard == []
    told.round({})
    assert (told.heard, told.book) == ([], {})
    for _ in range(26):
        told.round(away)
    assert told.heard == [("The archive (s3) has been away for a day", "a")]


def test_a_service_that_is_away_is_told_of_after_three_days() -> None:
    standings = [Standing(DestinationName.FLICKR, trouble=Trouble.WAITING, detail="no network")]
    away = conditions(replace(WELL, standings=standings), [], now=NOW, quiet_days=0, known=())
    told = Told()
    for _ in range(3 * 24):
        told.round(away)
    assert told.heard == []
    for _ in range(2):
        told.round(away)
    assert told.heard == [("Nothing could be sent to flickr for three days", "a")]


def test_who_heard_it_does_not_hear_it_again_because_another_did_not() -> None:
    told = Told("a", "b")
    told.round(BLOCKED, failing={"b": "HTTP 500"})
    assert told.book["blocked:flickr"].error == "HTTP 500"
    told.now_ms += 10 * 60 * MINUTE
    told.round(BLOCKED)
    assert told.heard == [("flickr is blocked", "a"), ("flickr is blocked", "b")]
    assert told.book["blocked:flickr"].error is None


def test_what_ended_before_anybody_heard_of_it_is_never_told() -> None:
    told = Told()
    told.round(BLOCKED, failing={"a": "no network"})
    told.round({})
    assert (told.heard, told.book) == ([], {})


def test_an_address_that_does_not_answer_is_tried_less_and_less_often() -> None:
    book: Book = {"x": Entry("x", "x", 0, ("a",))}
    waits: list[int] = []
    for _ in range(12):
        now_ms = book["x"].next_ms
        book, due = take(book, now_ms)
        assert take(book, now_ms)[1] == {}
        waits.append((book["x"].next_ms - now_ms) // MINUTE)
        book = settle(book, "x", due["x"], {"a": "no network"})
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == 360


def test_after_a_crash_it_is_told_once_more_and_never_a_third_time() -> None:
    told = Told()
    for _ in range(9):
        told.round(BLOCKED, dies=True)
    assert told.heard == [("flickr is blocked", "a")] * 2


def test_a_clock_that_is_set_back_by_years_keeps_nothing_from_being_told() -> None:
    told = Told()
    told.now_ms = 10**12
    told.round(BLOCKED, failing={"a": "no network"})
    told.now_ms = 0
    told.round(BLOCKED)
    assert told.heard == [("flickr is blocked", "a")]


def test_an_address_that_is_no_longer_set_is_forgotten() -> None:
    told = Told("a", "b")
    told.round(BLOCKED, failing={"b": "gone"})
    told.marks = ("a",)
    told.round(BLOCKED)
    assert told.book["blocked:flickr"].left == ()


def test_an_answer_that_comes_late_does_not_touch_the_next_event() -> None:
    old: Any = Entry("x", "x", 1, ("a",))
    book = {"x": Entry("x", "x", 2, ("a",))}
    assert settle(book, "x", old, {}) == book
