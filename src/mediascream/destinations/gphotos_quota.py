"""The calls that Google allows a project in a day: counted here, by all workers together, and stopped before the end.

10,000 in a day for uploads, creations and lists together (https://developers.google.com/photos/overview/api-limits-quotas,
read 2026-11-24); a day ends at midnight in California, as users found. Uploads leave a few calls for the batches that make
items of them, so that no bytes are sent in vain.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mediascream.destinations.base import Quota
from mediascream.errors import QuotaSpent

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediascream.destinations.base import Shared

KEPT_FOR_BATCHES = 6
"""Enough to look for the album, make it, make items of what was uploaded, and see them shown."""

CLOCKS_DIFFER = timedelta(minutes=30)
"""So long after midnight Google's day may still be the one before; then it is asked again soon, not a day later."""
SOON = timedelta(minutes=15)


def _pacific() -> tzinfo:
    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:  # no tables of time zones on this machine; in summer this is an hour too late
        return timezone(timedelta(hours=-8))


class Meter:
    """Counts the calls of one project.

    Args:
        name: Under which they are counted; with the project in it.
    """

    def __init__(self, shared: Shared, name: str, per_day: int, *, now: Callable[[], datetime]) -> None:
        self._shared = shared
        self._name = name
        self._per_day = per_day
        self._now = now
        self._zone = _pacific()

    def spend(self, *, for_upload: bool = False) -> None:
        """Count one call that is about to be made.

        Raises:
            QuotaSpent: The day's calls are spent; none was counted.
        """
        kept = min(KEPT_FOR_BATCHES, self._per_day // 2) if for_upload else 0
        if not self._shared.count(self._name, self._today(), 1, most=self._per_day - kept):
            msg = f"The {self._per_day} calls to Google Photos that a day allows are spent; it goes on at their reset."
            raise QuotaSpent(msg, reason="day-spent", resets_at=self.resets_at())

    def spent_says_google(self, message: str) -> QuotaSpent:
        """What to raise where Google says that the day is spent, whatever was counted: others use the project too."""
        began = self._midnight(days=0)
        if self._now() - began < CLOCKS_DIFFER:
            return QuotaSpent(message, reason="day-spent", resets_at=self._now() + SOON)
        used = self._shared.counted(self._name, self._today())
        self._shared.count(self._name, self._today(), max(0, self._per_day - used), most=self._per_day)
        return QuotaSpent(message, reason="day-spent", resets_at=self.resets_at())

    def quota(self) -> Quota:
        """How the day stands."""
        return Quota(self._per_day, self._shared.counted(self._name, self._today()), self.resets_at())

    def resets_at(self) -> datetime:
        """The next midnight in California, in UTC."""
        return self._midnight(days=1)

    def _today(self) -> str:
        return f"{self._now().astimezone(self._zone):%Y-%m-%d}"

    def _midnight(self, *, days: int) -> datetime:
        local = self._now().astimezone(self._zone) + timedelta(days=days)
        return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
