"""Page cursors: where the next page begins, as one opaque word."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from mediascream.errors import FieldInvalid


def write_cursor(*parts: str | int) -> str:
    """One word that stands for a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> list[Any]:
    """The parts of a cursor, of these kinds.

    Raises:
        FieldInvalid: It is none of ours.
    """
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        parts = None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds):
        msg = "The cursor is not one that this server gave out; begin again without it."
        raise FieldInvalid(msg)
    return parts
