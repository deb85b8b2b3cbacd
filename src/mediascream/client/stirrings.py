"""Hears what changes below a folder: from the system where it tells, else nothing, and then the folder is looked over.

The system does not tell what another machine does to a network share. `watchfiles` is a Rust library around inotify
and FSEvents (1.3.0, read 2026-11-24); its own polling looks at every file three times a second, so it is not used.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import watchfiles

from mediascream.mounts import NETWORK, file_system_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


_TOGETHER_MS: Final = 500
_LOOK_UP_MS: Final = 1000


def tells_of_changes(folder: str) -> bool:
    """Whether the system hears of everything that happens there."""
    return file_system_of(Path(folder)) not in NETWORK


class Heard:
    """Paths that have changed, from the threads that hear of them to the one that looks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paths: set[str] = set()
        self.something = threading.Event()

    def put(self, paths: set[str]) -> None:
        """These have changed, or may have."""
        with self._lock:
            self._paths |= paths
        self.something.set()

    def take(self) -> set[str]:
        """All that came since the last time."""
        with self._lock:
            self.something.clear()
            paths, self._paths = self._paths, set()
        return paths


class Ear:
    """Listens at one folder, in a thread of its own, until it is closed or the folder cannot be listened at.

    Attributes:
        deaf_because: Why it hears nothing, where it does not.
    """

    def __init__(self, folder: str, tell: Callable[[set[str]], None]) -> None:
        self.deaf_because: str | None = None
        self._folder = folder
        self._tell = tell
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"ear at {folder}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear no more."""
        self._stopped.set()
        self._thread.join(timeout=2 * _LOOK_UP_MS / 1000)

    def _listen(self) -> None:
        try:
            for number, changes in enumerate(self._changes()):
                # Between the look over the folder and the first of these nobody listened: look over it once more.
                paths = {path for _, path in changes} | ({self._folder} if number == 0 else set())
                if paths:
                    self._tell(paths)
        except (OSError, RuntimeError) as error:  # gone again, or inotify's watches are used up
            self.deaf_because = str(error)
            self._tell({self._folder})

    def _changes(self) -> Generator[set[tuple[watchfiles.Change, str]]]:
        return watchfiles.watch(
            self._folder,
            watch_filter=None,
            debounce=_TOGETHER_MS,
            rust_timeout=_LOOK_UP_MS,
            yield_on_timeout=True,
            stop_event=self._stopped,
            force_polling=False,
            ignore_permission_denied=True,
            raise_interrupt=False,
        )
