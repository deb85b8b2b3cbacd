"""Makes the small pictures that people look at: a preview, a thumbnail and a placeholder.

* Preview: JPEG, quality 80, at most 2016 px, so that a 4032 px photo is decoded at half its size (63 ms of CPU
  instead of 98 at 2048 px, measured 2026-11-24). It keeps a small RGB colour profile such as Display P3: browsers
  apply it, wide screens show it, and converting 3 megapixels would cost as much as decoding them.
* Thumbnail: WebP, effort 2, made from the preview, always sRGB without a profile, for thousands are on a page.
* Everything is flattened on white, turned upright, of 8 bits; of an animation the first frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyvips

from mediascream import media_types
from mediascream.errors import NoRendition
from mediascream.processing.colour import for_screens, to_srgb
from mediascream.processing.pixels import Decoded, decode, decode_jpeg_without_end
from mediascream.processing.thumbhash import MAX_SIDE_PX, encode_thumbhash

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.photo import MediaType

PREVIEW_PX = 2016
THUMBNAIL_PX, THUMBNAIL_SHORT_PX, THUMBNAIL_MAX_PX = 320, 240, 640
"""A row of the gallery is 235 px high: a 4:3 photo needs 320 px, a wider one more, up to a limit."""

_QUALITY, _EFFORT = 80, 2
_WHITE = {"uchar": 255, "ushort": 65535}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A JPEG, a WebP, and a ThumbHash."""

    preview: bytes
    thumbnail: bytes
    placeholder: bytes


def render(path: Path, media_type: MediaType, orientation: int | None) -> Rendered:
    """The small pictures of a picture or video, in memory: whoever made them needs no right to write.

    Args:
        path: The file.
        media_type: What it is decoded as.
        orientation: What the metadata say, 1 to 8; so the preview is as wide and high as they say too.

    Raises:
        NoRendition: The file is damaged, has too many pixels, or there is no decoder for it.
    """
    try:
        return _save(read_picture(path, media_type, orientation, longest_px=PREVIEW_PX))
    except pyvips.Error as error:
        raise damaged(error) from error


def read_picture(path: Path, media_type: MediaType, orientation: int | None, *, longest_px: int) -> pyvips.Image:
    """A picture as it is shown, upright and in colours for screens, at most `longest_px` wide and high.

    Raises:
        NoRendition: There is no decoder for it, or it has too many pixels.
        pyvips.Error: The file makes no sense.
    """
    try:
        return _prepare(decode(path, media_type, orientation, longest_px=longest_px), longest_px)
    except pyvips.Error:
        if media_type != media_types.JPEG:
            raise
        decoded = Decoded(decode_jpeg_without_end(path, longest_px=longest_px), orientation or 1)
        return _prepare(decoded, longest_px)


def _save(shown: pyvips.Image) -> Rendered:
    small = to_srgb(_shrink(shown, thumbnail_scale(shown.width, shown.height)))
    return Rendered(
        preview=shown.jpegsave_buffer(Q=_QUALITY, keep="icc"),
        thumbnail=small.webpsave_buffer(Q=_QUALITY, effort=_EFFORT, keep="none"),
        placeholder=_make_placeholder(small),
    )


def _prepare(decoded: Decoded, longest_px: int) -> pyvips.Image:
    """The pixels, in memory: every byte that is needed of the file was read."""
    image = decoded.image
    if image.hasalpha():
        image = image.flatten(background=[_WHITE.get(image.format, 1)])
    scale = longest_px / max(image.width, image.height)
    if scale < 1:
        image = image.resize(scale)
    return for_screens(_turn(image.copy_memory(), decoded.orientation))


def _turn(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Upright: EXIF's eight ways as a turn and a mirror."""
    if orientation in {5, 6, 7}:
        image = image.rot90()
    elif orientation in {3, 4}:
        image = image.rot180()
    elif orientation == 8:  # noqa: PLR2004  (EXIF's number)
        image = image.rot270()
    if orientation in {2, 4, 5}:
        return image.fliphor()
    return image.flipver() if orientation == 7 else image  # noqa: PLR2004  (the same)


def thumbnail_scale(width: int, height: int) -> float:
    """By what to resize a preview of this size; never above 1."""
    longest, shortest = max(width, height), min(width, height)
    return min(1, max(THUMBNAIL_PX / longest, min(THUMBNAIL_SHORT_PX / shortest, THUMBNAIL_MAX_PX / longest)))


def _shrink(image: pyvips.Image, scale: float) -> pyvips.Image:
    """Means of whole blocks first, what remains by a good filter: half the time, and no difference to see."""
    return image.resize(scale, gap=1.0).copy_memory()


def _make_placeholder(small: pyvips.Image) -> bytes:
    every = -(-max(small.width, small.height) // MAX_SIDE_PX)
    tiny = small.shrink(min(every, small.width), min(every, small.height)).colourspace("srgb")
    pixels = np.frombuffer(tiny.write_to_memory(), dtype=np.uint8)
    return encode_thumbhash(pixels.reshape(tiny.height, tiny.width, tiny.bands))


def damaged(error: pyvips.Error) -> NoRendition:
    """What a file that makes no sense to libvips is called."""
    return NoRendition(f"the file is damaged: {_last_line(error)}")


def _last_line(error: pyvips.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "it cannot be decoded"
