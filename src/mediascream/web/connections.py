"""What a connection may cost that says little: bounded heads, bounded patience, bounded numbers.

    opened → [head within HEAD_S] → request → answered → [next request within KEEP_ALIVE_S] → …

Thousands that are opened and say nothing, or dribble a head, cost a few kilobytes each, for half a minute. Where there
are more than fit, the one goes that has waited longest without a request: never one whose request is being served.
How slow a body may be is told in `bodies.py`.
"""

import asyncio
import resource
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mediascream.errors import HeadTooLong, MediascreamError, RequestMalformed
from mediascream.web.problems import error_response

MAX_HEADER_BYTES: Final = 64 * 1024
"""Of one request, its first line included; httptools itself has no limit."""
HEAD_S: Final = 30.0
"""How long a head may take, from the opening of a connection or the first byte of its next request."""
READER_S: Final = 300.0
"""Who takes nothing of an answer for so long is gone; a browser whose video was paused asks for the rest anew."""

MOST_FILES: Final = 65_536
"""What is asked of the system; few systems allow as many without being asked."""
SPARED_FILES: Final = 256
"""For the database, the archive and whatever else is not a connection."""
FILES_OF_A_CONNECTION: Final = 2
"""Itself, and the file that it uploads."""


class Crowd:
    """All connections of a server, and which of them wait without a request.

    Args:
        most: How many there may be.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._all: set[_Connection] = set()
        self._waiting: dict[_Connection, None] = {}

    def join(self, newcomer: "_Connection") -> None:
        """One more, which waits; where there are too many, the one that has waited longest is cut."""
        self._all.add(newcomer)
        self._waiting[newcomer] = None
        if len(self._all) > self.most:
            longest = next(iter(self._waiting))
            self.leave(longest)
            longest.cut()

    def wait(self, one: "_Connection") -> None:
        """It has no request any more, for now."""
        if one in self._all:
            self._waiting[one] = None

    def work(self, one: "_Connection") -> None:
        """It has a request."""
        self._waiting.pop(one, None)

    def leave(self, one: "_Connection") -> None:
        """It is gone."""
        self._all.discard(one)
        self._waiting.pop(one, None)


class _Connection(HttpToolsProtocol):
    """Refuses a request whose head does not end, in bytes or in time, and cuts a reader that does not read."""

    def __init__(
        self, *args: Any, crowd: Crowd, head_s: float = HEAD_S, reader_s: float = READER_S, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self._crowd = crowd
        self._head_s, self._reader_s = head_s, reader_s
        self._head_bytes = 0
        self._between = True
        self._head_timer: asyncio.TimerHandle | None = None
        self._reader_timer: asyncio.TimerHandle | None = None

    def cut(self) -> None:
        """End the connection, at once."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(self._head_s, self.cut)
        self._crowd.join(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.leave(self)
        self._head_came()
        self._stop_reader_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._between and self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(self._head_s, self.cut)

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._between = False
        self._head_came()
        self._crowd.work(self)
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        self._between = not self.pipeline
        if self._between:
            self._crowd.wait(self)
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_reader_timer()
        self._reader_timer = self.loop.call_later(self._reader_s, self.cut)

    def resume_writing(self) -> None:
        self._stop_reader_timer()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's, who would say it in plain text
        if self._head_bytes > MAX_HEADER_BYTES:
            self._refuse(HeadTooLong(f"Address and headers together may have {MAX_HEADER_BYTES:,} bytes."))
        else:
            self._refuse(RequestMalformed("What arrived is no HTTP/1.1 request: is it https that was sent to http?"))

    def _refuse(self, error: MediascreamError) -> None:
        answer = error_response(error, {"Connection": "close"})
        status = HTTPStatus(answer.status_code)
        lines = [
            b"HTTP/1.1 %d %s" % (status, status.phrase.encode()),
            *(b": ".join(pair) for pair in answer.raw_headers),
        ]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        self.transport.close()

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_reader_timer(self) -> None:
        if self._reader_timer is not None:
            self._reader_timer.cancel()
            self._reader_timer = None

    def _count(self, size_bytes: int) -> None:
        self._head_bytes += size_bytes
        if self._head_bytes > MAX_HEADER_BYTES:
            raise httptools.HttpParserError("the head of the request is too long")


def bounded_protocol(most: int, *, head_s: float = HEAD_S, reader_s: float = READER_S) -> Any:
    """What uvicorn makes a protocol of for each connection; all of them are one crowd."""
    return partial(_Connection, crowd=Crowd(most), head_s=head_s, reader_s=reader_s)


def most_connections() -> int:
    """How many there may be at once, after asking the system for as many open files as it gives."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and wanted > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):  # macOS calls its limit infinite, and means another
            wanted = soft
    files = min(MOST_FILES, wanted if soft == resource.RLIM_INFINITY else max(soft, wanted))
    return max(16, (files - SPARED_FILES) // FILES_OF_A_CONNECTION)
