"""Runs the web app: one process, one event loop, until Ctrl-C.

uvicorn with uvloop and httptools. It answers on both loopback addresses where it is to listen on
one, since `localhost` means either. The first Ctrl-C lets requests end, for a few seconds; the second
does not wait.
"""

import errno
import socket
from collections.abc import Callable, Sequence
from typing import Final

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mediascream.errors import PortInUse
from mediascream.web.app import WebApp

GRACE_S: Final = 5
KEEP_ALIVE_S: Final = 75
BACKLOG: Final = 1024
MAX_HEADER_BYTES: Final = 64 * 1024
"""Of one request, its first line included; httptools itself has no limit."""
LOOPBACK: Final = ("127.0.0.1", "::1")


def run(
    app: WebApp, *, host: str, port: int, access_log: bool = False, ready: Callable[[str], None] | None = None
) -> None:
    """Serve until a signal says stop.

    Args:
        app: What is served.
        host: An address; a loopback one, or `localhost`, means both of them where the machine has both.
        port: 0 for any that is free.
        access_log: Write a line for each request.
        ready: Told the address, such as `http://localhost:5000`, once requests are answered.

    Raises:
        PortInUse: Something else listens there.
    """
    sockets = listen(host, port)
    config = uvicorn.Config(
        app,
        http=_BoundedProtocol,
        ws="none",
        loop="uvloop",
        lifespan="on",
        log_config=None,
        access_log=access_log,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
    )
    server = _Server(config, stopping=app.stopping, ready=lambda: ready and ready(address_of(host, sockets)))
    try:
        server.run(sockets)
    except KeyboardInterrupt:
        return  # uvicorn raises the signal again when all is done; a clean end is what was asked for


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen at `host`, one at least.

    Raises:
        PortInUse: Something else listens there, or the address is none of this machine.
    """
    if host not in {*LOOPBACK, "localhost"}:
        return [_bind(host, port)]
    first = _bind("127.0.0.1" if host == "localhost" else host, port)
    other = next(one for one in LOOPBACK if one != first.getsockname()[0])
    try:
        return [first, _bind(other, first.getsockname()[1])]
    except PortInUse as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE:
            first.close()
            raise
        return [first]  # a machine without IPv6


def address_of(host: str, sockets: Sequence[socket.socket]) -> str:
    """The address for a person."""
    shown = "localhost" if host in LOOPBACK else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{sockets[0].getsockname()[1]}"


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from error
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> PortInUse:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(f"Port {port} on {host} is in use by another program; stop that one, or set PORT to another.")
    return PortInUse(f"Cannot listen on {host}, port {port}: {error.strerror}.")


class _Server(uvicorn.Server):
    """Says when it is ready, and tells the app that it stops before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, *, stopping: Callable[[], None], ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)


class _BoundedProtocol(HttpToolsProtocol):
    """Refuses a request whose head does not end."""

    _head_bytes = 0

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def _count(self, size_bytes: int) -> None:
        self._head_bytes += size_bytes
        if self._head_bytes > MAX_HEADER_BYTES:
            raise httptools.HttpParserError("the head of the request is too long")
