from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.intake.names import MAX_NAME_CHARACTERS, display_name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("DSC00647.JPG", "DSC00647.JPG"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\x.jpg", "x.jpg"),
        ("\\\\nas\\photos\\x.jpg", "x.jpg"),
        ("a\0b\nc\td.jpg", "a_b_c_d.jpg"),
        ("a\u2028b.jpg", "a_b.jpg"),
        ("photo\u202egpj.exe", "photo_gpj.exe"),
        ("a\ud800.jpg", "a_.jpg"),
        ("quotes \"and\" 'more'.jpg", "quotes \"and\" 'more'.jpg"),
        ("👩‍👩‍👧 été.jpg", "👩‍👩‍👧 été.jpg"),
        ("", ""),
        ("folder/", ""),
        ("..", ""),
        (" . ", ""),
        (".hidden", ".hidden"),
    ],
)
def test_a_name_is_its_last_part_in_one_line(sent: str, shown: str) -> None:
    assert display_name(sent) == shown


def test_a_long_name_keeps_its_ending() -> None:
    shown = display_name("ä" * 300 + ".jpeg")
    assert len(shown) == MAX_NAME_CHARACTERS
    assert shown.endswith("ä.jpeg")


@given(st.text(st.characters(), max_size=400))
def test_a_name_is_short_has_no_path_and_stays_as_it_is_when_cleaned_again(sent: str) -> None:
    shown = display_name(sent)
    assert len(shown) <= MAX_NAME_CHARACTERS
    assert not set(shown) & set("/\\\r\n\0")
    assert display_name(shown) == shown
