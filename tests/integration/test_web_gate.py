"""The gate before a real server: who is at the other end of a real socket."""

from __future__ import annotations

import ctypes
import encodings.idna  # another user could not load it from this one's home
import os
import socket
import struct
import sys
from typing import TYPE_CHECKING

import httpx2
import pytest

from mediascream.errors import PortInUse
from mediascream.web.listening import address_of, listen
from mediascream.web.peers import Peer, PeerLookup
from tests.integration.web_server import WebServer, read_all, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can connect as another user")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with serving(tmp_path_factory.mktemp("data")) as server:
        yield server


def connect_as(uid: int, port: int) -> socket.socket:
    """A connection that belongs to another user; only this thread becomes that user, for a moment."""
    assert encodings.idna.__name__
    libc = ctypes.CDLL(None)
    libc.setfsuid(uid)
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=20)
    finally:
        libc.setfsuid(os.geteuid())


def ask(connection: socket.socket, path: str = "/photos/") -> bytes:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return read_all(connection)


@linux
@as_root
def test_another_user_of_this_machine_is_turned_away(server: WebServer) -> None:
    with connect_as(NOBODY, server.port) as foreign:
        answer = ask(foreign)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"another user" in answer


@linux
@as_root
def test_another_user_may_ask_for_health_without_details(server: WebServer) -> None:
    with connect_as(NOBODY, server.port) as foreign:
        assert b'{"status":"ok","reasons":[]}' in ask(foreign, "/health")


def test_the_owner_is_let_in(server: WebServer) -> None:
    with server.connect() as ours:
        assert ask(ours).startswith(b"HTTP/1.1 200 ")


@linux
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_the_kernel_tells_whose_a_connection_is(family: socket.AddressFamily) -> None:
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    lookup = PeerLookup()
    with (
        socket.create_server((host, 0), family=family) as listener,
        socket.create_connection(listener.getsockname()[:2]) as client,
    ):
        accepted, _ = listener.accept()
        with accepted:
            ends = (accepted.getpeername()[:2], accepted.getsockname()[:2])
            assert lookup.who(*ends) is Peer.OURS
            client.close()
            assert lookup.who(*ends) is Peer.GONE
    lookup.close()
    assert lookup.who(*ends) is Peer.UNKNOWN


@linux
@as_root
@pytest.mark.parametrize("reset", [True, False])
def test_who_sends_and_is_gone_before_it_is_read_is_not_let_in(reset: bool) -> None:
    lookup = PeerLookup()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = connect_as(NOBODY, listener.getsockname()[1])
        client.sendall(b"DELETE /photos/3f9a HTTP/1.1\r\n\r\n")
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ends = (client.getsockname(), client.getpeername())
        client.close()
        accepted, _ = listener.accept()
        with accepted:
            assert lookup.who(*ends) is Peer.GONE
    lookup.close()


def test_a_foreign_name_and_a_foreign_page_are_turned_away(server: WebServer) -> None:
    for headers in ({"Host": "photos.example"}, {"Origin": "https://evil.example"}, {"X-Forwarded-For": "10.0.0.1"}):
        answer = server.http.post("/photos/", files={"photo_file": b"x"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "caller-refused")
    assert server.photos() == []


def test_both_loopback_addresses_are_listened_on(server: WebServer) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    assert httpx2.get(f"http://[::1]:{server.port}/photos/").status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_port_that_is_taken_is_told_in_one_line(server: WebServer, host: str) -> None:
    with pytest.raises(PortInUse, match=f"Port {server.port} on .* in use") as caught:
        listen(host, server.port)
    assert "\n" not in str(caught.value)


def test_an_address_that_is_none_of_this_machine_is_told_in_one_line() -> None:
    with pytest.raises(PortInUse, match="Cannot listen on 192"):
        listen("192.0.2.1", 5000)


def test_the_address_is_one_that_a_person_can_open() -> None:
    sockets = listen("::1", 0)
    try:
        assert address_of(sockets[0]) == f"http://localhost:{sockets[0].getsockname()[1]}"
        assert len({one.getsockname()[1] for one in sockets}) == 1
    finally:
        for one in sockets:
            one.close()
