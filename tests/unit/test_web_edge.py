from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import structlog
from starlette.requests import Request

from mediascream.errors import UploadCut
from mediascream.web import edge
from mediascream.web.bodies import chunks
from mediascream.web.edge import Edge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Wire:
    """The server's side of one request: a body in chunks, and all that was sent."""

    def __init__(self, body: list[bytes], **headers: str) -> None:
        self.body = body
        self.sent: list[Message] = []
        self.asked_before_answer = 0
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self.scope: Scope = {"type": "http", "method": "PUT", "path": "/", "headers": raw}

    async def receive(self) -> Message:
        self.asked_before_answer += not self.sent
        if not self.body:
            await asyncio.Event().wait()
        chunk = self.body.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(self.body)}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> Mapping[bytes, bytes]:
        return dict(self.sent[0]["headers"])


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 201, "headers": [(b"referrer-policy", b"no-referrer")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def reads_all(scope: Scope, receive: Receive, send: Send) -> None:
    async for _ in chunks(receive):
        pass
    await answers(scope, receive, send)


def serve(wire: Wire, app: ASGIApp = answers) -> Wire:
    asyncio.run(Edge(app)(wire.scope, wire.receive, wire.send))
    return wire


def test_every_answer_keeps_browsers_from_harm() -> None:
    headers = serve(Wire([])).headers
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
    assert b"script-src" not in headers[b"content-security-policy"], "scripts fall under default-src 'self'"
    assert headers[b"cross-origin-resource-policy"] == b"same-origin"
    assert headers[b"referrer-policy"] == b"no-referrer", "the app's own word goes first"


def test_a_body_that_nobody_read_is_taken_in_behind_the_answer() -> None:
    wire = serve(Wire([b"a"] * 5, content_length="5"))
    assert wire.asked_before_answer == 0
    assert wire.body == []
    assert [message.get("more_body", False) for message in wire.sent[1:]] == [True, False]
    assert b"connection" not in wire.headers


def test_a_body_that_was_read_is_not_asked_for_again() -> None:
    wire = serve(Wire([b"a", b"b"], content_length="2"), reads_all)
    assert len(wire.sent) == 2
    assert b"connection" not in wire.headers


def test_only_so_much_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "LINGER_BYTES", 10)
    wire = serve(Wire([b"abcd"] * 100, content_length="400"))
    assert len(wire.body) == 97
    assert wire.headers[b"connection"] == b"close"
    assert wire.sent[-1] == {"type": "http.response.body", "body": b""}


def test_it_does_not_wait_for_a_silent_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "LINGER_S", 0.001)
    wire = serve(Wire([], content_length="5"))
    assert wire.sent[-1] == {"type": "http.response.body", "body": b""}


def test_a_sender_that_waits_for_leave_is_answered_without_its_body() -> None:
    wire = serve(Wire([b"a"], content_length="1", expect="100-continue"))
    assert wire.body == [b"a"]
    assert wire.headers[b"connection"] == b"close"


@pytest.mark.parametrize("length", ["-1", "x", "0"])
def test_a_length_that_is_none_does_no_harm(length: str) -> None:
    assert serve(Wire([], content_length=length)).status == 201


def test_what_nobody_foresaw_is_a_plain_500() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        message = "secret"
        raise ZeroDivisionError(message)

    wire = serve(Wire([]), fails)
    assert wire.status == 500
    assert wire.headers[b"content-type"] == b"application/problem+json"
    assert b"secret" not in wire.sent[1]["body"]


def test_what_fails_behind_the_first_byte_is_not_answered_twice() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    assert len(serve(Wire([]), fails).sent) == 1


def test_a_sender_that_goes_away_leaves_no_trace_in_the_log() -> None:
    async def reads(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()

    class Gone(Wire):
        async def receive(self) -> Message:
            return {"type": "http.disconnect"}

    with structlog.testing.capture_logs() as logged:
        wire = serve(Gone([b"half"], content_length="9"), reads)
    assert (wire.sent, logged) == ([], [])


def test_a_sender_that_falls_silent_is_given_up() -> None:
    async def read() -> None:
        async for _ in chunks(Wire([]).receive, idle_s=0.001):
            pass

    with pytest.raises(UploadCut, match="Nothing came"):
        asyncio.run(read())


def test_a_sender_that_dribbles_is_given_up_and_one_that_is_slow_is_not() -> None:
    async def read(size_bytes: int) -> int:
        async def dribble() -> Message:
            await asyncio.sleep(0.01)
            return {"type": "http.request", "body": bytes(size_bytes), "more_body": True}

        found = 0
        async for chunk in chunks(dribble, idle_s=0.1, least_bytes=100):
            found += len(chunk)
            if found > 5000:
                break
        return found

    assert asyncio.run(read(100)) == 5100
    with pytest.raises(UploadCut, match="Only"):
        asyncio.run(read(1))


def test_time_that_we_take_ourselves_is_not_held_against_the_sender() -> None:
    sent = iter(range(20))

    async def at_once() -> Message:
        return {"type": "http.request", "body": b"x", "more_body": next(sent) < 10}

    async def read() -> int:
        count = 0
        async for _ in chunks(at_once, idle_s=0.05, least_bytes=100):
            await asyncio.sleep(0.02)
            count += 1
        return count

    assert asyncio.run(read()) == 11


def test_a_connection_that_ends_early_is_told_from_a_body_that_is_whole() -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def read() -> None:
        async for _ in chunks(gone):
            pass

    with pytest.raises(UploadCut, match="connection ended"):
        asyncio.run(read())
