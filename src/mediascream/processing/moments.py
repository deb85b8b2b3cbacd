"""When a photo was taken, out of the many things that say so.

A `Moment` is a wall clock with the offset that was written beside it, if one was. Nothing here raises:
cameras write zeros, blanks and worse, and a date that cannot be believed is None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_DATE_TIME = re.compile(
    r"""\s*(?P<year>\d{4})[-:/.]?(?P<month>\d\d)[-:/.]?(?P<day>\d\d)
    (?:[T\s]+(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?)?
    \s*(?P<offset>Z|[+-]\d\d:?\d\d)?\s*""",
    re.VERBOSE,
)
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_OFFSET = re.compile(r"\s*(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)\s*")
_MAX_OFFSET_MIN = 14 * 60
_FIRST_YEAR, _LAST_YEAR = 1800, 2200
"""Scans of old pictures carry the year of the picture; what lies outside is noise."""

_CLOCKS_AT_REST = frozenset({date(1904, 1, 1), date(1970, 1, 1)})
"""Where the clocks of video containers start: what a recorder writes that has no clock."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A wall clock, and the minutes east of UTC where they are known; `whole_day` where no time was written."""

    local: datetime
    offset_min: int | None = None
    whole_day: bool = False


def parse_offset(text: str | None) -> int | None:
    """Minutes east of UTC of `+02:00`, `-0330` or `Z`."""
    if text is None or text.strip() == "Z":
        return None if text is None else 0
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    minutes = int(match["hours"]) * 60 + int(match["minutes"])
    if minutes > _MAX_OFFSET_MIN or int(match["minutes"]) > 59:  # noqa: PLR2004  (minutes of an hour)
        return None
    return -minutes if match["sign"] == "-" else minutes


def parse_moment(text: str | None, *, offset: str | None = None, fraction: str | None = None) -> Moment | None:
    """A moment as EXIF, XMP, IPTC or a video container writes it; a day alone counts from midnight.

    Args:
        text: Date and time; only blanks may stand around them.
        offset: Written elsewhere; the text's own wins.
        fraction: Digits of a second, written elsewhere.
    """
    match = _DATE_TIME.fullmatch(text or "")
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[part] or 0) for part in _PARTS)
    digits = (match["fraction"] or _digits(fraction))[:6].ljust(6, "0")
    try:
        local = datetime(year, month, day, hour, minute, second, int(digits))  # noqa: DTZ001  (a wall clock)
    except ValueError:
        return None
    if not _FIRST_YEAR <= local.year <= _LAST_YEAR:
        return None
    return Moment(local, parse_offset(match["offset"] or offset), whole_day=match["hour"] is None)


def _digits(text: str | None) -> str:
    stripped = (text or "").strip()
    return stripped if stripped.isascii() and stripped.isdigit() else ""


def parse_video_moment(text: str | None) -> Moment | None:
    """A container's creation time. Written in UTC it is kept as that clock, and its offset stays unknown."""
    moment = parse_moment(text)
    if moment is None or moment.local.date() in _CLOCKS_AT_REST:
        return None
    return Moment(moment.local) if moment.offset_min == 0 else moment


def choose_moment(candidates: Iterable[Moment | None], *, utc: datetime | None = None) -> Moment | None:
    """The first moment there is, or a later one that tells the time of the same day.

    A lacking offset is taken from the satellites, or from another one of the same second.

    Args:
        candidates: The most trustworthy first.
        utc: The satellites' time of the photo, which is in UTC.
    """
    known = [moment for moment in candidates if moment is not None]
    if not known:
        return None
    timed = (each for each in known if not each.whole_day and each.local.date() == known[0].local.date())
    chosen = next(timed, known[0])
    if chosen.offset_min is None:
        return replace(chosen, offset_min=_borrow_offset(chosen, known, utc))
    return chosen


def _borrow_offset(chosen: Moment, known: Iterable[Moment], utc: datetime | None) -> int | None:
    """From the satellites first: editing programs write the offset of the desk they run on."""
    by_satellites = None if utc is None else _offset_by(chosen.local, utc)
    second = chosen.local.replace(microsecond=0)
    by_others = (each.offset_min for each in known if each.local.replace(microsecond=0) == second)
    return by_satellites if by_satellites is not None else next((one for one in by_others if one is not None), None)


def _offset_by(local: datetime, utc: datetime) -> int | None:
    """The offset between wall clock and satellites, if it is within a minute of a full or half hour.

    Anything else is an old fix: a receiver that lost the sky repeats the last time it knew.
    """
    apart = local.replace(tzinfo=UTC) - utc
    half_hours = round(apart / timedelta(minutes=30))
    slack = abs(apart - half_hours * timedelta(minutes=30))
    return half_hours * 30 if slack <= timedelta(minutes=1) and abs(half_hours * 30) <= _MAX_OFFSET_MIN else None
