"""Flickr and Google Photos together, while the server is killed and both lose answers: one copy of each photo at each."""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.e2e.running import Running
from tests.e2e.test_gphotos import connect, google_settings, receipt_of
from tests.e2e.test_kill import run_through_kills
from tests.fakes.flickr import APP_KEY, APP_SECRET, TOKEN, TOKEN_SECRET, Flickr
from tests.fakes.google_photos import GooglePhotos

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.survival
PATIENCE_S = 3600.0
"""What was killed ten times is tried again after ten minutes, and loses its answer once more now and then."""


class Both:
    """A server with both services, not started yet."""

    def __init__(self, running: Running, flickr: Flickr, google: GooglePhotos) -> None:
        self.running, self.flickr, self.google = running, flickr, google


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    flickr, google = Flickr(), GooglePhotos()
    with flickr.serving() as at_flickr, google.serving() as at_google:
        settings: dict[str, object] = {
            "FLICKR_API_KEY": APP_KEY,
            "FLICKR_API_SECRET": APP_SECRET,
            "FLICKR_APP_TOKEN": TOKEN,
            "FLICKR_APP_SECRET": TOKEN_SECRET,
            "FLICKR_REST_URL": f"{at_flickr}/rest/",
            "FLICKR_UPLOAD_URL": f"{at_flickr}/upload/",
            "FLICKR_OAUTH_URL": f"{at_flickr}/oauth",
            "FLICKR_PER_HOUR": 360_000,
        }
        running = Running(tmp_path / "data", settings | google_settings(at_google))
        with contextlib.closing(running):
            connect(running, google)
            yield Both(running, flickr, google)


def number_of(file: Path) -> int:
    return int(file.stem.removeprefix("IMG_"))


def fields_of(file: Path) -> dict[str, str]:
    """Every third photo skips Flickr, every fifth Google Photos, and so some both."""
    number = number_of(file)
    skipped = [name for name, every in (("flickr", 3), ("gphotos", 5)) if number % every == 0]
    return {"tags": f"number {number}, all", **({"skip": ",".join(skipped)} if skipped else {})}


def run_both_through_kills(both: Both, folder: Path, *, photos: int, kills: int, loses: float) -> None:
    """Upload; then compare what was wished, what the receipts say, and what the services truly hold."""
    running, flickr, google = both.running, both.flickr, both.google
    running.start()
    running.wait_until(lambda: len(google.refresh_tokens) > 1, 60, "the code was not exchanged")
    flickr.loses = google.loses = loses
    run_through_kills(running, folder, photos=photos, kills=kills, fields=fields_of, safe_within_s=PATIENCE_S + photos)

    files = sorted(folder.iterdir())
    wished = {
        name: {file.read_bytes() for file in files if name not in fields_of(file).get("skip", "")}
        for name in ("flickr", "gphotos")
    }
    assert Counter(held.content for held in flickr.live) == Counter(wished["flickr"])
    assert Counter(held.sha1 for held in google.live) == Counter(map(sha1, wished["gphotos"]))

    told = {photo["id"]: photo for photo in running.photos()}
    by_id = {hashlib.sha256(file.read_bytes()).hexdigest(): file for file in files}
    there = {
        "flickr": {held.id: held.sha1 for held in flickr.live},
        "gphotos": {held.id: held.sha1 for held in google.live},
    }
    for photo_id, file in by_id.items():
        for name, copies in there.items():
            receipt = receipt_of(told[photo_id], name)
            if name in fields_of(file).get("skip", ""):
                assert (receipt["state"], receipt["reason"]) == ("skipped", "sender")
            else:
                assert copies[receipt["remote_id"]] == sha1(file.read_bytes())
    assert {f"number {number_of(files[1])}", "all"} <= {tag for held in flickr.live for tag in held.tags}
    assert len(google.albums) == 1
    assert google.most_at_once == 1


def sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def test_kills_and_lost_answers_leave_one_copy_at_each_service(both: Both, tmp_path: Path) -> None:
    run_both_through_kills(both, tmp_path / "photos", photos=20, kills=2, loses=0.1)


@pytest.mark.long
def test_twenty_kills_and_lost_answers_leave_one_copy_at_each_service(both: Both, tmp_path: Path) -> None:
    run_both_through_kills(both, tmp_path / "photos", photos=200, kills=20, loses=0.05)


@pytest.mark.long
def test_two_hundred_kills_under_two_thousand_photos_leave_one_copy_everywhere(both: Both, tmp_path: Path) -> None:
    run_both_through_kills(both, tmp_path / "photos", photos=2000, kills=200, loses=0.02)
