"""What was begun here and is waiting for a browser to come back, once and not for long."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

PATIENCE_S = 900.0
MOST = 50
"""More are begun only by somebody who plays; then the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T]):
    """Secrets by the word that a browser brings back. In memory: a restart forgets them, and one begins again."""

    clock: Callable[[], float] = time.monotonic
    patience_s: float = PATIENCE_S
    most: int = MOST
    _kept: dict[str, tuple[T, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, word: str, thing: T) -> None:
        """Keep `thing` until its word comes back."""
        with self._lock:
            self._kept[word] = (thing, self.clock())
            if len(self._kept) > self.most:
                del self._kept[next(iter(self._kept))]

    def take(self, word: str) -> T | None:
        """What was kept under this word, and only now; None where there is nothing, or nothing any more."""
        with self._lock:
            thing, since = self._kept.pop(word, (None, 0.0))
        return thing if thing is not None and self.clock() - since < self.patience_s else None
