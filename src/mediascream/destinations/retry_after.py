"""What a server's headers say of time: how long to leave it alone, and whether this machine's clock is right."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SKEW_WORTH_TELLING_S = 60.0


def retry_after_s(header: str | None) -> float | None:
    """Seconds from now; None where the header is missing or says nothing that could be understood."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    at = date_of(header)
    return None if at is None else max(0.0, (at - datetime.now(UTC)).total_seconds())


def skew(header: str | None) -> str | None:
    """How wrong this machine's clock is beside a server's `Date`, in words; None where it is right, or nobody can say."""
    at = date_of(header or "")
    if at is None:
        return None
    ahead_s = (datetime.now(UTC) - at).total_seconds()
    if abs(ahead_s) < SKEW_WORTH_TELLING_S:
        return None
    return f"it is {abs(ahead_s) / 60:.0f} minutes {'ahead' if ahead_s > 0 else 'behind'}"


def date_of(header: str) -> datetime | None:
    """The moment that a header such as `Date` names; None where it names none."""
    try:
        at = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
