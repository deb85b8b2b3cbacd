"""One at a time for each key, so that two threads never put two things under one name."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class KeyLocks:
    """A lock for each key that somebody holds or waits for, and none for the others.

    It binds the threads of one process. Between processes the archive itself decides: a folder by
    `link`, a bucket by `If-None-Match` where it honours it.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._locks: dict[str, tuple[Lock, int]] = {}

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """Run the body while no other body with this key runs."""
        with self._guard:
            lock, waiting = self._locks.get(key, (Lock(), 0))
            self._locks[key] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            self._leave(key)

    def _leave(self, key: str) -> None:
        with self._guard:
            lock, waiting = self._locks.pop(key)
            if waiting > 1:
                self._locks[key] = (lock, waiting - 1)

    def __len__(self) -> int:
        """How many keys are held or waited for."""
        return len(self._locks)
