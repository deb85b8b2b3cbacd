"""The owner sets a bucket after a while: everything moves, nothing is lost, and the old copies go when told."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.pictures import write_jpegs
from tests.e2e.running import SAFE_S
from tests.e2e.test_samples import s3_settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.running import Running
    from tests.servers import S3Server


def drop_old(server: Running) -> subprocess.CompletedProcess[str]:
    """Run `mediascream archive drop-old` beside the settings."""
    command = [sys.executable, "-m", "mediascream", "archive", "drop-old"]
    environment = os.environ | {"SETTINGS": str(server.file)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def is_in_both(photo: dict[str, Any]) -> bool:
    """Whether folder and bucket have it; a photo that is in the folder is safe before the move begins."""
    states = {receipt["destination"]: receipt["state"] for receipt in photo["receipts"]}
    return states.get("s3") == states.get("folder") == "delivered"


def move(server: Running, s3: S3Server, tmp_path: Path, *, photos: int) -> None:
    """Fill a folder archive, set a bucket, and look at every photo."""
    files = write_jpegs(tmp_path / "photos", photos)
    for start in range(0, photos, 20):
        assert server.upload(*files[start : start + 20]).status_code == 201
    server.wait_safe()
    server.stop()
    server.write_settings(**s3_settings(s3, f"e2e/{uuid4().hex}"))
    refused = drop_old(server)
    assert refused.returncode == 1, refused
    assert len(server.originals()) == photos
    server.start()
    server.wait_until(lambda: all(is_in_both(photo) for photo in server.photos()), SAFE_S, "the photos did not move")
    server.wait_safe()
    dropped = drop_old(server)
    assert dropped.returncode == 0, dropped
    assert server.originals() == []
    for number, photo in enumerate(sorted(server.photos(), key=lambda one: one["file_name"])):
        assert server.http.get(f"/photos/{photo['id']}/original").content == files[number].read_bytes()
        assert photo["archived"]


def test_a_small_folder_archive_moves_to_a_bucket(server: Running, ministack: S3Server, tmp_path: Path) -> None:
    move(server, ministack, tmp_path, photos=20)


@pytest.mark.long
def test_two_hundred_photos_move_to_a_bucket(server: Running, ministack: S3Server, tmp_path: Path) -> None:
    move(server, ministack, tmp_path, photos=200)
