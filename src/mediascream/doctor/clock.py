"""This machine's clock: beside those of the servers that it talks to anyway, and beside its own past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx2

from mediascream.archive.s3_circumstances import clock_ahead_s
from mediascream.doctor.findings import Finding, note, ok, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

ABOUT: Final = "clock"
SKEW_WARNS_S: Final = 60.0
SKEW_STOPS_S: Final = 900.0
"""S3 refuses requests that are signed with a clock fifteen minutes off (RequestTimeTooSkewed)."""

_PATIENCE_S: Final = 10.0
_SET_IT: Final = "let the system keep it: timedatectl set-ntp true"


def judge_clock(ahead_s: float, whose: str) -> Finding:
    """What a difference to another clock means."""
    size, word = abs(ahead_s), "ahead of" if ahead_s > 0 else "behind"
    if size >= SKEW_STOPS_S:
        return problem(ABOUT, f"this clock is {size:.0f} s {word} {whose}: services refuse such requests", _SET_IT)
    if size >= SKEW_WARNS_S:
        return warning(ABOUT, f"this clock is {size:.0f} s {word} {whose}", _SET_IT)
    return ok(ABOUT, f"this clock agrees with {whose} to the minute")


def look_at_clock_of(url: str, whose: str) -> Iterator[Finding]:
    """What a service's clock says, by a request that asks for nothing; nothing where it does not answer."""
    try:
        answer = httpx2.head(url, timeout=_PATIENCE_S)
    except httpx2.HTTPError:
        return
    ahead_s = clock_ahead_s(answer)
    if ahead_s is not None:
        yield judge_clock(ahead_s, whose)


def judge_past(now: datetime, newest: datetime | None) -> Finding:
    """What it means that the youngest photo came at `newest`."""
    if newest is not None and (newest - now).total_seconds() > SKEW_WARNS_S:
        seen = f"the youngest photo came at {newest:%Y-%m-%d %H:%M} UTC, which this clock has not reached"
        return problem(ABOUT, seen, _SET_IT)
    if newest is None:
        return note(ABOUT, f"this machine says that it is {now:%Y-%m-%d %H:%M} UTC")
    return ok(ABOUT, f"this machine says that it is {now:%Y-%m-%d %H:%M} UTC, later than all it remembers")
