"""When copies were last proven: the audit, and the drill that restores a few photos from the archive alone.

Both leave a fact in the database: `{"at": RFC 3339, "good": bool, "detail": sentence}`, under the names below.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mediascream.doctor.deliveries import ago
from mediascream.doctor.findings import Finding, note, ok, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COPY_LATE: Final = timedelta(days=4)
LATE: Final = timedelta(days=30)
FACTS: Final = {"last_audit": "audit", "last_drill": "drill"}


def look_at_proofs(facts: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    """The audit and the drill that were last."""
    for name, about in FACTS.items():
        yield judge_proof(about, facts.get(name), now)


def judge_copies(told: Any, now: datetime) -> Finding:
    """How old the youngest copy of the database is; the fact lists turn and key of each."""
    if not isinstance(told, list) or not told:
        return note("copy", "the database was not copied into the archive yet", "the worker does so once a day")
    day = datetime.fromisoformat(max(str(key) for _, key in told).removeprefix("database/")[:10]).replace(tzinfo=UTC)
    seen = f"the database was last copied into the archive on {day.date()}; {len(told)} copies are kept"
    if now - day > COPY_LATE:
        return warning("copy", seen, "look into the log why: no room beside the database, or the archive is away")
    return ok("copy", seen)


def judge_proof(about: str, told: Any, now: datetime) -> Finding:
    """What one of them found, and how long ago."""
    if not isinstance(told, dict) or "at" not in told:
        return note(about, f"no {about} has been made yet")
    at = datetime.fromisoformat(told["at"])
    seen = f"the last {about} was {'good' if told.get('good') else 'not good'}, {ago(now - at)} ago"
    if not told.get("good"):
        return problem(about, f"{seen}: {told.get('detail') or 'no details'}", "mediascream verify")
    if now - at > LATE:
        return warning(about, seen, "let the worker run for longer, or: mediascream verify")
    return ok(about, seen)
