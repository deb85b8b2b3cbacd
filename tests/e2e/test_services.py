"""Both services at once: one that hangs slows nobody, the queue by hand, and two workers of which one dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.pictures import write_jpegs
from tests.e2e.running import another_worker
from tests.e2e.services import both_services

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.running import Running
    from tests.e2e.services import Services


def test_a_service_that_hangs_slows_nobody_else(tmp_path: Path) -> None:
    with both_services(tmp_path) as services:
        services.flickr.slow_s = 3600
        services.server.start()
        photos = services.server.upload(*write_jpegs(tmp_path / "photos", 20)).json()["photos"]
        services.server.wait_until(lambda: services.delivered("gphotos") == 20, 60, "Google Photos was held up")
        assert all(photo["archived"] for photo in services.server.photos())
        assert (services.delivered("flickr"), services.flickr.live) == (0, [])
        assert {photo["state"] for photo in services.server.photos()} == {"processing"}
        (another,) = services.server.upload(*write_jpegs(tmp_path / "more", 1, first=20)).json()["photos"]
        services.server.wait_until(lambda: services.delivered("gphotos") == 21, 60, "a later photo was held up")
        assert len({photo["id"] for photo in photos} | {another["id"]}) == 21


def test_pause_resume_and_backfill_from_the_command_line(tmp_path: Path) -> None:
    with both_services(tmp_path) as services:
        server = services.server.start()
        command(server, "pause", "flickr")
        ids = [photo["id"] for photo in server.upload(*write_jpegs(tmp_path / "photos", 3)).json()["photos"]]
        (wished,) = server.upload(*write_jpegs(tmp_path / "skipped", 1, first=3), skip="flickr").json()["photos"]
        server.wait_until(lambda: services.delivered("gphotos") == 4, 60, "Google Photos was held up")
        assert (services.shown("flickr")["paused"], services.flickr.live) == (True, [])
        assert services.shown("flickr")["estimate_done_at"] is None
        server.stop()
        server.start()
        assert services.shown("flickr")["paused"]
        assert "paused" in command(server, "status")
        command(server, "resume", "flickr")
        server.wait_safe(*ids, wished["id"])
        command(server, "backfill", "flickr")
        command(server, "retry", "--destination", "flickr")
        server.wait_safe()
        assert sorted(held.tags[0] for held in services.flickr.live) == sorted(f"mediascream:id={one}" for one in ids)
        command(server, "retry", wished["id"], "--destination", "flickr")
        server.wait_until(lambda: len(services.flickr.live) == 4, 60, "an explicit retry did not end the wish")


def command(server: Running, *arguments: str) -> str:
    """What a command prints; it must end well."""
    words = [sys.executable, "-m", "mediascream", *arguments, "--server", server.url]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def wishes(number: int) -> dict[str, str]:
    """What the sender of each photo says of it: tags for all, and for some a service to skip."""
    skip = [name for name, every in (("flickr", 5), ("gphotos", 7)) if number % every == 0]
    return {"tags": f"vegas, number {number}", "skip": ",".join(skip)}


def assert_ledgers_are_true(services: Services, photos: int) -> None:
    known = {photo["id"]: photo for photo in services.server.photos()}
    receipts = {
        name: {
            one: receipt
            for one, photo in known.items()
            for receipt in photo["receipts"]
            if receipt["destination"] == name
        }
        for name in ("flickr", "gphotos")
    }
    for name, every in (("flickr", 5), ("gphotos", 7)):
        states = [receipt["state"] for receipt in receipts[name].values()]
        assert states.count("skipped") == -(-photos // every)
        assert states.count("delivered") == photos - states.count("skipped")
    at_flickr = {held.tags[0].removeprefix("mediascream:id="): held.id for held in services.flickr.live}
    assert len(at_flickr) == len(services.flickr.live)
    assert at_flickr == {one: r["remote_id"] for one, r in receipts["flickr"].items() if r["state"] == "delivered"}
    assert all("vegas" in held.tags for held in services.flickr.live)
    at_google = {item.id for item in services.google.items.values()}
    assert at_google == {r["remote_id"] for r in receipts["gphotos"].values() if r["state"] == "delivered"}
    assert len(at_google) == photos - -(-photos // 7)


@pytest.mark.postgres
@pytest.mark.long
def test_two_workers_one_of_them_killed_leave_one_copy_at_each_service(tmp_path: Path, postgres: str) -> None:
    with both_services(tmp_path, DATABASE_URL=postgres) as services:
        services.flickr.loses = services.google.loses = 0.1
        services.flickr.slow_s = 0.1
        server = services.server.start()
        with another_worker(server) as worker:
            for start in range(0, 35, 5):
                files = write_jpegs(tmp_path / "photos", 5, first=start)
                for number, file in enumerate(files, start=start):
                    server.upload(file, **wishes(number)).raise_for_status()
            server.wait_until(lambda: services.delivered("flickr") > 5, 60, "nothing arrives")
            os.killpg(worker.pid, signal.SIGKILL)
            server.wait_safe(within_s=180)
        assert_ledgers_are_true(services, 35)
