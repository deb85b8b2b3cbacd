"""`mediascream watch` beside a real server: killed, started again, without a server, with a wrong word."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.running import Running

JPEG = b"\xff\xd8\xff"


@contextmanager
def watch(server: Running, folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "mediascream", "watch", str(folder), "--json", "--rest", "0.3", *words],
        env=os.environ | {"MEDIASCREAM_SERVER": server.url, "XDG_STATE_HOME": str(server.data.parent / "state")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def names(server: Running) -> list[str]:
    return sorted(photo["file_name"] for photo in server.photos())


def test_a_watch_that_was_killed_catches_up_and_sends_nothing_twice(server: Running, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(JPEG + b"a")
    with watch(server, folder, "--tags", "home") as process:
        eventually(lambda: names(server) == ["a.jpg"], within_s=30)
        process.send_signal(signal.SIGKILL)
    (folder / "b.jpg").write_bytes(JPEG + b"b")
    with watch(server, folder) as process:
        eventually(lambda: names(server) == ["a.jpg", "b.jpg"], within_s=30)
        (folder / "c.jpg").write_bytes(JPEG + b"c")
        eventually(lambda: names(server) == ["a.jpg", "b.jpg", "c.jpg"], within_s=30)
        assert process.stdout is not None
        told = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout) == (130, ""), stderr
    assert {(line["path"].rpartition("/")[2], line["state"]) for line in told} == {
        ("a.jpg", "duplicate"),
        ("b.jpg", "uploaded"),
        ("c.jpg", "uploaded"),
    }
    assert f"watching {folder}" in stderr
    assert next(photo for photo in server.photos() if photo["file_name"] == "a.jpg")["tags"] == ["home"]


def test_a_watch_outlives_the_server_and_may_start_before_it(server: Running, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    server.stop()
    with watch(server, folder) as process:
        (folder / "a.jpg").write_bytes(JPEG + b"a")
        assert process.stderr is not None
        assert "Waiting for it" in process.stderr.readline()
        server.start()
        eventually(lambda: names(server) == ["a.jpg"], within_s=60)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 130


@pytest.mark.parametrize(
    ("how", "gone_s"),
    [pytest.param("killed", 60, marks=pytest.mark.long), pytest.param("hangs", 60, marks=pytest.mark.long)],
)
def test_a_watch_waits_for_a_server_that_is_gone_in_the_middle_and_tells_of_each_file_once(
    server: Running, tmp_path: Path, how: str, gone_s: int
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with watch(server, folder) as process:
        eventually(lambda: process.poll() is None and names(server) == [], within_s=30)
        for number in range(300):
            (folder / f"{number:03}.jpg").write_bytes(JPEG + os.urandom(300_000))
        eventually(lambda: names(server) != [], within_s=60)
        with server.absent(how):
            time.sleep(gone_s)  # the absence itself
        assert process.stdout is not None
        told = [json.loads(process.stdout.readline()) for _ in range(300)]
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout) == (130, ""), stderr
    assert len(names(server)) == 300
    assert len({line["path"] for line in told}) == len(told) == 300
    assert {line["state"] for line in told} <= {"uploaded", "duplicate"}
    assert sum(line["state"] == "duplicate" for line in told) <= 2, "more was sent twice than what was in flight"
    assert ("takes nothing now" if how == "killed" else "takes nothing and says nothing") in stderr, stderr
    assert re.search(r"the server (is there|answers) again, after (\d+ s|\d+:\d\d min)", stderr), stderr
