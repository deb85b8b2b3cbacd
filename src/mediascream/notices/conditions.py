"""What is wrong now, in the words of a message. Pure, from one look at the database and at the disks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from mediascream.library import schema, standing
from mediascream.library.checked import last_checks
from mediascream.library.moments import opt_moment
from mediascream.library.standing import Trouble
from mediascream.photo import SERVICES, DeliveryState, DestinationName

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from mediascream.folders import Room
    from mediascream.library.checked import Checked
    from mediascream.library.standing import Standing

ROOM_AGAIN: Final = 1.5
"""Room is there again only where there is so much more of it; else each upload would be news."""

AWAY_S: Final = 24 * 3600.0
SERVICE_AWAY_S: Final = 3 * AWAY_S

LATELY: Final = 1000
"""Of the log of checks so many are looked at, each minute."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that a person should know of, for as long as it lasts.

    Attributes:
        key: The same for the same event, whenever it is looked at: `blocked:flickr`.
        lasting_s: It is told only if it lasts for so long; most of its kind pass by themselves.
    """

    key: str
    title: str
    text: str
    lasting_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One look.

    Attributes:
        stuck: How many copies failed, are gone, or were found damaged or lost, where not the whole destination is blocked.
        newest: When the youngest photo came; None where none did.
        drill: The last attempt to restore some photos from the archive alone, where it was not long ago.
    """

    standings: Sequence[Standing]
    stuck: Mapping[DestinationName, int]
    newest: datetime | None
    drill: Checked | None


def look(connection: sa.Connection) -> Seen:
    """Look at the database; a few rows by their keys."""
    photos = schema.photos.c
    counts = standing.counts(connection)
    standings = [standing.standing(connection, name) for name in DestinationName]
    return Seen(
        standings=standings,
        stuck={stands.name: stuck for stands in standings if (stuck := _stuck(stands, counts.get(stands.name, {})))},
        newest=opt_moment(connection.scalar(sa.select(photos.added_at_ms).order_by(photos.number.desc()).limit(1))),
        drill=last_checks(connection, among=LATELY).get("drill"),
    )


def _stuck(stands: Standing, counts: Mapping[DeliveryState, int]) -> int:
    """While the destination as a whole is blocked or away, so are its deliveries, and that is told already."""
    blocked = 0 if stands.trouble else counts.get(DeliveryState.BLOCKED, 0)
    return blocked + counts.get(DeliveryState.FAILED, 0)


def conditions(
    seen: Seen, rooms: Sequence[Room], *, now: datetime, quiet_days: int, known: Container[str]
) -> dict[str, Condition]:
    """All that is wrong now. `known` are the keys of what was wrong at the last look; 0 quiet days are never told."""
    found = [
        *_blocked(seen),
        *_away(seen),
        *_failed(seen),
        *_unproven(seen),
        *_short(rooms, known),
        *_quiet(seen, now, quiet_days),
    ]
    return {condition.key: condition for condition in found}


def _blocked(seen: Seen) -> Iterator[Condition]:
    for stands in seen.standings:
        if stands.trouble is Trouble.BLOCKED:
            title = f"{stands.name} is blocked"
            text = f"{stands.detail or 'It needs a person.'} Photos wait, and go on once that is mended."
            yield Condition(f"blocked:{stands.name}", title, text)


def _away(seen: Seen) -> Iterator[Condition]:
    """An archive that is away: until it is back, the only copy of each new photo is in the spool. And a service, later.

    A quota that is spent ends at least once a day, and with it the trouble.
    """
    for stands in seen.standings:
        if stands.trouble is not Trouble.WAITING:
            continue
        said = stands.detail or "It cannot be used."
        if stands.name in SERVICES:
            title = f"Nothing could be sent to {stands.name} for three days"
            text = f"{said} It is tried again by itself, and what waits for it goes on then."
            yield Condition(f"away:{stands.name}", title, text, lasting_s=SERVICE_AWAY_S)
        else:
            title = f"The archive ({stands.name}) has been away for a day"
            text = f"{said} New photos are kept in the spool and wait for it."
            yield Condition(f"away:{stands.name}", title, text, lasting_s=AWAY_S)


def _failed(seen: Seen) -> Iterator[Condition]:
    for name, count in seen.stuck.items():
        what = "One copy needs" if count == 1 else f"{count} copies need"
        how = "it could not be made" if name in SERVICES else "it was found damaged or lost"
        text = f"{what} a person: {how}, or is gone. `mediascream status` names the photos, `mediascream retry` tries again."
        yield Condition(f"failed:{name}", f"Copies in {name} need you", text)


def _unproven(seen: Seen) -> Iterator[Condition]:
    if seen.drill is not None and seen.drill.wrong:
        text = (
            f"{seen.drill.wrong} of {seen.drill.copies} photos did not come back from the archive as they went there. "
            "`mediascream verify` looks at all."
        )
        yield Condition("drill", "The last restore drill failed", text)


def _short(rooms: Sequence[Room], known: Container[str]) -> Iterator[Condition]:
    for room in rooms:
        key = f"room:{room.what}"
        if room.is_short(times=ROOM_AGAIN if key in known else 1.0):
            text = f"{room}. When it is full, uploads are refused."
            yield Condition(key, f"Little room on the disk of the {room.what}", text)


def _quiet(seen: Seen, now: datetime, quiet_days: int) -> Iterator[Condition]:
    if quiet_days and seen.newest is not None and now - seen.newest > timedelta(days=quiet_days):
        day = seen.newest.astimezone(UTC).date()
        text = f"The last new photo came on {day}. Does the phone still send, and does the watched folder still exist?"
        yield Condition("quiet", f"No photo came for {quiet_days} days", text)
