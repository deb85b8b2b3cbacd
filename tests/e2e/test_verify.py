"""`mediascream verify` beside a running server: what is well, healed, wrong, gone; and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.running import Running
from tests.made_files import encode, make_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "data").furnish()
    yield running.start()
    running.close()


def command(server: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mediascream", *arguments],
        env=os.environ | {"SETTINGS": str(server.file), "MEDIASCREAM_SERVER": server.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def send(server: Running, folder: Path, count: int) -> list[Path]:
    folder.mkdir(exist_ok=True)
    files = [folder / f"{number}.jpg" for number in range(count)]
    for number, file in enumerate(files):
        file.write_bytes(encode(make_arrow(60 + number), "jpeg"))
    server.upload(*files).raise_for_status()
    server.wait_safe()
    return files


def flip_a_bit(file: Path) -> bytes:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    return bytes(content)


def test_verify_beside_a_server_finds_rot_says_what_to_do_and_the_same_file_heals_it(
    server: Running, tmp_path: Path
) -> None:
    files = send(server, tmp_path / "photos", 4)
    done = command(server, "verify", "--json")
    assert done.returncode == 0, done.stderr
    assert [line["state"] for line in lines(done)] == ["good"] * 4
    assert "4 copies of 4 photos checked: 4 good, 0 healed, 0 wrong, 0 could not be asked" in done.stderr

    rotten = server.originals()[0]
    before = flip_a_bit(rotten)
    sidecar = server.originals()[1].with_name(f"{server.originals()[1].name}.json")
    flip_a_bit(sidecar)
    done = command(server, "verify")
    assert done.returncode == 4, done.stderr
    assert done.stderr == "4 copies of 4 photos checked: 2 good, 1 healed, 1 wrong, 0 could not be asked\n", (
        "told twice"
    )
    assert "Send the same file again" in done.stdout
    assert rotten.read_bytes() == before
    assert command(server, "verify", "--destination", "folder").returncode == 4, "it stays wrong"

    verdicts = command(server, "safe-to-delete", str(tmp_path / "photos"), "--json")
    assert sorted(line["state"] for line in lines(verdicts)) == ["NOT YET", "SAFE", "SAFE", "SAFE"]
    assert verdicts.returncode == 4
    assert command(server, "upload", *map(str, files)).returncode == 0
    server.wait_safe()
    done = command(server, "verify")
    assert (done.returncode, done.stdout) == (0, "")
    log = lines(command(server, "verify", "--log"))
    assert {line["state"] for line in log} == {"good", "healed", "wrong"}
    assert [line["code"] for line in log if line["state"] == "wrong"] == ["damaged"]


def test_safe_to_delete_deep_reads_the_archive_first_and_does_not_call_rot_safe(
    server: Running, tmp_path: Path
) -> None:
    (file,) = send(server, tmp_path / "photos", 1)
    flip_a_bit(server.originals()[0])
    assert command(server, "safe-to-delete", str(file)).returncode == 0, "nobody has looked yet"
    deep = command(server, "safe-to-delete", "--deep", "--json", str(file))
    assert deep.returncode == 4
    assert lines(deep)[0]["state"] == "NOT YET"
    assert "damaged" in lines(deep)[0]["detail"]
    assert command(server, "safe-to-delete", str(file)).returncode == 4, "what was seen is not forgotten"
    assert file.exists()
    known, unknown = lines(deep)[0]["id"], "0" * 64
    listed = tmp_path / "hashes.ndjson"
    listed.write_text(f'{{"id": "{known}", "path": "a.jpg"}}\n{{"id": "{unknown}"}}\nnonsense\n')
    asked = command(server, "safe-to-delete", "--json", "--hashes", str(listed))
    assert [(line["path"], line["state"]) for line in lines(asked)] == [
        ("a.jpg", "NOT YET"),
        (unknown, "NEVER SEEN"),
        ("line 3", "NOT YET"),
    ]
    assert (asked.returncode, asked.stderr) == (4, "0 SAFE, 2 NOT YET, 1 NEVER SEEN. Nothing was deleted.\n")
    assert command(server, "safe-to-delete").returncode == 2


def test_a_sample_is_a_part_and_nonsense_is_wrong_usage(server: Running, tmp_path: Path) -> None:
    send(server, tmp_path / "photos", 1)
    assert command(server, "verify", "--sample", "100%").returncode == 0
    assert command(server, "verify", "--sample", "0.0001%").stderr.startswith("0 copies of 0 photos")
    for nonsense in ("5", "0%", "101%", "all"):
        assert command(server, "verify", "--sample", nonsense).returncode == 2
    assert command(server, "verify", "--destination", "flickr").returncode == 2
    with closing(sqlite3.connect(server.data / "mediascream.sqlite")) as connection, connection:
        connection.execute("UPDATE deliveries SET state = 'delivered' WHERE destination = 'flickr'")
    assert command(server, "verify").stderr.splitlines()[1:] == [
        "not checked: copies at flickr, 1 of them, for it is not connected or cannot be asked"
    ]


def test_what_cannot_run_at_all_ends_with_one(server: Running, tmp_path: Path) -> None:
    send(server, tmp_path / "photos", 1)
    (server.data / ".tmp").rename(tmp_path / "away")
    (server.data / "originals").rename(tmp_path / "originals away")
    server.kill()
    server.write_settings(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert command(server, "verify").returncode == 1


def test_interrupted_it_says_so_and_keeps_what_was_found(server: Running, tmp_path: Path) -> None:
    send(server, tmp_path / "photos", 8)
    environment = os.environ | {"SETTINGS": str(server.file)}
    interrupted = subprocess.Popen(
        [sys.executable, "-m", "mediascream", "verify", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert interrupted.stdout is not None
    interrupted.stdout.readline()
    interrupted.send_signal(signal.SIGINT)
    _, told = interrupted.communicate(timeout=30)
    assert interrupted.returncode in {130, 0}, told
    assert lines(command(server, "verify", "--log"))
