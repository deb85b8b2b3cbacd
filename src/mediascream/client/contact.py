"""Whether the server answers, as all threads of a run see it, in words for the person who waits.

A request that fails is told once it has failed for a while, and so is a server that takes nothing and says nothing:
a blink that nobody would notice is not worth a line.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mediascream.client.words import shown_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOLD_AFTER_S: Final = 2.0
SILENT_AFTER_S: Final = 10.0


def nobody(line: str) -> None:
    """Whom to tell where nobody listens."""


class Contact:
    """One server. Told by the threads that ask it, and looked at by the one that draws.

    Args:
        say: Tells a person a line; called from any thread.
        told_after_s: For how long requests must have failed before that is told.
        clock_s: Goes on steadily.
    """

    def __init__(
        self,
        say: Callable[[str], None] = nobody,
        clock_s: Callable[[], float] = time.monotonic,
        *,
        told_after_s: float = TOLD_AFTER_S,
    ) -> None:
        self._say = say
        self._told_after_s = told_after_s
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._asking = 0
        self._lost_s: float | None = None
        self._told = False
        self._silent = False
        self._moved: object = None
        self._moved_s = clock_s()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """A request is on its way."""
        with self._lock:
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1

    def failed(self, why: str, *, patience_s: float | None) -> None:
        """A request came to nothing.

        Args:
            why: In words.
            patience_s: For how long it is asked again; None where that is not counted in time.
        """
        with self._lock:
            now_s = self._clock_s()
            self._lost_s = now_s if self._lost_s is None else self._lost_s
            news = not self._told and now_s - self._lost_s >= self._told_after_s
            self._told |= news
        if news:
            limit = "" if patience_s is None else f", for {shown_time(patience_s)} at most"
            self._say(f"waiting for the server{limit}: {why}")

    def answered(self) -> None:
        """It is there: it said something, or takes bytes again."""
        with self._lock:
            told, lost_s, now_s = self._told, self._lost_s, self._clock_s()
            self._told, self._silent, self._lost_s = False, False, None
        if told and lost_s is not None:
            self._say(f"the server answers again, after {shown_time(now_s - lost_s)}")

    def look(self, moved: object) -> str:
        """How long it has been waited for by now, in words; empty where it is not.

        Args:
            moved: Anything that changes whenever something moves.
        """
        with self._lock:
            now_s = self._clock_s()
            still = moved == self._moved and self._asking > 0
            if not still:
                self._moved, self._moved_s = moved, now_s
            goes_on = self._silent and not still
            falls_silent = self._lost_s is None and now_s - self._moved_s >= SILENT_AFTER_S
            if falls_silent:
                self._told, self._silent, self._lost_s = True, True, self._moved_s
            lost_s = self._lost_s
        if goes_on:
            self.answered()
            return ""
        if falls_silent:
            self._say("waiting for the server: it takes nothing and says nothing")
        waited_s = 0.0 if lost_s is None else now_s - lost_s
        return f"waiting {shown_time(waited_s)} for the server" if waited_s >= TOLD_AFTER_S else ""
