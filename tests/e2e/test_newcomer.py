"""The first minutes: the three commands of the original documentation, and what comes of them."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.pictures import jpeg

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.running import Running


def curl(folder: Path, server: Running, *arguments: str) -> dict[str, object]:
    """Run curl as the documentation does, and give its answer."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = ["curl", "-sS", "-X", "POST", *arguments, f"http://localhost:{server.port}/photos/"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_the_three_commands_of_the_documentation_keep_photos_safe(server: Running, tmp_path: Path) -> None:
    contents = [jpeg(seed) for seed in range(3)]
    wishes: list[list[str]] = [[], ["-F", "tags=vegas,travel"], ["-F", "skip=gphotos"]]
    answers = []
    for content, wish in zip(contents, wishes, strict=True):
        (tmp_path / "DSC00647.JPG").write_bytes(content)
        answers.append(curl(tmp_path, server, "-F", "photo_file=@DSC00647.JPG", *wish))
    ids = [hashlib.sha256(content).hexdigest() for content in contents]
    assert [answer["photos"][0]["id"] for answer in answers] == ids  # type: ignore[index]
    server.wait_safe(*ids)
    for photo_id, content in zip(ids, contents, strict=True):
        assert server.http.get(f"/photos/{photo_id}/original").content == content
        thumbnail = server.http.get(f"/photos/{photo_id}/thumbnail")
        assert (thumbnail.status_code, thumbnail.headers["content-type"]) == (200, "image/webp")
    assert server.photo(ids[1])["tags"] == ["travel", "vegas"]
    receipts = {receipt["destination"]: receipt for receipt in server.photo(ids[2])["receipts"]}
    assert receipts["folder"]["proof"] == "bytes"
    assert (receipts["gphotos"]["state"], receipts["gphotos"]["reason"]) == ("skipped", "sender")
    assert (receipts["flickr"]["state"], receipts["flickr"]["reason"]) == ("skipped", "not_connected")
    assert server.spool() == []
    assert sorted(file.read_bytes() for file in server.originals()) == sorted(contents)


def test_the_same_photo_again_is_a_duplicate_and_gains_its_tags(server: Running, tmp_path: Path) -> None:
    file = tmp_path / "DSC00647.JPG"
    file.write_bytes(jpeg(1))
    first = server.upload(file, tags="vegas")
    second = server.upload(file, tags="VEGAS, travel")
    assert (first.status_code, second.status_code) == (201, 200)
    photo = second.json()["photos"][0]
    assert photo["duplicate"]
    assert photo["tags"] == ["travel", "vegas"]
    server.wait_safe()
    assert len(server.originals()) == 1


def test_renditions_may_be_thrown_away_at_any_time(server: Running, tmp_path: Path) -> None:
    file = tmp_path / "one.jpg"
    file.write_bytes(jpeg(1))
    photo_id = server.upload(file).json()["photos"][0]["id"]
    server.wait_safe(photo_id)
    before = server.photo(photo_id)
    shutil.rmtree(server.data / "renditions")
    lost = server.http.get(f"/photos/{photo_id}/thumbnail")
    assert (lost.status_code, lost.json()["code"]) == (404, "no-rendition")
    address = f"/photos/{photo_id}/thumbnail"
    server.wait_until(lambda: server.http.get(address).status_code == 200, 30, "the thumbnail did not come back")
    assert server.http.get(f"/photos/{photo_id}/preview").status_code == 200
    assert server.photo(photo_id) == before


def test_a_stopped_server_goes_on_where_it_was(server: Running, tmp_path: Path) -> None:
    file = tmp_path / "one.jpg"
    file.write_bytes(jpeg(1))
    photo_id = server.upload(file).json()["photos"][0]["id"]
    assert server.stop() in {0, 130}
    server.start()
    server.wait_safe(photo_id)
    assert "Traceback" not in server.log_text()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_asked_to_stop_ends_well(server: Running, how: signal.Signals) -> None:
    assert server.stop(how) == 0
