"""Uploads that may be resumed, as the laptop asks for them: tus 1.0.0, each request once.

Source: https://tus.io/protocols/resumable-upload (version 1.0.0), read 2026-11-24.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediascream.client.answers import NOT_OURS
from mediascream.errors import ConnectionBroken, ServerRefused
from mediascream.photo import PhotoId, is_photo_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mediascream.client.server import Server

_VERSION: Final = {"Tus-Resumable": "1.0.0"}
_PIECE: Final = {"Content-Type": "application/offset+octet-stream"}
_OVER: Final = frozenset({403, 404, 410, 415, 422})
"""What HEAD says of an upload that cannot go on; why, a new one will tell with words."""
_NO_TUS: Final = frozenset({404, 405, 501})
_ASK_ANEW: Final = frozenset({404, 409, 410, 423})


@dataclass(frozen=True, slots=True)
class Reached:
    """How far an upload is.

    Attributes:
        photo_id: What it became; None while it is not whole.
        duplicate: The server had that photo already.
    """

    offset: int
    photo_id: PhotoId | None = None
    duplicate: bool = False


class ResumingServer:
    """The part of a server that takes uploads in pieces."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def begin(self, size_bytes: int, words: Mapping[str, str]) -> str | None:
        """The name of a new upload; None where the server knows no such thing (an older one).

        Raises:
            ServerTrouble: It said no, or is not there.
        """
        headers = {**_VERSION, "Upload-Length": str(size_bytes), "Upload-Metadata": _metadata(words)}
        try:
            answer = self._server.exchange("POST", "uploads/", headers)
        except ServerRefused as refusal:
            if refusal.status in _NO_TUS:
                return None
            raise
        # Only the last part: behind a proxy, the server does not know all of its address.
        return answer.get("location", "").rstrip("/").rsplit("/", 1)[-1] or None

    def reached(self, name: str) -> Reached | None:
        """How far an upload is; None where it is over, and a new one is to be begun.

        Raises:
            ConnectionBroken: It is being made a photo just now: ask again.
        """
        try:
            return _read(self._server.exchange("HEAD", f"uploads/{name}", _VERSION))
        except ServerRefused as refusal:
            if refusal.status in _OVER:
                return None
            if refusal.status in _ASK_ANEW:
                raise ConnectionBroken("the server is still busy with what had come") from refusal
            raise

    def send(self, name: str, offset: int, body: Iterable[bytes], size_bytes: int) -> Reached:
        """The next bytes.

        Raises:
            ConnectionBroken: They did not arrive, or do not belong there: ask how far it is.
        """
        headers = {**_VERSION, **_PIECE, "Upload-Offset": str(offset), "Content-Length": str(size_bytes)}
        try:
            return _read(self._server.exchange("PATCH", f"uploads/{name}", headers, body))
        except ServerRefused as refusal:
            if refusal.status in _ASK_ANEW:
                raise ConnectionBroken(f"the upload stands elsewhere now: {refusal.detail}") from refusal
            raise


def _metadata(words: Mapping[str, str]) -> str:
    return ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in words.items())


def _read(headers: Mapping[str, str]) -> Reached:
    offset, photo_id = headers.get("upload-offset", ""), headers.get("mediascream-photo-id", "")
    if not offset.isdecimal():
        raise ServerRefused("an answer without Upload-Offset", status=0, problem=NOT_OURS)
    known = PhotoId(photo_id) if is_photo_id(photo_id) else None
    return Reached(int(offset), known, headers.get("mediascream-duplicate") == "true")
