"""When, where and what: who is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.library.moments import (
    believable,
    from_ms,
    sort_key,
    to_local,
    to_ms,
    what_described,
    when_taken,
    where_taken,
)
from mediascream.library.records import Said
from mediascream.photo import Location, Metadata, TakenSource

ADDED = datetime(2026, 11, 24, 12, tzinfo=UTC)
MODIFIED = datetime(2025, 5, 5, 5, tzinfo=UTC)
IN_FILE = datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001 - the wall clock of the place
BY_SENDER = datetime(2023, 7, 8, 9, 10, 11, tzinfo=timezone(timedelta(hours=-5)))
HERE, THERE = Location(1.0, 2.0), Location(3.0, 4.0)


def source(metadata: Metadata, said: Said, *, modified_at: datetime | None = MODIFIED) -> TakenSource:
    return when_taken(metadata, said, modified_at=modified_at, added_at=ADDED).source


def test_the_file_is_believed_before_the_sender() -> None:
    assert source(Metadata(taken_local=IN_FILE), Said(taken_at=BY_SENDER)) is TakenSource.EXIF


@pytest.mark.parametrize("first", [{"override": True}, {"edited": frozenset({"taken_at"})}])
def test_a_sender_who_insists_and_a_person_who_corrects_are_believed_before_the_file(first: dict[str, Any]) -> None:
    said = Said(taken_at=BY_SENDER, **first)
    assert source(Metadata(taken_local=IN_FILE), said) is TakenSource.SENDER


def test_an_undated_photo_counts_by_its_sender_then_its_file_then_its_arrival() -> None:
    assert source(Metadata(), Said(taken_at=BY_SENDER)) is TakenSource.SENDER
    assert source(Metadata(), Said()) is TakenSource.MODIFIED
    assert source(Metadata(), Said(), modified_at=None) is TakenSource.ADDED


def test_insisting_without_a_date_leaves_the_file_believed() -> None:
    assert source(Metadata(taken_local=IN_FILE), Said(override=True)) is TakenSource.EXIF


def test_a_wall_clock_with_an_offset_is_a_moment() -> None:
    taken = when_taken(Metadata(taken_local=IN_FILE, taken_offset_min=90), Said(), modified_at=None, added_at=ADDED)
    assert (taken.at, taken.local, taken.offset_min) == (datetime(2024, 1, 2, 1, 34, 5, tzinfo=UTC), IN_FILE, 90)
    taken = when_taken(Metadata(), Said(taken_at=BY_SENDER), modified_at=None, added_at=ADDED)
    assert (taken.at, to_local(taken.local), taken.offset_min) == (BY_SENDER, "2023-07-08T09:10:11", -300)


def test_a_wall_clock_without_an_offset_is_read_as_utc() -> None:
    for metadata, said in (
        (Metadata(taken_local=IN_FILE), Said()),
        (Metadata(), Said(taken_at=IN_FILE)),
    ):
        taken = when_taken(metadata, said, modified_at=None, added_at=ADDED)
        assert (taken.at, taken.local, taken.offset_min) == (IN_FILE.replace(tzinfo=UTC), IN_FILE, None)


@given(
    local=st.datetimes(),
    offset_min=st.none() | st.integers(-2000, 2000),
    insists=st.booleans(),
    number=st.integers(1, 2**28 - 1),
)
def test_any_date_that_a_file_or_a_sender_can_tell_has_a_place(
    local: datetime, offset_min: int | None, insists: bool, number: int
) -> None:
    metadata = believable(Metadata(taken_local=local, taken_offset_min=offset_min))
    zone = timezone(timedelta(minutes=offset_min)) if offset_min and abs(offset_min) < 1440 else None
    said = Said(taken_at=local.replace(tzinfo=zone), override=insists)
    taken = when_taken(metadata, said, modified_at=None, added_at=ADDED)
    key = sort_key(to_ms(taken.at), number)
    assert -(2**63) <= key < 2**63
    assert key & (2**28 - 1) == number
    assert len(to_local(taken.local)) == len("2026-11-24T12:00:00")


@given(
    first=st.datetimes(datetime(900, 1, 1), datetime(3000, 1, 1)),  # noqa: DTZ001
    later_s=st.integers(1, 10**9),
    numbers=st.tuples(st.integers(1, 2**28 - 1), st.integers(1, 2**28 - 1)),
)
def test_what_was_taken_later_sorts_later(first: datetime, later_s: int, numbers: tuple[int, int]) -> None:
    first_ms = to_ms(first.replace(tzinfo=UTC))
    assert sort_key(first_ms, numbers[0]) < sort_key(first_ms + later_s * 1000, numbers[1])


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_survives_being_kept_to_the_millisecond(moment: datetime) -> None:
    assert from_ms(to_ms(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_the_place_follows_the_same_rule() -> None:
    metadata = Metadata(location=HERE)
    assert where_taken(metadata, Said(location=THERE)) == HERE
    assert where_taken(metadata, Said(location=THERE, override=True)) == THERE
    assert where_taken(metadata, Said(override=True)) == HERE
    assert where_taken(metadata, Said(location=THERE, edited=frozenset({"location"}))) == THERE
    assert where_taken(metadata, Said(edited=frozenset({"location"}))) is None
    assert where_taken(Metadata(), Said(location=THERE)) == THERE


def test_a_description_by_a_person_wins_and_an_empty_one_takes_it_away() -> None:
    metadata = Metadata(description="in the file")
    assert what_described(metadata, Said()) == "in the file"
    assert what_described(metadata, Said(description="sent")) == "sent"
    assert what_described(metadata, Said(edited=frozenset({"description"}))) is None


@pytest.mark.parametrize("place", [Location(91, 0), Location(0, 181), Location(float("nan"), 0), Location(0, -1e400)])
def test_a_place_that_is_not_on_earth_is_not_believed(place: Location) -> None:
    assert believable(Metadata(location=place)).location is None
