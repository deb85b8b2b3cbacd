"""A destination that another package brings, installed as docs/add-a-destination.md says, in a real server."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.pictures import write_jpegs
from tests.e2e.running import ROOT, Running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = "mediascream_shoebox"


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the copies go."""
    box = tmp_path / "box"
    box.mkdir()
    monkeypatch.setenv("SHOEBOX_FOLDER", str(box))
    return box


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "data")
    yield running
    running.close()


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, target: str = "build") -> None:
    """What an installer leaves behind: the module, and what is written down of it."""
    about = folder / f"{PACKAGE}-1.0.dist-info"
    about.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "fakes" / f"{PACKAGE}.py", folder)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mediascream-shoebox\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[mediascream.destinations]\nshoebox = {PACKAGE}:{target}\n")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    )


def destination(running: Running) -> dict[str, Any]:
    found = running.http.get("/destinations").json()["destinations"]
    shown: dict[str, Any] = next(one for one in found if one["name"] == "shoebox")
    return shown


def receipt(running: Running, photo_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in running.photo(photo_id)["receipts"] if one["destination"] == "shoebox")
    return found


def test_photos_go_where_an_installed_package_brings_them(
    running: Running, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "packages", monkeypatch)
    running.start()
    assert (destination(running)["kind"], destination(running)["connected"]) == ("service", True)
    (sent,) = running.upload(*write_jpegs(tmp_path, 1)).json()["photos"]
    (skipped,) = running.upload(*write_jpegs(tmp_path, 1, first=1), skip="shoebox").json()["photos"]
    running.wait_safe(sent["id"], skipped["id"])
    assert [path.name for path in box.iterdir()] == [f"{sent['id']}.jpg"]
    assert (receipt(running, sent["id"])["state"], receipt(running, sent["id"])["proof"]) == ("delivered", "listed")
    assert receipt(running, skipped["id"])["reason"] == "sender"
    assert running.http.post("/destinations/shoebox/pause").json()["paused"]
    assert running.http.get("/photos/", params={"missing": "shoebox"}).json()["photos"][0]["id"] == skipped["id"]

    monkeypatch.setenv(
        "PYTHONPATH", os.environ["PYTHONPATH"].removeprefix(str(tmp_path / "packages")).lstrip(os.pathsep)
    )
    running.stop()
    running.start()
    assert (destination(running)["connected"], destination(running)["counts"]["delivered"]) == (False, 1)
    assert receipt(running, sent["id"])["state"] == "delivered"


def test_a_package_that_cannot_be_loaded_stops_the_start_with_a_line_that_names_it(
    running: Running, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "packages", monkeypatch, target="no_such_function")
    ended = running.run_to_end()
    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()[-1:]
    assert "mediascream-shoebox brings a destination shoebox" in line
    assert "Traceback" not in ended.stderr
