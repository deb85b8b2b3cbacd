"""What a sender says about the files of one upload, read from text and held to the contract.

A form (`POST /photos/`), a query (`PUT /photos/{id}`) and the metadata of a resumable upload carry the
same values by the same names, each perhaps several times. Nothing here touches a file or a clock.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from mediascream.errors import FieldInvalid, SkipUnknown
from mediascream.photo import LONGEST_TAG, SERVICES, DestinationName, Location

if TYPE_CHECKING:
    from collections.abc import Iterable

Texts: TypeAlias = Mapping[str, Sequence[str]]
"""Values by name, each as often as it was sent."""

MAX_TAGS: Final = 1000

_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt ](?P<clock>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+ -])(?P<offset>\d\d:?\d\d))?",
    re.ASCII,
)
"""RFC 3339, its offset optional. A blank before the offset is a `+` that a query did not escape."""
_SECONDS = re.compile(r"-?\d{1,12}(?:\.\d{1,9})?", re.ASCII)
_SWITCHES: Final = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}


@dataclass(frozen=True, slots=True)
class SenderValues:
    """What the sender says of every file of one upload.

    Attributes:
        taken_at: Aware; or naive, the wall clock of the place, where the sender named no offset.
        skip: Services that must not get these photos.
        override: The sender's date and place win over the file's own.
        restore: Bytes that are in the trash come back.
    """

    tags: tuple[str, ...] = ()
    skip: tuple[DestinationName, ...] = ()
    description: str | None = None
    taken_at: datetime | None = None
    location: Location | None = None
    modified_at: datetime | None = None
    override: bool = False
    restore: bool = False


def read_values(texts: Texts) -> SenderValues:
    """The values by the names of the contract; other names are none of ours and mean nothing.

    Raises:
        FieldInvalid: A value cannot be understood; the sentence names it.
        SkipUnknown: `skip` names something that cannot be skipped.
    """
    return SenderValues(
        tags=clean_tags(_listed(texts.get("tags", ()))),
        skip=_skip(_listed(texts.get("skip", ()))),
        description=_description(texts),
        taken_at=_taken_at(texts),
        location=_location(texts),
        modified_at=_modified_at(texts),
        override=_switch(texts, "override"),
        restore=_switch(texts, "restore"),
    )


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as they are kept: trimmed, NFC, unique without case (the first spelling stays), none empty.

    Raises:
        FieldInvalid: A tag is too long or holds a control character, or there are too many.
    """
    kept: dict[str, str] = {}
    for tag in tags:
        clean = unicodedata.normalize("NFC", tag).strip()
        if clean:
            kept.setdefault(tag_identity(clean), _checked_tag(clean))
    if len(kept) > MAX_TAGS:
        raise FieldInvalid(f"tags: at most {MAX_TAGS} for a photo, not {len(kept)}")
    return tuple(kept.values())


def tag_identity(tag: str) -> str:
    """What two spellings of one tag have in common."""
    return unicodedata.normalize("NFC", tag.casefold())


def _checked_tag(tag: str) -> str:
    if len(tag) > LONGEST_TAG:
        raise FieldInvalid(f"tags: at most {LONGEST_TAG} characters each; {tag[:20]!r}… has {len(tag)}")
    _refuse_control_characters("tags", tag)
    return tag


def _listed(values: Sequence[str]) -> list[str]:
    return [part for value in values for part in value.split(",")]


def _skip(names: Iterable[str]) -> tuple[DestinationName, ...]:
    wanted = {name.strip().lower() for name in names} - {""}
    unknown = sorted(wanted - set(SERVICES))
    if unknown:
        known = ", ".join(SERVICES)
        raise SkipUnknown(f"skip takes {known}; it does not take {', '.join(name[:40] for name in unknown[:10])}")
    return tuple(service for service in SERVICES if service in wanted)


def _one(texts: Texts, name: str) -> str | None:
    """The single value under `name`, trimmed; None where there is none or it is empty."""
    values = {value.strip() for value in texts.get(name, ())} - {""}
    if len(values) > 1:
        raise FieldInvalid(f"{name}: given more than once, with different values")
    return next(iter(values), None)


def _description(texts: Texts) -> str | None:
    description = _one(texts, "description")
    if description is not None and "\0" in description:
        raise FieldInvalid("description: holds a NUL character")
    return description


def _refuse_control_characters(name: str, text: str) -> None:
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise FieldInvalid(f"{name}: {text[:40]!r} holds a control character")


def _switch(texts: Texts, name: str) -> bool:
    text = _one(texts, name)
    if text is None:
        return False
    if text.lower() not in _SWITCHES:
        raise FieldInvalid(f"{name}: must be true or false, not {text[:40]!r}")
    return _SWITCHES[text.lower()]


def _location(texts: Texts) -> Location | None:
    latitude, longitude = _degrees(texts, "latitude", 90), _degrees(texts, "longitude", 180)
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise FieldInvalid("latitude and longitude: give both or none")
    return Location(latitude, longitude)


def _degrees(texts: Texts, name: str, limit: int) -> float | None:
    text = _one(texts, name)
    if text is None:
        return None
    try:
        degrees = float(text)
    except ValueError:
        degrees = math.nan
    if not abs(degrees) <= limit:  # also where it is not a number
        raise FieldInvalid(f"{name}: must be a number from -{limit} to {limit}, not {text[:40]!r}")
    return degrees


def _taken_at(texts: Texts) -> datetime | None:
    text = _one(texts, "taken_at")
    return None if text is None else _moment("taken_at", text)


def _modified_at(texts: Texts) -> datetime | None:
    """In UTC; a moment without an offset is taken to be in UTC already."""
    text = _one(texts, "modified_at")
    if text is None:
        return None
    if _SECONDS.fullmatch(text) is None:
        moment = _moment("modified_at", text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (OverflowError, ValueError, OSError):
        raise _not_a_moment("modified_at", text) from None


def _moment(name: str, text: str) -> datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise _not_a_moment(name, text)
    offset = (found["sign"].replace(" ", "+") + found["offset"]) if found["offset"] else (found["utc"] or "").upper()
    try:
        moment = datetime.fromisoformat(f"{found['day']}T{found['clock']}{offset}")
        moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)  # the first and the last day may not fit
    except (OverflowError, ValueError):
        raise _not_a_moment(name, text) from None
    return moment


def _not_a_moment(name: str, text: str) -> FieldInvalid:
    example = "2026-11-24T18:30:00+01:00"
    return FieldInvalid(f"{name}: must be a moment such as {example} (RFC 3339), not {text[:40]!r}")
