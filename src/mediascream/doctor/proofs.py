"""When copies were last proven: by the audit, and by the drill that restores a few photos from the archive alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mediascream.doctor.findings import Finding, ago, note, ok, problem, warning
from mediascream.library.checked import CHECKERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mediascream.library.checked import Checked

COPY_LATE: Final = timedelta(days=4)
LATE: Final = timedelta(days=30)


def look_at_proofs(checked: Mapping[str, Checked], now: datetime) -> Iterator[Finding]:
    """The audit and the drill that were last."""
    for about in CHECKERS:
        yield judge_proof(about, checked.get(about), now)


def judge_copies(told: Any, now: datetime) -> Finding:
    """How old the youngest copy of the database is; the fact lists turn and key of each."""
    if not isinstance(told, list) or not told:
        return note("copy", "the database was not copied into the archive yet", "the worker does so once a day")
    day = datetime.fromisoformat(max(str(key) for _, key in told).removeprefix("database/")[:10]).replace(tzinfo=UTC)
    seen = f"the database was last copied into the archive on {day.date()}; {len(told)} copies are kept"
    if now - day > COPY_LATE:
        return warning("copy", seen, "look into the log why: no room beside the database, or the archive is away")
    return ok("copy", seen)


def judge_proof(about: str, checked: Checked | None, now: datetime) -> Finding:
    """What one of them found, and how long ago."""
    if checked is None:
        return note(about, f"no {about} has been made yet")
    word = "not good" if checked.wrong else "good"
    seen = f"the last {about} was {word}, {ago(now - checked.at)} ago ({checked.copies} copies)"
    if checked.wrong:
        return problem(about, f"{seen}: {checked.wrong} were not what they should be", "mediascream verify")
    if now - checked.at > LATE:
        return warning(about, seen, "let the worker run for longer, or: mediascream verify")
    return ok(about, seen)
