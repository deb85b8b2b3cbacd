"""The names of things in the archive, so that a person finds a photo without Mediascream.

    mediascream.json                                     format, version, library id
    originals/2026/11/24/DSC00647~3f9a1c2b7d5e.jpg       bytes as uploaded, never rewritten, never renamed
    originals/2026/11/24/DSC00647~3f9a1c2b7d5e.jpg.json  its sidecar
    renditions/3f/9a/3f9a1c2b….thumb.webp                derived, may be thrown away at any time
    database/2026-11-24.sqlite.zst                       copies of the database
    damaged/2026/11/24/DSC00647~3f9a1c2b7d5e.jpg.0a1b…   what lay under an original's key and was not it

The first 12 digits of the id stand in the name, so the same key nearly always means the same bytes, and
sending twice stores once. A hostile sender can forge 12 digits; such a photo gets all 64.

No name here ends with a dot or a blank, begins with a dot, is longer than the 255 bytes that file systems
allow (a sidecar's with 64 digits included), or is reserved by Windows
(CON, NUL.tar and the like: https://learn.microsoft.com/windows/win32/fileio/naming-a-file).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediascream.photo import PhotoId

MARKER_KEY = "mediascream.json"
ORIGINALS = "originals"
RENDITIONS = "renditions"
SIDECAR_ENDING = ".json"
DAMAGED = "damaged"

SHORT_DIGITS = 12
FULL_DIGITS = 64
MAX_STEM_BYTES = 180
MAX_NAME_BYTES = 255

_SENT_ENDING = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,10}\Z", re.DOTALL)
_FORBIDDEN = re.compile(r'[/\\:*?"<>|%#\ufffe\uffff]')
"""What a file system, a URL or the XML of a bucket's listing cannot hold."""
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|\Z)", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"originals/(\d{4})/(\d\d)/(\d\d)/(?P<stem>[^/]+)~(?P<digits>[0-9a-f]{12}|[0-9a-f]{64})\.(?P<ending>[a-z0-9]+)"
)


class Rendition(StrEnum):
    """A smaller picture of an original. The value is how its key ends."""

    THUMB = "thumb.webp"
    PREVIEW = "preview.jpg"


@dataclass(frozen=True, slots=True)
class OriginalKey:
    """What the key of an original says.

    Attributes:
        digits: The first 12, or all 64, digits of the photo's id.
        ending: Without the dot: `jpg`.
    """

    day: date
    stem: str
    digits: str
    ending: str


def original_key(*, photo_id: PhotoId, file_name: str, ending: str, day: date, full_digest: bool = False) -> str:
    """Where an original goes.

    Args:
        photo_id: The id whose digits go into the name.
        file_name: What the sender called it; anything at all.
        ending: What the bytes are, without the dot, whatever the sender's name ends with.
        day: The local date taken where known at upload, else the day of arrival.
        full_digest: All 64 digits, because the key with 12 belongs to another photo.
    """
    digits = photo_id if full_digest else photo_id[:SHORT_DIGITS]
    room = MAX_NAME_BYTES - len(f"~.{ending}{SIDECAR_ENDING}") - FULL_DIGITS
    stem = stem_of(file_name, max_bytes=min(MAX_STEM_BYTES, room))
    return f"{ORIGINALS}/{day.year:04d}/{day.month:02d}/{day.day:02d}/{stem}~{digits}.{ending}"


def parse_original_key(key: str) -> OriginalKey | None:
    """What the key says, or None where it is no original's (a sidecar's, a stranger's file)."""
    match = _ORIGINAL.fullmatch(key)
    if match is None:
        return None
    try:
        day = date(*(int(part) for part in match.groups()[:3]))
    except ValueError:
        return None
    return OriginalKey(day, match["stem"], match["digits"], match["ending"])


def sidecar_key(key: str) -> str:
    """Where the sidecar of the original under `key` goes."""
    return key + SIDECAR_ENDING


def damaged_key(key: str, digest: str) -> str:
    """Where bytes go that lay under the key of an original and were not it any more; `digest` is what they are.

    Its owner may delete them once the healed original has been looked at.
    """
    return f"{DAMAGED}/{key.partition('/')[2]}.{digest[:SHORT_DIGITS]}"


def rendition_key(photo_id: PhotoId, rendition: Rendition) -> str:
    """Where a rendition goes; two levels of folders keep each folder small."""
    return f"{RENDITIONS}/{photo_id[:2]}/{photo_id[2:4]}/{photo_id}.{rendition}"


def database_key(day: date) -> str:
    """Where that day's copy of the database goes."""
    return f"database/{day.isoformat()}.sqlite.zst"


def stem_of(file_name: str, *, max_bytes: int = MAX_STEM_BYTES) -> str:
    """The sender's name without its ending, made safe for every file system and URL; never empty."""
    stem = _SENT_ENDING.sub("", unicodedata.normalize("NFC", file_name))
    safe = unicodedata.normalize("NFC", "".join(map(_safe_character, stem)))
    trimmed = safe.lstrip(". ")
    if _RESERVED.match(trimmed):
        trimmed = f"_{trimmed}"
    short = trimmed.encode()[:max_bytes].decode(errors="ignore")
    return short.rstrip(". ") or "photo"


def _safe_character(character: str) -> str:
    """What stands for one character: itself, `_`, a blank, or nothing where it was invisible."""
    category = unicodedata.category(character)
    if category == "Cf":  # bidi overrides, zero-width characters: they make two names look like one
        return ""
    if category in {"Cc", "Cs", "Zl", "Zp"} or _FORBIDDEN.match(character):
        return "_"
    return " " if category == "Zs" else character
