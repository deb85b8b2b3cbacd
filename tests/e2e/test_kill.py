"""Nothing acknowledged is lost, whatever is killed when; nothing is archived twice; nothing hangs."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import psutil
import pytest

from mediascream.archive.keys import parse_original_key
from tests.e2e.pictures import write_jpegs
from tests.e2e.running import free_port
from tests.e2e.test_samples import s3_settings
from tests.seeds import SEED
from tests.servers import BUCKET, S3Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.running import Running

pytestmark = pytest.mark.survival


class Sender(threading.Thread):
    """Sends photos one after another, again and again where no answer came, and notes what was acknowledged."""

    def __init__(self, server: Running, files: list[Path], fields: Callable[[Path], dict[str, str]]) -> None:
        super().__init__(daemon=True)
        self._fields = fields
        self._server = server
        self._files = files
        self.acknowledged: set[str] = set()
        self.finished = False

    def run(self) -> None:
        """Send them all."""
        with httpx2.Client(base_url=self._server.url, timeout=20) as http:
            for file in self._files:
                self._send(http, file)
        self.finished = True

    def _send(self, http: httpx2.Client, file: Path) -> None:
        content = file.read_bytes()
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                answer = http.post("/photos/", files={"photo_file": (file.name, content)}, data=self._fields(file))
            except httpx2.TransportError:
                time.sleep(0.1)
                continue
            if answer.status_code in {200, 201}:
                self.acknowledged.add(hashlib.sha256(content).hexdigest())
                return


class Bucket:
    """An S3 server that can be killed, on files that stay."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data" / BUCKET
        self.folder.mkdir(parents=True)
        self._home = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.s3 = S3Server(f"http://127.0.0.1:{self._port}", "AKTEST12345", "SKTEST1234567890")

    def start(self) -> None:
        """Run it, again on the same port."""
        command = [
            *(str(Path(sys.executable).with_name("rclone")), "serve", "s3", str(self.folder.parent)),
            *("--addr", f"127.0.0.1:{self._port}", "--auth-key", f"{self.s3.access_key},{self.s3.secret_key}"),
            *("--config", str(self._home / "none.conf")),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)

    def originals(self) -> list[Path]:
        """The objects in the bucket that are originals; not what the killed server left of its own on its disk."""
        keys = {file: file.relative_to(self.folder / "kept").as_posix() for file in self.folder.rglob("originals/**/*")}
        return sorted(file for file, key in keys.items() if file.is_file() and parse_original_key(key) is not None)


def kill_something(server: Running, bucket: Bucket | None, dice: random.Random) -> str:
    """Kill -9 the server with all its children, one of its children, or the S3 server for a while."""
    assert server.process is not None
    if bucket is not None and dice.random() < 0.4:
        bucket.kill()
        time.sleep(dice.uniform(0.2, 1.5))
        bucket.start()
        return "bucket"
    children = psutil.Process(server.process.pid).children(recursive=True)
    if children and dice.random() < 0.4:
        victim = dice.choice(children)
        os.kill(victim.pid, signal.SIGKILL)
        return "child"
    server.kill()
    server.start()
    return "server"


def run_through_kills(
    server: Running,
    folder: Path,
    *,
    photos: int,
    kills: int,
    bucket: Bucket | None = None,
    fields: Callable[[Path], dict[str, str]] = lambda _file: {},
    safe_within_s: float = 180,
) -> None:
    """Upload while killing; then look whether everything that was acknowledged is safe, once.

    `fields` are sent along with a file.
    """
    dice = random.Random(SEED)
    files = write_jpegs(folder, photos)
    lots = [files[0::2], files[1::2]]
    senders = [Sender(server, lot, fields) for lot in lots]
    for sender in senders:
        sender.start()
    killed: Counter[str] = Counter()
    while any(sender.is_alive() for sender in senders) or sum(killed.values()) < kills:
        time.sleep(dice.uniform(0.2, 1.0))
        if sum(killed.values()) < kills:
            killed[kill_something(server, bucket, dice)] += 1
    for sender in senders:
        sender.join(timeout=180)
    acknowledged = set().union(*(sender.acknowledged for sender in senders))
    assert len(acknowledged) == photos, f"seed {SEED}: only {len(acknowledged)} of {photos} were acknowledged"
    server.wait_safe(within_s=safe_within_s)
    assert {photo["id"] for photo in server.photos()} == acknowledged
    originals = server.originals() if bucket is None else bucket.originals()
    kept = Counter(hashlib.sha256(file.read_bytes()).hexdigest() for file in originals)
    assert kept == Counter(acknowledged), f"seed {SEED}, killed {killed}"
    server.wait_until(lambda: server.spool() == [], 30, "the spool was not emptied")


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Bucket]:
    """A running S3 server with an empty bucket."""
    killable = Bucket(tmp_path / "s3")
    try:
        killable.start()
        yield killable
    finally:
        killable.kill()


@pytest.fixture
def on_bucket(bucket: Bucket, stopped: Running) -> Running:
    """A running server whose archive is that bucket."""
    stopped.settings = s3_settings(bucket.s3, "kept")
    return stopped.start()


def test_a_few_kills_lose_nothing(server: Running, tmp_path: Path) -> None:
    run_through_kills(server, tmp_path / "photos", photos=60, kills=4)


def test_a_few_kills_of_server_and_bucket_lose_nothing(on_bucket: Running, bucket: Bucket, tmp_path: Path) -> None:
    run_through_kills(on_bucket, tmp_path / "photos", photos=40, kills=5, bucket=bucket)


@pytest.mark.long
def test_twenty_kills_during_three_hundred_uploads_lose_nothing(server: Running, tmp_path: Path) -> None:
    run_through_kills(server, tmp_path / "photos", photos=300, kills=20)


@pytest.mark.long
def test_twenty_kills_of_server_and_bucket_lose_nothing(on_bucket: Running, bucket: Bucket, tmp_path: Path) -> None:
    run_through_kills(on_bucket, tmp_path / "photos", photos=300, kills=20, bucket=bucket)
