"""What parent and child say: understood if it is true, refused if it is not."""

from __future__ import annotations

import io
import json
import math
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.media_types import JPEG
from mediascream.photo import Location, Metadata
from mediascream.processing import messages
from mediascream.processing.messages import BrokenMessage, Report, Request, Wish

FULL = Metadata(
    width=60,
    height=40,
    orientation=6,
    taken_local=datetime(2024, 2, 29, 23, 59, 58, 250_000),  # noqa: DTZ001  (a wall clock)
    taken_offset_min=-210,
    camera="Canon",
    exposure_s=1 / 125,
    location=Location(48.5, -2),
    keywords=("a", "ü"),
    duration_s=3,
)


@pytest.mark.parametrize("metadata", [FULL, Metadata()], ids=["full", "empty"])
def test_metadata_arrive_as_they_were_sent(metadata: Metadata) -> None:
    assert messages.unpack_metadata(messages.pack_metadata(metadata)) == metadata


@pytest.mark.parametrize("report", [Report(b"\1\2"), Report(problem="too large"), Report(problem="x", last=True)])
def test_a_report_arrives_as_it_was_sent(report: Report) -> None:
    assert messages.unpack_report(messages.pack_report(report)) == report


def test_a_path_that_is_no_text_arrives_whole() -> None:
    request = Request(Path("/photos/\udcff\udcfe ü\n.jpg"), JPEG, Wish.JPEG)
    assert messages.unpack_request(messages.pack_request(request)) == request


@pytest.mark.parametrize(
    ("name", "lie"),
    [
        ("width", "60"),
        ("camera", 5),
        ("camera", ["x"]),
        ("exposure_s", "fast"),
        ("location", {"latitude": 1}),
        ("location", 7),
        ("taken_local", "yesterday"),
        ("taken_local", 5),
        ("keywords", None),
        ("unheard_of", 1),
    ],
)
def test_metadata_of_a_wrong_kind_are_refused(name: str, lie: object) -> None:
    values = json.loads(messages.pack_metadata(FULL)) | {name: lie}
    with pytest.raises(BrokenMessage):
        messages.unpack_metadata(json.dumps(values).encode())


@given(st.binary(max_size=60))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(BrokenMessage):
        messages.unpack_metadata(noise)


@pytest.mark.parametrize(
    "frame", [b"", b"[]", b"{", b'{"problem": 5}', b'{"placeholder": "xyz"}', b'{"placeholder": 1}']
)
def test_a_report_that_makes_no_sense_is_refused(frame: bytes) -> None:
    with pytest.raises(BrokenMessage):
        messages.unpack_report(frame)


def test_frames_come_out_one_by_one_and_the_end_is_none() -> None:
    pipe = io.BytesIO()
    for content in (b"one", b"", b"three"):
        messages.write_frame(pipe.write, content)
    pipe.seek(0)
    assert [messages.read_frame(pipe.read) for _ in range(4)] == [b"one", b"", b"three", None]


def test_half_a_frame_is_the_end() -> None:
    assert messages.read_frame(io.BytesIO(b"\0\0\0\5abc").read) is None


def test_a_frame_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(BrokenMessage):
        messages.read_frame(io.BytesIO(b"\xff\xff\xff\xff").read)


SAYS_TOO_MUCH = {
    "a line that is none": (Metadata(camera="Box\0\x1b[2J\u202eEvil\ud800"), Metadata(camera="Box  [2J Evil")),
    "nothing but controls": (Metadata(lens="\0\1", keywords=("\0", "a\nb")), Metadata(keywords=("a b",))),
    "lines where there may be some": (Metadata(description="a\r\nb\0"), Metadata(description="a\nb")),
    "numbers that no column holds": (Metadata(width=2**40, iso=2**32, rating=-1, orientation=9), Metadata()),
    "numbers that are none": (Metadata(aperture=math.nan, exposure_s=math.inf, duration_s=10**400), Metadata()),
    "a place that is not on earth": (Metadata(location=Location(math.nan, 999)), Metadata()),
    "a day of 100 hours": (Metadata(taken_offset_min=6000), Metadata()),
}


@pytest.mark.parametrize(("said", "believed"), SAYS_TOO_MUCH.values(), ids=SAYS_TOO_MUCH)
def test_a_child_is_believed_only_what_can_be_kept_and_shown(said: Metadata, believed: Metadata) -> None:
    assert messages.unpack_metadata(messages.pack_metadata(said)) == believed


def test_what_a_child_says_of_a_problem_is_one_line() -> None:
    report = messages.unpack_report(messages.pack_report(Report(problem="bad\0\nfile\x1b[2J")))
    assert report.problem == "bad  file [2J"
