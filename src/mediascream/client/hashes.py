"""Files that are known by their hashes alone, made elsewhere: one line of JSON each, `{"id": …, "path": …}`.

`mediascream status --json` and `safe-to-delete --json` write such lines; `sha256sum` is turned into them by any script.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mediascream.client.fingerprint import Hashed
from mediascream.client.walk import Stamp, Unreadable
from mediascream.photo import PhotoId, is_photo_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NEVER_LOOKED_AT = Stamp(0, 0, 0)


def read_hashes(lines: Iterable[str]) -> Iterator[Hashed | Unreadable]:
    """Each line as a file that was hashed; a line that says no hash is a file that cannot be vouched for."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read(line, number)


def _read(line: str, number: int) -> Hashed | Unreadable:
    try:
        told: Any = json.loads(line)
        photo_id, path = str(told["id"]).lower(), str(told.get("path") or told["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return Unreadable(f"line {number}", 'is not {"id": "SHA-256", "path": "…"}')
    if not is_photo_id(photo_id):
        return Unreadable(path, "has no SHA-256 of 64 hex digits")
    return Hashed(path, _NEVER_LOOKED_AT, PhotoId(photo_id))
