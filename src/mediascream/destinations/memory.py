"""A destination in memory. It passes the same suite as the real ones, so tests use it instead of mocks."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediascream.destinations.base import Delivered, Destination
from mediascream.errors import TryLater
from mediascream.photo import DestinationName, Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from mediascream.destinations.base import Attempt, Outgoing
    from mediascream.errors import DeliveryError
    from mediascream.photo import PhotoId


@dataclass(frozen=True, slots=True)
class Copy:
    """A photo as the destination has it."""

    remote_id: str
    photo_id: PhotoId
    content: bytes
    tags: tuple[str, ...]


class MemoryDestination(Destination):
    """Keeps copies in a list; recognises its own by the photo's id, as the real ones do by theirs.

    Attributes:
        before: Called with each photo before anything happens; what it raises is the answer.
        before_check: What a check is answered with instead, if anything.
        gives_back: Whether it gives originals back, as it has them.
        asked_back: How often it was asked for one.
        lost_answers: So many copies arrive without the caller hearing of it.
    """

    name = DestinationName.FLICKR

    def __init__(self, *, connected: bool = True) -> None:
        self._connected = connected
        self.copies: list[Copy] = []
        self.before: Callable[[Outgoing], DeliveryError | None] = lambda _photo: None
        self.before_check: DeliveryError | None = None
        self.gives_back = False
        self.asked_back = 0
        self.lost_answers = 0
        self._lock = threading.Lock()

    @property
    def connected(self) -> bool:
        """As it was built, or set since."""
        return self._connected

    def connect(self) -> None:
        """From now on deliveries can be tried."""
        self._connected = True

    def deliver(self, photo: Outgoing, attempt: Attempt) -> Delivered:
        """Keep one copy, or find the one that is there."""
        trouble = self.before(photo)
        if trouble is not None:
            raise trouble
        attempt.remember(began="yes")
        content = b"".join(photo.original.read())
        if hashlib.sha256(content).hexdigest() != photo.id:
            msg = f"The bytes of {photo.file_name} changed on the way."
            raise TryLater(msg, reason="damaged-copy")
        with self._lock:
            return self._keep(photo, content)

    def check(self, photo: Outgoing, remote_id: str) -> Proof | None:
        """Whether the copy is still there."""
        if self.before_check is not None:
            raise self.before_check
        there = any(copy.remote_id == remote_id and copy.photo_id == photo.id for copy in self.copies)
        return Proof.BYTES if there else None

    def read_original(self, remote_id: str) -> Generator[bytes]:
        """The copy's bytes in two pieces, where it gives them."""
        self.asked_back += 1
        if self.before_check is not None:
            raise self.before_check
        content = next((copy.content for copy in self.copies if copy.remote_id == remote_id), b"")
        if self.gives_back and content:
            yield content[: len(content) // 2]
            yield content[len(content) // 2 :]

    def _keep(self, photo: Outgoing, content: bytes) -> Delivered:
        known = next((copy for copy in self.copies if copy.photo_id == photo.id), None)
        if known is None:
            known = Copy(f"memory-{len(self.copies) + 1}", photo.id, content, photo.tags)
            self.copies.append(known)
            if self.lost_answers > 0:
                self.lost_answers -= 1
                msg = "The connection broke before the answer came."
                raise TryLater(msg, reason="connection-broken")
            return Delivered(known.remote_id, Proof.BYTES, size=len(content))
        return Delivered(known.remote_id, Proof.BYTES, size=len(content), found=True)
