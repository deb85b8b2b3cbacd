"""Real S3 servers for tests, from PyPI: started when first asked for, one set for each test process.

`ministack` compares checksums and heeds conditional writes, but takes any keys. `rclone serve s3` checks
signatures, but ignores conditions and checksums and knows no ranges. Together they cover the good and the
bad days. The fixtures are for all tests (`conftest.py`).
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from mediascream.archive.s3_options import S3Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BUCKET = "photos"
START_S = 30.0
TRIES = 3
CERTIFICATES = Path(__file__).parent / "certificates"
AUTHORITY = (CERTIFICATES / "authority.pem").read_text()
"""What `server.pem`, for 127.0.0.1, is signed with. Both were made for these tests and guard nothing."""


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server with an empty bucket `photos`."""

    endpoint: str
    access_key: str
    secret_key: str

    def options(self) -> S3Options:
        """The bucket, under a prefix that nobody else uses."""
        return S3Options(
            bucket=BUCKET,
            access_key=self.access_key,
            secret_key=self.secret_key,
            endpoint=self.endpoint,
            prefix=f"tests/{uuid4().hex}",
        )


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    folder = tmp_path_factory.mktemp("ministack")
    with running([sys.executable, "-m", "ministack"], folder, environment=_ministack_environment) as port:
        endpoint = f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT"), timeout=START_S):  # noqa: S310 - our own server
            yield S3Server(endpoint, "test", "test")


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with running_rclone(tmp_path_factory.mktemp("rclone")) as server:
        yield server


@pytest.fixture(scope="session")
def rclone_with_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    certificate = str(CERTIFICATES / "server.pem")
    arguments = ["--cert", certificate, "--key", certificate]
    with running_rclone(tmp_path_factory.mktemp("rclone-tls"), arguments, scheme="https") as server:
        yield server


@contextmanager
def running_rclone(folder: Path, arguments: Sequence[str] = (), *, scheme: str = "http") -> Iterator[S3Server]:
    """A server whose bucket is a folder inside `folder`."""
    (folder / "data" / BUCKET).mkdir(parents=True)
    access_key, secret_key = "AKTEST12345", "SKTEST1234567890"  # rclone takes no keys of two letters
    command = [
        *(str(Path(sys.executable).with_name("rclone")), "serve", "s3", str(folder / "data")),
        *("--addr", "127.0.0.1:{port}", "--auth-key", f"{access_key},{secret_key}"),
        *("--config", str(folder / "none.conf"), *arguments),
    ]
    with running(command, folder) as port:
        yield S3Server(f"{scheme}://127.0.0.1:{port}", access_key, secret_key)


@contextmanager
def running(
    command: Sequence[str], folder: Path, *, environment: Callable[[int], dict[str, str]] = lambda _: {}
) -> Iterator[int]:
    """Run a server on a free port (`{port}` in `command`) until the body ends; its log is in `folder`."""
    log = folder / "log.txt"
    for _ in range(TRIES):
        port = _free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [part.replace("{port}", str(port)) for part in command],
                stdout=output, stderr=subprocess.STDOUT, cwd=folder, env=environment(port) or None,
            )  # fmt: skip
        try:
            if _answers(process, port):
                yield port
                return
        finally:
            process.kill()
            process.wait()
    pytest.fail(f"{command[0]} did not start within {START_S} s, {TRIES} times:\n{log.read_text()[-2000:]}")


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it listens in time; False at once where it ended (another took the port first)."""
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.02)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ministack_environment(port: int) -> dict[str, str]:
    """Without BIND_HOST it would listen to the whole network."""
    return {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "HOME": ".", "PATH": "/usr/bin:/bin"}
