"""Which files have come to rest, and which of them are still to be sent. Pure: times come in.

A file is at rest when its stamp has not changed for a while. One that was old when it was first seen is so at once.
What was sent is not sent again until its stamp changes; what failed is tried again, less and less often.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection

    from mediascream.client.walk import Found, Stamp

T = TypeVar("T")

FIRST_RETRY_S: Final = 60.0
LONGEST_RETRY_S: Final = 3600.0
_DOUBLINGS: Final = 10


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file that is to be sent.

    Attributes:
        from_s: When it will have been at rest for long enough, or is to be tried again.
        failures: How often sending it failed.
    """

    stamp: Stamp
    from_s: float
    failures: int = 0


class Rest:
    """What is known of the files below the watched folders.

    Args:
        rest_s: For how long a file must not have changed.
    """

    def __init__(self, rest_s: float) -> None:
        self._rest_s = rest_s
        self._waiting: dict[str, _Waiting] = {}
        self._done: dict[str, Stamp] = {}
        self._aside: dict[str, Stamp] = {}
        self._came_back: set[str] = set()

    @property
    def waits(self) -> bool:
        """Whether anything is still to be sent."""
        return bool(self._waiting)

    def see(self, found: Found, now_s: float, *, old: bool = False) -> None:
        """Take note of a file as it is now; `old` where its own times say that it is at rest."""
        path, stamp = found.path, found.stamp
        before = self._waiting.get(path)
        if self._aside.get(path) == stamp:
            self._done[path] = self._aside.pop(path)
            self._came_back.add(path)
        if self._done.get(path) == stamp or (before is not None and before.stamp == stamp):
            return
        self._waiting[path] = _Waiting(stamp, now_s if old else now_s + self._rest_s)

    def due(self, now_s: float, limit: int) -> list[str]:
        """Up to `limit` files to send now, in the order in which they were seen."""
        return list(islice((path for path in self._waiting if self.is_due(path, now_s)), limit))

    def is_due(self, path: str, now_s: float) -> bool:
        """Whether one file is to be sent now."""
        waiting = self._waiting.get(path)
        return waiting is not None and waiting.from_s <= now_s

    def is_put_off(self, path: str, now_s: float) -> bool:
        """Whether one file is to be sent, but later."""
        return path in self._waiting and not self.is_due(path, now_s)

    def stir(self, path: str, now_s: float) -> None:
        """A file is not at rest after all, whatever its stamp says."""
        self._put_off(path, now_s + self._rest_s)

    def sent(self, path: str) -> None:
        """There is nothing more to do for a file, as it was when it was due."""
        waiting = self._waiting.pop(path, None)
        if waiting is not None:
            self._done[path] = waiting.stamp

    def failed(self, path: str, now_s: float) -> None:
        """It could not be sent, for a reason of its own."""
        waiting = self._waiting.get(path)
        if waiting is not None:
            wait_s = min(FIRST_RETRY_S * 2 ** min(waiting.failures, _DOUBLINGS), LONGEST_RETRY_S)
            self._waiting[path] = _Waiting(waiting.stamp, now_s + wait_s, waiting.failures + 1)

    def gone(self, path: str) -> None:
        """It is not there any more."""
        self._waiting.pop(path, None)
        self._done.pop(path, None)

    def set_aside(self, below: str) -> None:
        """Another folder, or none, lies at `below` now: what was sent of this one is remembered until it comes back."""
        for path in [path for path in self._done if path.startswith(f"{below}/")]:
            self._aside[path] = self._done.pop(path)

    def keep_only(self, paths: Collection[str], below: str) -> None:
        """After a whole look at the folder `below`: forget the files that are not there any more.

        What was set aside is forgotten only once some of it came back, for then it is the same folder.
        """
        came_back = {path for path in self._came_back if path.startswith(f"{below}/")}
        self._came_back -= came_back
        _keep_only(self._waiting, paths, below)
        _keep_only(self._done, paths, below)
        if came_back:
            _keep_only(self._aside, paths, below)

    def _put_off(self, path: str, until_s: float) -> None:
        waiting = self._waiting.get(path)
        if waiting is not None:
            self._waiting[path] = _Waiting(waiting.stamp, until_s, waiting.failures)


def _keep_only(known: dict[str, T], paths: Collection[str], below: str) -> None:
    for path in [path for path in known if path.startswith(f"{below}/") and path not in paths]:
        del known[path]
