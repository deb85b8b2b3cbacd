"""The calls that Flickr allows an app in an hour: counted here, by all workers together, also across restarts.

3,600 an hour, all users of the key together; keys that ask more are switched off
(https://www.flickr.com/services/developer/api/, read 2026-11-24). How often deliveries begin is held by their queue
(`FlickrDestination.limit`); this counts what they really ask, retries and checks included, and stops before it is too much.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from mediascream.destinations.base import Quota
from mediascream.errors import QuotaSpent

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediascream.destinations.base import Shared

HOUR: Final = timedelta(hours=1)
CALLS_A_DELIVERY: Final = 2
"""The upload, and the question whether Flickr shows it. A retry makes one more, a video two."""


class Meter:
    """Counts the calls of one app."""

    def __init__(self, shared: Shared, app_key: str, per_hour: int, *, now: Callable[[], datetime]) -> None:
        self._shared = shared
        self._name = f"flickr-calls:{hashlib.sha256(app_key.encode()).hexdigest()[:12]}"
        self._per_hour = per_hour
        self._now = now

    def spend(self) -> None:
        """Count one call that is about to be made.

        Raises:
            QuotaSpent: The hour's calls are spent; none was counted.
        """
        if not self._shared.count(self._name, self._hour().isoformat(), 1, most=self._per_hour):
            msg = f"The {self._per_hour} calls to Flickr that an hour allows are spent; it goes on with the next hour."
            raise QuotaSpent(msg, reason="hour-spent", resets_at=self._hour() + HOUR)

    def quota(self) -> Quota:
        """How the hour stands."""
        hour = self._hour()
        used = self._shared.counted(self._name, hour.isoformat())
        return Quota(self._per_hour, used, hour + HOUR, HOUR.total_seconds(), CALLS_A_DELIVERY)

    def _hour(self) -> datetime:
        return self._now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
