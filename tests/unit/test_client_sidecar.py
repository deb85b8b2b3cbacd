"""What a photo program wrote beside a photo is sent along, and never keeps the photo from being sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediascream.client.sidecar import Notes, read_sidecar

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  exif:GPSLatitude="52,30.5N" exif:GPSLongitude="13,24,36W" exif:DateTimeOriginal="2026-11-24T10:00:00+02:00">
 <dc:subject><rdf:Bag><rdf:li>vegas</rdf:li><rdf:li> travel </rdf:li><rdf:li/></rdf:Bag></dc:subject>
 <dc:description><rdf:Alt><rdf:li xml:lang="x-default">A view &amp; more</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def beside(tmp_path: Path, name: str, content: str) -> Notes:
    (tmp_path / name).write_text(content, encoding="utf-8")
    return read_sidecar(str(tmp_path / "DSC1.JPG"))


@pytest.mark.parametrize("name", ["DSC1.JPG.xmp", "DSC1.xmp", "DSC1.XMP"])
def test_keywords_description_date_and_place_are_read(tmp_path: Path, name: str) -> None:
    assert beside(tmp_path, name, WHOLE) == Notes(
        tags=("vegas", "travel"),
        description="A view & more",
        taken_at="2026-11-24T10:00:00+02:00",
        latitude="52.5083333",
        longitude="-13.4100000",
    )


def test_values_in_elements_are_read_like_those_in_attributes(tmp_path: Path) -> None:
    inside = WHOLE.replace(' exif:DateTimeOriginal="2026-11-24T10:00:00+02:00"', "").replace(
        " <dc:subject>", "<exif:DateTimeOriginal>2025-01-02T03:04:05</exif:DateTimeOriginal><dc:subject>"
    )

    assert beside(tmp_path, "DSC1.xmp", inside).taken_at == "2025-01-02T03:04:05"


def test_the_sidecar_of_this_very_file_is_taken_before_that_of_its_twin(tmp_path: Path) -> None:
    (tmp_path / "DSC1.JPG.xmp").write_text(WHOLE.replace("vegas", "jpeg"))

    assert beside(tmp_path, "DSC1.xmp", WHOLE.replace("vegas", "raw")).tags[0] == "jpeg"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no xml",
        WHOLE[:300],
        '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    ],
)
def test_a_sidecar_that_is_damaged_or_hostile_says_nothing(tmp_path: Path, content: str) -> None:
    assert beside(tmp_path, "DSC1.xmp", content) == Notes()


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("52,30.5N", "95,0N"),
        ("52,30.5N", "somewhere"),
        ("13,24,36W", ""),
    ],
)
def test_half_a_place_or_one_off_the_globe_is_left_out(tmp_path: Path, was: str, now: str) -> None:
    notes = beside(tmp_path, "DSC1.xmp", WHOLE.replace(was, now))

    assert (notes.latitude, notes.longitude) == ("", "")
    assert notes.tags


@pytest.mark.parametrize("date", ["2026", "2026-11", "2026-13-41T10:00:00", "yesterday"])
def test_what_is_no_moment_is_left_out(tmp_path: Path, date: str) -> None:
    assert not beside(tmp_path, "DSC1.xmp", WHOLE.replace("2026-11-24T10:00:00+02:00", date)).taken_at


def test_tags_that_a_server_would_refuse_are_left_out(tmp_path: Path) -> None:
    assert beside(tmp_path, "DSC1.xmp", WHOLE.replace("vegas", "v" * 101)).tags == ("travel",)


def test_no_sidecar_says_nothing(tmp_path: Path) -> None:
    assert read_sidecar(str(tmp_path / "DSC1.JPG")) == Notes()


def test_a_name_that_has_no_room_for_an_ending_says_nothing(tmp_path: Path) -> None:
    assert read_sidecar(str(tmp_path / ("a" * 251 + ".jpg"))) == Notes()
