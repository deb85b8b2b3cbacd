"""The outermost ring: what holds for every answer, whoever gives it.

- Headers that keep browsers from harm.
- A body that nobody read is taken in for a while after the answer was sent, since most clients look
  at the answer only when they have sent all; closing at once would cost them the answer. A client that
  waits for `100 Continue` sends nothing, and its connection is closed.
- HEAD is answered as GET without its bytes, unless the route knows better.
- A body that is not an upload is small and soon there, or refused.
- An error that nobody foresaw becomes one log entry and a plain 500.
"""

import asyncio
import re
from typing import Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mediascream.errors import UploadCut, UploadTooLarge
from mediascream.web.problems import error_response, failure_response

MAX_QUESTION_BYTES: Final = 4 * 1024 * 1024
"""Of a JSON body; it is read as a whole."""
QUESTION_S: Final = 60.0
"""How long such a body may take, from the head on."""
LINGER_BYTES: Final = 32 * 1024 * 1024
LINGER_S: Final = 5.0

UPLOADS: Final = re.compile(
    r"POST /photos/?|PUT /photos/[^/]+|(POST|PATCH) /uploads(/[^/]*)?|PUT /dav/.+|POST /api/assets"
)
"""The requests whose bodies are streamed."""

_HEAD_ITSELF: Final = re.compile(r"/events|/dav(/.*)?|/uploads/[^/]*|/photos/[^/]+/(original|thumbnail|preview)")
"""Routes that would do much for nothing, never end, or mean something of its own by HEAD."""

_CONTENT_POLICY: Final = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
"""Scripts only from our own files. Styles are set on elements by the gallery."""

SAFETY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", _CONTENT_POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""An answer that has one of these keeps its own."""

_log = structlog.get_logger(__name__)


def _too_long() -> UploadTooLarge:
    return UploadTooLarge(f"The body of this request may have {MAX_QUESTION_BYTES} bytes.")


class Edge:
    """Wraps the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        try:
            if exchange.too_long:
                await error_response(_too_long())(scope, exchange.receive, exchange.send)
            else:
                await self._app(_as_get(scope), exchange.receive, exchange.send)
        except ClientDisconnect:
            return  # it went away within its own request, and nobody is left to be told
        except Exception:  # noqa: BLE001 - the edge: whatever it was, the client hears of it and the log tells
            _log.exception("request failed", method=scope["method"], path=scope["path"])
            if not exchange.answered:
                await failure_response()(scope, exchange.receive, exchange.send)


def _as_get(scope: Scope) -> Scope:
    if scope["method"] != "HEAD" or _HEAD_ITSELF.fullmatch(scope["path"]):
        return scope
    return {**scope, "method": "GET"}


class _Exchange:
    """One request and its answer, watched from outside."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._is_head = scope["method"] == "HEAD"
        headers = dict(scope["headers"])
        self._declared = int(length) if (length := headers.get(b"content-length", b"0")).isdigit() else 0
        self._unread = self._declared > 0 or b"transfer-encoding" in headers
        self._waits = headers.get(b"expect", b"").lower() == b"100-continue"
        self._taken = 0
        self._begun_s = asyncio.get_running_loop().time()
        self._is_upload = UPLOADS.fullmatch(f"{scope['method']} {scope['path']}") is not None
        self.too_long = not self._is_upload and self._declared > MAX_QUESTION_BYTES
        self.answered = False

    async def receive(self) -> Message:
        self._waits = False
        message = await (self._receive_soon() if self._is_late_possible else self._receive())
        self._taken += len(message.get("body", b""))
        if self._taken > MAX_QUESTION_BYTES and not self._is_upload and not self.answered:
            raise _too_long()
        if not message.get("more_body", False):
            self._unread = False
        return message

    @property
    def _is_late_possible(self) -> bool:
        return self._unread and not self._is_upload and not self.answered

    async def _receive_soon(self) -> Message:
        try:
            async with asyncio.timeout_at(self._begun_s + QUESTION_S):
                return await self._receive()
        except TimeoutError:
            raise UploadCut(f"The body did not come whole within {QUESTION_S:.0f} seconds.") from None

    async def send(self, message: Message) -> None:
        if self._is_head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        if message["type"] == "http.response.start":
            self.answered = True
            await self._send({**message, "headers": self._completed(message.get("headers", []))})
        elif self._unread and not self._waits and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._linger()
            await self._send({"type": "http.response.body", "body": b""})
        else:
            await self._send(message)

    def _completed(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        present = {name.lower() for name, _ in headers}
        more = [header for header in SAFETY_HEADERS if header[0] not in present]
        if self._unread and (self._waits or self._too_much_left()):
            more.append((b"connection", b"close"))
        return [*headers, *more]

    def _too_much_left(self) -> bool:
        return self._declared == 0 or self._declared - self._taken > LINGER_BYTES

    async def _linger(self) -> None:
        end = self._taken + LINGER_BYTES
        try:
            async with asyncio.timeout(LINGER_S):
                while self._unread and self._taken < end:
                    await self.receive()
        except TimeoutError:
            return
