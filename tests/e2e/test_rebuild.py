"""The disk of the database died: a real server's library comes back from its folder, or its bucket, alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.pictures import write_jpegs
from tests.e2e.running import Running, sample_photos
from tests.e2e.test_samples import s3_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import S3Server

TIMEOUT_S = 240


@pytest.fixture(params=["folder", "ministack"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """A server with some photos, all safe, one of them in the trash."""
    settings: dict[str, object] = {}
    if request.param != "folder":
        s3: S3Server = request.getfixturevalue(request.param)
        settings = s3_settings(s3, f"e2e/{uuid4().hex}")
    running = Running(tmp_path / "data", settings)
    try:
        fill(running.start(), photos_to_send(tmp_path))
        yield running
    finally:
        running.close()


def photos_to_send(folder: Path) -> list[Path]:
    """Every fourth of the samples where they are, and photos of our own."""
    try:
        samples = sorted(file for file in sample_photos().rglob("*.[jJ][pP]*") if file.stat().st_size < 5_000_000)
    except pytest.skip.Exception:
        samples = []
    return [*samples[::4][:12], *write_jpegs(folder / "photos", 8)]


def fill(server: Running, files: list[Path]) -> None:
    """Send, describe, correct and delete."""
    ids: list[str] = []
    for number, file in enumerate(files):
        answer = server.upload(file, tags=["vegas", f"n{number % 3}"], description=f"No. {number}", skip=["gphotos"])
        assert answer.status_code in {200, 201}, answer.text
        ids.append(answer.json()["photos"][0]["id"])
    server.wait_safe()
    assert server.http.patch(
        f"/photos/{ids[-1]}", json={"tags": ["corrected"], "latitude": 36.1, "longitude": -115.2}
    ).is_success
    assert server.http.delete(f"/photos/{ids[-2]}").is_success
    server.wait_until(lambda: told_of_the_end(server, ids[-1]), 30, "the sidecar does not tell of the correction")
    time.sleep(1)


def told_of_the_end(server: Running, photo_id: str) -> bool:
    """Whether nothing is under way any more (a bucket's sidecars are looked at by the rebuild itself)."""
    return bool(server.photo(photo_id)["state"] == "safe")


def forget_the_database(server: Running) -> None:
    """What is lost with a disk, but not the archive."""
    for file in server.data.glob("mediascream.sqlite*"):
        file.unlink()


def run(server: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mediascream", *arguments]
    environment = os.environ | {"SETTINGS": str(server.file)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


def library(server: Running) -> dict[str, dict[str, Any]]:
    """All that the API tells of every photo, the trash too."""
    found = {photo["id"]: photo for photo in [*server.photos(), *server.photos(state="deleted")]}
    return {photo_id: server.photo(photo_id) for photo_id in found}


def test_a_rebuilt_library_equals_the_lost_one(filled: Running) -> None:
    before = library(filled)
    refused = run(filled, "rebuild", "--from", "archive")
    assert refused.returncode == 1
    assert "in use by another Mediascream" in refused.stderr
    assert filled.stop() == 0
    forget_the_database(filled)
    line = filled.run_to_end()
    assert line.returncode == 1
    assert "mediascream rebuild --from archive" in line.stderr
    done = run(filled, "rebuild", "--from", "archive", "--json")
    assert done.returncode == 0, done
    summary = json.loads(done.stdout)
    assert summary["taken_in"] == len(before)
    assert summary["after"]["in_trash"] == 1
    filled.start()
    assert library(filled) == before
    for photo_id, photo in before.items():
        if photo["state"] != "deleted":
            filled.wait_until(
                lambda one=photo_id: filled.http.get(f"/photos/{one}/thumbnail").status_code == 200,  # type: ignore[misc]
                30,
                "a thumbnail did not come back",
            )
    assert {photo["state"] for photo in filled.photos()} == {"safe"}


@pytest.mark.long
def test_a_rebuild_that_was_killed_goes_on(stopped: Running, tmp_path: Path) -> None:
    server = stopped
    server.start()
    files = write_jpegs(tmp_path / "photos", 40)
    for start in range(0, 40, 20):
        assert server.upload(*files[start : start + 20]).status_code == 201
    server.wait_safe()
    before = library(server)
    server.stop()
    forget_the_database(server)
    command = [sys.executable, "-m", "mediascream", "rebuild", "--from", "archive"]
    for delay_s in (0.8, 1.2):
        with subprocess.Popen(command, env=os.environ | {"SETTINGS": str(server.file)}) as process:
            time.sleep(delay_s)
            process.send_signal(signal.SIGKILL)
    assert run(server, "rebuild", "--from", "archive").returncode == 0
    server.start()
    assert library(server) == before


def test_a_restored_library_equals_the_lost_one(stopped: Running, tmp_path: Path) -> None:
    server = stopped
    files = write_jpegs(tmp_path / "photos", 3)
    assert server.start().upload(*files[:2], tags="before").status_code == 201
    server.wait_safe()
    server.stop()
    server.start()
    copies = server.data / "database"
    server.wait_until(lambda: any(copies.glob("*.sqlite.zst")), 60, "no copy of the database came into the archive")
    ids = [photo["id"] for photo in server.photos()]
    assert server.http.patch(f"/photos/{ids[0]}", json={"tags": ["after"]}).is_success
    assert server.http.delete(f"/photos/{ids[1]}").is_success
    assert server.upload(files[2]).status_code == 201
    server.wait_until(lambda: all(photo["state"] == "safe" for photo in server.photos()), 60, "not safe")
    server.wait_until(lambda: sidecars_tell(server, "after"), 30, "the sidecar does not tell of the change")
    before = library(server)
    server.stop()
    refused = run(server, "restore")
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    done = run(server, "restore", "--replace")
    assert done.returncode == 0, done
    assert "replaced-" in done.stderr
    server.start()
    assert library(server) == before
    assert len(list(server.data.glob("mediascream.sqlite.replaced-*"))) >= 1


def sidecars_tell(server: Running, word: str) -> bool:
    return any(f'"{word}"' in file.read_text() for file in (server.data / "originals").rglob("*.json"))
