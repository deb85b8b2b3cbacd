"""Bringing bytes to Google Photos, where they wait under an upload token until an item is made of them.

Below 16 MiB they go in one request, with a checksum that Google checks. Above, in chunks of a session that can be taken
up again: its address is written down before the first byte goes, and after an interruption Google is asked how far it
came. Where it says that the upload is complete, the token went lost with the answer, and the bytes go again: Google makes
one item of the same bytes. Both protocols:
https://developers.google.com/photos/library/guides/upload-media and …/resumable-uploads (read 2026-11-24).

A token is good for a day; after 23 hours another is got.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mediascream.destinations.gphotos_answers import NOT_FOUND, SERVER_ERROR, TOO_MANY
from mediascream.destinations.gphotos_pieces import Pieces
from mediascream.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import httpx2

    from mediascream.destinations.base import Attempt, Outgoing
    from mediascream.destinations.gphotos_api import PhotosApi

LARGEST_RAW = 16 * 2**20
CHUNK_BYTES = 64 * 2**20
"""Each chunk is a call of the day's; what a break costs is a chunk at most."""

TOKEN_LIFE = timedelta(hours=23)
BREAKS = 5
"""So often in one attempt an upload is taken up again where it broke."""

OK, GONE, TIMEOUT = 200, 410, 408
OCTETS = {"Content-Type": "application/octet-stream"}


@dataclass(frozen=True, slots=True)
class UploadToken:
    """Stands for bytes that are at Google.

    Attributes:
        checked: Google was given their checksum.
        fresh: They went there in this attempt.
    """

    value: str
    checked: bool
    fresh: bool


@dataclass(frozen=True, slots=True)
class Session:
    """An upload that can be taken up again.

    Attributes:
        granularity: All chunks but the last are a multiple of so many bytes.
    """

    address: str
    granularity: int

    @property
    def chunk(self) -> int:
        """How many bytes to send at once."""
        return max(self.granularity, CHUNK_BYTES // self.granularity * self.granularity)


class _StartOver(Exception):
    """The session is of no use any more."""


@dataclass(frozen=True, slots=True)
class Upload:
    """The upload of one photo, over all its attempts."""

    api: PhotosApi
    photo: Outgoing
    attempt: Attempt
    now: Callable[[], datetime]

    def token(self) -> UploadToken:
        """One that an earlier attempt got, or a new one; written down, with what comes next, before this returns.

        Raises:
            DeliveryError: There is none yet.
        """
        return self._kept() or self._new()

    def forget(self, **more: str) -> None:
        """The token is of no use any more."""
        self.attempt.remember(token="", **more)

    def _kept(self) -> UploadToken | None:
        notes = self.attempt.notes
        token, since = notes.get("token"), notes.get("token_at")
        if not token or not since or self.now() - datetime.fromisoformat(since) > TOKEN_LIFE:
            return None
        return UploadToken(token, checked=notes.get("token_checked") == "yes", fresh=False)

    def _new(self) -> UploadToken:
        raw = self.photo.size_bytes < LARGEST_RAW
        token = self._raw() if raw else self._resumable()
        checked = raw and bool(self.photo.sha1)
        self.attempt.remember(
            token=token,
            token_at=self.now().astimezone(UTC).isoformat(),
            token_checked="yes" if checked else "",
            session="",
            sent="yes",
        )
        return UploadToken(token, checked=checked, fresh=True)

    def _raw(self) -> str:
        size = self.photo.size_bytes
        headers = {
            **OCTETS,
            "Content-Length": str(size),
            "X-Goog-Upload-Content-Type": self.photo.media_type,
            "X-Goog-Upload-Protocol": "raw",
            **_hash(self.photo),
        }
        response = self.api.upload(headers, lambda: Pieces(self.photo).take(size))
        if response.status_code != OK:
            raise self.api.refusal(response)
        return _token_in(response)

    def _resumable(self) -> str:
        try:
            session, received = self._resumed()
            if session is None:
                session = self._begun()
            return self._send(session, received)
        except _StartOver:
            self.attempt.remember(session="")
        try:
            return self._send(self._begun(), 0)
        except _StartOver as again:
            self.attempt.remember(session="")
            msg = f"The upload of {self.photo.file_name} went lost at Google Photos; it begins anew."
            raise TryLater(msg, reason="upload-lost") from again

    def _resumed(self) -> tuple[Session | None, int]:
        notes = self.attempt.notes
        if not notes.get("session"):
            return None, 0
        session = Session(notes["session"], int(notes.get("granularity") or CHUNK_BYTES))
        return session, self._received(session)

    def _begun(self) -> Session:
        headers = {
            "X-Goog-Upload-Command": "start",
            "X-Goog-Upload-Content-Type": self.photo.media_type,
            "X-Goog-Upload-Protocol": "resumable",
            "X-Goog-Upload-Raw-Size": str(self.photo.size_bytes),
        }
        response = self.api.upload(headers, bytes)
        if response.status_code != OK:
            raise self.api.refusal(response)
        address, granularity = (response.headers.get(f"X-Goog-Upload-{name}") for name in ("URL", "Chunk-Granularity"))
        if not address or _status(response) != "active":
            msg = "Google Photos began no upload, and does not say why."
            raise TryLater(msg, reason="answer-unreadable")
        session = Session(address, max(1, int(granularity or 1)))
        self.attempt.remember(session=address, granularity=str(session.granularity))
        return session

    def _send(self, session: Session, received: int) -> str:
        """Send what is missing from `received` on; after a break, from where Google says that it is."""
        breaks = 0
        pieces = Pieces(self.photo, start=received)
        while True:
            try:
                response = self._chunk(session, pieces)
            except TryLater as error:
                if error.reason not in {"connection-broken", "unreachable"} or breaks >= BREAKS:
                    raise
                response = None
            if response is not None and response.status_code == OK and pieces.position == self.photo.size_bytes:
                return _token_in(response)
            if response is None or response.status_code != OK:
                self._require_hope(response, breaks)
                breaks += 1
                pieces = Pieces(self.photo, start=self._received(session))

    def _chunk(self, session: Session, pieces: Pieces) -> httpx2.Response:
        offset = pieces.position
        size = min(session.chunk, self.photo.size_bytes - offset)
        last = offset + size == self.photo.size_bytes
        headers = {
            "Content-Length": str(size),
            "X-Goog-Upload-Command": "upload, finalize" if last else "upload",
            "X-Goog-Upload-Offset": str(offset),
        }
        sources = iter([pieces])

        def body() -> Iterable[bytes]:
            """Sent twice only where the access token was refused; what was read of it is read anew then."""
            return (next(sources, None) or Pieces(self.photo, start=offset)).take(size)

        response = self.api.call("POST", session.address, headers=headers, body=body)
        pieces.position = offset + size
        return response

    def _received(self, session: Session) -> int:
        """How far Google has come."""
        response = self.api.call("POST", session.address, headers={"X-Goog-Upload-Command": "query"})
        if response.status_code in {NOT_FOUND, GONE}:
            raise _StartOver
        if response.status_code != OK:
            raise self.api.refusal(response)
        received = response.headers.get("X-Goog-Upload-Size-Received", "")
        if _status(response) != "active" or not received.isdecimal() or int(received) > self.photo.size_bytes:
            raise _StartOver
        return int(received)

    def _require_hope(self, response: httpx2.Response | None, breaks: int) -> None:
        """Whether the session can go on after this answer; one without a status is none of the upload's."""
        if response is None:
            return
        if response.status_code in {NOT_FOUND, GONE}:
            raise _StartOver
        status = _status(response)
        passes = response.status_code >= SERVER_ERROR or response.status_code in {TIMEOUT, TOO_MANY}
        lost_track = status == "active" or (not status and passes)
        if not lost_track or response.status_code == TOO_MANY or breaks >= BREAKS:
            if status in {"final", "cancelled"}:
                self.attempt.remember(session="")
            raise self.api.refusal(response)


def _hash(photo: Outgoing) -> Mapping[str, str]:
    if not photo.sha1:
        return {}
    return {"X-Goog-Hash": f"sha1={base64.b64encode(bytes.fromhex(photo.sha1)).decode()}"}


def _status(response: httpx2.Response) -> str:
    return str(response.headers.get("X-Goog-Upload-Status", "")).lower()


def _token_in(response: httpx2.Response) -> str:
    token = response.text.strip()
    if not re.fullmatch(r"[\w.~+/=:-]+", token):
        msg = "Google Photos took the bytes, but gave no token for them."
        raise TryLater(msg, reason="answer-unreadable")
    return token
