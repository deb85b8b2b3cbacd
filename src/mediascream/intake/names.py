"""What a file is called by its sender, made fit to be shown, stored and sent back.

A name is only ever shown: no path is built from it. Still it must be one line, must not pretend to be
a folder, and must fit into a header and a database column.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_NAME_CHARACTERS: Final = 255

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")
_UNFIT: Final = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories: controls, halves of surrogate pairs, separators of lines and paragraphs."""
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of writing: `photo_gpj.exe` would be shown as `photo_exe.jpg`."""


def display_name(sent: str) -> str:
    """The last part of the path that was sent, without what cannot be shown; empty where nothing is left."""
    last = re.split(r"[/\\]", sent)[-1]
    shown = "".join("_" if _is_unfit(character) else character for character in last).strip()
    return "" if not shown.strip(". ") else _shortened(shown)


def _is_unfit(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in _UNFIT


def _shortened(name: str) -> str:
    """At most `MAX_NAME_CHARACTERS`, with the ending kept."""
    if len(name) <= MAX_NAME_CHARACTERS:
        return name
    found = _ENDING.search(name)
    ending = found[0] if found else ""
    return name[: MAX_NAME_CHARACTERS - len(ending)] + ending
