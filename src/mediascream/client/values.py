"""What is said of a file beside its bytes: the query of the `PUT` that sends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediascream.client.sidecar import read_sidecar

if TYPE_CHECKING:
    from mediascream.client.fingerprint import Hashed


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asked for all files of a run."""

    tags: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    restore: bool = False


NO_WISHES: Final = Wishes()


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said of one photo.

    Attributes:
        values: For the `PUT` that sends it.
        tags: Those that a photo gets that is known already.
        fills: It also gets the date, place and description that it lacks.
        once: It was said before, and is not said again: what a person took away since stays away.
    """

    values: dict[str, str]
    tags: tuple[str, ...] = ()
    fills: bool = False
    once: bool = False


def values_of(photo: Hashed, wishes: Wishes) -> dict[str, str]:
    """The optional values of the contract for one file, and its name."""
    notes = read_sidecar(photo.path)
    values = {
        "file_name": readable_name(photo.path),
        "tags": ",".join((*wishes.tags, *notes.tags)),
        "skip": ",".join(wishes.skip),
        "description": notes.description,
        "taken_at": notes.taken_at,
        "latitude": notes.latitude,
        "longitude": notes.longitude,
        "modified_at": _modified_at(photo.stamp.mtime_ns),
        "restore": "true" if wishes.restore else "",
    }
    return {name: value for name, value in values.items() if value}


def saying_of(photo: Hashed, wishes: Wishes, *, noted: bool) -> Saying:
    """What is said of a file; with `noted`, a known photo gets what its sidecar says too."""
    values = values_of(photo, wishes)
    if not noted:
        return Saying(values, wishes.tags)
    return Saying(values, tuple(filter(None, values.get("tags", "").split(","))), fills=True, once=True)


def readable_name(path: str) -> str:
    """The file's name as text: bytes that are no UTF-8 become U+FFFD, for JSON and URLs can carry text only."""
    return Path(path).name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _modified_at(mtime_ns: int) -> str:
    """RFC 3339 in UTC; empty for a moment that no photo can have (the epoch itself is a lost date)."""
    if mtime_ns <= 0:
        return ""
    try:
        moment = datetime.fromtimestamp(mtime_ns // 1000 / 1_000_000, UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    return moment.isoformat().replace("+00:00", "Z")
