"""Which words a text holds, for searching. Pure, and the same for both databases.

A word is a run of letters and digits, without case and accents: `Zürich` is found by `zurich` and by
`ZÜR`. Chinese and Japanese write without spaces, so there each character is a word of its own; so is
each emoji. Digits behind letters can be asked for alone: `DSC00647` is found by `00647`. Thai, Lao and
Khmer are found from the beginning of a run only.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_WORD = 64
MOST_WORDS = 1000
MOST_ASKED = 16

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_DIGITS_BEHIND_LETTERS = re.compile(r"(?<=[a-z])\d+")
_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def words_of(text: str) -> list[str]:
    """The words of a text in their order, as they are compared."""
    if text.isascii():
        return [word[:LONGEST_WORD] for word in _ASCII_WORD.findall(text.lower())]
    flat = unicodedata.normalize("NFKD", text).casefold()
    return [word[:LONGEST_WORD] for word in "".join(map(_part, flat)).split()]


def words_to_find(texts: Iterable[str | None]) -> list[str]:
    """The words by which a photo with these texts is found, each once."""
    found: dict[str, None] = {}
    for text in texts:
        for word in words_of(text or ""):
            found[word] = None
            found.update(dict.fromkeys(_DIGITS_BEHIND_LETTERS.findall(word)))
    return list(found)[:MOST_WORDS]


def words_asked(text: str) -> list[str]:
    """The words that a person searches for; what lies beyond a sentence's length is not looked at."""
    return list(dict.fromkeys(words_of(text)))[:MOST_ASKED]


@lru_cache(maxsize=4096)
def _part(character: str) -> str:
    """What a character of a decomposed text is to words: a part, nothing (an accent), a word, or a gap."""
    category = unicodedata.category(character)
    if category in {"Mn", "Me"}:
        return ""
    if category == "So" or _WITHOUT_SPACES.match(character):
        return f" {character} "
    return character if category[0] in "LN" or category == "Mc" else " "
