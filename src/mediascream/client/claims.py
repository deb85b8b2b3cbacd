"""Which ids are on their way, so that equal files of one run are sent once, and whether to go on at all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mediascream.client.fingerprint import Hashed
    from mediascream.photo import PhotoId

_FULL_ENOUGH: Final = 3
"""A disk that was too full for this many files in a row is full; one refusal may have met a huge file."""


class Claims:
    """Holds only what is on its way now: the server knows the rest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[PhotoId, list[Hashed]] = {}

    def claim(self, photo: Hashed) -> bool:
        """True for the first file with these bytes, which is then to be sent; others wait for it."""
        with self._lock:
            if photo.id not in self._waiting:
                self._waiting[photo.id] = []
                return True
            self._waiting[photo.id].append(photo)
            return False

    def next(self, photo_id: PhotoId) -> Hashed | None:
        """A file that waited; None where there is none more, and then the claim is over."""
        with self._lock:
            if self._waiting[photo_id]:
                return self._waiting[photo_id].pop(0)
            del self._waiting[photo_id]
            return None


class Hope:
    """Whether the server will take anything more in this run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._full_in_a_row = 0
        self.lost_because: str | None = None

    def lose(self, why: str) -> None:
        """Send nothing more. The first reason stands."""
        with self._lock:
            self.lost_because = self.lost_because or why

    def disk_was_full(self, why: str) -> None:
        """The server had no room for a file."""
        with self._lock:
            self._full_in_a_row += 1
            enough = self._full_in_a_row >= _FULL_ENOUGH
        if enough:
            self.lose(why)

    def went_well(self) -> None:
        """The server took a file."""
        with self._lock:
            self._full_in_a_row = 0
