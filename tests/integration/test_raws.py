"""Camera RAW: the picture that the camera made, upright, or else a development."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from mediascream.errors import NoRendition
from mediascream.media_types import HEAD_BYTES, identify
from mediascream.processing.metadata import read_metadata
from mediascream.processing.raw import remaining_turn
from mediascream.processing.renditions import render
from mediascream.tiff_types import CR2, DNG, NEF
from tests import made_files as made
from tests.made_raw import make_dng

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.photo import MediaType

SENSOR = (256, 192)


def preview(path: Path) -> Image.Image:
    assert identify(path.read_bytes()[:HEAD_BYTES]) == DNG
    found = read_metadata(path, DNG)
    shown = Image.open(io.BytesIO(render(path, DNG, found.orientation).preview))
    assert (shown.width > shown.height) == ((found.width or 0) > (found.height or 0))
    return shown


def colours(picture: Image.Image) -> str:
    """The strongest band in the middle of each quarter, `w` where none is."""
    letters = ""
    for y in (picture.height // 4, picture.height * 3 // 4):
        for x in (picture.width // 4, picture.width * 3 // 4):
            bands = picture.convert("RGB").crop((x, y, x + 1, y + 1)).tobytes()
            letters += "w" if max(bands) - min(bands) < 60 else "rgb"[bands.index(max(bands))]
    return letters


def test_the_camera_s_own_picture_is_shown_upright(tmp_path: Path) -> None:
    stored = made.make_arrow(192, 256).transpose(Image.Transpose.ROTATE_90)
    embedded = stored.resize((1600, 1200))
    shown = preview(make_dng(tmp_path / "a.dng", Image.new("RGB", SENSOR), embedded=embedded, orientation=6))
    assert (shown.size, colours(shown)) == ((1200, 1600), "rbww")


def test_a_picture_that_the_camera_turned_already_is_not_turned_again(tmp_path: Path) -> None:
    embedded = made.make_arrow(1200, 1600)
    shown = preview(make_dng(tmp_path / "a.dng", Image.new("RGB", SENSOR), embedded=embedded, orientation=6))
    assert (shown.size, colours(shown)) == ((1200, 1600), "rbww")


@pytest.mark.parametrize("embedded", [None, made.make_arrow(160, 120)], ids=["none", "too small"])
def test_without_a_picture_inside_the_raw_is_developed_upright(tmp_path: Path, embedded: Image.Image | None) -> None:
    sensor = made.make_arrow(192, 256).transpose(Image.Transpose.ROTATE_90)
    shown = preview(make_dng(tmp_path / "a.dng", sensor, embedded=embedded, orientation=6))
    assert shown.height > shown.width
    assert colours(shown) == "rbww"


def test_a_raw_says_its_own_size_not_that_of_the_picture_inside(tmp_path: Path) -> None:
    path = make_dng(tmp_path / "a.dng", Image.new("RGB", SENSOR), embedded=made.make_arrow(1600, 1200), orientation=8)
    found = read_metadata(path, DNG)
    assert (found.width, found.height, found.camera) == (192, 256, "Maker Model 1")


@pytest.mark.parametrize("media_type", [CR2, NEF], ids=["cr2", "nef"])
@pytest.mark.parametrize("content", [b"II*\0\x10\0\0\0CR\2\0", b"", bytes(10_000)], ids=["head", "nothing", "zeros"])
def test_a_raw_that_makes_no_sense_has_no_preview(tmp_path: Path, media_type: MediaType, content: bytes) -> None:
    (tmp_path / "a.raw").write_bytes(content)
    assert read_metadata(tmp_path / "a.raw", media_type).width is None
    with pytest.raises(NoRendition, match="cannot be read"):
        render(tmp_path / "a.raw", media_type, None)


def test_a_square_picture_inside_is_turned_as_the_raw_says() -> None:
    assert remaining_turn((1000, 1000), (4000, 4000), 6) == 6
    assert remaining_turn((1200, 1600), (4000, 3000), 6) == 1
    assert remaining_turn((1600, 1200), (4000, 3000), 3) == 3
