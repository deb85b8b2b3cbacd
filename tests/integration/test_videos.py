"""What videos say of themselves, and the frame that stands for them."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from mediascream.errors import NoRendition
from mediascream.media_types import HEAD_BYTES, MP4, identify
from mediascream.photo import Location, MediaType, Metadata
from mediascream.processing.metadata import read_metadata
from mediascream.processing.renditions import render
from tests import made_files as made

if TYPE_CHECKING:
    from pathlib import Path

APPLE = "com.apple.quicktime."


def type_of(path: Path) -> MediaType:
    media_type = identify(path.read_bytes()[:HEAD_BYTES])
    assert media_type is not None
    return media_type


def read(path: Path) -> Metadata:
    return read_metadata(path, type_of(path))


def poster(path: Path) -> Image.Image:
    found = read(path)
    return Image.open(io.BytesIO(render(path, type_of(path), found.orientation).preview))


def test_a_phone_s_video_says_where_and_when_it_was_taken(tmp_path: Path) -> None:
    said = {
        "creation_time": "2023-07-14T16:05:09.000000Z",
        APPLE + "creationdate": "2023-07-14T18:05:09+0200",
        APPLE + "location.ISO6709": "+48.8584+002.2945+035.1/",
        APPLE + "make": "Apple",
        APPLE + "model": "iPhone 14",
        APPLE + "content.identifier": "A1B2C3D4",
    }
    found = read(made.make_video(tmp_path / "a.mov", metadata=said))
    assert found.taken_local == datetime(2023, 7, 14, 18, 5, 9)  # noqa: DTZ001  (a wall clock)
    assert found.taken_offset_min == 120
    assert found.location == Location(48.8584, 2.2945)
    assert (found.camera, found.live_photo_id) == ("Apple iPhone 14", "A1B2C3D4")
    assert (found.width, found.height) == (64, 48)
    assert found.duration_s == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "m4v", "3gp"])
def test_a_time_in_utc_is_kept_without_an_offset(tmp_path: Path, ending: str) -> None:
    codec = "mpeg4" if ending != "webm" else "vp9"
    video = made.make_video(tmp_path / f"a.{ending}", metadata={"creation_time": "2023-07-14T16:05:09Z"}, codec=codec)
    found = read(video)
    assert (found.taken_local, found.taken_offset_min) == (datetime(2023, 7, 14, 16, 5, 9), None)  # noqa: DTZ001


@pytest.mark.parametrize("moment", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "yesterday"])
def test_a_recorder_without_a_clock_tells_no_time(tmp_path: Path, moment: str) -> None:
    video = made.make_video(tmp_path / "a.mkv", metadata={"creation_time": moment})
    assert read(video).taken_local is None


@pytest.mark.parametrize(("rotation", "orientation"), [(0, 1), (90, 6), (180, 3), (270, 8)])
@pytest.mark.parametrize("ending", ["mp4", "mov"])
def test_a_video_is_shown_as_a_player_turns_it(tmp_path: Path, ending: str, rotation: int, orientation: int) -> None:
    video = made.make_video(tmp_path / f"a.{ending}", rotation=rotation, seconds=0.5)
    found, shown = read(video), poster(video)
    assert found.orientation == orientation
    assert shown.size == (found.width, found.height) == ((48, 64) if rotation in {90, 270} else (64, 48))
    upright = made.make_arrow(64, 48).rotate(-rotation, expand=True)
    assert difference(shown, upright) < 40


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of the middles of four quarters, of 255."""
    spots = [(one.width * x // 4, one.height * y // 4) for x in (1, 3) for y in (1, 3)]
    pairs = [(one.convert("RGB").getpixel(spot), other.convert("RGB").getpixel(spot)) for spot in spots]
    bands = [abs(a - b) for left, right in pairs for a, b in zip(left, right, strict=True)]  # type: ignore[arg-type]
    return sum(bands) / len(bands)


def test_the_poster_is_from_a_second_in(tmp_path: Path) -> None:
    late, early = (
        poster(made.make_video(tmp_path / "a.mp4", seconds=3)),
        poster(made.make_video(tmp_path / "b.mp4", seconds=0.5)),
    )
    assert difference(late, Image.new("RGB", late.size, "lime")) < 40
    assert difference(early, made.make_arrow(*early.size)) < 40


@pytest.mark.parametrize(
    ("ending", "codec"),
    [("avi", "mjpeg"), ("mkv", "mpeg4"), ("ts", "mpeg2video"), ("mpg", "mpeg2video"), ("wmv", "wmv2"), ("webm", "vp9")],
)
def test_every_container_has_a_poster(tmp_path: Path, ending: str, codec: str) -> None:
    assert poster(made.make_video(tmp_path / f"a.{ending}", codec=codec, size=(640, 480))).size == (640, 480)


def test_a_large_video_has_a_poster_of_the_preview_s_size(tmp_path: Path) -> None:
    assert poster(made.make_video(tmp_path / "a.mp4", size=(3840, 2160), seconds=0.1)).size == (2016, 1134)


@pytest.mark.parametrize("share", [0.02, 0.5])
def test_a_truncated_video_is_survived(tmp_path: Path, share: float) -> None:
    video = made.make_video(tmp_path / "a.mp4", size=(640, 480))
    video.write_bytes(video.read_bytes()[: int(video.stat().st_size * share)])
    assert read(video) == Metadata()
    with pytest.raises(NoRendition, match="cannot be decoded"):
        render(video, MP4, None)


def test_a_video_that_nobody_can_decode_says_all_but_its_size(tmp_path: Path) -> None:
    video = made.make_video(tmp_path / "a.mkv", metadata={"creation_time": "2023-07-14T16:05:09Z"}, seconds=0.5)
    video.write_bytes(video.read_bytes().replace(b"V_MPEG4/ISO/ASP", b"V_NOBODYS/CODEC"))
    found = read(video)
    assert (found.width, found.taken_local) == (None, datetime(2023, 7, 14, 16, 5, 9))  # noqa: DTZ001  (a wall clock)


def test_a_playlist_that_names_other_files_opens_none_of_them(tmp_path: Path) -> None:
    made.make_video(tmp_path / "secret.mp4")
    (tmp_path / "a.mp4").write_text(f"ffconcat version 1.0\nfile {tmp_path}/secret.mp4\n")
    with pytest.raises(NoRendition):
        render(tmp_path / "a.mp4", MP4, None)
    (tmp_path / "b.mp4").write_text("#EXTM3U\n#EXTINF:10,\nsecret.mp4\n#EXT-X-ENDLIST\n")
    with pytest.raises(NoRendition):
        render(tmp_path / "b.mp4", MP4, None)
