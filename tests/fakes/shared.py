"""What the workers of a library share, in memory."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class SharedInMemory:
    """What the workers of one process know together."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.counts: dict[str, tuple[str, int]] = {}
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def put(self, name: str, value: str) -> None:
        self.values[name] = value

    def count(self, name: str, period: str, calls: int, *, most: int) -> bool:
        with self._lock:
            before = self.counted(name, period)
            if before + calls > most:
                return False
            self.counts[name] = (period, before + calls)
            return True

    def counted(self, name: str, period: str) -> int:
        known, calls = self.counts.get(name, ("", 0))
        return calls if known == period else 0

    @contextmanager
    def one_at_a_time(self, name: str) -> Iterator[None]:
        with self._turns[name]:
            yield
