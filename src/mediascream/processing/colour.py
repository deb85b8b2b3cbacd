"""Brings any picture's colours to what a screen and a browser show: 8 bits of grey or RGB."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pyvips

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROFILE = "icc-profile-data"
_SMALL_PROFILE_BYTES = 4096
_MEASURED_SPACES = frozenset({"scrgb", "lab", "labq", "labs", "lch", "xyz", "yxy", "cmc", "hsv"})
"""Spaces whose numbers have a meaning of their own, also as fractions."""

_RGB_BANDS = 3


def _profile_of(image: pyvips.Image) -> bytes | None:
    return bytes(image.get(_PROFILE)) if image.get_typeof(_PROFILE) else None


def _without_profile(image: pyvips.Image) -> pyvips.Image:
    image = image.copy()
    image.remove(_PROFILE)
    return image


def is_srgb(profile: bytes) -> bool:
    """Whether a colour profile names itself sRGB (in its `desc` tag, ASCII or UTF-16)."""
    description = _tags_of(profile).get(b"desc", b"")
    return b"sRGB" in description.replace(b"\0", b"")


def _tags_of(profile: bytes) -> Mapping[bytes, bytes]:
    """The tags of an ICC profile by their signature; those that can be read."""
    try:
        (count,) = struct.unpack_from(">I", profile, 128)
        entries = [struct.unpack_from(">4sII", profile, 132 + 12 * index) for index in range(min(count, 100))]
    except struct.error:
        return {}
    return {name: profile[start : start + length] for name, start, length in entries}


def _is_of_rgb(profile: bytes) -> bool:
    return profile[16:20] == b"RGB "


def for_screens(image: pyvips.Image) -> pyvips.Image:
    """Eight bits of grey or RGB; a small RGB profile other than sRGB's stays with it."""
    profile = _profile_of(image)
    if image.interpretation == "cmyk":
        return _transform(image, profile)
    if profile and not (_is_of_rgb(profile) and image.bands == _RGB_BANDS and len(profile) <= _SMALL_PROFILE_BYTES):
        return _transform(image, profile)
    if profile and is_srgb(profile):
        image = _without_profile(image)
    return _to_8_bits(image)


def to_srgb(image: pyvips.Image) -> pyvips.Image:
    """From what `for_screens` made, to sRGB without a profile."""
    profile = _profile_of(image)
    return _transform(image, profile) if profile else image


def _transform(image: pyvips.Image, profile: bytes | None) -> pyvips.Image:
    """By the embedded profile, or a common one for print; a profile that makes no sense is dropped."""
    options = {"embedded": True} if profile else {}
    try:
        converted = image.icc_transform("srgb", input_profile="cmyk" if image.bands > _RGB_BANDS else "srgb", **options)
        return _without_profile(converted.copy_memory())
    except pyvips.Error:
        return _to_8_bits(_without_profile(image))


def _to_8_bits(image: pyvips.Image) -> pyvips.Image:
    if image.format == "uchar" and (image.interpretation, image.bands) in {("srgb", _RGB_BANDS), ("b-w", 1)}:
        return image
    if image.interpretation not in _MEASURED_SPACES and image.format not in {"uchar", "ushort"}:
        image = image.scaleimage()
    if image.interpretation in {"multiband", "matrix", "histogram", "fourier"} or image.bands > _RGB_BANDS:
        image = image[: _RGB_BANDS if image.bands >= _RGB_BANDS else 1].copy(interpretation="auto")
    return image.colourspace("b-w" if image.bands < _RGB_BANDS else "srgb").cast("uchar")
