"""The only importer of Pillow and pillow-heif: HEIF, AVIF, and the pictures that libvips does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import PIL.AvifImagePlugin
import PIL.ExifTags
import PIL.Image

from mediascream import media_types
from mediascream.processing.containers.heif_items import find_heif_item_packets
from mediascream.processing.containers.packets import Packets
from mediascream.processing.tags import Tags, read_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pillow_heif import HeifFile

    from mediascream.photo import MediaType

# Our own cap is checked before pixels are decoded; a header may be read whatever it claims.
PIL.Image.MAX_IMAGE_PIXELS = None
PIL.AvifImagePlugin.DEFAULT_MAX_THREADS = 1

BROKEN_FILE = (OSError, ValueError, SyntaxError, RuntimeError, EOFError, KeyError, IndexError, TypeError, OverflowError)
"""What Pillow and pillow-heif were seen to raise for files that make no sense."""

FORMATS: Mapping[str, str] = {
    media_types.AVIF.name: "AVIF",
    media_types.BMP.name: "BMP",
    media_types.PSD.name: "PSD",
    media_types.JP2.name: "JPEG2000",
    media_types.J2C.name: "JPEG2000",
    media_types.GIF.name: "GIF",
    "image/tiff": "TIFF",
}
"""What Pillow calls the types that it is asked to open."""

_BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


class Unpacked(NamedTuple):
    """Eight bits a band: grey, RGB, and either with alpha."""

    pixels: bytes
    size: tuple[int, int]
    bands: int
    profile: object


def open_heif(path: Path) -> HeifFile:
    """A HEIF whose header was read; its pixels come when `data` is asked for.

    Raises:
        BROKEN_FILE: One of these.
    """
    import pillow_heif  # noqa: PLC0415  (2 MB that most children never need)

    pillow_heif.options.DECODE_THREADS = 1
    return pillow_heif.open_heif(path)


def find_heif_packets(path: Path) -> Packets:
    """The packets of a HEIF's main picture; libheif turns it upright by itself."""
    try:
        image = open_heif(path)
        return _packets_of(image.size, image.info, upright=True)
    except BROKEN_FILE:
        return find_heif_item_packets(path)


def find_pillow_packets(path: Path, media_type: MediaType) -> Packets:
    """The size and, where Pillow hands them out, the packets; an AVIF's turn is shown as EXIF orientation."""
    if media_type.name not in FORMATS:
        return Packets()
    try:
        with PIL.Image.open(path, formats=[FORMATS[media_type.name]]) as image:
            return _packets_of(image.size, image.info, upright=False)
    except BROKEN_FILE:
        return Packets()


def write_exif(main: Mapping[int, object], exif: Mapping[int, object], gps: Mapping[int, object]) -> bytes:
    """An EXIF block with its mark in front, from tags by their numbers."""
    made = PIL.Image.Exif()
    made.update(main)
    made.get_ifd(PIL.ExifTags.IFD.Exif).update(exif)
    made.get_ifd(PIL.ExifTags.IFD.GPSInfo).update(gps)
    return made.tobytes()


def _packets_of(size: tuple[int, int], info: Mapping[str | tuple[int, int], object], *, upright: bool) -> Packets:
    exif, xmp = info.get("exif"), info.get("xmp")
    return Packets(
        size=size,
        upright=upright,
        tags=read_tags(exif.removeprefix(b"Exif\0\0")) if isinstance(exif, bytes) else Tags(),
        xmp=xmp if isinstance(xmp, bytes) else None,
    )


def unpack(path: Path, pillow_format: str, check_pixels: Callable[[int, int], None]) -> Unpacked:
    """The pixels of a picture's first frame.

    Args:
        path: The file.
        pillow_format: Pillow's name for it; it is opened as nothing else.
        check_pixels: Raises where a picture of this width and height must not be decoded.

    Raises:
        BROKEN_FILE: One of these.
    """
    with PIL.Image.open(path, formats=[pillow_format]) as image:
        check_pixels(*image.size)
        plain = image if image.mode in _BANDS else image.convert("RGBA" if image.has_transparency_data else "RGB")
        return Unpacked(plain.tobytes(), plain.size, _BANDS[plain.mode], image.info.get("icc_profile"))
