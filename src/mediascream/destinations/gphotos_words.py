"""What is said of a copy at Google Photos: its name and its description. Pure.

A file name may have 255 characters, a description 1,000
(https://developers.google.com/photos/library/reference/rest/v1/mediaItems/batchCreate, read 2026-11-24). There are no tags
and no dates to be set: tags go behind the description, and the date is the one in the file.
"""

from __future__ import annotations

import unicodedata
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediascream.destinations.base import Outgoing

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 1000
_FORBIDDEN = frozenset('/\\:*?"<>|')


def file_name(photo: Outgoing) -> str:
    """The sender's name without what a file system chokes on, with the ending of the type that the bytes have."""
    name = unicodedata.normalize("NFC", photo.file_name)
    name = "".join("_" if sign in _FORBIDDEN or _is_control(sign) else sign for sign in name).strip(" .")
    stem, suffix = PurePath(name).stem, PurePath(name).suffix
    if not suffix or len(suffix) > 10:  # noqa: PLR2004 - longer ones are no endings
        stem, suffix = name, f".{photo.ending}"
    return f"{(stem or photo.id[:12])[: LONGEST_NAME - len(suffix)]}{suffix}"


def description(photo: Outgoing) -> str:
    """The description, and behind it as many tags as there is room for; each is there as a whole or not at all."""
    told = _readable(photo.description or "").strip()
    if len(told) > LONGEST_DESCRIPTION:
        return f"{told[: LONGEST_DESCRIPTION - 3]}..."
    room = LONGEST_DESCRIPTION - len(told) - (2 if told else 0)
    tags = ", ".join(_fitting(map(_readable, photo.tags), room))
    return "\n\n".join(part for part in (told, tags) if part)


def _fitting(tags: Iterable[str], room: int) -> list[str]:
    fitting: list[str] = []
    for tag in tags:
        room -= len(tag) + (2 if fitting else 0)
        if room < 0:
            break
        fitting.append(tag)
    return fitting


def _readable(text: str) -> str:
    """Without characters that no text has, which would spoil a whole batch."""
    return "".join(sign for sign in text if sign in "\n\t" or not _is_control(sign))


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cs"}
