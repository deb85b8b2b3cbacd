"""A wire that breaks: forwards TCP connections, and cuts them where a test says."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

RESET = struct.pack("ii", 1, 0)
LONGEST_S = 5.0


@dataclass(slots=True)
class FlakyProxy:
    """The wire.

    Attributes:
        cuts: For each of the next connections, after how many bytes from the client it is cut; None never.
        swallow_answers: How many answers to requests with a body beyond a few kB never reach the client.
    """

    target: str
    url: str = ""
    cuts: deque[int | None] = field(default_factory=deque)
    swallow_answers: int = 0
    connections: int = 0

    def serve(self, listening: socket.socket) -> None:
        """Take connections until the listening socket is closed."""
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                self.connections += 1
                cut = self.cuts.popleft() if self.cuts else None
                threading.Thread(target=self._forward, args=(client, cut), daemon=True).start()

    def _forward(self, client: socket.socket, cut: int | None) -> None:
        address = urlsplit(self.target)
        server = socket.create_connection((address.hostname or "", address.port or 0))
        seen = [0]
        back = threading.Thread(target=self._answer, args=(client, server, seen), daemon=True)
        back.start()
        with suppress(OSError):
            while data := client.recv(65536):
                seen[0] += len(data)
                if cut is not None and seen[0] > cut:
                    # The server has seen the end before the sender has: how much arrived is then no matter of chance.
                    server.shutdown(socket.SHUT_WR)
                    back.join(LONGEST_S)
                    reset(client)
                    break
                server.sendall(data)
        close(server)
        back.join()
        close(client)

    def _answer(self, client: socket.socket, server: socket.socket, seen: list[int]) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if self.swallow_answers and seen[0] > 4096:
                    self.swallow_answers -= 1
                    reset(client)
                    return
                client.sendall(data)
        close(client)


def reset(connection: socket.socket) -> None:
    """Break a connection as a dead router does, without a farewell."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()


def close(connection: socket.socket) -> None:
    """End a connection so that whoever waits on it wakes up."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def in_front_of(target: str) -> Iterator[FlakyProxy]:
    """A proxy on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = FlakyProxy(target, url=f"http://127.0.0.1:{listening.getsockname()[1]}")
        thread = threading.Thread(target=proxy.serve, args=(listening,), daemon=True)
        thread.start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()
