"""All of the sample photos, sent by the command line client: each in one named state, each accepted one safe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.e2e.running import Running, sample_photos
from tests.servers import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import S3Server


@pytest.fixture(params=["folder", *(pytest.param(name, marks=pytest.mark.long) for name in ("ministack", "rclone"))])
def archived_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """A server whose archive is a folder, or a bucket on one of two independent S3 servers."""
    settings: dict[str, object] = {}
    if request.param != "folder":
        s3: S3Server = request.getfixturevalue(request.param)
        settings = s3_settings(s3, f"e2e/{uuid4().hex}")
    running = Running(tmp_path / "data", settings)
    try:
        yield running.start()
    finally:
        running.close()


def s3_settings(s3: S3Server, prefix: str) -> dict[str, object]:
    """The settings for a bucket of a test server, under a prefix of the test's own."""
    return {
        "S3_BUCKET": BUCKET,
        "S3_ACCESS_KEY": s3.access_key,
        "S3_SECRET_KEY": s3.secret_key,
        "S3_ENDPOINT": s3.endpoint,
        "S3_PREFIX": prefix,
    }


def upload(server: Running, *arguments: str) -> tuple[int, list[dict[str, str]]]:
    """Run `mediascream upload --json` and give its exit code and its lines."""
    command = [sys.executable, "-m", "mediascream", "upload", "--json", *arguments]
    environment = os.environ | {
        "MEDIASCREAM_SERVER": server.url,
        "XDG_STATE_HOME": str(server.data.parent / "state"),
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_every_sample_ends_in_a_named_state_and_every_accepted_one_is_safe(archived_server: Running) -> None:
    folder = sample_photos()
    files = [file for file in folder.rglob("*") if file.is_file()]
    code, lines = upload(archived_server, "--wait", str(folder))
    assert code == 0, lines
    states = Counter(line["state"] for line in lines)
    assert sum(states.values()) == len(files)
    assert set(states) <= {"uploaded", "duplicate", "ignored"}
    photos = archived_server.photos()
    assert len(photos) == states["uploaded"]
    assert {photo["state"] for photo in photos} == {"safe"}
    proofs = {receipt["proof"] for photo in photos for receipt in photo["receipts"] if receipt["state"] == "delivered"}
    assert proofs <= {"bytes", "checksum"}
    assert archived_server.spool() == []
    by_id = {photo["id"]: photo for photo in photos}
    for line in lines:
        if line["state"] == "uploaded":
            assert archived_server.http.get(by_id[line["id"]]["url"] + "/original").content == (
                folder.joinpath(line["path"]).read_bytes()
            )
    code, again = upload(archived_server, str(folder))
    assert code == 0
    assert Counter(line["state"] for line in again) == {
        "duplicate": len(files) - states["ignored"],
        "ignored": states["ignored"],
    }
