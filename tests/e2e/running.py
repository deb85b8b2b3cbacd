"""A real Mediascream in a process of its own, as a person would run it."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx2
import pytest

from tests.made_databases import put_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
START_S = 60
SAFE_S = 120


def sample_photos() -> Path:
    """The folder of real photos; skips the test where it is absent."""
    folder = Path(os.environ.get("MEDIASCREAM_TEST_PHOTOS", ROOT.parent / "shared" / "photos"))
    if not folder.is_dir():
        pytest.skip("the folder of sample photos is not here (MEDIASCREAM_TEST_PHOTOS names another)")
    return folder


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Running:
    """A server on a data folder. Started again, it is on the same folder and port.

    Attributes:
        settings: Settings by key, beside `DATA_FOLDER` and `PORT`.
        under: A command that runs the server's.
    """

    data: Path
    settings: dict[str, object] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.file = self.data.parent / f"{self.data.name}.settings.yaml"
        self.log = self.data.parent / f"{self.data.name}.log"
        self.http = httpx2.Client(base_url=self.url, timeout=60)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def furnish(self) -> Self:
        """Put an empty database in the data folder, as an earlier start would have left it."""
        put_database(self.data / "mediascream.sqlite", with_jobs=True)
        return self

    def write_settings(self, **more: object) -> None:
        """Change settings for the next start."""
        self.settings |= more
        everything = {"DATA_FOLDER": str(self.data), "PORT": self.port, "ALLOW_VOLATILE": True} | self.settings
        self.file.write_text(json.dumps(everything))

    def launch(self, *command: str) -> None:
        """Begin a command, `serve` where none is named, and wait for nothing."""
        self.write_settings()
        words = [*self.under, sys.executable, "-m", "mediascream", *(command or ("serve", *self.arguments))]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                words, env=os.environ | {"SETTINGS": str(self.file)}, stdout=log, stderr=log, start_new_session=True
            )

    def start(self) -> Self:
        """Start it and wait until it can take uploads."""
        self.launch()
        self.wait_until(self._is_healthy, START_S, "the server did not become healthy")
        return self

    def run_to_end(self) -> subprocess.CompletedProcess[str]:
        """Run it where it is expected to stop by itself at once."""
        self.write_settings()
        command = [sys.executable, "-m", "mediascream", "serve", *self.arguments]
        environment = os.environ | {"SETTINGS": str(self.file)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=START_S, check=False)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop, as Ctrl-C does, or a service manager; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        """End it as a power cut does, children and all."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)

    @contextmanager
    def absent(self, how: str) -> Iterator[None]:
        """`killed`, or it `hangs`; then it is back on the same port."""
        if how == "killed":
            self.kill()
            yield
            self.start()
            return
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGSTOP)
        yield
        os.killpg(self.process.pid, signal.SIGCONT)

    def upload(self, *files: Path, **fields: str | list[str]) -> httpx2.Response:
        """POST files as `curl -F` does."""
        parts = [("photo_file", (file.name, file.read_bytes(), "application/octet-stream")) for file in files]
        return self.http.post("/photos/", files=parts, data=fields)

    def photo(self, photo_id: str) -> dict[str, Any]:
        """One photo as the API shows it."""
        answer = self.http.get(f"/photos/{photo_id}")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def photos(self, **query: str | int) -> list[dict[str, Any]]:
        """All photos, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            answer = self.http.get("/photos/", params=query | {"limit": 100} | ({"cursor": cursor} if cursor else {}))
            answer.raise_for_status()
            page = answer.json()
            found += page["photos"]
            cursor = page["next"]
            if cursor is None:
                return found

    def wait_safe(self, *ids: str, within_s: float = SAFE_S) -> None:
        """Wait until these photos (all there are, without ids) are `safe`."""

        def all_safe() -> bool:
            states = [self.photo(one)["state"] for one in ids] if ids else [p["state"] for p in self.photos()]
            return all(state == "safe" for state in states)

        self.wait_until(all_safe, within_s, "not every photo became safe")

    def spool(self) -> list[str]:
        """The names of what lies in the spool, or is on its way there."""
        return sorted(
            str(file.relative_to(self.data / "spool")) for file in (self.data / "spool").rglob("*") if file.is_file()
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What its database holds, asked without it."""
        with closing(sqlite3.connect(f"file:{self.data / 'mediascream.sqlite'}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()

    def originals(self) -> list[Path]:
        """The originals in the folder archive."""
        found = (self.data / "originals").rglob("*")
        return sorted(file for file in found if file.is_file() and file.suffix != ".json")

    def wait_until(self, question: Callable[[], bool], within_s: float, complaint: str) -> None:
        """Ask again and again until the answer is yes."""
        until = time.monotonic() + within_s
        while not question():
            if time.monotonic() > until:
                pytest.fail(f"{complaint} within {within_s} s; its log:\n{self.log_text()[-5000:]}")
            if self.process is not None and self.process.poll() is not None:
                pytest.fail(f"the server ended with {self.process.returncode}; its log:\n{self.log_text()[-5000:]}")
            time.sleep(0.1)

    def log_text(self) -> str:
        """All that it printed."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _is_healthy(self) -> bool:
        try:
            return self.http.get("/health").status_code == 200
        except httpx2.TransportError:
            return False

    def close(self) -> None:
        """End it, whatever state it is in."""
        self.kill()
        self.http.close()


@contextmanager
def another_worker(server: Running) -> Iterator[subprocess.Popen[bytes]]:
    """A worker beside the server, on the same database and folders."""
    with server.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mediascream", "worker"],
            env=os.environ | {"SETTINGS": str(server.file)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
