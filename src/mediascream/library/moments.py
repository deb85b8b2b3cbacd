"""When, where and what: the best of what file, sender and clock say, and moments as whole numbers. Pure."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from mediascream.library.columns import storable_text
from mediascream.photo import Location, TakenSource

if TYPE_CHECKING:
    from mediascream.library.records import Said
    from mediascream.photo import Metadata

NUMBER_BITS = 28
FARTHEST_S = 2**35 - 1
"""As many seconds before and after 1970 (years 881 to 3058) fit beside a number into 64 bits."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MIN = 24 * 60


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970, UTC; also before 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The moment, in UTC."""
    return EPOCH + timedelta(milliseconds=ms)


def opt_ms(moment: datetime | None) -> int | None:
    """As `to_ms`, None staying None."""
    return None if moment is None else to_ms(moment)


def opt_moment(ms: int | None) -> datetime | None:
    """As `from_ms`, None staying None."""
    return None if ms is None else from_ms(ms)


def to_local(moment: datetime) -> str:
    """A wall clock as it is kept: sortable text without an offset."""
    return moment.replace(tzinfo=None, microsecond=0).isoformat()


def sort_key(taken_at_ms: int, number: int) -> int:
    """Unique, and ordered by the moment taken, to the second (impossible years stand in no order at the ends)."""
    seconds = max(-FARTHEST_S, min(taken_at_ms // 1000, FARTHEST_S))
    return (seconds << NUMBER_BITS) | number


class Taken(NamedTuple):
    """When a photo was taken, as far as anybody knows."""

    at: datetime
    local: datetime
    offset_min: int | None
    source: TakenSource

    @property
    def month(self) -> str:
        """The month of the wall clock, `YYYY-MM`."""
        return f"{self.local.year:04}-{self.local.month:02}"


def believable(metadata: Metadata) -> Metadata:
    """`metadata` without a place that is not on Earth and an offset that no clock has."""
    place, offset = metadata.location, metadata.taken_offset_min
    if place is not None and not (_within(place.latitude, 90) and _within(place.longitude, 180)):
        place = None
    if offset is not None and abs(offset) >= DAY_MIN:
        offset = None
    description = storable_text(metadata.description) if metadata.description else None
    return replace(metadata, location=place, taken_offset_min=offset, description=description)


def when_taken(metadata: Metadata, said: Said, *, modified_at: datetime | None, added_at: datetime) -> Taken:
    """The best moment: the file's, else the sender's (the other way round where that goes first), else a clock's.

    A wall clock without an offset is read as UTC.
    """
    if said.taken_at is not None and (said.goes_first("taken_at") or metadata.taken_local is None):
        return _of_sender(said.taken_at)
    if metadata.taken_local is not None:
        offset = metadata.taken_offset_min
        at = _utc(metadata.taken_local, timedelta(minutes=offset or 0))
        return Taken(at, metadata.taken_local.replace(microsecond=0), offset, TakenSource.EXIF)
    if modified_at is not None:
        return _of_clock(modified_at, TakenSource.MODIFIED)
    return _of_clock(added_at, TakenSource.ADDED)


def where_taken(metadata: Metadata, said: Said) -> Location | None:
    """The best place, by the same rule; a person who took the place away is believed too."""
    if "location" in said.edited or (said.override and said.location is not None):
        return said.location
    return metadata.location or said.location


def what_described(metadata: Metadata, said: Said) -> str | None:
    """The best description. The sender's word wins here: a person wrote it for this photo."""
    if "description" in said.edited:
        return said.description
    return said.description or metadata.description


def _of_sender(moment: datetime) -> Taken:
    offset = moment.utcoffset()
    local = moment.replace(tzinfo=None)
    offset_min = None if offset is None else offset // timedelta(minutes=1)
    at = _utc(local, offset or timedelta())
    return Taken(at, local.replace(microsecond=0), offset_min, TakenSource.SENDER)


def _of_clock(moment: datetime, source: TakenSource) -> Taken:
    utc = moment.astimezone(UTC)
    return Taken(utc, utc.replace(tzinfo=None, microsecond=0), None, source)


def _utc(local: datetime, offset: timedelta) -> datetime:
    try:
        return local.replace(tzinfo=UTC) - offset
    except OverflowError:  # the first day of year 1, the last of 9999
        return local.replace(tzinfo=UTC)


def _within(degrees: float, limit: float) -> bool:
    return math.isfinite(degrees) and abs(degrees) <= limit
