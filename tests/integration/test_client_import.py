"""`mediascream import` against a real server: what comes in, with what, and what stays out."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.client.import_run import _check_room
from mediascream.errors import FileUnreadable
from mediascream.photo import PhotoId, PhotoState
from tests.fakes.mediascream_server import FakeServer, Kept, running
from tests.integration.web_server import WebServer, id_of, jpeg, serving
from tests.made_hostile import zip_of_zeros
from tests.made_takeout import make_takeout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 120
PHOTOS = {name: jpeg(number) for number, name in enumerate(("plain", "edited", "numbered", "trashed", "bare"))}
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
    ' exif:DateTimeOriginal="2014-05-13T16:53:20Z"><dc:subject><rdf:Bag><rdf:li>vegas</rdf:li></rdf:Bag></dc:subject>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    """A server without a worker."""
    with serving(tmp_path / "data") as running:
        yield running


@pytest.fixture
def takeout(tmp_path: Path) -> list[Path]:
    """Two zips of one Takeout."""
    return make_takeout(tmp_path, PHOTOS)


def run(
    server: WebServer | FakeServer, tmp_path: Path, *words: str | Path, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run `mediascream import`, which ends with `code`."""
    address = server.url if isinstance(server, FakeServer) else f"http://localhost:{server.port}"
    done = subprocess.run(
        [sys.executable, "-m", "mediascream", "import", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=os.environ | {"MEDIASCREAM_SERVER": address, "XDG_STATE_HOME": str(tmp_path)},
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def lines(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """The state of each file, by the end of its path."""
    return {line["path"].rpartition("/")[2]: line["state"] for line in map(json.loads, done.stdout.splitlines())}


def photo(server: WebServer, name: str) -> dict[str, Any]:
    found: dict[str, Any] = server.http.get(f"/photos/{id_of(PHOTOS[name])}").json()
    return found


def test_a_takeout_comes_in_once_with_dates_places_albums_and_people(
    server: WebServer, tmp_path: Path, takeout: list[Path]
) -> None:
    done = run(server, tmp_path, "takeout", *takeout)
    assert "uploaded" in done.stdout
    assert len(server.photos()) == 4
    plain = photo(server, "plain")
    assert (plain["file_name"], plain["description"]) == ("IMG_1.jpg", "On the roof")
    assert (plain["taken_at"], plain["taken_source"]) == ("2014-05-13T16:53:20Z", "sender")
    assert plain["location"] == {"latitude": 41.9, "longitude": 12.5}
    assert sorted(plain["tags"]) == ["Ada", "Rome Spring"]
    assert photo(server, "edited")["description"] == "On the roof"
    assert photo(server, "numbered")["tags"] == ["favourite"]
    reasons = {one["destination"]: one["reason"] for one in plain["receipts"]}
    assert (reasons["gphotos"], reasons["flickr"]) == ("sender", "not_connected")
    assert server.http.get(f"/photos/{id_of(PHOTOS['trashed'])}").status_code == 404
    assert photo(server, "bare")["file_name"] == "evil.jpg"


def test_every_file_of_a_takeout_ends_in_one_state_and_a_second_run_sends_nothing(
    server: WebServer, tmp_path: Path, takeout: list[Path]
) -> None:
    first = lines(run(server, tmp_path, "takeout", "--json", *takeout))
    assert first["trashed.jpg"] == first["archive_browser.html"] == first["metadata.json"] == "ignored"
    assert first["IMG_1-edited.jpg"] == "uploaded"
    done = run(server, tmp_path, "takeout", *takeout)
    found = {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines() if line}
    assert (found["uploaded"], found["failed"], found["found"]) == (0, 0, 13)
    assert found["duplicate"] + found["ignored"] == 13


def test_a_dry_run_says_what_would_come_in_and_sends_nothing(
    server: WebServer, tmp_path: Path, takeout: list[Path]
) -> None:
    done = run(server, tmp_path, "takeout", "--dry-run", *takeout)
    assert "would upload         4" in done.stdout
    assert server.photos() == []


def test_a_photo_that_was_sent_before_gets_what_it_lacks(
    server: WebServer, tmp_path: Path, takeout: list[Path]
) -> None:
    server.send(PHOTOS["plain"], name="IMG_1.jpg", tags="mine")
    run(server, tmp_path, "takeout", *takeout)
    plain = photo(server, "plain")
    assert sorted(plain["tags"]) == ["Ada", "Rome Spring", "mine"]
    assert (plain["description"], plain["taken_at"]) == ("On the roof", "2014-05-13T16:53:20Z")
    assert plain["location"] == {"latitude": 41.9, "longitude": 12.5}


def test_a_takeout_that_was_unpacked_comes_in_the_same(server: WebServer, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    for file in make_takeout(tmp_path, PHOTOS):
        with zipfile.ZipFile(file) as archive:
            archive.extractall(unpacked, [name for name in archive.namelist() if ".." not in name])
    run(server, tmp_path, "takeout", unpacked)
    assert len(server.photos()) == 3
    assert sorted(photo(server, "plain")["tags"]) == ["Ada", "Rome Spring"]


def test_a_damaged_zip_fails_and_the_others_come_in(server: WebServer, tmp_path: Path, takeout: list[Path]) -> None:
    whole = takeout[1].read_bytes()
    takeout[1].write_bytes(whole[: len(whole) // 2])
    packed = shutil.copy(takeout[0], tmp_path / "takeout.tgz")
    (tmp_path / "takeout.tgz").write_bytes(b"\x1f\x8b no zip")
    done = run(server, tmp_path, "takeout", *takeout, packed, code=3)
    assert "download it again" in done.stderr
    assert "unpack this one" in done.stderr
    assert len(server.photos()) == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_zip_that_may_not_be_read_says_so(server: WebServer, tmp_path: Path, takeout: list[Path]) -> None:
    takeout[1].chmod(0)
    assert "check its permissions" in run(server, tmp_path, "takeout", *takeout, code=3).stderr


def test_bytes_that_the_server_lost_are_sent_again_out_of_a_zip(tmp_path: Path, takeout: list[Path]) -> None:
    content = PHOTOS["plain"]
    photo_id = PhotoId(id_of(content))
    with running(FakeServer()) as forgetful:
        forgetful.photos[photo_id] = Kept(content, {"file_name": "a"}, PhotoState.ATTENTION, archived=False)
        run(forgetful, tmp_path, "takeout", *takeout)
        assert forgetful.photos[photo_id].archived


def test_a_photo_whose_bytes_are_damaged_in_the_zip_is_named_and_never_sent(
    server: WebServer, tmp_path: Path, takeout: list[Path]
) -> None:
    content = bytearray(takeout[0].read_bytes())
    at = content.index(b"IMG_1-edited.jpg") + len("IMG_1-edited.jpg") + 60
    content[at] ^= 0xFF
    takeout[0].write_bytes(content)
    done = run(server, tmp_path, "takeout", *takeout, code=3)
    assert "IMG_1-edited.jpg: it is damaged: download it again" in done.stderr
    assert len(server.photos()) == 3


def test_what_would_fill_the_disk_is_named_and_not_unpacked_and_the_others_come_in(
    server: WebServer, tmp_path: Path
) -> None:
    bombs = {
        "pixels.zip": zip_of_zeros("Takeout/huge.jpg", PHOTOS["plain"], 4_000_000_000),
        "notes.zip": zip_of_zeros("Takeout/huge.jpg.json", b'{"title":"', 4_000_000_000),
        "few.zip": zip_of_zeros("Takeout/few.json", b"[" * 100_000, 60_000_000),
    }
    for name, content in bombs.items():
        (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / "photo.zip", "w") as archive:
        archive.writestr("Takeout/\x1b[2J\x1b[31mred\u202e.jpg", PHOTOS["bare"])
        archive.writestr("Takeout/\x1b]0;title\x07.txt", b"no photo")
    zips = sorted(tmp_path.glob("*.zip"))
    done = run(server, tmp_path, "takeout", *zips, "--json", code=3)
    assert lines(done)["huge.jpg"] == lines(done)["huge.jpg.json"] == "failed"
    assert [photo["id"] for photo in server.photos()] == [id_of(PHOTOS["bare"])]
    again = run(server, tmp_path, "takeout", *zips, code=3)
    assert again.stderr.count("far more") == 2
    for said in (done.stdout, done.stderr, again.stdout, again.stderr):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", said)


def test_what_does_not_fit_beside_the_others_is_not_unpacked(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="free"):
        _check_room(tmp_path, 1 << 60)


def test_an_immich_library_comes_in_with_its_xmp_and_without_its_thumbnails(server: WebServer, tmp_path: Path) -> None:
    library = tmp_path / "immich"
    for name, content in {
        "library/admin/2014/IMG_1.jpg": PHOTOS["plain"],
        "library/admin/2014/IMG_1.jpg.xmp": XMP.encode(),
        "thumbs/ab/cd/1-thumbnail.jpg": PHOTOS["edited"],
        "backups/immich-db.sql.gz": b"\x1f\x8b",
    }.items():
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_bytes(content)
    run(server, tmp_path, "immich", library)
    (only,) = server.photos()
    assert (only["id"], only["tags"], only["taken_at"]) == (
        id_of(PHOTOS["plain"]),
        ["vegas"],
        "2014-05-13T16:53:20Z",
    )


def test_the_disk_needs_room_for_one_file_and_thread_and_is_left_as_it_was(
    server: WebServer, tmp_path: Path, takeout: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "tmp"
    room.mkdir()
    monkeypatch.setenv("TMPDIR", str(room))
    run(server, tmp_path, "takeout", "--jobs", "1", *takeout)
    assert (len(server.photos()), list(room.iterdir())) == (4, [])
