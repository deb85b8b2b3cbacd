"""Runs the web app: one process, one event loop, until Ctrl-C.

uvicorn with uvloop and httptools. The first Ctrl-C lets requests end, for a few seconds; the second
does not wait.
"""

import asyncio
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import structlog
import uvicorn

from mediascream.web.app import WebApp
from mediascream.web.connections import bounded_protocol, most_connections
from mediascream.web.listening import BACKLOG, address_of

GRACE_S: Final = 5
"""How long a request may go on after the first Ctrl-C."""
CLEAR_S: Final = 3
"""How long what was cut may clear up after itself."""
KEEP_ALIVE_S: Final = 75

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
