"""Which bytes of a resource an answer carries: conditional and range requests (RFC 9110, 13 and 14), decided purely."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

_RANGE: Final = re.compile(r"bytes=\s*(?:(?P<first>\d{1,19})-(?P<last>\d{0,19})|-(?P<suffix>\d{1,19}))\s*", re.ASCII)
_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


@dataclass(frozen=True, slots=True)
class Whole:
    """200 with everything."""


@dataclass(frozen=True, slots=True)
class Part:
    """206 with the bytes from `start` up to but not including `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NotModified:
    """304: the client has it."""


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """416: nothing lies there."""


Selection: TypeAlias = Whole | Part | NotModified | Unsatisfiable


def select(method: str, headers: Mapping[str, str], *, etag: str, size_bytes: int) -> Selection:
    """What to answer. Several ranges at once, or a malformed one, are answered with everything, as is allowed.

    Args:
        method: Ranges count only for GET.
        headers: With names in lower case, or blind to case.
        etag: Strong, in its quotes.
        size_bytes: Of the whole.
    """
    if _client_has(headers.get("if-none-match"), etag):
        return NotModified()
    wanted = headers.get("range")
    if method != "GET" or wanted is None or headers.get("if-range", etag) != etag:
        return Whole()
    found = _RANGE.fullmatch(wanted)
    return Whole() if found is None else _bounded(found, size_bytes)


def _client_has(tags: str | None, etag: str) -> bool:
    return tags is not None and (tags.strip() == "*" or etag in _TAG.findall(tags))


def _bounded(found: re.Match[str], size_bytes: int) -> Selection:
    if found["suffix"] is not None:
        start, last = max(0, size_bytes - int(found["suffix"])), size_bytes - 1
    else:
        start, last = int(found["first"]), int(found["last"] or size_bytes)
        if last < start:
            return Whole() if found["last"] else Unsatisfiable()
    return Part(start, min(last + 1, size_bytes)) if start < size_bytes else Unsatisfiable()
