"""An original on its way in pieces, hashed as it goes, so that no wrong one is ever completed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mediascream.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.destinations.base import Outgoing


class Pieces:
    """The bytes of one photo, from some point on. What lies before is read too, for the hash.

    Args:
        start: The first byte that is wanted.
    """

    def __init__(self, photo: Outgoing, *, start: int = 0) -> None:
        self._photo = photo
        self._source = photo.original.read()
        self._digest = hashlib.sha1(usedforsecurity=False)
        self._rest = b""
        self._left = photo.size_bytes
        for _ in self.take(start):
            pass
        self.position = start

    def take(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes. The photo's last ones come only once all of it was seen to be right.

        Raises:
            TryLater: The bytes are not those of the photo.
        """
        while size > 0:
            piece = self._next(size)
            size -= len(piece)
            self._left -= len(piece)
            self._digest.update(piece)
            if self._left == 0:
                self._insist()
            yield piece

    def _next(self, size: int) -> bytes:
        if not self._rest:
            self._rest = next(self._source, b"")
        if not self._rest:
            raise self._damaged()
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def _insist(self) -> None:
        if self._photo.sha1 and self._digest.hexdigest() != self._photo.sha1:
            raise self._damaged()

    def _damaged(self) -> TryLater:
        msg = f"The bytes of {self._photo.file_name} that can be read now are not those that were sent in."
        return TryLater(msg, reason="damaged-original")
