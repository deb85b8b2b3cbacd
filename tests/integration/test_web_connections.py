"""Connections that say little, dribble, or never end: each is cut in its time, and none keeps another one waiting."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING

import pytest
import uvicorn

from mediascream.web.connections import MAX_HEADER_BYTES, Crowd, bounded_protocol
from tests.integration.web_server import WAIT_S, form, jpeg, photo_part, post, read_all, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from tests.integration.web_server import WebServer

MOST = 8
SOON_S = 0.3
A_LOT = 64 * 1024 * 1024
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Takes a body; answers with nothing, `/much` with very much, `/never` not at all."""
    if scope["type"] == "lifespan":
        return
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/never":
        await receive()
        return
    content = bytes(A_LOT if scope["path"] == "/much" else 0)
    headers = [(b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


@pytest.fixture
def port() -> Iterator[int]:
    """A server of very little patience, for eight connections."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        protocol = bounded_protocol(MOST, head_s=SOON_S, reader_s=SOON_S)
        config = uvicorn.Config(
            answer,
            http=protocol,
            lifespan="off",
            log_config=None,
            ws="none",
            loop="uvloop",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(WAIT_S)


def connect(port: int, first: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
    connection.sendall(first)
    return connection


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        (b"rubbish\r\n\r\n", 400, "request-malformed"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "request-malformed"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400, "request-malformed"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * (MAX_HEADER_BYTES + 1) + b"\r\n\r\n", 431, "head-too-long"),
    ],
    ids=["rubbish", "TLS", "header", "length"],
)
def test_what_is_no_request_is_told_so_in_a_problem(port: int, said: bytes, status: int, code: str) -> None:
    with connect(port) as connection:
        connection.sendall(said)
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"content-type: application/problem+json" in head
    assert f"content-length: {len(body)}".encode() in head
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (status, code)


@pytest.mark.parametrize(
    "first", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\nX: y", b"\r\n"], ids=["none", "line", "head", "blank"]
)
def test_a_head_that_does_not_come_is_not_waited_for(port: int, first: bytes) -> None:
    with connect(port, first) as connection:
        assert read_all(connection) == b""


@pytest.mark.parametrize("next_one", [b"GET / HT", b"\r\n"], ids=["line", "blank"])
def test_nor_is_that_of_the_next_request(port: int, next_one: bytes) -> None:
    with connect(port, GET) as connection:
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        connection.sendall(next_one)
        assert read_all(connection) == b""


def test_a_head_that_dribbles_is_cut_in_the_same_time(port: int) -> None:
    with connect(port, b"GET /") as connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.settimeout(SOON_S / 20)
        came: bytes | None = None
        while came is None:
            connection.sendall(b"a")
            with contextlib.suppress(TimeoutError):
                came = connection.recv(1)
        assert came == b""


def test_a_request_that_is_being_served_is_not_cut(port: int) -> None:
    with connect(port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n") as connection:
        for letter in (b"a", b"b", b"c"):
            threading.Event().wait(SOON_S / 2)
            connection.sendall(letter)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")


def test_who_takes_nothing_of_an_answer_is_cut(port: int) -> None:
    with connect(port, GET.replace(b"/ ", b"/much ")) as connection:
        threading.Event().wait(SOON_S * 3)
        assert len(read_all(connection)) < A_LOT


def test_where_there_are_too_many_the_one_that_waited_longest_goes(port: int) -> None:
    served = connect(port, GET.replace(b"/ ", b"/never "))
    waiting = [connect(port) for _ in range(MOST - 1)]
    with connect(port, GET) as newcomer:
        assert newcomer.recv(65_536).startswith(b"HTTP/1.1 200")
    assert read_all(waiting[0]) == b""
    served.settimeout(0)
    with pytest.raises(BlockingIOError):
        served.recv(1)
    for connection in (served, *waiting):
        connection.close()


class Said:
    """Stands for a connection in a crowd."""

    def __init__(self, cut: list[Said]) -> None:
        self._cut = cut

    def cut(self) -> None:
        self._cut.append(self)


def test_where_all_are_served_the_newcomer_goes() -> None:
    cut: list[Said] = []
    crowd = Crowd(2)
    served = [Said(cut) for _ in range(2)]
    for one in served:
        crowd.join(one)  # type: ignore[arg-type]
        crowd.work(one)  # type: ignore[arg-type]
    newcomer = Said(cut)
    crowd.join(newcomer)  # type: ignore[arg-type]
    assert cut == [newcomer]
    crowd.wait(newcomer)  # type: ignore[arg-type]
    crowd.leave(served[0])  # type: ignore[arg-type]
    crowd.join(last := Said(cut))  # type: ignore[arg-type]
    assert cut == [newcomer]
    assert last not in cut


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    with serving(tmp_path / "data") as running:
        yield running


def hang(server: WebServer, count: int) -> list[socket.socket]:
    """Connections that say nothing, half a head, and half a body, in turns; all stay open."""
    body = form(photo_part(jpeg(1)))
    firsts = (b"", b"POST /photos/ HTTP/1.1\r\nHost: localhost\r\n", post(body, length=len(body) + 9)[:-20])
    found = []
    for number in range(count):
        connection = server.connect()
        connection.sendall(firsts[number % len(firsts)])
        found.append(connection)
    return found


@pytest.mark.parametrize("count", [300, pytest.param(6000, marks=pytest.mark.long)])
def test_a_photo_comes_in_while_very_many_connections_hang(server: WebServer, count: int) -> None:
    with contextlib.ExitStack() as stack:
        for connection in hang(server, count):
            stack.enter_context(connection)
        assert server.send(jpeg(2)).status_code == 201
        assert server.http.get("/health").json()["status"] in {"ok", "degraded"}
    assert len(server.photos()) == 1


def test_listeners_of_one_caller_are_counted(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediascream.web.events.MOST_OF_ONE", 2)
    with contextlib.ExitStack() as stack:
        answers = [stack.enter_context(server.http.stream("GET", "/events")) for _ in range(2)]
        listening = [answer.iter_raw() for answer in answers]
        assert all(next(one).startswith(b": listening") for one in listening)
        refused = stack.enter_context(server.http.stream("GET", "/events"))
        assert refused.status_code == 429
        assert b"too-many-listeners" in refused.read()
    assert server.send(jpeg(3)).status_code == 201


def test_a_question_that_does_not_end_is_cut(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediascream.web.edge.QUESTION_S", 0.2)
    monkeypatch.setattr("mediascream.web.edge.LINGER_S", 0.1)
    head = b"POST /photos/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head + b'{"ids":')
        assert connection.recv(65_536).startswith(b"HTTP/1.1 400")
