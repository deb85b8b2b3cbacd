"""How far a run has come, for people who watch it. Written by many threads, read by the one that draws."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediascream.client.contact import Contact
from mediascream.client.walk import Found, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediascream.client.lanes import Crew


class Meter:
    """Bytes on their way. What has arrived is in the outcomes.

    Args:
        contact: The server that they go to.
    """

    def __init__(self, contact: Contact | None = None) -> None:
        self.contact = contact or Contact()
        self._lock = threading.Lock()
        self.read_bytes = 0
        """Hashed so far."""
        self.sent_bytes = 0
        """Handed to the network so far, second attempts included."""
        self.partial_bytes = 0
        """Of the files that are being sent right now."""

    def read(self, count: int) -> None:
        """Bytes were hashed."""
        with self._lock:
            self.read_bytes += count

    def sent(self, count: int) -> None:
        """Bytes of a file that is being sent went out."""
        with self._lock:
            self.sent_bytes += count
            self.partial_bytes += count

    def kept(self, count: int) -> None:
        """Bytes of a file that is being sent had arrived before."""
        with self._lock:
            self.partial_bytes += count

    def attempt_ended(self, count: int) -> None:
        """An attempt at a file of which this much had arrived, or went out, is over, well or not."""
        with self._lock:
            self.partial_bytes -= count


class Census:
    """How many files there are in all: a walk of its own, so that an end can be seen before all is read."""

    def __init__(self, paths: Iterable[str], crew: Crew) -> None:
        self._paths = tuple(paths)
        self._crew = crew
        self.files = 0
        self.size_bytes = 0
        self.complete = False

    def take(self) -> None:
        """Count everything; runs in a thread of the crew."""
        for seen in walk(self._paths):
            self._crew.check()
            self.files += 1
            self.size_bytes += seen.stamp.size_bytes if isinstance(seen, Found) else 0
        self.complete = True


@dataclass(frozen=True, slots=True)
class Listed:
    """How much there is in all, where it is known from the start."""

    files: int
    size_bytes: int
    complete: bool = True


class Rate:
    """Bytes per second over the last few seconds."""

    def __init__(self, window_s: float = 10.0) -> None:
        self._window_s = window_s
        self._samples: deque[tuple[float, int]] = deque()

    def at(self, now_s: float, total: int) -> float:
        """The rate, given what the total is now."""
        self._samples.append((now_s, total))
        while len(self._samples) > 2 and self._samples[1][0] <= now_s - self._window_s:  # noqa: PLR2004  (a slope needs two)
            self._samples.popleft()
        (first_s, first), (last_s, last) = self._samples[0], self._samples[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else 0.0
