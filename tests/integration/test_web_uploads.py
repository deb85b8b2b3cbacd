"""Uploads over real sockets: every good one is kept for good, of every bad one nothing is."""

from __future__ import annotations

import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.library import deliveries, photos, reading
from mediascream.photo import DestinationName, PhotoId, Proof
from mediascream.web import serve
from tests.integration.web_server import (
    WebServer,
    form,
    id_of,
    jpeg,
    lose,
    part,
    photo_part,
    post,
    read_all,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


MB = 1024 * 1024
TEXT = b"just words " * 1000
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
ZIP = b"PK\x03\x04" + bytes(100)
PDF = b"%PDF-1.7\n" + bytes(5000)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with serving(tmp_path_factory.mktemp("data"), max_upload_bytes=8 * MB) as server:
        yield server


@pytest.fixture
def server(shared: WebServer) -> Iterator[WebServer]:
    """The same server for all; whatever a test does to it, it must be well afterwards."""
    yield shared
    assert shared.http.get("/health").json()["status"] == "ok"


@pytest.fixture
def keeps_nothing(server: WebServer) -> Iterator[WebServer]:
    before = (server.spool(), len(server.photos()))
    yield server
    assert (server.spool(), len(server.photos())) == before


def status_of(answer: bytes) -> int:
    found = re.match(rb"HTTP/1.1 (\d{3}) ", answer)
    assert found, answer[:200]
    return int(found[1])


def problem_of(answer: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return found


def test_a_photo_is_kept_and_comes_back_byte_for_byte(server: WebServer) -> None:
    content = jpeg(1, padding=3 * MB)
    answer = server.send(content, tags="vegas, travel", description="At sea")
    assert answer.status_code == 201
    (photo,) = answer.json()["photos"]
    assert photo["id"] == id_of(content)
    assert (photo["duplicate"], photo["state"], photo["archived"]) == (False, "processing", False)
    assert set(photo["tags"]) == {"vegas", "travel"}
    assert answer.headers["location"] == photo["url"]
    assert server.http.get(photo["original_url"]).content == content
    assert server.http.get(photo["url"]).json() == photo


@pytest.mark.parametrize("path", ["/photos", "/photos/"])
def test_both_spellings_of_the_path_answer_without_a_redirect(server: WebServer, path: str) -> None:
    assert server.http.post(path, files={"photo_file": jpeg(2)}, follow_redirects=False).status_code in {200, 201}
    assert server.http.get(path, follow_redirects=False).status_code == 200


def test_the_same_photo_again_is_a_duplicate_with_the_tags_of_both(server: WebServer) -> None:
    assert server.send(jpeg(3), tags="a").status_code == 201
    answer = server.send(jpeg(3), tags="b", name="other.jpg")
    assert answer.status_code == 200
    (photo,) = answer.json()["photos"]
    assert photo["duplicate"]
    assert set(photo["tags"]) == {"a", "b"}
    assert photo["file_name"] == "a.jpg"


def test_the_same_file_twice_in_one_form_is_one_photo(server: WebServer) -> None:
    answer = server.send(jpeg(4), jpeg(4), jpeg(5))
    assert answer.status_code == 201
    assert [photo["duplicate"] for photo in answer.json()["photos"]] == [False, True, False]
    assert [photo["id"] for photo in answer.json()["photos"]] == [id_of(jpeg(4)), id_of(jpeg(4)), id_of(jpeg(5))]


def test_fields_hold_for_all_files_wherever_they_stand(server: WebServer) -> None:
    body = form(
        part('name="tags"', b"first"),
        photo_part(jpeg(6)),
        part('name="skip"', b"gphotos"),
        photo_part(jpeg(7)),
        part('name="tags"', b"last"),
        part('name="taken_at"', b"2020-02-03T04:05:06+02:00"),
    )
    answer = server.say(post(body))
    assert status_of(answer) == 201
    for photo in json.loads(answer.partition(b"\r\n\r\n")[2])["photos"]:
        assert set(photo["tags"]) == {"first", "last"}
        assert (photo["taken_local"], photo["taken_offset"]) == ("2020-02-03T04:05:06", "+02:00")
        reasons = {receipt["destination"]: receipt["reason"] for receipt in photo["receipts"]}
        assert (reasons["gphotos"], reasons["flickr"]) == ("sender", "not_connected")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "empty-file"),
        (TEXT, 415, "not-a-photo"),
        (SVG, 415, "not-a-photo"),
        (HTML, 415, "not-a-photo"),
        (ZIP, 415, "not-a-photo"),
        (PDF, 415, "not-a-photo"),
        (jpeg(8, padding=8 * MB), 413, "too-large"),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused(
    keeps_nothing: WebServer, content: bytes, status: int, code: str
) -> None:
    answer = keeps_nothing.send(content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"][0] | {"detail": ""} == {"index": 0, "file_name": "a.jpg", "code": code, "detail": ""}
    answer = keeps_nothing.http.put(f"/photos/{id_of(content)}", content=content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_one_bad_file_keeps_none_and_all_bad_ones_are_named(keeps_nothing: WebServer) -> None:
    answer = keeps_nothing.send(jpeg(9, padding=2 * MB), TEXT, jpeg(10), b"")
    assert answer.status_code == 415
    assert [(one["index"], one["code"]) for one in answer.json()["errors"]] == [(1, "not-a-photo"), (3, "empty-file")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"skip": "instagram"}, "skip-unknown"),
        ({"skip": "s3"}, "skip-unknown"),
        ({"taken_at": "yesterday"}, "field-invalid"),
        ({"latitude": "12"}, "field-invalid"),
        ({"tags": "x" * 101}, "field-invalid"),
        ({"override": "maybe"}, "field-invalid"),
    ],
)
def test_a_value_that_cannot_be_understood_keeps_nothing(
    keeps_nothing: WebServer, fields: dict[str, str], code: str
) -> None:
    answer = keeps_nothing.send(jpeg(11), **fields)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    answer = keeps_nothing.http.put(f"/photos/{id_of(jpeg(11))}", content=jpeg(11), params=fields)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_an_unknown_skip_is_told_what_can_be_skipped(keeps_nothing: WebServer) -> None:
    detail = keeps_nothing.send(jpeg(11), skip="instagram").json()["detail"]
    assert all(word in detail for word in ("flickr", "gphotos", "instagram"))


def test_a_form_without_a_file_is_refused(keeps_nothing: WebServer) -> None:
    for answer in (
        keeps_nothing.http.post("/photos/", data={"tags": "a"}),
        keeps_nothing.http.post("/photos/", files={"image": jpeg(12)}),
        keeps_nothing.http.post("/photos/", content=jpeg(12)),
        keeps_nothing.http.post("/photos/"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "no-photo-file")


def test_ten_thousand_fields_are_too_many(keeps_nothing: WebServer) -> None:
    fields = [part(f'name="f{number}"', b"x") for number in range(10_000)]
    answer = keeps_nothing.say(post(form(*fields, photo_part(jpeg(13)))))
    assert status_of(answer) == 422
    assert "1000 fields" in problem_of(answer)["detail"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("n" * 300 + ".jpg", "n" * 251 + ".jpg"),
        ("../../../etc/passwd.jpg", "passwd.jpg"),
        ("a\0b.jpg", "a_b.jpg"),
        ("a%0Ab.jpg", "a_b.jpg"),
        ("🏖 d\u2019été 👩‍👩‍👧.jpg", "🏖 d\u2019été 👩‍👩‍👧.jpg"),
        ("say %22cheese%22 \\\\ 'x'.jpg", "'x'.jpg"),
        ("", "photo.jpg"),
    ],
)
def test_any_name_is_kept_as_far_as_it_can_be_shown(server: WebServer, sent: str, kept: str) -> None:
    content = jpeg(abs(hash(sent)) % 60_000 + 1000)
    answer = server.say(post(form(photo_part(content, sent))))
    assert status_of(answer) in {200, 201}
    assert problem_of(answer)["photos"][0]["file_name"] == kept
    original = server.http.get(f"/photos/{id_of(content)}/original")
    assert original.content == content
    assert "\n" not in original.headers["content-disposition"]


def test_a_body_that_is_cut_keeps_nothing(keeps_nothing: WebServer) -> None:
    request = post(form(photo_part(jpeg(14, padding=3 * MB))))
    keeps_nothing.say(request[: 2 * MB], shut=True)
    wait_for_no_parts(keeps_nothing)


@pytest.mark.parametrize("kept_share", [0.1, 0.99])
def test_a_length_that_is_too_small_cuts_the_form(keeps_nothing: WebServer, kept_share: float) -> None:
    body = form(photo_part(jpeg(15)))
    answer = keeps_nothing.say(post(body, length=int(len(body) * kept_share)))
    assert status_of(answer) == 400
    assert b"upload-cut" in answer


def test_a_length_that_is_too_large_keeps_nothing(keeps_nothing: WebServer) -> None:
    body = form(photo_part(jpeg(16)))
    assert keeps_nothing.say(post(body, length=len(body) + 10), shut=True) == b""
    wait_for_no_parts(keeps_nothing)


def test_a_slow_sender_is_waited_for_and_holds_nobody_up(server: WebServer) -> None:
    request = post(form(photo_part(jpeg(17))))
    with server.connect() as slow:
        for start in range(0, len(request), 100):
            slow.sendall(request[start : start + 100])
            assert server.http.get("/health").status_code == 200
        assert status_of(read_all(slow)) == 201


def test_two_hundred_duplicates_at_once_are_one_photo(server: WebServer) -> None:
    content = jpeg(18, padding=200_000)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: server.send(content, tags=f"t{number}"), range(200)))
    assert sorted({answer.status_code for answer in answers}) == [200, 201]
    assert [answer.status_code for answer in answers].count(201) == 1
    photo = server.http.get(f"/photos/{id_of(content)}").json()
    assert set(photo["tags"]) == {f"t{number}" for number in range(200)}
    assert server.http.get(photo["original_url"]).content == content
    assert server.spool().count(photo["id"]) == 1
    wait_for_no_parts(server)


def test_a_duplicate_of_what_is_archived_leaves_nothing_in_the_spool(server: WebServer) -> None:
    content = jpeg(27)
    server.send(content)
    with server.hub.database.reading() as connection:
        photo = reading.get(connection, PhotoId(id_of(content)))
    assert photo is not None
    key, now = "originals/a.jpg", datetime.now(UTC)
    server.hub.database.write(
        lambda c: deliveries.deliver(c, photo.number, DestinationName.FOLDER, remote_id=key, proof=Proof.BYTES, now=now)
    )
    server.hub.database.write(lambda connection: photos.left_spool(connection, photo.number))
    (server.hub.settings.upload_folder / photo.id).unlink()
    answer = server.send(content)
    assert (answer.status_code, answer.json()["photos"][0]["duplicate"]) == (200, True)
    assert photo.id not in server.spool()


def test_a_photo_in_the_trash_that_is_sent_again_keeps_its_only_bytes(server: WebServer) -> None:
    content = jpeg(28)
    server.send(content)
    server.http.delete(f"/photos/{id_of(content)}").raise_for_status()
    assert server.send(content).json()["photos"][0]["state"] == "deleted"
    assert id_of(content) in server.spool()


def test_a_photo_whose_id_is_known_can_be_put(server: WebServer) -> None:
    content = jpeg(19, padding=2 * MB)
    answer = server.http.put(
        f"/photos/{id_of(content)}", content=content, params={"file_name": "sea.jpg", "tags": "a,b"}
    )
    assert answer.status_code == 201
    (photo,) = answer.json()["photos"]
    assert (photo["id"], photo["file_name"], set(photo["tags"])) == (id_of(content), "sea.jpg", {"a", "b"})
    again = server.http.put(f"/photos/{id_of(content)}", content=content, params={"file_name": "x.jpg", "tags": "c"})
    assert again.status_code == 200
    assert again.json()["photos"][0] == photo | {"duplicate": True}


def test_bytes_that_were_lost_here_are_taken_when_they_are_put_again(server: WebServer) -> None:
    content = jpeg(22)
    server.http.put(f"/photos/{id_of(content)}", content=content).raise_for_status()
    spooled = server.hub.settings.upload_folder / id_of(content)
    spooled.unlink()
    server.hub.database.write(lambda connection: lose(connection, PhotoId(id_of(content))))
    assert server.http.put(f"/photos/{id_of(content)}", content=content).status_code == 200
    assert server.http.get(f"/photos/{id_of(content)}").json()["receipts"][0]["state"] == "queued"
    assert spooled.read_bytes() == content


def test_other_bytes_than_announced_are_refused(keeps_nothing: WebServer) -> None:
    answer = keeps_nothing.http.put(f"/photos/{id_of(b'other')}", content=jpeg(20))
    assert (answer.status_code, answer.json()["code"]) == (422, "digest-mismatch")


@pytest.mark.parametrize("name", ["abc", "F" * 64, "g" * 64])
def test_what_is_no_id_cannot_be_put(keeps_nothing: WebServer, name: str) -> None:
    assert keeps_nothing.http.put(f"/photos/{name}", content=jpeg(21)).status_code == 422


def put(photo_id: str, length: int, *headers: str) -> bytes:
    lines = [f"PUT /photos/{photo_id} HTTP/1.1", "Host: localhost", f"Content-Length: {length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_known_photo_is_answered_before_its_body_is_sent(server: WebServer) -> None:
    content = jpeg(22)
    server.send(content)
    answer = server.say(put(id_of(content), 4 * MB, "Expect: 100-continue"))
    assert status_of(answer) == 200
    assert b"100 Continue" not in answer
    assert b"connection: close" in answer.lower()


def test_an_unknown_photo_is_asked_for(server: WebServer) -> None:
    content = jpeg(23)
    with server.connect() as connection:
        connection.sendall(put(id_of(content), len(content), "Expect: 100-continue", "Connection: close"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(content)
        assert status_of(read_all(connection)) == 201


def test_what_is_too_large_is_told_before_it_is_sent(keeps_nothing: WebServer) -> None:
    answer = keeps_nothing.say(put(id_of(b"x"), 9 * MB, "Expect: 100-continue"))
    assert status_of(answer) == 413
    answer = keeps_nothing.say(put(id_of(b"x"), 1 << 60, "Expect: 100-continue"))
    assert status_of(answer) == 413


def test_a_client_that_sends_all_before_it_looks_gets_its_answer_and_keeps_its_connection(server: WebServer) -> None:
    content = jpeg(24)
    server.send(content)
    with server.connect() as connection:
        connection.sendall(put(id_of(content), 4 * MB) + bytes(4 * MB))
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = read_all(connection)
    assert re.findall(rb"HTTP/1.1 (\d{3})", answer) == [b"200", b"200"]


def test_a_squeezed_body_is_refused(keeps_nothing: WebServer) -> None:
    answer = keeps_nothing.http.post("/photos/", files={"photo_file": jpeg(25)}, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 422


def test_a_head_without_end_is_refused(server: WebServer) -> None:
    answer = server.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n", *[b"X-Long: " + b"x" * 8000 + b"\r\n"] * 20)
    assert answer == b"" or status_of(answer) == 431


def test_an_upload_beside_others_does_not_wait_for_them(server: WebServer) -> None:
    stuck = [server.connect() for _ in range(20)]
    try:
        for number, connection in enumerate(stuck):
            connection.sendall(post(form(photo_part(jpeg(100 + number, padding=2 * MB))))[: MB + MB // 2])
        assert server.send(jpeg(26)).status_code == 201
    finally:
        for connection in stuck:
            connection.close()
    wait_for_no_parts(server)


def test_a_server_that_stops_cuts_what_does_not_end_and_clears_it_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve, "GRACE_S", 0.3)
    with serving(tmp_path / "data") as server, server.connect() as stuck:
        stuck.sendall(post(form(photo_part(jpeg(padding=3 * MB))))[: 2 * MB])
        until = time.monotonic() + 10
        while not server.spool():
            assert time.monotonic() < until
            threading.Event().wait(0.01)
        server.stop()
        assert server.spool() == []
    assert "Traceback" not in "".join(capsys.readouterr())


def wait_for_no_parts(server: WebServer) -> None:
    """A connection that ended is noticed a moment later."""
    until = time.monotonic() + 10
    while any(name.endswith(".part") for name in server.spool()):
        assert time.monotonic() < until
        threading.Event().wait(0.01)
