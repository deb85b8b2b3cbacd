"""Which JSON of a Takeout belongs to which photo, and what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.client.takeout import TakeoutNotes, as_tag, is_album, pair, read_notes

LONG = "PXL_20240101_120000000_a_very_long_name_of_a_file_indeed.jpg"


def paired(*names: str, titles: dict[str, str] | None = None) -> dict[str, str]:
    """Pairs among the files of one folder; a JSON's title is what `titles` says, or nothing."""
    notes = {name: TakeoutNotes(title=(titles or {}).get(name, "")) for name in names if name.endswith(".json")}
    return pair([name for name in names if not name.endswith(".json")], notes)


@pytest.mark.parametrize(
    ("file", "notes"),
    [
        ("IMG_1.jpg", "IMG_1.jpg.json"),
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json"),
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-me.json"),
        ("IMG_1.jpg", "IMG_1.jpg.s.json"),
        ("IMG_1.jpg", "IMG_1.jpg..json"),
        ("IMG_1(2).jpg", "IMG_1.jpg(2).json"),
        ("IMG_1(2).jpg", "IMG_1.jpg.supplemental-metadata(2).json"),
        ("IMG_1-edited.jpg", "IMG_1.jpg.json"),
        ("IMG_1-bearbeitet(1).jpg", "IMG_1.jpg(1).json"),
        ("IMG_1-編集済み.jpg", "IMG_1.jpg.supplemental-metadata.json"),
        ("IMG_1.MP4", "IMG_1.HEIC.json"),
        ("IMG_1.mov", "IMG_1.HEIC.supplemental-metadata.json"),
        ("PXL_1.MP", "PXL_1.MP.jpg.json"),
        ("clip.mp4", "clip.mp4.json"),
        (LONG[:47] + ".jpg", LONG[:46] + ".json"),
        ("with.dots.in.it.jpg", "with.dots.in.it.jpg.json"),
        ("brackets (in) the name.jpg", "brackets (in) the name.jpg.json"),
        ("ends(3).jpg", "ends(3).jpg.json"),
    ],
)
def test_notes_are_found_under_each_name_that_takeout_gives_them(file: str, notes: str) -> None:
    assert paired(file, notes) == {file: notes}


def test_a_number_tells_files_of_one_name_apart() -> None:
    names = ("IMG_1.jpg", "IMG_1(1).jpg", "IMG_1.jpg.json", "IMG_1.jpg(1).json", "IMG_1(2).jpg")
    assert paired(*names) == {"IMG_1.jpg": "IMG_1.jpg.json", "IMG_1(1).jpg": "IMG_1.jpg(1).json"}


def test_a_photo_and_its_edited_version_have_the_same_notes() -> None:
    assert paired("a.jpg", "a-edited.jpg", "a.jpg.json") == {"a.jpg": "a.jpg.json", "a-edited.jpg": "a.jpg.json"}


def test_a_video_of_its_own_does_not_take_the_notes_of_a_photo() -> None:
    found = paired("a.jpg", "a.mp4", "a.jpg.json", "a.mp4.json")
    assert found == {"a.jpg": "a.jpg.json", "a.mp4": "a.mp4.json"}


def test_a_title_with_letters_that_no_file_may_have_finds_its_file() -> None:
    assert paired("a_b_c.jpg", "x.json", titles={"x.json": "a&b?c.jpg"}) == {"a_b_c.jpg": "x.json"}


def test_files_without_notes_are_left_out() -> None:
    assert paired("a.jpg", "b.jpg.json", "IMG_10.jpg", "IMG_1.jpg.json") == {}


NOTES = {
    "title": "IMG_1.jpg",
    "description": " On the roof ",
    "photoTakenTime": {"timestamp": "1400000000", "formatted": "13.05.2014, 16:53:20 UTC"},
    "geoData": {"latitude": 0.0, "longitude": 0.0},
    "geoDataExif": {"latitude": 52.5, "longitude": -13.25, "altitude": 0.0},
    "people": [{"name": "Ada, Countess"}, {"name": ""}, {}],
    "favorited": True,
}


def read(**changes: Any) -> TakeoutNotes | str | None:
    return read_notes(json.dumps(NOTES | changes).encode())


def test_notes_tell_date_place_description_people_and_favourites() -> None:
    found = read()
    assert isinstance(found, TakeoutNotes)
    assert (found.taken_at, found.latitude, found.longitude) == ("2014-05-13T16:53:20Z", "52.5000000", "-13.2500000")
    assert (found.description, found.tags, found.trashed) == ("On the roof", ("Ada Countess", "favourite"), False)


def test_nowhere_is_not_a_place_and_the_epoch_before_1970_is_a_time() -> None:
    found = read(geoDataExif={"latitude": 0, "longitude": 0}, photoTakenTime={"timestamp": "-86400"})
    assert isinstance(found, TakeoutNotes)
    assert (found.latitude, found.taken_at) == ("", "1969-12-31T00:00:00Z")


def test_an_album_has_a_title_and_a_year_is_none() -> None:
    album = {"title": "Summer 2020", "description": "", "access": "protected", "date": {"timestamp": "1"}}
    assert read_notes(json.dumps(album).encode()) == "Summer 2020"
    assert is_album("Summer 2020")
    assert not any(map(is_album, ("", "Photos from 2020", "Fotos von 2019", "Фото за 2011")))


def test_a_name_becomes_a_tag_of_one_line_without_commas() -> None:
    assert as_tag(" Rome,\n Spring\x07 ") == "Rome Spring"
    assert len(as_tag("é" * 300)) == 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted(NOTES)) | st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_no_json_breaks_the_reader(said: object) -> None:
    found = read_notes(json.dumps(said).encode())
    assert found is None or isinstance(found, TakeoutNotes | str)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    assert read_notes(content) is None or content.strip()


@given(st.lists(st.text(min_size=1, max_size=60), max_size=8))
def test_no_names_break_the_pairing(names: list[str]) -> None:
    found = pair(names, {f"{name}.json": TakeoutNotes(title=name) for name in names})
    assert set(found) <= set(names)
