"""The one disk with everything on it (spool, database, archive, pictures) fills up, again and again, while photos come in.

Each time there is no room, senders are told 507 and nothing of theirs is kept; what is there can be looked at; and once
there is room, all that was taken in reaches its end without a restart.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import subprocess
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.e2e.pictures import jpeg
from tests.e2e.running import Running
from tests.seeds import SEED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

pytestmark = pytest.mark.survival
MB = 1 << 20
DISK_MB = 96
ROUNDS, PHOTOS = 30, 8
LEFT_BYTES = (0, 64 << 10, MB, 3 * MB)
"""Nothing; too little for a photo; for one; for one and its copy."""


class Disk:
    """A small file system, and a file on it that takes the room away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, leave_bytes: int) -> None:
        """Leave so much, to the byte if it is nothing."""
        free = os.statvfs(self.folder)
        more = free.f_bavail * free.f_frsize - leave_bytes
        with self._ballast.open("ab") as ballast, contextlib.suppress(OSError):
            os.posix_fallocate(ballast.fileno(), ballast.tell(), max(more, 1))

    def empty(self) -> None:
        """Take the ballast away."""
        self._ballast.unlink(missing_ok=True)


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A small one, or one with room for so many megabytes of photos besides."""
    size_mb = DISK_MB + getattr(request, "param", 0)
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {os.fsdecode(mounted.stderr).strip()}")
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", folder], check=True)


def padded(seed: int) -> bytes:
    """A photo of about a megabyte."""
    return jpeg(seed) + bytes(MB)


def put(server: Running, content: bytes) -> httpx2.Response:
    """Send one photo."""
    return server.http.put(f"/photos/{digest(content)}", content=content)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fill_again_and_again(disk: Disk, *, rounds: int, photos: int, by_itself: bool) -> None:
    """In each round: photos come in, the disk fills at some moment, more come, and there is room again.

    A person who made room may say so (`resume`), or leave it to the server to find out.
    """
    dice = random.Random(SEED)
    taken: set[str] = set()
    answers: Counter[int] = Counter()
    with contextlib.closing(Running(disk.folder / "data")) as server:
        server.start()
        for round_ in range(rounds):
            full_at, leave_bytes, delay_s = dice.randrange(photos), dice.choice(LEFT_BYTES), dice.random()
            for number in range(photos):
                if number == full_at:
                    time.sleep(delay_s)
                    disk.fill(leave_bytes)
                content = padded(round_ * photos + number)
                answer = put(server, content)
                answers[answer.status_code] += 1
                assert answer.status_code in {201, 507}, f"seed {SEED}: {answer.text}\n{server.log_text()[-3000:]}"
                taken |= {digest(content)} if answer.status_code == 201 else set()
            assert {photo["id"] for photo in server.photos()} == taken
            disk.empty()
            if not by_itself:
                server.http.post("/destinations/folder/resume").raise_for_status()
            server.wait_safe()
            server.wait_until(lambda: server.spool() == [], 30, "the spool was not emptied")
            kept = Counter(digest(file.read_bytes()) for file in server.originals())
            assert kept == Counter(taken), f"seed {SEED}, round {round_}"
    assert set(answers) == {201, 507}, f"seed {SEED}: {answers}"


def test_a_disk_that_fills_again_and_again_loses_nothing_and_needs_no_restart(disk: Disk) -> None:
    fill_again_and_again(disk, rounds=3, photos=4, by_itself=False)


@pytest.mark.long
@pytest.mark.parametrize("disk", [ROUNDS * PHOTOS], indirect=True)
def test_a_disk_that_fills_thirty_times_loses_nothing_and_needs_nobody(disk: Disk) -> None:
    fill_again_and_again(disk, rounds=ROUNDS, photos=PHOTOS, by_itself=True)


def test_while_the_spool_is_full_deliveries_and_the_gallery_go_on(disk: Disk, tmp_path: Path) -> None:
    with contextlib.closing(Running(tmp_path / "data", {"UPLOAD_FOLDER": str(disk.folder / "spool")})) as server:
        server.start()
        server.http.post("/destinations/folder/pause").raise_for_status()
        photos = [padded(number) for number in range(3)]
        assert [put(server, photo).status_code for photo in photos] == [201] * 3
        disk.fill(0)
        assert put(server, padded(3)).status_code == 507
        server.http.post("/destinations/folder/resume").raise_for_status()
        server.wait_safe(*map(digest, photos))
        assert server.http.get(f"/photos/{digest(photos[0])}/original").content == photos[0]
        assert server.http.get(f"/photos/{digest(photos[0])}/thumbnail").status_code == 200
        disk.empty()
        assert put(server, padded(3)).status_code == 201
        server.wait_safe()
