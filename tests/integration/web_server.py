"""A real server in this process, on a free port, without a worker: what it takes in stays `processing`."""

from __future__ import annotations

import contextlib
import hashlib
import io
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
from PIL import Image

from mediascream.hub import Hub
from mediascream.library import deliveries, reading
from mediascream.photo import DeliveryState, DestinationName, PhotoId
from mediascream.settings import Settings
from mediascream.web.app import build_app
from mediascream.web.listening import listen
from mediascream.web.serve import build_server
from tests.made_databases import put_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import sqlalchemy as sa

WAIT_S = 20


@dataclass(frozen=True)
class WebServer:
    """A running server.

    Attributes:
        http: A client of it.
        stop: Has it end, and waits until it did.
    """

    hub: Hub
    port: int
    http: httpx2.Client
    stop: Callable[[], None]

    def connect(self) -> socket.socket:
        """A connection to write raw bytes to."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S)

    def say(self, *parts: bytes, shut: bool = False) -> bytes:
        """Write raw bytes (and, with `shut`, no more); all that comes back until the server ends the connection."""
        with self.connect() as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for one in parts:
                    connection.sendall(one)
            if shut:
                connection.shutdown(socket.SHUT_WR)
            return read_all(connection)

    def send(self, *contents: bytes, name: str = "a.jpg", **fields: str | list[str]) -> httpx2.Response:
        """Upload files as a form."""
        return self.http.post("/photos/", files=[("photo_file", (name, one)) for one in contents], data=fields)

    def spool(self) -> list[str]:
        """The names of all that lies in the spool, or is on its way there."""
        folder = self.hub.settings.upload_folder
        return sorted(path.name for path in folder.rglob("*") if path.is_file())

    def photos(self) -> list[dict[str, Any]]:
        """All photos that are known, on one page."""
        found: list[dict[str, Any]] = self.http.get("/photos/", params={"limit": 500}).json()["photos"]
        return found


@contextlib.contextmanager
def serving(data_folder: Path, **settings: Any) -> Iterator[WebServer]:
    """Run a server on `data_folder` until the body ends."""
    chosen = Settings(data_folder=data_folder, allow_volatile=True, **settings)
    if chosen.database_url is None:
        put_database(chosen.db_file, with_jobs=True)
    hub = Hub(chosen)
    hub.take_in_spool()
    sockets = listen("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]
    server = build_server(build_app(hub), sockets)
    thread = threading.Thread(target=server.run, args=(sockets,), name="server")
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(WAIT_S)

    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=WAIT_S) as http:
            yield WebServer(hub, port, http, stop)
    finally:
        stop()
        hub.close()


def read_all(connection: socket.socket) -> bytes:
    """All that comes until the other side ends, however it does."""
    held = io.BytesIO()
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65_536):
            held.write(chunk)
    return held.getvalue()


def jpeg(seed: int = 0, *, padding: int = 0) -> bytes:
    """A small JPEG, different for each seed; with padding behind its end, as large as one likes."""
    held = io.BytesIO()
    Image.new("RGB", (32, 24), (seed % 256, seed // 256 % 256, 80)).save(held, "JPEG", comment=f"{seed}".encode())
    return held.getvalue() + bytes(padding)


def id_of(content: bytes) -> str:
    """The id that a photo of these bytes has."""
    return hashlib.sha256(content).hexdigest()


def form(*parts: bytes, end: bytes = b"--XyZ--\r\n") -> bytes:
    """The body of a form with the boundary XyZ."""
    return b"".join(parts) + end


def part(disposition: str, content: bytes) -> bytes:
    """A part of such a form."""
    return b"--XyZ\r\nContent-Disposition: form-data; " + disposition.encode() + b"\r\n\r\n" + content + b"\r\n"


def photo_part(content: bytes, name: str = "a.jpg") -> bytes:
    """The part that holds a file."""
    return part(f'name="photo_file"; filename="{name}"', content)


def post(body: bytes, *, length: int | None = None, more: str = "") -> bytes:
    """A raw request that posts a form."""
    head = (
        "POST /photos/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary=XyZ\r\nContent-Length: {len(body) if length is None else length}\r\n{more}\r\n"
    )
    return head.encode() + body


def lose(connection: sa.Connection, photo_id: PhotoId) -> None:
    """As an audit writes it down that finds nothing in the archive."""
    photo = reading.get(connection, photo_id)
    assert photo is not None
    blocked = DeliveryState.BLOCKED
    deliveries.stop(connection, photo.number, DestinationName.FOLDER, blocked, code="lost", detail="It is gone.")
