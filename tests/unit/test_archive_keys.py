from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.archive import keys
from mediascream.photo import PhotoId

ID = PhotoId("3f9a1c2b7d5e" + "0" * 52)
DAY = date(2026, 11, 24)
ANY_NAME = st.text(st.characters(), max_size=400)
"""Every code point there is, lone surrogates too: a name that came from a file system may hold them."""


def key_for(file_name: str, *, full_digest: bool = False, ending: str = "jpg") -> str:
    return keys.original_key(photo_id=ID, file_name=file_name, ending=ending, day=DAY, full_digest=full_digest)


def test_a_key_tells_the_day_the_name_and_the_first_twelve_digits() -> None:
    assert key_for("DSC00647.JPG") == "originals/2026/11/24/DSC00647~3f9a1c2b7d5e.jpg"


def test_a_forged_key_gives_way_to_all_sixty_four_digits() -> None:
    assert key_for("DSC00647.JPG", full_digest=True) == f"originals/2026/11/24/DSC00647~{ID}.jpg"


def test_years_before_a_thousand_still_have_four_digits() -> None:
    key = keys.original_key(photo_id=ID, file_name="a.jpg", ending="jpg", day=date(33, 4, 3))
    assert key.startswith("originals/0033/04/03/")


def test_the_other_keys_are_those_of_the_contract() -> None:
    assert keys.MARKER_KEY == "mediascream.json"
    assert keys.sidecar_key(key_for("a.jpg")) == "originals/2026/11/24/a~3f9a1c2b7d5e.jpg.json"
    assert keys.rendition_key(ID, keys.Rendition.THUMB) == f"renditions/3f/9a/{ID}.thumb.webp"
    assert keys.rendition_key(ID, keys.Rendition.PREVIEW) == f"renditions/3f/9a/{ID}.preview.jpg"
    assert keys.database_key(DAY) == "database/2026-11-24.sqlite.zst"


@pytest.mark.parametrize(
    ("sent", "stem"),
    [
        ("DSC00647.JPG", "DSC00647"),
        ("Mr. Smith", "Mr. Smith"),
        ("holiday.tar.jpg", "holiday.tar"),
        ("../../etc/passwd.jpg", "_.._etc_passwd"),
        ("C:\\photos\\a.jpg", "C__photos_a"),
        ('a*?"<>|b.png', "a______b"),
        ("100% #1.jpg", "100_ _1"),
        (".hidden.jpg", "hidden"),
        ("trailing. .jpg", "trailing"),
        ("", "photo"),
        (" . ", "photo"),
        ("CON.jpg", "_CON"),
        ("nul.tar.jpg", "_nul.tar"),
        ("com¹.jpg", "_com¹"),
        ("console.jpg", "console"),
        ("line\nbreak\x00.jpg", "line_break_"),
        ("evil\u202egpj.exe.jpg", "evilgpj.exe"),
        ("zero\u200bwidth\ufeff.jpg", "zerowidth"),
        ("Cafe\u0301.jpg", "Café"),
        ("\ud83d.jpg", "_"),
        ("🏖️ Strand.jpg", "🏖️ Strand"),
        ("thin\u2009space.jpg", "thin space"),
    ],
)
def test_a_name_is_made_safe(sent: str, stem: str) -> None:
    assert keys.stem_of(sent) == stem


def test_a_long_name_is_cut_between_two_characters() -> None:
    assert keys.stem_of("é" * 200 + ".jpg") == "é" * 90
    assert keys.stem_of("a" + "é" * 200 + ".jpg") == "a" + "é" * 89


@given(ANY_NAME)
def test_any_name_becomes_a_stem_that_every_file_system_takes(name: str) -> None:
    stem = keys.stem_of(name)
    assert 1 <= len(stem.encode()) <= keys.MAX_STEM_BYTES
    assert not set(stem) & set('/\\:*?"<>|%#\ufffe\uffff')
    assert not {unicodedata.category(character) for character in stem} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert stem[0] not in ". "
    assert stem[-1] not in ". "
    assert unicodedata.is_normalized("NFC", stem)


@given(ANY_NAME, st.booleans(), st.sampled_from(["jpg", "heic", "3g2", "m2ts", "longest"]))
def test_any_key_with_its_sidecar_fits_into_a_file_name_and_reads_back(name: str, full: bool, ending: str) -> None:
    key = key_for(name, full_digest=full, ending=ending)
    assert len(keys.sidecar_key(key).rpartition("/")[2].encode()) <= keys.MAX_NAME_BYTES
    parsed = keys.parse_original_key(key)
    assert parsed is not None
    assert (parsed.day, parsed.ending, ID.startswith(parsed.digits)) == (DAY, ending, True)
    assert f"{parsed.stem}~{parsed.digits}.{ending}" == key.rpartition("/")[2]
    assert keys.parse_original_key(keys.sidecar_key(key)) is None


@given(ANY_NAME)
def test_a_safe_stem_stays_as_it_is(name: str) -> None:
    stem = keys.stem_of(name)
    assert keys.stem_of(f"{stem}.jpg") == stem


@pytest.mark.parametrize(
    "key",
    [
        "originals/2026/13/40/a~3f9a1c2b7d5e.jpg",
        "originals/2026/11/24/a.jpg",
        "originals/2026/11/24/a~3F9A1C2B7D5E.jpg",
        "originals/2026/11/24/sub/a~3f9a1c2b7d5e.jpg",
        "elsewhere/2026/11/24/a~3f9a1c2b7d5e.jpg",
    ],
)
def test_a_strangers_file_is_no_original(key: str) -> None:
    assert keys.parse_original_key(key) is None
