"""What a crash may leave in the spool, and what becomes of it at the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediascream.intake.sweep import sweep
from mediascream.library import photos, reading
from mediascream.photo import PhotoId
from tests.integration.web_server import id_of, jpeg, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.hub import Hub
    from mediascream.intake.sweep import Swept
    from tests.integration.web_server import WebServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    with serving(tmp_path / "data") as server:
        yield server


def swept(hub: Hub) -> Swept:
    return sweep(hub.settings.upload_folder, hub.database, hub.acceptance)


def leave(server: WebServer, name: str, content: bytes) -> None:
    (server.hub.settings.upload_folder / name).write_bytes(content)


def test_a_photo_without_a_row_is_taken_in(server: WebServer) -> None:
    leave(server, id_of(jpeg()), jpeg())
    assert swept(server.hub).taken_in == [id_of(jpeg())]
    (photo,) = server.photos()
    assert photo["id"] == id_of(jpeg())
    assert photo["file_name"] == f"recovered-{id_of(jpeg())[:12]}.jpg"
    assert server.http.get(photo["original_url"]).content == jpeg()


def test_a_recovered_photo_gets_its_name_when_it_is_sent_again(server: WebServer) -> None:
    leave(server, id_of(jpeg()), jpeg())
    swept(server.hub)
    answer = server.send(jpeg(), name="sea.jpg")
    assert (answer.status_code, answer.json()["photos"][0]["file_name"]) == (200, "sea.jpg")


def test_bytes_on_their_way_and_temporary_copies_go(server: WebServer) -> None:
    leave(server, ".incoming/0f.part", b"half")
    leave(server, ".copy-x", b"copy")
    assert sorted(swept(server.hub).removed) == [".copy-x", "0f.part"]
    assert server.spool() == []


def test_a_photo_with_a_row_stays_as_it_is(server: WebServer) -> None:
    server.send(jpeg(), tags="a")
    before = server.photos()
    found = swept(server.hub)
    assert (found.taken_in, found.removed, found.strange, found.lost) == ([], [], [], [])
    assert server.photos() == before
    assert server.spool() == [id_of(jpeg())]


def test_a_file_that_nothing_needs_any_more_goes(server: WebServer) -> None:
    server.send(jpeg())
    with server.hub.database.reading() as connection:
        photo = reading.get(connection, PhotoId(id_of(jpeg())))
    assert photo is not None
    server.hub.database.write(lambda connection: photos.left_spool(connection, photo.number))
    assert swept(server.hub).removed == [id_of(jpeg())]
    assert server.spool() == []


@pytest.mark.parametrize("content", [b"other bytes", jpeg(1)])
def test_a_file_that_is_not_what_its_name_says_is_left_alone(server: WebServer, content: bytes) -> None:
    leave(server, id_of(jpeg()), content)
    assert swept(server.hub).strange == [id_of(jpeg())]
    assert server.photos() == []
    assert server.spool() == [id_of(jpeg())]


def test_a_photo_that_is_nowhere_is_told(server: WebServer) -> None:
    server.send(jpeg())
    (server.hub.settings.upload_folder / id_of(jpeg())).unlink()
    assert swept(server.hub).lost == [id_of(jpeg())]


def test_files_of_other_names_are_none_of_ours(server: WebServer) -> None:
    leave(server, "notes.txt", b"mine")
    swept(server.hub)
    assert server.spool() == ["notes.txt"]


def test_a_second_sweep_finds_nothing_more(server: WebServer) -> None:
    leave(server, id_of(jpeg()), jpeg())
    swept(server.hub)
    again = swept(server.hub)
    assert (again.taken_in, again.removed, again.strange, again.lost) == ([], [], [], [])
