"""Between moments and the whole numbers that the tables keep. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from mediascream.photo import Location, TakenSource

if TYPE_CHECKING:
    from mediascream.library.records import Said
    from mediascream.photo import Metadata

NUMBER_BITS = 28
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    """Unique, and ordered by the moment taken, to the second."""
    return ((taken_at_ms // 1000) << NUMBER_BITS) | number


class Taken(NamedTuple):
    """When a photo was taken, as far as anybody knows."""

    at: datetime
    local: datetime
    offset_min: int | None
    source: TakenSource


def when_taken(metadata: Metadata, said: Said, *, modified_at: datetime | None, added_at: datetime) -> Taken:
    """The best moment: the file's, else the sender's (the other way round with `override`), else a clock's.

    A wall clock without an offset is read as UTC.
    """
    if said.override and said.taken_at is not None:
        return _of_sender(said.taken_at)
    if metadata.taken_local is not None:
        offset = metadata.taken_offset_min
        at = metadata.taken_local.replace(tzinfo=UTC) - timedelta(minutes=offset or 0)
        return Taken(at, metadata.taken_local.replace(microsecond=0), offset, TakenSource.EXIF)
    if said.taken_at is not None:
        return _of_sender(said.taken_at)
    if modified_at is not None:
        return _of_clock(modified_at, TakenSource.MODIFIED)
    return _of_clock(added_at, TakenSource.ADDED)


def _of_sender(moment: datetime) -> Taken:
    offset = moment.utcoffset()
    local = moment.replace(tzinfo=None, microsecond=0)
    if offset is None:
        return Taken(moment.replace(tzinfo=UTC), local, None, TakenSource.SENDER)
    return Taken(moment.astimezone(UTC), local, int(offset.total_seconds() // 60), TakenSource.SENDER)


def _of_clock(moment: datetime, source: TakenSource) -> Taken:
    utc = moment.astimezone(UTC)
    return Taken(utc, utc.replace(tzinfo=None, microsecond=0), None, source)


def where_taken(metadata: Metadata, said: Said) -> Location | None:
    """The best place, by the same rule."""
    if said.override and said.location is not None:
        return said.location
    return metadata.location or said.location


def what_described(metadata: Metadata, said: Said) -> str | None:
    """The best description. The sender's word wins here: a person wrote it for this photo."""
    return said.description or metadata.description
