"""JPEGs made from what a service does not take: as large, upright, dated and placed as the original."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from mediascream.errors import NoRendition
from mediascream.media_types import HEAD_BYTES, JPEG, MP4, identify
from mediascream.processing.metadata import read_metadata
from mediascream.processing.sandbox import Decoders
from tests.fakes import decoder_child
from tests.made_files import EXIF_OF_A_CAMERA, make_arrow, make_exif, make_video, save
from tests.made_raw import make_dng

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.photo import Metadata

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    with closing(Decoders(children=1)) as decoders:
        yield decoders


def convert(decoders: Decoders, file: Path) -> Path:
    """The JPEG beside the file."""
    media_type, made = identify(file.read_bytes()[:HEAD_BYTES]), file.with_name("made.jpg")
    assert media_type is not None
    decoders.convert(file, media_type, into=made)
    return made


def corners(file: Path) -> list[tuple[int, ...]]:
    """The colours in the middle of the quarters, as seen by a program that heeds the orientation in the file."""
    with Image.open(file) as picture:
        assert picture.getexif().get(0x0112, 1) == 1
        rgb, (width, height) = picture.convert("RGB"), picture.size
    points = [(x, y) for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    return [tuple(min(255, round(band / 128) * 128) for band in rgb.getpixel(point)) for point in points]  # type: ignore[union-attr]


def facts(metadata: Metadata) -> tuple[object, ...]:
    place = metadata.location
    return (
        metadata.taken_local,
        metadata.taken_offset_min,
        metadata.camera,
        metadata.lens,
        metadata.iso,
        metadata.exposure_s,
        (round(place.latitude, 6), round(place.longitude, 6)) if place else None,
    )


@pytest.mark.parametrize("ending", ["heic", "avif", "webp", "tif", "jpg"])
def test_a_converted_photo_is_as_large_and_says_when_and_where_as_the_original(
    decoders: Decoders, tmp_path: Path, ending: str
) -> None:
    file = save(make_arrow(2400, 1600), tmp_path / f"a.{ending}", exif=EXIF_OF_A_CAMERA)
    media_type = identify(file.read_bytes()[:HEAD_BYTES])
    assert media_type is not None
    original = read_metadata(file, media_type)
    made = convert(decoders, file)
    converted = read_metadata(made, JPEG)
    assert {converted.width, converted.height} == {2400, 1600}
    assert (converted.width, converted.height) == (original.width, original.height)
    assert converted.taken_local == datetime(2024, 2, 29, 23, 59, 58, 250_000)  # noqa: DTZ001 - a wall clock
    assert facts(converted) == facts(original)


@pytest.mark.parametrize(
    ("orientation", "shown"),
    [(1, [RED, BLUE, WHITE, WHITE]), (6, [WHITE, RED, WHITE, BLUE]), (3, [WHITE, WHITE, BLUE, RED])],
)
def test_a_converted_photo_is_upright_once(
    decoders: Decoders, tmp_path: Path, orientation: int, shown: list[tuple[int, ...]]
) -> None:
    file = save(make_arrow(), tmp_path / "a.jpg", exif=make_exif({0x0112: orientation}), quality=95, subsampling=0)
    assert corners(convert(decoders, file)) == shown


def test_words_outside_ascii_come_along(decoders: Decoders, tmp_path: Path) -> None:
    file = save(make_arrow(), tmp_path / "a.jpg", exif=make_exif({0x010E: "Größe".encode(), 0x0110: "Kämera".encode()}))
    converted = read_metadata(convert(decoders, file), JPEG)
    assert (converted.description, converted.camera) == ("Größe", "Kämera")


def test_the_same_file_gives_the_same_bytes(decoders: Decoders, tmp_path: Path) -> None:
    file = save(make_arrow(300, 200), tmp_path / "a.heic", exif=EXIF_OF_A_CAMERA)
    first = convert(decoders, file).read_bytes()
    assert convert(decoders, file).read_bytes() == first


def test_a_raw_is_developed_at_its_full_size_where_its_own_picture_is_small(decoders: Decoders, tmp_path: Path) -> None:
    file = make_dng(tmp_path / "a.dng", make_arrow(1600, 1200), embedded=make_arrow(1200, 900))
    converted = read_metadata(convert(decoders, file), JPEG)
    assert (converted.width, converted.height) == (1600, 1200)


def test_of_a_film_no_picture_is_made(decoders: Decoders, tmp_path: Path) -> None:
    with pytest.raises(NoRendition):
        decoders.convert(make_video(tmp_path / "a.mp4"), MP4, into=tmp_path / "made.jpg")


def test_a_broken_file_says_so(decoders: Decoders, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(save(make_arrow(900, 600), tmp_path / "whole.jpg").read_bytes()[:900])
    with pytest.raises(NoRendition, match="damaged"):
        convert(decoders, file)


@pytest.mark.parametrize("name", ["die", "drop", "hang"])
def test_a_file_that_harms_its_child_costs_no_more_than_its_jpeg(tmp_path: Path, name: str) -> None:
    with closing(Decoders(children=1, program=(decoder_child.__file__,), limit_s=1)) as pool:
        file = tmp_path / f"{name}.jpg"
        file.write_bytes(b"anything")
        with pytest.raises(NoRendition):
            pool.convert(file, JPEG, into=tmp_path / "made.jpg")
