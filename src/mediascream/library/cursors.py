"""Page cursors: where the next page begins, as one opaque word."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from mediascream.errors import FieldInvalid

LONGEST = 200
INT64 = range(-(2**63), 2**63)


def write_cursor(*parts: str | int) -> str:
    """One word that stands for a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> list[Any]:
    """The parts of a cursor, of these kinds.

    Raises:
        FieldInvalid: It is none of ours.
    """
    parts = _decoded(cursor)
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds) or not all(map(_usable, parts)):
        msg = "The cursor is not one that this server gave out; begin again without it."
        raise FieldInvalid(msg)
    return parts


def _decoded(cursor: str) -> Any:
    if len(cursor) > LONGEST:
        return None
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None


def _usable(part: str | int) -> bool:
    """Whether a database can compare with it."""
    return part in INT64 if isinstance(part, int) else part.isascii() and part.isprintable()
