"""When a destination will be done with what is left for it: an honest guess, or none.

From what the destination allows (its limit, its quota), how fast it was of late, and whether it waits. Where a person
must act first (paused, blocked, not connected) nobody knows, and none is given.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mediascream.library.standing import Trouble
from mediascream.photo import OPEN_STATES, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediascream.destinations.base import Limit, Quota
    from mediascream.library.standing import Standing
    from mediascream.photo import DestinationName

SEEN_FOR = timedelta(minutes=10)
"""How far back a rate is looked at."""
SEEN_AT_LEAST = timedelta(seconds=20)
"""A rate from less time than this is chance."""
SEEN_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Load:
    """What a destination has to do, and what it may.

    Attributes:
        left: Deliveries that go on by themselves.
        rate: Deliveries a second that it was seen to do of late; None where that is not known.
    """

    left: int
    standing: Standing
    limit: Limit | None = None
    quota: Quota | None = None
    rate: float | None = None


def left_of(counts: Mapping[DeliveryState, int]) -> int:
    """How many deliveries go on by themselves."""
    return sum(counts.get(state, 0) for state in OPEN_STATES)


def done_at(load: Load, now: datetime) -> datetime | None:
    """When the last of them will be done, to the minute; None where nothing is left, or nobody knows."""
    if load.left == 0 or load.standing.paused or load.standing.trouble is Trouble.BLOCKED:
        return None
    allowed = load.limit.deliveries / load.limit.period_s if load.limit is not None else None
    rates = [rate for rate in (allowed, load.rate) if rate is not None]
    if not rates:
        return None
    begins = max(now, load.standing.until or now) if load.standing.trouble is Trouble.WAITING else now
    at = begins + timedelta(seconds=load.left / min(rates))
    if load.quota is not None:
        at = max(at, _quota_allows(load.left, load.quota, begins, rate=min(rates)))
    return _to_the_minute(at)


def _quota_allows(left: int, quota: Quota, begins: datetime, *, rate: float) -> datetime:
    """When the quota will have let the last one through: what is left of this period, then whole periods."""
    each_period = max(1, int(quota.limit / quota.calls_each))
    now = each_period if begins >= quota.resets_at else int(max(0, quota.limit - quota.used) / quota.calls_each)
    if left <= now:
        return begins
    periods, last = divmod(left - now - 1, each_period)
    starts = max(quota.resets_at, begins) + timedelta(seconds=periods * quota.period_s)
    return starts + timedelta(seconds=(last + 1) / rate)


def _to_the_minute(at: datetime) -> datetime:
    """Upwards: more would be a claim."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(minutes=1)


class Rates:
    """How fast each destination was of late, by its count of done deliveries; looked at whenever somebody asks."""

    def __init__(self) -> None:
        self._seen: dict[DestinationName, deque[tuple[datetime, int]]] = {}
        self._lock = threading.Lock()

    def see(self, name: DestinationName, *, delivered: int, left: int, now: datetime) -> float | None:
        """The rate a second, of the time in which there was something to do; None where it was too short."""
        with self._lock:
            seen = self._seen.setdefault(name, deque())
            if left == 0 or (seen and delivered < seen[-1][1]):
                seen.clear()
            while seen and now - seen[0][0] > SEEN_FOR:
                seen.popleft()
            if not seen or now - seen[-1][0] >= SEEN_EVERY:
                seen.append((now, delivered))
            span, done = now - seen[0][0], delivered - seen[0][1]
        return done / span.total_seconds() if done > 0 and span >= SEEN_AT_LEAST else None
