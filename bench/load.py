"""Sends made-up photos to a server on this machine, and reads what it cost the server."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CLIENTS = 4
BOUNDARY = "bench-boundary-7d1f"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo_file"; filename="IMG.jpg"\r\n'
    "Content-Type: image/jpeg\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a number of uploads cost the server.

    Attributes:
        cpu_s: CPU seconds of all its processes.
        wall_s: From the first request to the last answer.
    """

    photos: int
    size_bytes: int
    cpu_s: float
    wall_s: float

    @property
    def cpu_s_per_gb(self) -> float:
        """CPU seconds for 10^9 bytes."""
        return self.cpu_s / (self.photos * self.size_bytes) * 1e9

    @property
    def cpu_ms_per_photo(self) -> float:
        """CPU milliseconds for one photo."""
        return self.cpu_s / self.photos * 1000


def photos(count: int, size_bytes: int) -> list[bytes]:
    """Different JPEGs as far as a look at their first bytes goes; the rest is noise."""
    noise = os.urandom(size_bytes)
    return [b"\xff\xd8\xff\xe0" + os.urandom(16) + noise[20:] for _ in range(count)]


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and its living children, so far."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in family)


def measure(
    pid: int, contents: Sequence[bytes], send: Callable[[http.client.HTTPConnection, bytes], None], port: int
) -> Cost:
    """Send everything over a few connections that stay open."""
    shares = [contents[start::CLIENTS] for start in range(CLIENTS)]

    def send_share(share: Sequence[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for content in share:
            send(connection, content)
        connection.close()

    before, began = cpu_s(pid), time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(send_share, shares))
    return Cost(len(contents), len(contents[0]), cpu_s(pid) - before, time.monotonic() - began)


def post_form(connection: http.client.HTTPConnection, content: bytes) -> None:
    """Send a photo as `curl -F` does; the answer must hold its digest."""
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    connection.request("POST", "/photos/", HEAD + content + TAIL, headers)
    answer = connection.getresponse()
    said = answer.read()
    assert answer.status == 201, said
    assert hashlib.sha256(content).hexdigest().encode() in said


def put_file(connection: http.client.HTTPConnection, content: bytes) -> None:
    """Send a photo as WebDAV clients do."""
    connection.request("PUT", f"/{os.urandom(8).hex()}.jpg", content)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 201, answer.status


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    until = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < until, f"nobody listens on {port}"
        time.sleep(0.05)
