"""What the database says of the photos: what waits, what needs a person, when the last one came, what was proven last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from mediascream.doctor.findings import Finding, Level, ago, note, ok, problem, warning
from mediascream.library import schema, standing
from mediascream.library.checked import Checked, last_checks
from mediascream.library.facts import get_fact
from mediascream.library.moments import opt_moment
from mediascream.library.moving import unmoved
from mediascream.library.standing import Trouble
from mediascream.photo import OPEN_STATES, DeliveryState, DestinationName, is_photo_id
from mediascream.queue.census import Census, take_census

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from mediascream.library.standing import Standing

DELIVERIES: Final = "deliveries"
SPOOL: Final = "spool"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What one look into the database gave.

    Attributes:
        unreachable: Archives that the settings no longer name, and that alone have some originals.
        spooled: How many photos lie in the spool alone or are still to go somewhere from there.
        newest: When the youngest photo came.
        facts: All there are, by name.
    """

    library_id: str | None
    standings: Mapping[DestinationName, Standing]
    counts: Mapping[DestinationName, Mapping[DeliveryState, int]]
    unreachable: frozenset[DestinationName]
    spooled: int
    newest: datetime | None
    facts: Mapping[str, Any]
    jobs: Census
    checked: Mapping[str, Checked]


def remember(connection: sa.Connection, *, unset: Collection[DestinationName] = ()) -> Remembered:
    """Look into the database, once for all that follows. `unset` are archives that the settings do not name."""
    photos = schema.photos.c
    return Remembered(
        library_id=get_fact(connection, "library_id"),
        standings={name: standing.standing(connection, name) for name in DestinationName},
        counts=standing.counts(connection),
        unreachable=frozenset(name for name in unset if unmoved(connection, name, DestinationName.FOLDER, limit=1)),
        spooled=connection.scalar(sa.select(sa.func.count()).where(schema.SPOOLED).select_from(schema.photos)) or 0,
        newest=opt_moment(connection.scalar(sa.select(photos.added_at_ms).order_by(photos.number.desc()).limit(1))),
        jobs=take_census(connection),
        checked=last_checks(connection),
        facts={row.name: row.value for row in connection.execute(sa.select(schema.facts))},
    )


def look_at_deliveries(known: Remembered) -> Iterator[Finding]:
    """Each destination that has anything to do, or is in trouble."""
    for name, stands in known.standings.items():
        counts = known.counts.get(name, {})
        if name in known.unreachable:
            seen = f"{name}: originals lie there and nowhere else, and the settings do not name it"
            yield problem(DELIVERIES, seen, "put its settings back (docs/s3.md); until then nobody can read them")
        elif counts or stands.trouble:
            yield judge_destination(stands, counts)


def judge_destination(stands: Standing, counts: Mapping[DeliveryState, int]) -> Finding:
    """How it stands, in one line."""
    name = stands.name
    seen = f"{name}: {', '.join(f'{count} {state}' for state, count in sorted(counts.items())) or 'nothing yet'}"
    if stands.trouble is Trouble.BLOCKED:
        why = f" ({stands.detail})" if stands.detail else ""
        return problem(
            DELIVERIES, f"{seen}; it is blocked{why}", f"mend that, then: mediascream retry --destination {name}"
        )
    if counts.get(DeliveryState.BLOCKED) or counts.get(DeliveryState.FAILED):
        return problem(DELIVERIES, seen, "mediascream status names them, and says of each what to do")
    if stands.paused:
        return note(DELIVERIES, f"{seen}; it is paused", f"to go on: mediascream resume {name}")
    if stands.trouble is Trouble.WAITING:
        until = f", until {stands.until:%Y-%m-%d %H:%M} UTC" if stands.until else ""
        return warning(
            DELIVERIES, f"{seen}; it waits{until}: {stands.detail}", "it goes on by itself, unless that lasts"
        )
    open_count = sum(counts.get(state, 0) for state in OPEN_STATES)
    return Finding(DELIVERIES, Level.NOTE if open_count else Level.OK, seen)


def judge_jobs(jobs: Census, *, server_runs: bool) -> Finding:
    """What is still to be done, and whether anybody does it."""
    seen = f"{jobs.to_do} jobs to do"
    if jobs.given_up:
        seen += f", {jobs.given_up} given up because their worker died with each of them"
        return note(
            "jobs", seen, "what they were for is begun anew within the hour; if there are ever more, see the log"
        )
    if jobs.to_do and not server_runs:
        return note(
            "jobs", f"{seen}, and no server runs on this data folder", "start it, or a worker: mediascream serve"
        )
    return ok("jobs", seen)


def look_at_spool(folder: Path, known: Remembered, *, server_runs: bool) -> Iterator[Finding]:
    """Whether what lies in the spool is what should lie there."""
    if not folder.is_dir():
        return
    files = sum(is_photo_id(entry.name) for entry in folder.iterdir())
    parts = sum(1 for _ in (folder / ".incoming").glob("*.part"))
    seen = f"{files} originals in the spool, {known.spooled} known to be there; {parts} uploads begun"
    if files < known.spooled:
        missing = known.spooled - files
        to_do = "look for a disk that is not mounted, or a folder that was emptied; do not start before"
        yield problem(SPOOL, f"{seen}: {missing} that no archive may have yet are gone", to_do)
    elif (files > known.spooled or parts) and not server_runs:
        yield note(SPOOL, seen, "the next start takes in or clears away what is left over")
    else:
        yield ok(SPOOL, seen)


def look_at_last_upload(known: Remembered, now: datetime) -> Iterator[Finding]:
    """When the last photo came."""
    if known.newest is None:
        yield note("upload", "no photo has come yet")
    else:
        yield ok("upload", f"the last new photo came {ago(now - known.newest)} ago ({known.newest:%Y-%m-%d %H:%M} UTC)")


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
