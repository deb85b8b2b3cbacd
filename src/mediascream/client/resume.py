"""A big file to the server, in pieces: an attempt goes on where the one before stopped, in this run or another.

The ledger remembers the upload's name, the server how much of it came. A small file is sent as a whole:
to ask first would cost more than to send it again.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from mediascream import wire
from mediascream.client.fingerprint import read_again
from mediascream.client.server import Sent
from mediascream.client.tus import Reached, ResumingServer
from mediascream.errors import ConnectionBroken, ServerRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediascream.client.fingerprint import Hashed
    from mediascream.client.ledger import Ledger
    from mediascream.client.server import Server
    from mediascream.photo import PhotoId

BIG_BYTES: Final = 32 << 20
"""From here on a file is worth resuming."""
PIECE_BYTES: Final = 64 << 20
"""In one request. Proxies in between often take no more than 100 MB."""
_KEEPS: Final = frozenset({401, 403, 429, 507})
"""Refusals after which the upload can go on, once a person did something."""


class Resumption:
    """One big file on its way; `attempt` may be called again and again.

    Args:
        values: As for a `PUT`.
        on_bytes: Told of each chunk that goes out.
        on_kept: Told of the bytes that need not be sent, for they are there.
    """

    def __init__(
        self,
        server: Server,
        ledger: Ledger,
        photo: Hashed,
        values: dict[str, str],
        *,
        on_bytes: Callable[[int], None],
        on_kept: Callable[[int], None],
    ) -> None:
        self._server = server
        self._tus = ResumingServer(server)
        self._ledger = ledger
        self._photo = photo
        self._words = _words_of(photo.id, values)
        self._key = _key(server.url, self._words)
        self._on_bytes = on_bytes
        self._on_kept = on_kept

    def attempt(self) -> Sent | None:
        """Send what is not there; None where the server takes no uploads in pieces.

        Raises:
            ServerTrouble: It broke off; or it said no, and then what came is given up, unless it can go on later.
            FileTrouble: The file is not what it was.
        """
        try:
            found = self._find()
            if found is None:
                return None
            name, reached = found
            self._on_kept(reached.offset)
            while reached.photo_id is None:
                reached = self._send_piece(name, reached)
        except ServerRefused as refusal:
            if refusal.status not in _KEEPS:
                self._ledger.forget_upload(self._key)
            raise
        self._ledger.forget_upload(self._key)
        return self._sent(reached)

    def _find(self) -> tuple[str, Reached] | None:
        name = self._ledger.recall_upload(self._key)
        reached = self._tus.reached(name) if name else None
        if name and reached:
            return name, reached
        name = self._tus.begin(self._photo.stamp.size_bytes, self._words)
        if name is None:
            return None
        self._ledger.remember_upload(self._key, name)
        return name, Reached(0)

    def _send_piece(self, name: str, reached: Reached) -> Reached:
        size = self._photo.stamp.size_bytes
        count = min(PIECE_BYTES, size - reached.offset)
        if count == 0:
            raise ConnectionBroken("all bytes arrived, and the server has not made a photo of them")
        return self._tus.send(name, reached.offset, self._body(reached.offset, count), count)

    def _body(self, start: int, count: int) -> Iterator[bytes]:
        for chunk in read_again(self._photo, start=start, count=count):
            self._on_bytes(len(chunk))
            yield chunk

    def _sent(self, reached: Reached) -> Sent:
        """The state of the photo is asked for: it may be in the trash there."""
        known = self._server.check([self._photo.id]).get(self._photo.id)
        if known is None or reached.photo_id != self._photo.id:
            raise ConnectionBroken("the server does not have the photo that was sent")
        glimpse = wire.PhotoGlimpse(
            id=self._photo.id, duplicate=reached.duplicate, state=known.state, archived=known.archived
        )
        return Sent(glimpse, new=not reached.duplicate)


def _words_of(photo_id: PhotoId, values: dict[str, str]) -> dict[str, str]:
    """The values as metadata; with the digest, so that the server checks the whole."""
    words = {name: text for name, text in values.items() if name != "file_name"}
    return {"filename": values.get("file_name", ""), "sha256": photo_id} | words


def _key(url: str, words: dict[str, str]) -> bytes:
    """What an upload is remembered by: another wish for the same file is another upload."""
    return hashlib.sha256(json.dumps([url, words], sort_keys=True).encode()).digest()
