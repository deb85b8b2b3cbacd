"""Makes a JPEG of the same size from any picture, for places that take nothing else.

Upright, 8 bits, on white, quality 92 with all its colours; a small RGB profile stays. What the file says of
when, where and how it was taken is written anew from what was read of it: so one way serves every format, the
orientation cannot be heeded twice, and nothing strange travels on. The same file gives the same bytes.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pyvips

from mediascream.errors import NoRendition
from mediascream.photo import Kind
from mediascream.processing.pixels import WHOLE_PX
from mediascream.processing.renditions import damaged, read_picture

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mediascream.photo import Location, MediaType, Metadata

_QUALITY = 92
_START, _APP1 = b"\xff\xd8", b"\xff\xe1"
_MAX_SEGMENT_BYTES = 65_533
_LONGEST_TEXT = 10_000

_DESCRIPTION, _MODEL, _ORIENTATION, _RATING = 0x010E, 0x0110, 0x0112, 0x4746
_EXPOSURE, _APERTURE, _ISO, _FOCAL_LENGTH, _LENS = 0x829A, 0x829D, 0x8827, 0x920A, 0xA434
_ORIGINAL, _OFFSET_ORIGINAL, _FRACTION_ORIGINAL = 0x9003, 0x9011, 0x9291
"""Tags of EXIF 3.0 (CIPA DC-008-2023, read 2026-11-24)."""


def convert(path: Path, media_type: MediaType, metadata: Metadata) -> bytes:
    """The JPEG of a picture.

    Raises:
        NoRendition: It is a video or damaged, has too many pixels, or there is no decoder for it.
    """
    if media_type.kind is Kind.VIDEO:
        raise NoRendition("of a video no picture can be made that would stand for it")
    try:
        picture = read_picture(path, media_type, metadata.orientation, longest_px=WHOLE_PX)
        jpeg: bytes = picture.jpegsave_buffer(Q=_QUALITY, subsample_mode="off", optimize_coding=True, keep="icc")
    except pyvips.Error as error:
        raise damaged(error) from error
    return _with_exif(jpeg, metadata)


def _with_exif(jpeg: bytes, metadata: Metadata) -> bytes:
    """As the first segment, which is where EXIF belongs."""
    from mediascream.processing.containers.pillow import write_exif  # noqa: PLC0415  (4 MB, and seldom needed)

    segment = write_exif(_main_tags(metadata), _exif_tags(metadata), _gps_tags(metadata.location))
    if len(segment) > _MAX_SEGMENT_BYTES:
        return jpeg
    return _START + _APP1 + struct.pack(">H", len(segment) + 2) + segment + jpeg.removeprefix(_START)


def _main_tags(metadata: Metadata) -> Mapping[int, object]:
    description = metadata.description[:_LONGEST_TEXT] if metadata.description else None
    return _said({_DESCRIPTION: description, _MODEL: metadata.camera, _ORIENTATION: 1, _RATING: metadata.rating})


def _exif_tags(metadata: Metadata) -> Mapping[int, object]:
    taken, offset_min = metadata.taken_local, metadata.taken_offset_min
    return _said(
        {
            _ORIGINAL: f"{taken:%Y:%m:%d %H:%M:%S}" if taken else None,
            _FRACTION_ORIGINAL: f"{taken:%f}" if taken and taken.microsecond else None,
            _OFFSET_ORIGINAL: _written_offset(offset_min) if taken and offset_min is not None else None,
            _EXPOSURE: metadata.exposure_s,
            _APERTURE: metadata.aperture,
            _ISO: min(metadata.iso, 65_535) if metadata.iso else None,
            _FOCAL_LENGTH: metadata.focal_length_mm,
            _LENS: metadata.lens,
        }
    )


def _gps_tags(place: Location | None) -> Mapping[int, object]:
    if place is None:
        return {}
    north, east = place.latitude >= 0, place.longitude >= 0
    return {
        1: "N" if north else "S",
        2: _in_degrees(abs(place.latitude)),
        3: "E" if east else "W",
        4: _in_degrees(abs(place.longitude)),
    }


def _in_degrees(angle: float) -> tuple[float, float, float]:
    """Degrees, minutes and seconds to a ten-thousandth of a second, 3 mm on the ground."""
    minutes, rest = divmod(round(angle * 36_000_000), 600_000)
    return (float(minutes // 60), float(minutes % 60), rest / 10_000)


def _written_offset(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _said(tags: Mapping[int, object]) -> Mapping[int, object]:
    """Without what is not known; texts in UTF-8, as everybody reads them, for Pillow would make question marks."""
    return {
        tag: value.encode() if isinstance(value, str) else value for tag, value in tags.items() if value is not None
    }
