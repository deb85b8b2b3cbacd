"""Wrong settings and wrong surroundings: one clear line, exit code 1, and nothing started."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from pathlib import Path

import pytest

from mediascream.mounts import file_system_of
from tests.e2e.pictures import write_jpegs
from tests.e2e.running import Running

SHM = Path("/dev/shm")  # noqa: S108 - memory, on purpose: it is to be refused


def complaint(running: Running) -> str:
    """The one line that a start which fails prints."""
    ended = running.run_to_end()
    assert ended.returncode == 1, ended.stderr
    assert ended.stdout == ""
    lines = [line for line in ended.stderr.splitlines() if line.startswith("mediascream: ")]
    assert len(lines) == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    return lines[0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"S3_BUKET": "x"}, ("S3_BUKET", "S3_BUCKET", "settings.yaml")),
        ({"S3_BUCKET": "x"}, ("S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY")),
        ({"MAX_UPLOAD_BYTES": "plenty"}, ("MAX_UPLOAD_BYTES", "whole number")),
        ({"HOST": "0.0.0.0"}, ("HOST", "0.0.0.0", "password")),
        ({"PUBLIC_URL": "https://photos.example.org"}, ("PUBLIC_URL", "password")),
    ],
)
def test_a_wrong_setting_is_named(stopped: Running, settings: dict[str, object], words: tuple[str, ...]) -> None:
    stopped.settings = settings
    line = complaint(stopped)
    assert all(word in line for word in words), line


def test_a_port_in_use_is_named(stopped: Running) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stopped.port))
        taken.listen()
        assert str(stopped.port) in complaint(stopped)


def test_a_folder_that_cannot_be_made_is_named(stopped: Running, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    stopped.settings = {"UPLOAD_FOLDER": str(tmp_path / "file" / "spool")}
    assert str(tmp_path / "file") in complaint(stopped)


@pytest.mark.skipif(file_system_of(SHM) != "tmpfs", reason="no tmpfs here")
@pytest.mark.parametrize("key", ["DATA_FOLDER", "UPLOAD_FOLDER", "DB_FILE"])
def test_what_a_reboot_would_empty_is_named(stopped: Running, key: str) -> None:
    place = SHM / f"mediascream-{stopped.port}" / "here"
    stopped.settings = {key: str(place), "ALLOW_VOLATILE": False}
    line = complaint(stopped)
    assert "tmpfs" in line
    assert "ALLOW_VOLATILE" in line
    assert not place.parent.exists()


def test_the_folder_of_the_database_is_made(stopped: Running, tmp_path: Path) -> None:
    stopped.settings = {"DB_FILE": str(tmp_path / "elsewhere" / "mediascream.sqlite")}
    stopped.start()
    assert (tmp_path / "elsewhere" / "mediascream.sqlite").is_file()
    assert stopped.stop() == 0


def test_a_database_of_a_newer_version_is_left_alone(server: Running) -> None:
    server.stop()
    with sqlite3.connect(server.data / "mediascream.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer version" in complaint(server)


def test_a_second_server_on_the_same_data_is_refused(server: Running) -> None:
    second = Running(server.data, {"PORT": server.port + 1})
    try:
        assert "in use" in complaint(second)
    finally:
        second.close()


def test_a_lost_database_beside_an_old_archive_stops_the_start(server: Running, tmp_path: Path) -> None:
    server.upload(*write_jpegs(tmp_path / "photos", 1))
    server.wait_safe()
    server.stop()
    for file in server.data.glob("mediascream.sqlite*"):
        file.unlink()
    line = complaint(server)
    assert "rebuild" in line
    assert len(server.originals()) == 1


def test_a_foreign_archive_stops_the_start(server: Running, tmp_path: Path) -> None:
    server.stop()
    other = Running(tmp_path / "other")
    try:
        other.start()
        other.stop()
        shutil.copy(other.data / "mediascream.json", server.data / "mediascream.json")
        assert "mediascream.json" in complaint(server) or "library" in complaint(server)
    finally:
        other.close()
