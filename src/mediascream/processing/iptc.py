"""Reads IPTC-IIM records: captions, keywords and dates as agencies wrote them before XMP.

Source, read 2026-11-24: IPTC-NAA Information Interchange Model 4.2.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from mediascream.processing.moments import Moment, parse_moment
from mediascream.processing.tags import decode_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYWORDS, _DATE_CREATED, _TIME_CREATED, _CAPTION = (2, 25), (2, 55), (2, 60), (2, 120)
_LONG_FORM = 0x8000
_HEADER_BYTES = 5


def _records(data: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    at = 0
    while data[at : at + 1] == b"\x1c" and at + _HEADER_BYTES <= len(data):
        number = (data[at + 1], data[at + 2])
        length, at = int.from_bytes(data[at + 3 : at + 5]), at + _HEADER_BYTES
        if length & _LONG_FORM:
            size_bytes = length & ~_LONG_FORM
            length, at = int.from_bytes(data[at : at + min(size_bytes, 4)]), at + size_bytes
        yield number, data[at : at + length]
        at += length


class Iptc:
    """What of the records matters here. Texts are UTF-8 where they are that, else Latin-1."""

    def __init__(self, data: bytes | None) -> None:
        self._texts: dict[tuple[int, int], list[str]] = defaultdict(list)
        for number, raw in _records(data or b""):
            if text := decode_text(raw):
                self._texts[number].append(text)

    def _first(self, number: tuple[int, int]) -> str | None:
        return next(iter(self._texts.get(number, ())), None)

    @property
    def caption(self) -> str | None:
        """What the picture shows."""
        return self._first(_CAPTION)

    @property
    def keywords(self) -> tuple[str, ...]:
        """In the order of the file."""
        return tuple(self._texts.get(_KEYWORDS, ()))

    @property
    def created(self) -> Moment | None:
        """When what the picture shows was created, to the second where that is written."""
        day, time = self._first(_DATE_CREATED), self._first(_TIME_CREATED)
        return parse_moment(f"{day} {time}") or parse_moment(day)
