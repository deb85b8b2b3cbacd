"""Decodes a picture to about the size of its preview, whatever it is made of.

Each type has its own decoder, called by its name, never guessed: a file that passes for two types is only read
as the one it was taken for.

* JPEG: libvips, the shrink chosen here so that the decoder itself leaves pixels out.
* PNG, WebP, GIF, TIFF: libvips. AVIF: Pillow, whose decoder is 2.5 times as fast (209 v 532 ms for 12 MP).
* HEIC: libheif through pillow-heif, for libvips's wheel has no HEVC. BMP, PSD, JPEG 2000: Pillow.
* RAW: the camera's own JPEG inside, else a half-size development. Video: one frame. JPEG XL: no decoder at hand.

(Measured 2026-11-24: libvips 8.18.7, Pillow 13.0, pillow-heif 1.8.1.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyvips

from mediascream import media_types, tiff_types
from mediascream.errors import NoRendition
from mediascream.photo import Kind
from mediascream.processing.containers.tiff import find_tiff_packets

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.photo import MediaType

MAX_PIXELS = 250_000_000
"""More than any camera takes; a picture of this size needs about a gigabyte to decode."""

WHOLE_PX = 1 << 20
"""As `longest_px`: every pixel that there is; of a RAW too."""

_END_OF_JPEG = b"\xff\xd9"
_VIPS_LOADERS = {
    media_types.PNG.name: "pngload",
    media_types.WEBP.name: "webpload",
    media_types.GIF.name: "gifload",
    tiff_types.TIFF.name: "tiffload",
}
_STRIPS_AND_TILES = ((273, 279), (324, 325))
"""TIFF's tags of where its parts start, and of how long they are."""

pyvips.block_untrusted_set(True)  # noqa: FBT003  (the library's own signature)
pyvips.concurrency_set(1)
pyvips.cache_set_max(0)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Pixels, lazily; libvips reads them when they are asked for, and then raises `pyvips.Error` if it must.

    Attributes:
        orientation: How they are still to be turned, as in EXIF.
    """

    image: pyvips.Image
    orientation: int = 1


def decode(path: Path, media_type: MediaType, orientation: int | None, *, longest_px: int) -> Decoded:
    """The picture, at least `longest_px` wide or high if it has that many pixels.

    Args:
        path: The file.
        media_type: What it is decoded as.
        orientation: What the file's metadata say, which is not always what its decoder leaves to do.
        longest_px: How large it will be needed.

    Raises:
        NoRendition: There is no decoder for it, or it has too many pixels.
        pyvips.Error: The file makes no sense.
    """
    turn = orientation or 1
    if media_type.kind is Kind.VIDEO:
        return _decode_video(path, turn, longest_px)
    if media_types.is_raw(media_type):
        return _decode_raw(path, turn, longest_px)
    if media_type == media_types.JPEG:
        return Decoded(_decode_jpeg(path, longest_px), turn)
    if media_type == tiff_types.TIFF:
        _check_strips(path)
    if loader := _VIPS_LOADERS.get(media_type.name):
        return Decoded(_decode_by_vips(loader, path), turn)
    if media_type in {media_types.HEIC, media_types.HEIF}:
        return Decoded(_decode_heif(path))
    return Decoded(_decode_by_pillow(path, media_type), turn)


def check_pixels(width: int, height: int) -> None:
    """Raise unless a picture of this size may be decoded."""
    if width * height > MAX_PIXELS:
        raise NoRendition(f"the picture has {width} x {height} pixels, more than can be decoded safely")


def _open(loader: str, source: Path | bytes, **options: str | int) -> pyvips.Image:
    """A picture whose header was read; the loader's name ends in `_buffer` where the source is bytes."""
    image = pyvips.Operation.call(loader, source if isinstance(source, bytes) else str(source), **options)
    check_pixels(image.width, image.height)
    return image


def _decode_by_vips(loader: str, path: Path) -> pyvips.Image:
    return _open(loader, path, access="sequential", fail_on="truncated")


def _check_strips(path: Path) -> None:
    """Raise where a TIFF's picture lies beyond its end; libtiff only warns, and shows what memory holds."""
    with path.open("rb") as file:
        main, end = find_tiff_packets(file).tags.main, file.seek(0, 2)
    for starts, sizes in _STRIPS_AND_TILES:
        if any(start + size > end for start, size in zip(main.numbers(starts), main.numbers(sizes), strict=False)):
            raise NoRendition("the file is damaged: its picture ends too early")


def _shrink_for(image: pyvips.Image, longest_px: int) -> int:
    """What libjpeg-turbo can leave out: half, three quarters or seven eighths of each side, as long as one is left."""
    ratio = min(max(image.width, image.height) / longest_px, image.width, image.height)
    return next((shrink for shrink in (8, 4, 2) if ratio >= shrink), 1)


def _decode_jpeg(path: Path, longest_px: int) -> pyvips.Image:
    shrink = _shrink_for(_open("jpegload", path), longest_px)
    return _open("jpegload", path, shrink=shrink, access="sequential", fail_on="truncated")


def decode_jpeg_without_end(path: Path, *, longest_px: int) -> pyvips.Image:
    """A JPEG to which only the end mark is lacking, as careless programs leave them; nothing else may be wrong.

    Raises:
        pyvips.Error: More is lacking than that.
    """
    whole = path.read_bytes() + _END_OF_JPEG
    shrink = _shrink_for(_open("jpegload_buffer", whole), longest_px)
    return _open("jpegload_buffer", whole, shrink=shrink, access="sequential", fail_on="warning")


def _from_memory(pixels: bytes, size: tuple[int, int], bands: int, depth: str = "uchar") -> pyvips.Image:
    image = pyvips.Image.new_from_memory(pixels, *size, bands, depth)
    names = ("b-w", "srgb") if depth == "uchar" else ("grey16", "rgb16")
    return image.copy(interpretation=names[bands > 2])  # noqa: PLR2004  (grey and alpha)


def _with_profile(image: pyvips.Image, profile: object) -> pyvips.Image:
    if isinstance(profile, bytes) and profile:
        image = image.copy()
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image


def _decode_heif(path: Path) -> pyvips.Image:
    """The main picture, turned upright by libheif."""
    from mediascream.processing.containers.pillow import BROKEN_FILE, open_heif  # noqa: PLC0415  (6 MB)

    try:
        heif = open_heif(path)
        check_pixels(*heif.size)
        pixels = heif.data
    except BROKEN_FILE as error:
        raise NoRendition(f"the file is damaged: {error}") from error
    bands, depth = (1, "ushort") if heif.mode.startswith("I;16") else (len(heif.mode), "uchar")
    image = _from_memory(bytes(pixels), heif.size, bands, depth)
    return _with_profile(image, heif.info.get("icc_profile"))


def _decode_by_pillow(path: Path, media_type: MediaType) -> pyvips.Image:
    from mediascream.processing.containers.pillow import BROKEN_FILE, FORMATS, unpack  # noqa: PLC0415  (4 MB)

    if media_type.name not in FORMATS:
        raise NoRendition(f"there is no decoder for {media_type.name} here")
    try:
        unpacked = unpack(path, FORMATS[media_type.name], check_pixels)
    except BROKEN_FILE as error:
        raise NoRendition(f"the file is damaged: {error}") from error
    return _with_profile(_from_memory(unpacked.pixels, unpacked.size, unpacked.bands), unpacked.profile)


def _decode_raw(path: Path, turn: int, longest_px: int) -> Decoded:
    from mediascream.processing.raw import read_raw_preview  # noqa: PLC0415  (rawpy is 2 MB)

    preview = read_raw_preview(path, turn, check_pixels, whole=longest_px == WHOLE_PX)
    if isinstance(preview.picture, bytes):
        shrink = _shrink_for(_open("jpegload_buffer", preview.picture), longest_px)
        image = _open("jpegload_buffer", preview.picture, shrink=shrink, fail_on="truncated")
    else:
        height, width, bands = preview.picture.shape
        image = _from_memory(preview.picture.tobytes(), (width, height), bands)
    return Decoded(image, preview.orientation)


def _decode_video(path: Path, turn: int, longest_px: int) -> Decoded:
    from mediascream.processing.video import read_poster  # noqa: PLC0415  (PyAV is 16 MB)

    poster = read_poster(path, check_pixels, longest_px=longest_px)
    return Decoded(_from_memory(poster.rgb, poster.size, 3), turn)
