"""Nothing acknowledged is lost, whatever is killed when; nothing is archived twice; nothing hangs."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import httpx2
import psutil
import pytest

from tests.e2e.pictures import write_jpegs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.running import Running

SEED = 20261124


class Sender(threading.Thread):
    """Sends photos one after another, again and again where no answer came, and notes what was acknowledged."""

    def __init__(self, server: Running, files: list[Path]) -> None:
        super().__init__(daemon=True)
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
                answer = http.post("/photos/", files={"photo_file": (file.name, content)})
            except httpx2.TransportError:
                time.sleep(0.1)
                continue
            if answer.status_code in {200, 201}:
                self.acknowledged.add(hashlib.sha256(content).hexdigest())
                return


def kill_something(server: Running, dice: random.Random) -> str:
    """Kill -9 the server with all its children, or one of its children."""
    assert server.process is not None
    children = psutil.Process(server.process.pid).children(recursive=True)
    if children and dice.random() < 0.4:
        victim = dice.choice(children)
        os.kill(victim.pid, signal.SIGKILL)
        return "child"
    server.kill()
    server.start()
    return "server"


def run_through_kills(server: Running, folder: Path, *, photos: int, kills: int) -> None:
    """Upload while killing; then look whether everything that was acknowledged is safe, once."""
    dice = random.Random(SEED)
    files = write_jpegs(folder, photos)
    lots = [files[0::2], files[1::2]]
    senders = [Sender(server, lot) for lot in lots]
    for sender in senders:
        sender.start()
    killed: Counter[str] = Counter()
    while any(sender.is_alive() for sender in senders) or sum(killed.values()) < kills:
        time.sleep(dice.uniform(0.2, 1.0))
        if sum(killed.values()) < kills:
            killed[kill_something(server, dice)] += 1
    for sender in senders:
        sender.join(timeout=180)
    acknowledged = set().union(*(sender.acknowledged for sender in senders))
    assert len(acknowledged) == photos, f"seed {SEED}: only {len(acknowledged)} of {photos} were acknowledged"
    server.wait_safe(within_s=180)
    assert {photo["id"] for photo in server.photos()} == acknowledged
    kept = Counter(hashlib.sha256(file.read_bytes()).hexdigest() for file in server.originals())
    assert kept == Counter(acknowledged), f"seed {SEED}, killed {killed}"
    server.wait_until(lambda: server.spool() == [], 30, "the spool was not emptied")


def test_a_few_kills_lose_nothing(server: Running, tmp_path: Path) -> None:
    run_through_kills(server, tmp_path / "photos", photos=60, kills=4)


@pytest.mark.long
def test_twenty_kills_during_three_hundred_uploads_lose_nothing(server: Running, tmp_path: Path) -> None:
    run_through_kills(server, tmp_path / "photos", photos=300, kills=20)
