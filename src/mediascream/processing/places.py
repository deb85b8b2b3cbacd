"""Where a photo was taken: degrees as EXIF, XMP and video containers write them, and what to believe of them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from mediascream.photo import Location

if TYPE_CHECKING:
    from collections.abc import Sequence

_XMP_COORDINATE = re.compile(
    r"\s*(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?\s*([NSEW])\s*", re.IGNORECASE
)
_ISO6709 = re.compile(r"\s*([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)(?:[+-]\d+(?:\.\d+)?)?(?:CRS\w*)?/?\s*")
_SIGNS = {"N": 1, "E": 1, "S": -1, "W": -1}
_MAX_LATITUDE, _MAX_LONGITUDE = 90, 180
_DECIMALS = 7
"""About a centimetre; more is what division leaves behind."""


def believable(latitude: float | None, longitude: float | None) -> Location | None:
    """A location, unless a part is lacking or off the Earth, or it is 0, 0: what a receiver without a fix writes."""
    if latitude is None or longitude is None or not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    if abs(latitude) > _MAX_LATITUDE or abs(longitude) > _MAX_LONGITUDE or latitude == longitude == 0:
        return None
    return Location(round(latitude, _DECIMALS), round(longitude, _DECIMALS))


def from_degrees(parts: Sequence[float], hemisphere: str | None) -> float | None:
    """Degrees, minutes and seconds of a hemisphere as signed degrees; 0/0 in a lesser part counts as 0."""
    sign = _SIGNS.get((hemisphere or "")[:1].upper())
    if sign is None or not parts or not math.isfinite(parts[0]):
        return None
    lesser = (part if math.isfinite(part) else 0 for part in parts[1:3])
    return sign * (parts[0] + sum(part / divisor for part, divisor in zip(lesser, (60, 3600), strict=False)))


def parse_xmp_coordinate(text: str | None) -> float | None:
    """Signed degrees of `48,51.50N` or `48,51,30N`."""
    match = _XMP_COORDINATE.fullmatch(text or "")
    if match is None:
        return None
    return from_degrees([float(part) for part in match.groups()[:3] if part], match[4])


def parse_iso6709(text: str | None) -> Location | None:
    """The place in `+48.8577+002.295+035/`, as video containers hold it; whole degrees or with decimals only."""
    match = _ISO6709.fullmatch(text or "")
    return believable(float(match[1]), float(match[2])) if match else None
