"""`mediascream upload` and a real server, either of which may die in between."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.running import Running

JPEG = b"\xff\xd8\xff"
JOBS = 4
"""As many as are sent at once unless told otherwise."""


def many_photos(folder: Path, count: int, size: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:03}.jpg").write_bytes(JPEG + os.urandom(size))
    return folder


def upload(server: Running, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mediascream", "upload", *words],
        env=os.environ
        | {"MEDIASCREAM_SERVER": server.url, "XDG_STATE_HOME": str(server.data.parent / "state"), "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(question: Callable[[], bool], complaint: str) -> None:
    until = time.monotonic() + 60
    while not question():
        assert time.monotonic() < until, complaint
        time.sleep(0.02)


def some_arrived(server: Running) -> bool:
    return bool(server.http.get("/photos/", params={"limit": 1}).json()["photos"])


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    stdout, stderr = process.communicate(timeout=180)
    return process.returncode, stdout, stderr


@pytest.mark.parametrize(
    ("ending", "count"),
    [(signal.SIGKILL, 150), (signal.SIGINT, 150), pytest.param(signal.SIGKILL, 2000, marks=pytest.mark.long)],
)
def test_an_upload_that_was_cut_short_is_finished_by_the_next(
    server: Running, tmp_path: Path, ending: signal.Signals, count: int
) -> None:
    folder = many_photos(tmp_path / "in", count=count, size=1_000_000)
    with upload(server, str(folder), "--jobs", "1") as first:
        wait_for(lambda: some_arrived(server), "nothing arrived")
        first.send_signal(ending)
        finished(first)
    with upload(server, str(folder), "--wait") as second:
        code, stdout, stderr = finished(second)

    assert first.returncode == (130 if ending is signal.SIGINT else -ending)
    assert code == 0, stderr
    assert f"safe {count:,}" in stdout
    assert "duplicate            0" not in stdout
    assert len(server.originals()) == len(server.photos()) == count
    came = taken_in(server)
    assert came.pop("new") == count
    assert sum(came.values()) <= 1, "more was sent twice than the file that was in flight"


def taken_in(server: Running) -> dict[str, int]:
    """How many files came in whole, by what became of them."""
    lines = server.http.get("/metrics").text.splitlines()
    found = (re.fullmatch(r'mediascream_uploads_total{outcome="(\w+)"} ([\d.]+)', line) for line in lines)
    return {one[1]: int(float(one[2])) for one in found if one}


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_a_big_file_goes_on_in_the_middle_after_its_sender_was_ended(
    server: Running, tmp_path: Path, ending: signal.Signals
) -> None:
    folder = many_photos(tmp_path / "in", count=1, size=160_000_000)
    coming = server.data / "spool" / ".resumable"

    def arrived() -> int:
        return sum(file.stat().st_size for file in coming.glob("*.bytes"))

    with upload(server, str(folder)) as first:
        wait_for(lambda: arrived() > 20_000_000, "nothing arrived")
        first.send_signal(ending)
        finished(first)
    before = arrived()
    assert 20_000_000 < before < 160_000_000
    with upload(server, str(folder), "--json") as second:
        code, stdout, _ = finished(second)
    assert (code, json.loads(stdout)["state"]) == (0, "uploaded")
    (file,) = folder.iterdir()
    assert server.http.get(f"/photos/{json.loads(stdout)['id']}/original").content == file.read_bytes()
    assert [json.loads(sheet.read_text())["length"] for sheet in coming.glob("*.json")] == [160_000_003]


def test_localhost_is_where_the_server_is_looked_for(server: Running, tmp_path: Path) -> None:
    folder = many_photos(tmp_path / "in", count=1, size=100)
    with upload(server, str(folder), "--server", f"localhost:{server.port}") as process:
        code, stdout, stderr = finished(process)

    assert (code, stderr) == (0, "")
    assert stdout.startswith("uploaded             1")


PHOTO_BYTES = 300_003
LONG_S = 60


def sent_bytes(stdout: str) -> int:
    """What went out, as the sum tells it."""
    found = re.search(r"([\d.]+) MB sent", stdout)
    assert found, stdout
    return int(float(found[1]) * 1_000_000)


@pytest.mark.parametrize(
    ("how", "gone_s"),
    [
        ("killed", 3),
        pytest.param("killed", 60, marks=pytest.mark.long),
        pytest.param("hangs", 60, marks=pytest.mark.long),
    ],
)
def test_an_upload_outlives_the_server_and_says_for_how_long_it_waits(
    server: Running, tmp_path: Path, how: str, gone_s: int
) -> None:
    count = 150 if gone_s < LONG_S else 400
    folder = many_photos(tmp_path / "in", count=count, size=PHOTO_BYTES - len(JPEG))
    with upload(server, str(folder), "--wait") as process:
        wait_for(lambda: some_arrived(server), "nothing arrived")
        with server.absent(how):
            time.sleep(gone_s)  # the absence itself
        code, stdout, stderr = finished(process)

    assert code == 0, stderr
    assert f"uploaded {count:>13,}" in stdout
    assert f"safe {count:,}" in stdout
    assert len(server.originals()) == len(server.photos()) == count
    assert sent_bytes(stdout) <= (count + JOBS) * PHOTO_BYTES + 100_000, "more was sent twice than what was in flight"
    assert ("for 3:00 min at most: no server answers" in stderr) == (how == "killed"), stderr
    assert "waiting for the server" in stderr
    assert re.search(r"the server answers again, after (\d+ s|\d+:\d\d min)", stderr), stderr
    assert re.search(r"waiting 5\d s for the server", stderr) or gone_s < LONG_S
