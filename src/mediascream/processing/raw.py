"""Camera RAW: its size, and the picture that the camera already made of it. The only importer of rawpy.

LibRaw turns what it develops by itself, and hands out embedded pictures as they are.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import rawpy

from mediascream.errors import NoRendition
from mediascream.processing.containers.jpeg import find_jpeg_packets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_MIN_PREVIEW_PX = 1000
"""A smaller picture inside is only for the camera's own screen; half a development is worth its time then."""

_AS_LARGE = 0.95
"""Cameras leave out some pixels at the edges."""

_FIRST_ORIENTATION_ON_ITS_SIDE = 5


@dataclass(frozen=True, slots=True)
class RawPreview:
    """A JPEG, or pixels as height by width by 3; and how it is still to be turned, as in EXIF."""

    picture: bytes | NDArray[np.uint8]
    orientation: int


def read_raw_size(path: Path) -> tuple[int, int] | None:
    """Width and height of the developed picture, before orientation; None where LibRaw does not know the camera."""
    try:
        with rawpy.imread(str(path)) as raw:
            sizes = raw.sizes
            return (sizes.width, sizes.height) if sizes.width and sizes.height else None
    except rawpy.LibRawError:
        return None


def read_raw_preview(
    path: Path, orientation: int, check_pixels: Callable[[int, int], None], *, whole: bool = False
) -> RawPreview:
    """The largest picture inside the RAW, or a development at half its size where that is too small.

    Args:
        path: The file.
        orientation: What the RAW's metadata say of the sensor's picture.
        check_pixels: Raises where a picture of this width and height must not be decoded.
        whole: The picture inside must be about as large as the sensor's, and a development has its full size.

    Raises:
        NoRendition: LibRaw makes nothing of it.
    """
    try:
        with rawpy.imread(str(path)) as raw:
            embedded = _read_embedded(raw, orientation, whole=whole)
            if embedded is not None:
                return embedded
            check_pixels(raw.sizes.width, raw.sizes.height)
            return RawPreview(raw.postprocess(half_size=not whole, use_camera_wb=True), 1)
    except rawpy.LibRawError as error:
        raise NoRendition(f"this camera's RAW cannot be read: {error}") from error


def _read_embedded(raw: rawpy.RawPy, orientation: int, *, whole: bool) -> RawPreview | None:
    try:
        thumb = raw.extract_thumb()
    except rawpy.LibRawError:
        return None
    size = _size_of(thumb.data)
    sensor_px = max(raw.sizes.width, raw.sizes.height)
    if max(size) < (sensor_px * _AS_LARGE if whole else min(_MIN_PREVIEW_PX, sensor_px)):
        return None
    return RawPreview(thumb.data, remaining_turn(size, (raw.sizes.width, raw.sizes.height), orientation))


def _size_of(picture: bytes | NDArray[np.uint8]) -> tuple[int, int]:
    if isinstance(picture, bytes):
        return find_jpeg_packets(io.BytesIO(picture)).size or (0, 0)
    return picture.shape[1], picture.shape[0]


def remaining_turn(embedded: tuple[int, int], sensor: tuple[int, int], orientation: int) -> int:
    """How the embedded picture is still to be turned; some cameras store it upright already.

    That shows where the sensor lay on its side and the embedded picture stands, or the other way round.
    """
    stands = (embedded[0] < embedded[1]) != (sensor[0] < sensor[1])
    return 1 if orientation >= _FIRST_ORIENTATION_ON_ITS_SIDE and stands else orientation
