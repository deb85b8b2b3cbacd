from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.web.ranges import NotModified, Part, Selection, Unsatisfiable, Whole, select


def choose(size_bytes: int = 100, method: str = "GET", **headers: str) -> Selection:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return select(method, named, etag='"abc"', size_bytes=size_bytes)


@pytest.mark.parametrize(
    ("wanted", "selection"),
    [
        ("bytes=0-0", Part(0, 1)),
        ("bytes=10-19", Part(10, 20)),
        ("bytes=90-", Part(90, 100)),
        ("bytes=-10", Part(90, 100)),
        ("bytes=-1000", Part(0, 100)),
        ("bytes=50-1000", Part(50, 100)),
        ("bytes=100-", Unsatisfiable()),
        ("bytes=100-200", Unsatisfiable()),
        ("bytes=-0", Unsatisfiable()),
        ("bytes=20-10", Whole()),
        ("bytes=0-1,5-6", Whole()),
        ("bytes=-", Whole()),
        ("bytes=", Whole()),
        ("lines=1-2", Whole()),
        ("bytes=1-2x", Whole()),
        ("bytes=٣-٤", Whole()),
    ],
)
def test_a_range_selects_bytes(wanted: str, selection: Selection) -> None:
    assert choose(range=wanted) == selection


def test_nothing_of_nothing_can_be_had() -> None:
    assert choose(0, range="bytes=0-") == Unsatisfiable()
    assert choose(0, range="bytes=-5") == Unsatisfiable()
    assert choose(0) == Whole()


def test_only_get_has_ranges() -> None:
    assert choose(method="HEAD", range="bytes=0-1") == Whole()


def test_a_range_of_another_version_is_answered_with_everything() -> None:
    assert choose(range="bytes=0-1", if_range='"abc"') == Part(0, 2)
    assert choose(range="bytes=0-1", if_range='"old"') == Whole()
    assert choose(range="bytes=0-1", if_range='W/"abc"') == Whole()
    assert choose(range="bytes=0-1", if_range="Tue, 24 Nov 2026 10:00:00 GMT") == Whole()


@pytest.mark.parametrize("tags", ['"abc"', 'W/"abc"', '"x", "abc"', "*", '"x",W/"abc" , "y"'])
def test_what_the_client_has_is_not_sent_again(tags: str) -> None:
    assert choose(if_none_match=tags, range="bytes=0-1") == NotModified()


@pytest.mark.parametrize("tags", ['"ab"', "abc", '"x", "y"', ""])
def test_another_version_is_sent(tags: str) -> None:
    assert choose(if_none_match=tags) == Whole()


@given(st.integers(0, 50), st.from_regex(r"bytes=\d{0,3}-\d{0,3}", fullmatch=True))
def test_whatever_is_asked_for_lies_inside(size_bytes: int, wanted: str) -> None:
    selection = choose(size_bytes, range=wanted)
    assert not isinstance(selection, Part) or 0 <= selection.start < selection.end <= size_bytes
