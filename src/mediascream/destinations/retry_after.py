"""How long a server asks to be left alone, whether it says so in seconds or as a date."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after_s(header: str | None) -> float | None:
    """Seconds from now; None where the header is missing or says nothing that could be understood."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    at = date_of(header)
    return None if at is None else max(0.0, (at - datetime.now(UTC)).total_seconds())


def date_of(header: str) -> datetime | None:
    """The moment that a header such as `Date` names; None where it names none."""
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
