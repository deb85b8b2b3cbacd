"""A server in the way: one that only ever answers what it was told, and a proxy that damages what passes."""

from __future__ import annotations

import http.client
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `body` is left out where the request was a HEAD."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passing:
    """A request on its way through a proxy."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def s3_error(status: int, code: str, message: str = "as told", more: str = "") -> Answer:
    """A refusal in the words of S3."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
    return Answer(status, body.encode(), {"Content-Type": "application/xml"})


@contextmanager
def answering(*answers: Answer) -> Iterator[str]:
    """A server that gives these answers one after the other, the last for ever."""
    left = list(answers)

    class Handler(_Handler):
        def answer(self, body: bytes) -> Answer:
            return left.pop(0) if len(left) > 1 else left[0]

    with _serving(Handler) as address:
        yield address


@contextmanager
def hanging_up() -> Iterator[str]:
    """A server that closes each connection without a word."""

    class Handler(_Handler):
        def answer(self, body: bytes) -> Answer | None:
            return None

    with _serving(Handler) as address:
        yield address


@contextmanager
def passing_on(upstream: str, change: Callable[[Passing], Passing | Answer]) -> Iterator[str]:
    """A proxy to `upstream` that passes on what `change` makes of a request, or gives its answer at once."""
    host = urlsplit(upstream).netloc

    class Handler(_Handler):
        def answer(self, body: bytes) -> Answer:
            changed = change(Passing(self.command, self.path, dict(self.headers.items()), body))
            return changed if isinstance(changed, Answer) else _fetch(host, changed)

    with _serving(Handler) as address:
        yield address


def with_a_flipped_bit(request: Passing) -> Passing:
    """What becomes of an original, or of a part of one, on a bad wire."""
    if request.method != "PUT" or "/originals/" not in request.path:
        return request
    middle = len(request.body) // 2
    damaged = bytes([request.body[middle] ^ 1])
    return replace(request, body=request.body[:middle] + damaged + request.body[middle + 1 :])


def without_understanding(*headers: str) -> Callable[[Passing], Passing | Answer]:
    """A server that refuses a request for each of these headers, as some do."""

    def refuse(request: Passing) -> Passing | Answer:
        sent = {name.lower() for name in request.headers}
        return s3_error(501, "NotImplemented", "A header you provided is unknown") if sent & set(headers) else request

    return refuse


def _fetch(host: str, request: Passing) -> Answer:
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.request(request.method, request.path, request.body, dict(request.headers))
        response = connection.getresponse()
        return Answer(response.status, response.read(), dict(response.getheaders()))
    finally:
        connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body: bytes) -> Answer | None:
        raise NotImplementedError

    def _handle(self) -> None:
        """Either side may hang up at any time: a client does, where one part of its upload was refused."""
        try:
            self._exchange()
        except (ConnectionError, http.client.HTTPException):
            self.close_connection = True

    def _exchange(self) -> None:
        answer = self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if answer is None:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        given = {name.lower(): value for name, value in answer.headers.items()}
        given.pop("transfer-encoding", None)
        given.setdefault("content-length", str(len(answer.body)))
        for name, value in given.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else answer.body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing."""


@contextmanager
def _serving(handler: type[_Handler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
