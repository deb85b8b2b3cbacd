"""Flickr as a person meets it: connecting from a terminal, sending, and taking leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mediascream.media_types import JPEG
from mediascream.processing.metadata import read_metadata
from tests.e2e.pictures import write_jpegs
from tests.e2e.running import Running
from tests.fakes.flickr import APP_KEY, APP_SECRET, TOKEN, TOKEN_SECRET, VERIFIER, Flickr
from tests.made_files import EXIF_OF_A_CAMERA, make_arrow, save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def flickr() -> Flickr:
    return Flickr()


@pytest.fixture
def running(tmp_path: Path, flickr: Flickr) -> Iterator[Running]:
    """A server that is not started yet, with the keys of an app."""
    with flickr.serving() as address:
        settings = {
            "FLICKR_API_KEY": APP_KEY,
            "FLICKR_API_SECRET": APP_SECRET,
            "FLICKR_REST_URL": f"{address}/rest/",
            "FLICKR_UPLOAD_URL": f"{address}/upload/",
            "FLICKR_OAUTH_URL": f"{address}/oauth",
            "FLICKR_PER_HOUR": 360_000,
        }
        running = Running(tmp_path / "data", settings).furnish()
        running.write_settings()
        yield running
        running.close()


def command(running: Running, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command beside the settings, with what a person types."""
    return subprocess.run(
        [sys.executable, "-m", "mediascream", *arguments],
        env=os.environ | {"SETTINGS": str(running.file)},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def state_at_flickr(running: Running, photo_id: str) -> tuple[str, str | None]:
    """State and reason of a photo's delivery to Flickr."""
    receipts = running.photo(photo_id)["receipts"]
    return next((one["state"], one["reason"]) for one in receipts if one["destination"] == "flickr")


def test_a_photo_sent_after_connecting_arrives_with_its_tags(running: Running, flickr: Flickr, tmp_path: Path) -> None:
    running.start()
    ended = command(running, "connect", "flickr", typed=f" {VERIFIER}\n")
    assert (ended.returncode, ended.stdout) == (0, "Connected to Flickr as petra (12037949754@N01).\n")
    assert "/authorize?oauth_token=request-token&perms=write" in ended.stderr
    assert TOKEN_SECRET not in ended.stdout + ended.stderr

    answer = running.upload(*write_jpegs(tmp_path, 1), tags="vegas, two words")
    (photo,) = answer.json()["photos"]
    running.wait_safe(photo["id"])
    (held,) = flickr.live
    assert {"vegas", "two words", f"mediascream:id={photo['id']}"} <= set(held.tags)
    receipt = next(one for one in running.photo(photo["id"])["receipts"] if one["destination"] == "flickr")
    assert (receipt["state"], receipt["proof"], receipt["remote_id"]) == ("delivered", "listed", held.id)
    assert receipt["remote_url"] == f"https://www.flickr.com/photos/12037949754@N01/{held.id}"
    shown = next(one for one in running.http.get("/destinations").json()["destinations"] if one["name"] == "flickr")
    assert (shown["quota"]["limit"], shown["quota"]["used"], shown["estimate_done_at"]) == (360_000, 2, None)
    assert 'mediascream_quota_used_calls{destination="flickr"} 2.0' in running.http.get("/metrics").text
    status = command(running, "status", "--server", running.url)
    assert "2 of 360,000 requests used until" in status.stdout


def test_a_heic_arrives_as_a_jpeg_of_its_date_and_size(running: Running, flickr: Flickr, tmp_path: Path) -> None:
    running.write_settings(FLICKR_APP_TOKEN=TOKEN, FLICKR_APP_SECRET=TOKEN_SECRET, FLICKR_CONVERT="jpeg")
    running.start()
    file = save(make_arrow(1200, 800), tmp_path / "IMG_7.heic", exif=EXIF_OF_A_CAMERA)
    (photo,) = running.upload(file).json()["photos"]
    running.wait_safe(photo["id"])
    (held,) = flickr.live
    (tmp_path / "made.jpg").write_bytes(held.content)
    made = read_metadata(tmp_path / "made.jpg", JPEG)
    shown = running.photo(photo["id"])
    assert (made.width, made.height) == (shown["width"], shown["height"])
    assert str(made.taken_local).startswith("2024-02-29 23:59:58")
    assert held.tags[:2] == [f"mediascream:id={photo['id']}", f"checksum:sha1={held.sha1}"]
    receipt = next(one for one in shown["receipts"] if one["destination"] == "flickr")
    assert (receipt["state"], receipt["derivative"], receipt["remote_id"]) == ("delivered", True, held.id)
    running.wait_until(lambda: running.spool() == [], 30, "the spool keeps the JPEG")
    (original,) = running.originals()
    assert original.read_bytes() == file.read_bytes()


def test_what_was_sent_before_connecting_follows_by_backfill(running: Running, flickr: Flickr, tmp_path: Path) -> None:
    running.start()
    (photo,) = running.upload(*write_jpegs(tmp_path, 1)).json()["photos"]
    running.wait_safe(photo["id"])
    assert state_at_flickr(running, photo["id"]) == ("skipped", "not_connected")
    assert command(running, "connect", "flickr", typed=f"{VERIFIER}\n").returncode == 0
    running.http.post("/destinations/flickr/backfill").raise_for_status()
    running.wait_until(lambda: len(flickr.live) == 1, 60, "the photo did not follow")
    running.wait_safe(photo["id"])


def test_tokens_in_the_settings_are_a_connection_too(running: Running, flickr: Flickr, tmp_path: Path) -> None:
    running.write_settings(FLICKR_APP_TOKEN=TOKEN, FLICKR_APP_SECRET=TOKEN_SECRET)
    running.start()
    (photo,) = running.upload(*write_jpegs(tmp_path, 1)).json()["photos"]
    running.wait_safe(photo["id"])
    assert [held.file_name for held in flickr.live] == ["IMG_00000.jpg"]
    ended = command(running, "connect", "flickr")
    assert ended.returncode == 1
    assert "FLICKR_APP_TOKEN is set" in ended.stderr


def test_what_is_blocked_goes_on_after_connecting_again(running: Running, flickr: Flickr, tmp_path: Path) -> None:
    running.start()
    assert command(running, "connect", "flickr", typed=f"{VERIFIER}\n").returncode == 0
    flickr.revoke()
    (photo,) = running.upload(*write_jpegs(tmp_path, 1)).json()["photos"]
    running.wait_until(
        lambda: state_at_flickr(running, photo["id"])[0] == "blocked", 60, "the delivery was not blocked"
    )
    assert running.photo(photo["id"])["state"] == "attention"
    assert command(running, "connect", "flickr", typed=f"{VERIFIER}\n").returncode == 0
    running.wait_safe(photo["id"])
    assert len(flickr.live) == 1


def test_after_disconnecting_nothing_more_goes_there(running: Running, flickr: Flickr, tmp_path: Path) -> None:
    running.start()
    assert command(running, "connect", "flickr", typed=f"{VERIFIER}\n").returncode == 0
    flickr.revoke()
    (blocked,) = running.upload(*write_jpegs(tmp_path, 1)).json()["photos"]
    running.wait_until(
        lambda: state_at_flickr(running, blocked["id"])[0] == "blocked", 60, "the delivery was not blocked"
    )
    assert command(running, "disconnect", "flickr").returncode == 0
    (later,) = running.upload(*write_jpegs(tmp_path, 1, first=1)).json()["photos"]
    running.wait_safe(blocked["id"], later["id"])
    assert {state_at_flickr(running, one["id"]) for one in (blocked, later)} == {("skipped", "not_connected")}
    assert flickr.live == []


@pytest.mark.parametrize(
    ("setting", "value"), [("FLICKR_API_KEY", "another"), ("FLICKR_API_SECRET", "another")], ids=["key", "secret"]
)
def test_wrong_keys_end_the_command_with_a_line_that_names_the_setting(
    running: Running, setting: str, value: str
) -> None:
    running.write_settings(**{setting: value})
    ended = command(running, "connect", "flickr", typed=f"{VERIFIER}\n")
    assert ended.returncode == 1
    assert setting in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_without_keys_the_command_says_where_to_get_them(running: Running) -> None:
    running.settings = {}
    running.write_settings()
    ended = command(running, "connect", "flickr")
    assert ended.returncode == 1
    assert "https://www.flickr.com/services/apps/create/noncommercial/" in ended.stderr


def test_a_mistyped_code_ends_the_command_and_keeps_nothing(running: Running) -> None:
    running.start()
    ended = command(running, "connect", "flickr", typed="000-000-000\n")
    assert ended.returncode == 1
    assert "does not take this code" in ended.stderr
    destinations = running.http.get("/destinations").json()["destinations"]
    assert [one["connected"] for one in destinations if one["name"] == "flickr"] == [False]


def test_the_account_and_its_limits_are_told(running: Running, flickr: Flickr) -> None:
    flickr.free = True
    running.start()
    ended = command(running, "connect", "flickr", typed=f"{VERIFIER}\n")
    assert "1,000 photos" in ended.stderr
    assert "FLICKR_PRIVACY: private" in ended.stderr
    shown = json.dumps(running.http.get("/destinations").json())
    assert "petra (12037949754@N01)" in shown
    assert TOKEN not in shown
