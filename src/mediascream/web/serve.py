"""Runs the web app: one process, one event loop, until Ctrl-C.

uvicorn with uvloop and httptools. It answers on both loopback addresses where it is to listen on
one, since `localhost` means either. The first Ctrl-C lets requests end, for a few seconds; the second
does not wait.
"""

import asyncio
import errno
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import structlog
import uvicorn

from mediascream.errors import PortInUse
from mediascream.web.app import WebApp
from mediascream.web.connections import bounded_protocol, most_connections

GRACE_S: Final = 5
"""How long a request may go on after the first Ctrl-C."""
CLEAR_S: Final = 3
"""How long what was cut may clear up after itself."""
KEEP_ALIVE_S: Final = 75
BACKLOG: Final = 1024
LOOPBACK: Final = ("127.0.0.1", "::1")

_log = structlog.get_logger(__name__)


def run(app: WebApp, sockets: list[socket.socket], *, access_log: bool = False) -> None:
    """Serve at `sockets` until a signal says stop, and tell on stderr where, once requests are answered."""
    build_server(app, sockets, access_log=access_log).run(sockets)


def build_server(app: WebApp, sockets: list[socket.socket], *, access_log: bool = False) -> uvicorn.Server:
    """The server, not running yet."""
    config = uvicorn.Config(
        app,
        http=bounded_protocol(most_connections()),
        ws="none",
        loop="uvloop",
        lifespan="on",
        log_config=None,
        access_log=access_log,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S + CLEAR_S,
        backlog=BACKLOG,
    )
    return _Server(config, stopping=app.stopping, address=address_of(sockets[0]))


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


def address_of(listener: socket.socket) -> str:
    """The address of a listening socket, for a person."""
    host, port = listener.getsockname()[:2]
    shown = "localhost" if host in LOOPBACK else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


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
    """Says when it is ready, tells the app that it stops, and cuts the connections that do not end by themselves.

    A connection that is cut is to a request what a client that went away is: what it had begun is cleared
    away. Cancelling its task, as uvicorn does at last, would leave that to chance.
    """

    def __init__(self, config: uvicorn.Config, *, stopping: Callable[[], None], address: str) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._address = address
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started:
            _log.info(f"Mediascream is at {self._address} (Ctrl-C stops it)")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        asyncio.get_running_loop().call_later(GRACE_S, self._cut)
        await super().shutdown(sockets)

    def handle_exit(self, _sig: int, _frame: FrameType | None) -> None:
        if self.should_exit and self._loop is not None:
            self._loop.call_soon_threadsafe(self._cut)
        self.should_exit = True  # and the signal is not kept: uvicorn would raise it again before all else is closed

    def _cut(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
