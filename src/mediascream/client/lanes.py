"""Threads in a row, joined by short queues: what lets an upload walk, hash, ask and send at the same time.

Queues are bounded, so a slow step holds up the ones before it and memory stays flat. When anything
goes wrong in one thread, or a person interrupts, all threads are called off and end within moments.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Generic, Literal, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

T = TypeVar("T")

_LOOK_UP_S: Final = 0.2
"""How often a thread that waits looks whether it was called off."""
_FAREWELL_S: Final = 3.0
"""How long threads that were called off are waited for; one may hang in a silent network for longer."""


class CalledOff(Exception):
    """Raised in a thread of a crew that has been called off; never seen outside."""


class LaneEnded(Exception):
    """Raised to a reader of a lane that will carry nothing more; never seen outside."""


class Crew:
    """The threads of one run, as a context: leaving it waits for them, and calls them off first on an error."""

    def __init__(self) -> None:
        self.off = threading.Event()
        self._threads: list[threading.Thread] = []
        self._crashes: list[BaseException] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if error is not None:
            self.call_off()
        until = time.monotonic() + _FAREWELL_S
        for thread in self._threads:
            thread.join(None if error is None else max(0.0, until - time.monotonic()))
        if self._crashes:
            raise self._crashes[0]

    def call_off(self) -> None:
        """Let all threads end at their next step."""
        self.off.set()

    def check(self) -> None:
        """End this thread if the crew was called off."""
        if self.off.is_set():
            raise CalledOff

    def pause(self, seconds: float) -> None:
        """Wait, unless called off."""
        if self.off.wait(seconds):
            raise CalledOff

    def start(self, task: Callable[[], None], *, name: str, count: int = 1) -> None:
        """Run `task` in `count` threads, which do not keep the program alive."""
        for number in range(count):
            thread = threading.Thread(target=self._run, args=(task,), name=f"{name}-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, task: Callable[[], None]) -> None:
        with _CrashNet(self, self._crashes):
            task()


class _CrashNet:
    """Catches what a thread dies of, so that it can be raised where a person sees it."""

    def __init__(self, crew: Crew, crashes: list[BaseException]) -> None:
        self._crew = crew
        self._crashes = crashes

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> Literal[True]:
        if error is not None and not isinstance(error, CalledOff):
            self._crashes.append(error)
        if error is not None:
            self._crew.call_off()
        return True


class Lane(Generic[T]):
    """A bounded queue between two steps of a crew, which ends when all its writers are done.

    Args:
        size: How many items may wait.
        writers: How many threads will call `done`.
    """

    def __init__(self, crew: Crew, *, size: int, writers: int = 1) -> None:
        self._crew = crew
        self._queue: queue.Queue[T | None] = queue.Queue(size)
        self._lock = threading.Lock()
        self._writers = writers

    def put(self, item: T) -> None:
        """Wait for room, then add an item."""
        self._put(item)

    def done(self) -> None:
        """This writer adds nothing more."""
        with self._lock:
            self._writers -= 1
            last = self._writers == 0
        if last:
            self._put(None)

    def _put(self, item: T | None) -> None:
        while True:
            self._crew.check()
            try:
                self._queue.put(item, timeout=_LOOK_UP_S)
            except queue.Full:
                continue
            return

    def take(self, timeout_s: float) -> T | None:
        """The next item, or None where none came in that time.

        Raises:
            LaneEnded: There will be no more.
        """
        self._crew.check()
        try:
            item = self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if item is None:
            self._put(None)  # the next reader wants to know as well
            raise LaneEnded
        return item

    def leftovers(self) -> Iterator[T]:
        """What is in the queue, once its crew was called off."""
        with suppress(queue.Empty):
            while True:
                item = self._queue.get_nowait()
                if item is not None:
                    yield item

    def __iter__(self) -> Iterator[T]:
        """Items until the end, for any number of readers."""
        with suppress(LaneEnded):
            while True:
                item = self.take(_LOOK_UP_S)
                if item is not None:
                    yield item


def merged(lane: Lane[list[T]], *, enough: int, patience_s: float) -> Iterator[list[T]]:
    """The lists of a lane, merged until they hold `enough`, or for `patience_s`, whichever comes first.

    A list is empty where nothing came for that long. For a single reader.
    """
    ended = False
    while not ended:
        batch: list[T] = []
        until = time.monotonic() + patience_s
        try:
            while len(batch) < enough and (left_s := until - time.monotonic()) > 0:
                batch += lane.take(left_s) or []
        except LaneEnded:
            ended = True
        yield batch
