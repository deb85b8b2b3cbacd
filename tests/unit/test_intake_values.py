from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.errors import FieldInvalid, MediascreamError, SkipUnknown
from mediascream.intake.values import SenderValues, clean_tags, read_values
from mediascream.photo import DestinationName, Location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def one(name: str, value: str) -> SenderValues:
    return read_values({name: [value]})


def test_nothing_said_is_nothing_assumed() -> None:
    assert read_values({}) == SenderValues()
    assert read_values({"description": [""], "taken_at": [" "], "tags": [""], "skip": [""]}) == SenderValues()


def test_names_that_are_not_ours_mean_nothing() -> None:
    assert read_values({"submit": ["Upload"], "album": ["Vegas"]}) == SenderValues()


def test_tags_are_split_trimmed_and_kept_in_order() -> None:
    assert read_values({"tags": ["vegas, travel ", "b&w,,  new york"]}).tags == ("vegas", "travel", "b&w", "new york")


def test_the_first_spelling_of_a_tag_stays() -> None:
    assert clean_tags(["Straße", "STRASSE", "straße", "Vegas", "vegas"]) == ("Straße", "Vegas")


def test_tags_are_composed_unicode() -> None:
    assert clean_tags([unicodedata.normalize("NFD", "Zürich"), "zürich"]) == ("Zürich",)


def test_a_tag_may_have_a_hundred_characters_and_no_more() -> None:
    assert clean_tags(["é" * 100]) == ("é" * 100,)
    with pytest.raises(FieldInvalid, match="tags"):
        clean_tags(["é" * 101])


@pytest.mark.parametrize("tag", ["a\0b", "a\nb", "a\x7fb", "a\ud800b"])
def test_a_control_character_in_a_tag_is_refused(tag: str) -> None:
    with pytest.raises(FieldInvalid, match="control character"):
        clean_tags([tag])


def test_too_many_tags_are_refused() -> None:
    with pytest.raises(FieldInvalid, match="1001"):
        clean_tags(map(str, range(1001)))


def test_services_can_be_skipped_in_any_spelling_of_the_list() -> None:
    both = (DestinationName.FLICKR, DestinationName.GPHOTOS)
    assert one("skip", "gphotos, Flickr").skip == both
    assert read_values({"skip": ["gphotos", "flickr", "flickr"]}).skip == both


@pytest.mark.parametrize("name", ["s3", "folder", "instagram", "flickr gphotos"])
def test_what_cannot_be_skipped_is_refused_with_the_names_that_can(name: str) -> None:
    with pytest.raises(SkipUnknown, match=f"flickr, gphotos; it does not take {name}"):
        one("skip", f"flickr,{name}")


@pytest.mark.parametrize(
    ("text", "wall_clock", "offset_min"),
    [
        ("2026-11-24T18:30:00Z", "2026-11-24T18:30:00", 0),
        ("2026-11-24T18:30:00+05:45", "2026-11-24T18:30:00", 345),
        ("2026-11-24T18:30:00 01:00", "2026-11-24T18:30:00", 60),
        ("2026-11-24t18:30:00-0330", "2026-11-24T18:30:00", -210),
        ("2026-11-24 18:30", "2026-11-24T18:30:00", None),
        ("2026-11-24T18:30:01.1234567", "2026-11-24T18:30:01.123456", None),
    ],
)
def test_the_moment_a_photo_was_taken_keeps_its_wall_clock(text: str, wall_clock: str, offset_min: int | None) -> None:
    taken_at = one("taken_at", text).taken_at
    assert taken_at is not None
    assert taken_at.replace(tzinfo=None).isoformat() == wall_clock
    assert taken_at.utcoffset() == (None if offset_min is None else timedelta(minutes=offset_min))


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2026-11-24", "2026-13-01T00:00:00Z", "2026-11-24T25:00:00Z", "1764000000", "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:59-14:00", "2026-11-24T18:30:00+99:00", "٢٠٢٦-11-24T18:30:00Z"],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(FieldInvalid, match="taken_at: must be a moment"):
        one("taken_at", text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1764000000", datetime(2025, 11, 24, 16, 0, tzinfo=UTC)),
        ("1764000000.5", datetime(2025, 11, 24, 16, 0, 0, 500_000, tzinfo=UTC)),
        ("-86400", datetime(1969, 12, 31, tzinfo=UTC)),
        ("2025-11-24T17:00:00+01:00", datetime(2025, 11, 24, 16, 0, tzinfo=UTC)),
        ("2025-11-24T16:00:00", datetime(2025, 11, 24, 16, 0, tzinfo=UTC)),
    ],
)
def test_the_age_of_a_file_is_a_moment_or_epoch_seconds(text: str, moment: datetime) -> None:
    assert one("modified_at", text).modified_at == moment


@pytest.mark.parametrize("text", ["999999999999", "1e9", "nan", "9999-12-31T23:59:59-14:00"])
def test_an_age_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(FieldInvalid, match="modified_at"):
        one("modified_at", text)


def test_a_place_is_two_numbers() -> None:
    assert read_values({"latitude": ["-33.86"], "longitude": ["151.2"]}).location == Location(-33.86, 151.2)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("91", "0"), ("0", "-180.1"), ("nan", "0"), ("0", "inf"), ("north", "0"), ("12", ""), ("", "12")],
)
def test_half_a_place_or_one_off_the_map_is_refused(latitude: str, longitude: str) -> None:
    with pytest.raises(FieldInvalid, match="itude"):
        read_values({"latitude": [latitude], "longitude": [longitude]})


@pytest.mark.parametrize(("text", "on"), [("true", True), ("1", True), ("On", True), ("false", False), ("0", False)])
def test_switches_are_read(text: str, on: bool) -> None:
    assert one("override", text).override is on
    assert one("restore", text).restore is on


def test_a_switch_that_is_neither_on_nor_off_is_refused() -> None:
    with pytest.raises(FieldInvalid, match="override: must be true or false"):
        one("override", "maybe")


def test_one_value_may_be_repeated_but_not_contradicted() -> None:
    assert read_values({"description": ["At sea", "At sea "]}).description == "At sea"
    with pytest.raises(FieldInvalid, match="description: given more than once"):
        read_values({"description": ["At sea", "On land"]})


def test_a_description_may_have_lines_but_no_nul() -> None:
    assert one("description", "a\nb").description == "a\nb"
    with pytest.raises(FieldInvalid, match="description"):
        one("description", "a\0b")


NAMES = ["tags", "skip", "description", "taken_at", "latitude", "longitude", "modified_at", "override", "restore"]
VALUES = st.lists(st.text(max_size=30) | st.datetimes().map(str) | st.floats().map(str), max_size=2)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, VALUES)))
def test_whatever_is_sent_is_understood_or_refused_in_words(texts: Mapping[str, Sequence[str]]) -> None:
    try:
        values = read_values(texts)
    except MediascreamError:
        return
    assert clean_tags(values.tags) == values.tags
