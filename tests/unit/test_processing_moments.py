"""Moments and places as the many writers write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.photo import Location
from mediascream.processing.moments import Moment, choose_moment, parse_moment, parse_offset, parse_video_moment
from mediascream.processing.places import believable, from_degrees, parse_iso6709, parse_xmp_coordinate

LOCAL = datetime(2024, 2, 29, 23, 59, 58)  # noqa: DTZ001  (a wall clock, as all here)
MOMENTS = {
    "2024:02:29 23:59:58": Moment(LOCAL),
    "  2024:02:29 23:59:58 ": Moment(LOCAL),
    "2024-02-29T23:59:58Z": Moment(LOCAL, 0),
    "2024-02-29T23:59:58+05:45": Moment(LOCAL, 345),
    "2024-02-29T23:59:58.25-0330": Moment(LOCAL.replace(microsecond=250_000), -210),
    "2024:02:29 23:59:58.1234567": Moment(LOCAL.replace(microsecond=123_456)),
    "20240229 235958+0100": Moment(LOCAL, 60),
    "2024-02-29T23:59": Moment(LOCAL.replace(second=0)),
    "2024-02-29": Moment(LOCAL.replace(hour=0, minute=0, second=0), whole_day=True),
}
NO_MOMENTS = [
    "",
    None,
    "0000:00:00 00:00:00",
    "2023:02:29 00:00:00",
    "2024:02:30 25:00:00",
    "2024",
    "2024-02",
    "9999:01:01 00:00:00",
    "1601:01:01 00:00:00",
    "2024:02:29 23:59:58 and more",
    "yesterday",
]


@pytest.mark.parametrize(("text", "moment"), MOMENTS.items())
def test_a_moment_is_read_as_it_was_written(text: str, moment: Moment) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", NO_MOMENTS)
def test_what_is_no_moment_is_none(text: str | None) -> None:
    assert parse_moment(text) is None


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    found = parse_moment(text, offset=text, fraction=text)
    assert found is None or found.local.year >= 1800


def test_offset_and_fraction_may_stand_elsewhere() -> None:
    found = parse_moment("2024:02:29 23:59:58", offset="+02:00", fraction="5 ")
    assert found == Moment(LOCAL.replace(microsecond=500_000), 120)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("+02:00", 120),
        ("-0330", -210),
        ("Z", 0),
        ("+15:00", None),
        ("+02:75", None),
        ("2", None),
        ("", None),
        (None, None),
    ],
)
def test_an_offset_is_read_or_none(text: str | None, minutes: int | None) -> None:
    assert parse_offset(text) == minutes


def test_a_video_s_utc_is_no_offset_of_the_place() -> None:
    assert parse_video_moment("2024-02-29T23:59:58.000000Z") == Moment(LOCAL)
    assert parse_video_moment("2024-02-29T23:59:58+0100") == Moment(LOCAL, 60)
    assert parse_video_moment("1904-01-01T00:00:00.000000Z") is None


def test_the_first_moment_there_is_counts() -> None:
    assert choose_moment([None, Moment(LOCAL, 60), Moment(LOCAL.replace(year=1996))]) == Moment(LOCAL, 60)
    assert choose_moment([None, None]) is None


def test_a_day_is_made_exact_by_another_of_the_same_day_only() -> None:
    day = Moment(datetime(2024, 2, 29), whole_day=True)  # noqa: DTZ001
    assert choose_moment([day, Moment(LOCAL, 60)]) == Moment(LOCAL, 60)
    assert choose_moment([day, Moment(LOCAL.replace(day=28))]) == day


def test_a_lacking_offset_is_taken_from_another_of_the_same_second() -> None:
    other = Moment(LOCAL.replace(microsecond=5), 120)
    assert choose_moment([Moment(LOCAL), other]) == Moment(LOCAL, 120)
    assert choose_moment([Moment(LOCAL), Moment(LOCAL.replace(second=1), 120)]) == Moment(LOCAL)


def test_satellites_are_believed_before_an_editing_program() -> None:
    utc = LOCAL.replace(tzinfo=UTC, hour=18, minute=29)
    assert choose_moment([Moment(LOCAL), Moment(LOCAL, 60)], utc=utc) == Moment(LOCAL, 330)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("48,51.505N", 48.858417),
        ("2,17,40.2E", 2.294500),
        ("48,51.505S", -48.858417),
        ("2.2945W", -2.2945),
        ("48", None),
        ("x", None),
    ],
)
def test_xmp_coordinates_are_read(text: str, degrees: float | None) -> None:
    assert parse_xmp_coordinate(text) == (None if degrees is None else pytest.approx(degrees, abs=1e-6))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("+48.8577+002.2950/", Location(48.8577, 2.295)),
        ("-33.8688+151.2093+012.345/", Location(-33.8688, 151.2093)),
        ("+48.8577+002.2950+035.2CRSWGS_84/", Location(48.8577, 2.295)),
        ("+00.0000+000.0000/", None),
        ("+98.0000+002.0000/", None),
        ("somewhere", None),
    ],
)
def test_iso_6709_is_read(text: str, place: Location | None) -> None:
    assert parse_iso6709(text) == place


def test_a_place_needs_both_parts_within_the_earth() -> None:
    assert believable(90.0, -180.0) == Location(90, -180)
    assert [believable(*parts) for parts in ((90.1, 0), (0, 180.1), (None, 1), (1, None), (float("nan"), 1))] == [
        None
    ] * 5


def test_degrees_need_a_hemisphere() -> None:
    assert from_degrees([48, 30], "n") == 48.5
    assert [from_degrees([48], wrong) for wrong in (None, "", "X")] == [None] * 3
    assert from_degrees([float("nan"), 1, 2], "N") is None
