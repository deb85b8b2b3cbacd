"""Google Photos as a person meets it: a code in the settings, photos on their way, and what happens to them there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.e2e.pictures import write_jpegs
from tests.e2e.running import Running
from tests.e2e.test_flickr import command
from tests.fakes.google_oauth import CLIENT_ID, CLIENT_SECRET
from tests.fakes.google_photos import GooglePhotos

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def google() -> GooglePhotos:
    return GooglePhotos()


@pytest.fixture
def running(tmp_path: Path, google: GooglePhotos) -> Iterator[Running]:
    """A server that is not started yet, with a code that is still to be exchanged."""
    with google.serving() as address:
        running = Running(tmp_path / "data", google_settings(address)).furnish()
        connect(running, google)
        yield running
        running.close()


def google_settings(address: str) -> dict[str, object]:
    """As an owner has them, at the fake."""
    return {
        "GPHOTOS_CLIENT_ID": CLIENT_ID,
        "GPHOTOS_SECRET": CLIENT_SECRET,
        "GPHOTOS_AUTH_URL": f"{address}/o/oauth2/v2/auth",
        "GPHOTOS_TOKEN_URL": f"{address}/token",
        "GPHOTOS_API_URL": address,
        "GPHOTOS_ALBUM": "Mediascream",
    }


def connect(running: Running, google: GooglePhotos) -> None:
    """The way of the original documentation: open the printed link, put what the browser landed on into the settings."""
    running.write_settings()
    printed = command(running, "connect", "gphotos", "--print-url")
    assert printed.returncode == 0, printed.stderr
    running.write_settings(GPHOTOS_ACCESS_CODE=google.oauth.consent(printed.stdout.strip()))


def receipt_of(photo: dict[str, Any], destination: str = "gphotos") -> dict[str, Any]:
    """The receipt of a photo's delivery to Google Photos, or another."""
    found: dict[str, Any] = next(one for one in photo["receipts"] if one["destination"] == destination)
    return found


def test_photos_arrive_in_the_album_with_their_tags_and_a_proof(
    running: Running, google: GooglePhotos, tmp_path: Path
) -> None:
    running.start()
    answer = running.upload(*write_jpegs(tmp_path, 3), tags="vegas, two words")
    running.wait_safe()
    held = {one.id: one for one in google.live}
    assert len(held) == 3
    (album,) = google.albums
    for photo in answer.json()["photos"]:
        receipt = receipt_of(running.photo(photo["id"]))
        copy = held[receipt["remote_id"]]
        assert (copy.file_name, copy.description, copy.albums) == (photo["file_name"], "two words, vegas", {album})
        assert (receipt["state"], receipt["proof"]) == ("delivered", "checksum")
        assert receipt["remote_url"] == f"https://photos.google.com/lr/photo/{copy.id}"
    quota = next(
        one["quota"] for one in running.http.get("/destinations").json()["destinations"] if one["name"] == "gphotos"
    )
    assert (quota["limit"], quota["used"] >= google.counted - 2) == (10_000, True)


def test_a_log_in_that_was_revoked_blocks_and_fails_nothing(
    running: Running, google: GooglePhotos, tmp_path: Path
) -> None:
    running.start()
    running.upload(*write_jpegs(tmp_path, 1))
    running.wait_safe()
    google.revoke()
    (photo,) = running.upload(*write_jpegs(tmp_path, 1, first=1)).json()["photos"]

    def blocked() -> bool:
        return bool(receipt_of(running.photo(photo["id"]))["state"] == "blocked")

    running.wait_until(blocked, 60, "the delivery was not blocked")
    assert receipt_of(running.photo(photo["id"]))["error"]["code"] == "log-in-refused"
    assert running.photo(photo["id"])["state"] == "attention"
    assert len(google.live) == 1


def test_a_spent_day_makes_it_wait_until_midnight_in_california(
    running: Running, google: GooglePhotos, tmp_path: Path
) -> None:
    running.write_settings(GPHOTOS_PER_DAY=12)
    running.start()
    running.upload(*write_jpegs(tmp_path, 12))

    def waiting() -> list[dict[str, Any]]:
        receipts = [receipt_of(photo) for photo in running.photos()]
        return [one for one in receipts if one["state"] == "waiting" and one["error"]["code"] == "day-spent"]

    def settled() -> bool:
        return len(waiting()) + len(google.live) == 12

    running.wait_until(settled, 60, "the day was not spent")
    assert {one["next_attempt_at"][11:] for one in waiting()} <= {"08:00:00Z", "07:00:00Z"}
    assert 0 < len(google.live) < 12


@pytest.mark.long
def test_a_film_of_2_gb_goes_on_after_a_kill_and_needs_no_memory(
    running: Running, google: GooglePhotos, tmp_path: Path
) -> None:
    film, photo_id = write_film(tmp_path / "film.mp4", pieces=2048)
    running.start()
    with film.open("rb") as content:
        running.http.put(f"/photos/{photo_id}", content=content, timeout=600).raise_for_status()
    most = 0

    def half_way() -> bool:
        nonlocal most
        most = max(most, resident_bytes(running))
        return any(session.received > 2**30 for session in google.sessions.values())

    running.wait_until(half_way, 600, "the film did not get half way")
    running.kill()
    running.start()

    def there() -> bool:
        nonlocal most
        most = max(most, resident_bytes(running))
        return bool(running.photo(photo_id)["state"] == "safe")

    running.wait_until(there, 600, "the film did not become safe")
    assert [(held.sha1, held.size) for held in google.live] == [(sha1_of(film), film.stat().st_size)]
    assert google.calls["start"] == 1
    assert google.calls["query"] >= 1
    assert most < 600 * 2**20


def write_film(file: Path, *, pieces: int) -> tuple[Path, str]:
    """So many MiB that look like a film, and their id."""
    digest = hashlib.sha256()
    with file.open("wb") as out:
        for number in range(pieces):
            piece = (b"\0\0\0\x18ftypmp42" + f"{number:08}".encode()).ljust(2**20, b"f")
            digest.update(piece)
            out.write(piece)
    return file, digest.hexdigest()


def sha1_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha1").hexdigest()


def resident_bytes(running: Running) -> int:
    """What the server has in memory; not its children, which decode."""
    assert running.process is not None
    return int(psutil.Process(running.process.pid).memory_info().rss)
