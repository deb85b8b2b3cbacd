"""What is believed of a child's word: nothing that a database, a terminal or a reader would choke on.

A photo's own bytes are a stranger's letter, and a child that read it may be in that stranger's hands. A text loses what
cannot be shown; a number that is none, or larger than a column holds, is as good as not said.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mediascream.photo import Location, Metadata

LONGEST_LINE: Final = 1000
LONGEST_TEXT: Final = 10_000
MOST_KEYWORDS: Final = 500
LARGEST: Final = 2**31 - 1
"""PostgreSQL's `integer`."""

_DAY_MIN: Final = 24 * 60
_UNFIT: Final = {"Cc", "Cs", "Zl", "Zp"}
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of all that follows; the marks that Hebrew and Arabic need are not among them."""


def as_line(text: str) -> str:
    """One line without control characters; empty where nothing is left."""
    return _shown(text, keep="")[:LONGEST_LINE].strip()


def as_text(text: str) -> str:
    """Lines without control characters."""
    return _shown(text, keep="\n\t")[:LONGEST_TEXT].strip()


def believable(metadata: Metadata) -> Metadata:
    """The same without what nobody can use."""
    lines = (as_line(word) for word in metadata.keywords[:MOST_KEYWORDS])
    moment = metadata.taken_local
    return replace(
        metadata,
        width=_whole(metadata.width, 1),
        height=_whole(metadata.height, 1),
        orientation=_whole(metadata.orientation, 1, 8),
        taken_local=None if moment is None else moment.replace(tzinfo=None),
        taken_offset_min=_whole(metadata.taken_offset_min, -_DAY_MIN + 1, _DAY_MIN - 1),
        camera=_line(metadata.camera),
        lens=_line(metadata.lens),
        exposure_s=_finite(metadata.exposure_s),
        aperture=_finite(metadata.aperture),
        iso=_whole(metadata.iso, 0),
        focal_length_mm=_finite(metadata.focal_length_mm),
        location=metadata.location if _is_on_earth(metadata.location) else None,
        description=as_text(metadata.description or "") or None,
        keywords=tuple(line for line in lines if line),
        rating=_whole(metadata.rating, 0, 5),
        live_photo_id=_line(metadata.live_photo_id),
        duration_s=_finite(metadata.duration_s),
    )


def _shown(text: str, *, keep: str) -> str:
    return "".join(
        character if character in keep or not _is_unfit(character) else " " for character in text.replace("\r\n", "\n")
    )


def _is_unfit(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in _UNFIT


def _line(text: str | None) -> str | None:
    return as_line(text or "") or None


def _whole(number: int | None, least: int, most: int = LARGEST) -> int | None:
    return number if number is not None and least <= number <= most else None


def _finite(number: float | None) -> float | None:
    try:
        return number if number is not None and math.isfinite(number) else None
    except OverflowError:  # a whole number too large for a float
        return None


def _is_on_earth(place: Location | None) -> bool:
    return place is not None and abs(place.latitude) <= 90 and abs(place.longitude) <= 180  # noqa: PLR2004
