"""tus 1.0.0 over real sockets.

The handler tests of tusd were the list of what to ask (https://github.com/tus/tusd/tree/main/pkg/handler, read 2026-11-24).
"""

from __future__ import annotations

import base64
import hashlib
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.intake import resumables
from mediascream.library import tokens
from mediascream.library.scopes import Scope
from tests.integration.tus_client import Tus, metadata, raw_patch
from tests.integration.web_server import WebServer, id_of, jpeg, serving
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MB = 1024 * 1024
TEXT = b"just words " * 1000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with serving(tmp_path_factory.mktemp("data"), max_upload_bytes=8 * MB) as server:
        yield server


@pytest.fixture(scope="module")
def tus(server: WebServer) -> Tus:
    return Tus(server.http)


def checksum(algorithm: str, content: bytes) -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def resumable_files(server: WebServer, address: str) -> list[str]:
    name = address.rsplit("/", 1)[-1]
    return sorted(path.suffix for path in (server.hub.settings.upload_folder / ".resumable").glob(f"{name}*"))


# ---------------------------------------------------------------------------------------- the usual way


def test_options_tells_what_is_spoken_here(server: WebServer) -> None:
    for path in ("/uploads", "/uploads/", "/uploads/whatever"):
        answer = server.http.options(path)
        assert answer.status_code == 204
        assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"
        assert answer.headers["tus-max-size"] == str(8 * MB)
        assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256"
        assert set(answer.headers["tus-extension"].split(",")) == {
            "creation", "creation-with-upload", "creation-defer-length", "checksum", "expiration", "termination",
            "concatenation",
        }  # fmt: skip


def test_a_photo_that_comes_in_pieces_is_kept_byte_for_byte_with_its_values(server: WebServer, tus: Tus) -> None:
    content = jpeg(1, padding=3 * MB)
    words = {
        "filename": "Tür.jpg", "filetype": "image/jpeg", "tags": "sea, sun", "skip": "flickr", "description": "At sea",
        "taken_at": "2024-05-01T10:00:00+02:00", "latitude": "36.1", "longitude": "-115.2",
    }  # fmt: skip
    address = tus.begun(len(content), words=words)
    for start in range(0, 3 * MB, MB):
        answer = tus.patch(address, start, content[start : start + MB])
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(start + MB))
    answer = tus.patch(address, 3 * MB, content[3 * MB :])
    assert answer.headers["mediascream-photo-id"] == id_of(content)
    assert answer.headers["mediascream-duplicate"] == "false"

    photo = server.http.get(f"/photos/{id_of(content)}").json()
    assert (photo["file_name"], photo["description"], photo["size"]) == ("Tür.jpg", "At sea", len(content))
    assert set(photo["tags"]) == {"sea", "sun"}
    assert photo["location"] == {"latitude": 36.1, "longitude": -115.2}
    assert {one["destination"]: one["reason"] for one in photo["receipts"]}["flickr"] == "sender"
    assert server.http.get(f"/photos/{id_of(content)}/original").content == content
    assert resumable_files(server, address) == [".json"]


def test_who_lost_the_last_answer_learns_it_from_head(tus: Tus) -> None:
    content = jpeg(2)
    address = tus.begun(len(content))
    tus.patch(address, 0, content)
    head = tus.head(address)
    assert (head.status_code, head.headers["upload-offset"]) == (200, str(len(content)))
    assert head.headers["mediascream-photo-id"] == id_of(content)
    again = tus.patch(address, len(content), b"")
    assert (again.status_code, again.headers["mediascream-photo-id"]) == (204, id_of(content))
    assert tus.patch(address, len(content), b"x").status_code == 413


def test_a_whole_photo_may_come_with_the_creation(server: WebServer, tus: Tus) -> None:
    content = jpeg(3)
    answer = tus.begin(len(content), body=content, words={"filename": "a.jpg"})
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(content)))
    assert answer.headers["mediascream-photo-id"] == id_of(content)
    assert server.http.get(answer.headers["location"]).status_code == 405


def test_a_length_may_be_told_later_and_once(tus: Tus) -> None:
    content = jpeg(4)
    address = tus.begun(Upload_Defer_Length="1")
    assert tus.head(address).headers["upload-defer-length"] == "1"
    assert tus.patch(address, 0, content[:100]).status_code == 204
    assert tus.patch(address, 100, b"", Upload_Length="99").status_code == 409
    assert tus.patch(address, 100, b"", Upload_Length=str(9 * MB)).status_code == 413
    assert tus.patch(address, 100, content[100:200], Upload_Length=str(len(content))).status_code == 204
    assert tus.patch(address, 200, b"", Upload_Length=str(len(content) + 1)).status_code == 409
    assert tus.head(address).headers["upload-length"] == str(len(content))
    assert tus.patch(address, 200, content[200:]).headers["mediascream-photo-id"] == id_of(content)


def test_bytes_that_were_known_are_told_as_a_duplicate_and_get_their_tags(server: WebServer, tus: Tus) -> None:
    content = jpeg(5)
    server.send(content, tags="one")
    answer = tus.begin(len(content), body=content, words={"tags": "two"})
    assert answer.headers["mediascream-duplicate"] == "true"
    assert set(server.http.get(f"/photos/{id_of(content)}").json()["tags"]) == {"one", "two"}


def test_a_photo_in_the_trash_stays_there_unless_it_is_to_be_restored(server: WebServer, tus: Tus) -> None:
    content = jpeg(6)
    url = server.send(content).headers["location"]
    server.http.delete(url)
    tus.begin(len(content), body=content)
    assert server.http.get(url).json()["state"] == "deleted"
    tus.begin(len(content), body=content, words={"restore": "true"})
    assert server.http.get(url).json()["state"] == "processing"


def test_clients_that_can_only_post_say_what_they_mean_in_a_header(tus: Tus) -> None:
    content = jpeg(7)
    address = tus.begun(len(content))
    headers = {
        "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream",
        "X-HTTP-Method-Override": "PATCH",
    }  # fmt: skip
    answer = tus.http.post(address, content=content, headers=headers)
    assert (answer.status_code, answer.headers["mediascream-photo-id"]) == (204, id_of(content))


# ---------------------------------------------------------------------------------------- checksums


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_that_came_out_damaged_is_not_kept(server: WebServer, tus: Tus, algorithm: str) -> None:
    content = jpeg(8 + len(algorithm), padding=2 * MB)
    address = tus.begun(len(content))
    assert tus.patch(address, 0, content[:MB], Upload_Checksum=checksum(algorithm, content[:MB])).status_code == 204
    damaged = tus.patch(address, MB, b"\1" * MB, Upload_Checksum=checksum(algorithm, content[MB : 2 * MB]))
    assert damaged.status_code == 460
    assert damaged.json()["code"] == "checksum-wrong"
    assert tus.offset(address) == MB
    rest = content[MB:]
    whole = tus.patch(address, MB, rest, Upload_Checksum=checksum(algorithm, rest))
    assert whole.headers["mediascream-photo-id"] == id_of(content)


def test_bytes_that_were_to_be_proven_and_came_in_part_are_not_kept(server: WebServer, tus: Tus) -> None:
    content = jpeg(16, padding=MB)
    address = tus.begun(len(content))
    head = raw_patch(address, 0, len(content))[:-2] + f"Upload-Checksum: {checksum('sha1', content)}\r\n\r\n".encode()
    with server.connect() as connection:
        connection.sendall(head + content[: MB // 2])
    assert tus.offset(address) == 0
    assert resumable_files(server, address) == [".bytes", ".json"]


def test_a_checksum_of_another_kind_is_refused(tus: Tus) -> None:
    address = tus.begun(10)
    for bad in ("md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha1 ***", "sha1"):
        answer = tus.patch(address, 0, b"0123456789", Upload_Checksum=bad)
        assert (answer.status_code, tus.offset(address)) == (460 if bad == "sha1" else 400, 0)


def test_a_photo_that_is_not_the_one_announced_is_refused(server: WebServer, tus: Tus) -> None:
    content = jpeg(17)
    address = tus.begun(len(content), words={"sha256": id_of(b"another")})
    answer = tus.patch(address, 0, content)
    assert (answer.status_code, answer.json()["code"]) == (422, "digest-mismatch")
    assert tus.head(address).status_code == 410
    assert server.http.get(f"/photos/{id_of(content)}").status_code == 404


# ---------------------------------------------------------------------------------------- concatenation


def test_parts_are_joined_in_the_order_that_is_asked_for(server: WebServer, tus: Tus) -> None:
    content = jpeg(20, padding=2 * MB)
    pieces = [content[:MB], content[MB : MB + 7], content[MB + 7 :]]
    parts = [tus.begun(len(piece), Upload_Concat="partial") for piece in pieces]
    for part, piece in reversed(list(zip(parts, pieces, strict=True))):
        answer = tus.patch(part, 0, piece)
        assert "mediascream-photo-id" not in answer.headers
    assert tus.head(parts[0]).headers["upload-concat"] == "partial"

    final = tus.begin(words={"filename": "joined.jpg"}, Upload_Concat=f"final;{' '.join(parts)}")
    assert (final.status_code, final.headers["mediascream-photo-id"]) == (201, id_of(content))
    assert server.http.get(f"/photos/{id_of(content)}").json()["file_name"] == "joined.jpg"
    assert tus.head(final.headers["location"]).headers["upload-concat"] == f"final;{' '.join(parts)}"
    assert [resumable_files(server, part) for part in parts] == [[".json"]] * 3
    more = tus.patch(final.headers["location"], len(content), b"more")
    assert (more.status_code, more.json()["code"]) == (403, "upload-joined")

    again = tus.begin(Upload_Concat=f"final;{server.http.base_url}{parts[0][1:]} {parts[1]} {parts[2]}")
    assert again.headers["location"] == final.headers["location"]


def test_unfinished_and_foreign_parts_are_not_joined(tus: Tus) -> None:
    part, whole = tus.begun(10, Upload_Concat="partial"), tus.begun(10)
    assert tus.begin(Upload_Concat=f"final;{part}").status_code == 409
    assert tus.begin(Upload_Concat=f"final;{whole}").status_code == 409
    assert tus.begin(Upload_Concat="final;/uploads/nothing").status_code == 400
    assert tus.begin(Upload_Concat="final;").status_code == 400
    assert tus.begin(Upload_Concat="final;/uploads/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
    assert tus.begin(10, Upload_Concat="half").status_code == 400
    tus.patch(part, 0, b"0123456789")
    assert tus.begin(Upload_Concat=f"final;{part} {part}").status_code == 409
    assert tus.begin(Upload_Concat=f"final;{part}").status_code == 415


# ---------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": "10", "Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "10", "Upload-Defer-Length": "1"}, 400),
        ({}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "ten"}, 400),
        ({"Upload-Length": "1" * 400}, 400),
        ({"Upload-Defer-Length": "2"}, 400),
        ({"Upload-Length": str(8 * MB + 1)}, 413),
        ({"Upload-Length": "0"}, 422),
        ({"Upload-Length": "10", "Upload-Metadata": "filename not!base64"}, 400),
        ({"Upload-Length": "10", "Upload-Metadata": "filename YQ==,filename Yg=="}, 400),
        ({"Upload-Length": "10", "Upload-Metadata": ",,"}, 400),
        ({"Upload-Length": "10", "Upload-Metadata": "description /w=="}, 422),
        ({"Upload-Length": "10", "Upload-Metadata": metadata(taken_at="yesterday")}, 422),
        ({"Upload-Length": "10", "Upload-Metadata": metadata(skip="s3")}, 422),
        ({"Upload-Length": "10", "Upload-Metadata": metadata(latitude="91", longitude="0")}, 422),
        ({"Upload-Length": "10", "Content-Encoding": "gzip"}, 422),
    ],
)
def test_a_creation_that_makes_no_sense_is_refused(server: WebServer, headers: dict[str, str], status: int) -> None:
    before = server.spool()
    answer = server.http.post("/uploads/", headers={"Tus-Resumable": "1.0.0"} | headers)
    assert answer.status_code == status
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["content-type"] == "application/problem+json"
    assert server.spool() == before


def test_metadata_may_be_empty_or_without_a_text(tus: Tus) -> None:
    content = jpeg(30)
    for header in ("", "is_confidential", "filename ,is_confidential", "filename /w=="):
        address = tus.begun(len(content), Upload_Metadata=header)
        assert tus.delete(address).status_code == 204


def test_a_request_that_does_not_fit_the_upload_changes_nothing(tus: Tus) -> None:
    content = jpeg(31)
    address = tus.begun(len(content))
    tus.patch(address, 0, content[:10])
    assert tus.patch(address, 9, content[9:]).status_code == 409
    assert tus.patch(address, 11, content[11:]).status_code == 409
    assert tus.patch(address, 10, content[10:], Content_Type="image/jpeg").status_code == 415
    assert tus.patch(address, 10, content[10:], Tus_Resumable="2.0.0").status_code == 412
    assert tus.patch(address, 10, content[10:], Upload_Offset="x").status_code == 400
    assert tus.patch(address, 10, content[10:] + b"more").status_code == 413
    assert tus.head(address, Tus_Resumable="").status_code == 412
    assert tus.offset(address) == 10


def test_more_than_was_announced_in_a_body_without_a_length_keeps_nothing_of_it(tus: Tus) -> None:
    content = jpeg(32, padding=2 * MB)
    address = tus.begun(len(content))
    tus.patch(address, 0, content[:1000])
    pieces = (content[start : start + 65_536] for start in (*range(1000, len(content), 65_536), 0))
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "1000", "Content-Type": "application/offset+octet-stream"}
    answer = tus.http.patch(address, content=pieces, headers=headers)
    assert answer.status_code == 413
    assert tus.offset(address) == 1000
    assert tus.patch(address, 1000, content[1000:]).headers["mediascream-photo-id"] == id_of(content)


def test_what_is_no_photo_is_refused_as_soon_as_its_first_bytes_say_so(server: WebServer, tus: Tus) -> None:
    address = tus.begun(5 * MB, words={"filename": "a.jpg"})
    answer = tus.patch(address, 0, TEXT)
    assert (answer.status_code, answer.json()["code"]) == (415, "not-a-photo")
    assert tus.head(address).status_code == 410
    assert resumable_files(server, address) == []
    assert tus.begin(5, body=b"words").status_code == 415


def test_metadata_are_told_back_as_they_were_sent(tus: Tus) -> None:
    said = f"relativePath {base64.b64encode(b'DCIM/a.jpg').decode()}, secret,{metadata(filename='Tür.jpg')}"
    address = tus.begun(10, Upload_Metadata=said)
    assert tus.head(address).headers["upload-metadata"] == said
    tus.delete(address)


def test_what_came_with_a_creation_whose_answer_nobody_got_is_not_kept(server: WebServer, tus: Tus) -> None:
    before, content = unfinished(server), jpeg(41, padding=4 * MB)
    assert tus.begin(len(content), body=content, Upload_Checksum=checksum("sha1", b"other")).status_code == 460
    assert unfinished(server) == before
    head = raw_patch("/uploads/", 0, len(content)).replace(b"PATCH", b"POST")
    with server.connect() as connection:
        connection.sendall(head.replace(b"\r\n\r\n", f"\r\nUpload-Length: {len(content)}\r\n\r\n".encode(), 1))
        connection.sendall(content[: 3 * MB])
        eventually(lambda: len(unfinished(server)) > len(before))
    eventually(lambda: unfinished(server) == before)


def unfinished(server: WebServer) -> set[str]:
    """What lies in the spool of uploads that are not whole."""
    return {path.name for path in (server.hub.settings.upload_folder / ".resumable").glob("*.bytes")}


def test_an_upload_that_was_ended_is_gone_for_good(server: WebServer, tus: Tus) -> None:
    content = jpeg(33)
    address = tus.begun(len(content))
    tus.patch(address, 0, content[:100])
    assert tus.delete(address).status_code == 204
    assert [tus.delete(address).status_code, tus.head(address).status_code] == [410, 410]
    assert tus.patch(address, 100, content[100:]).status_code == 410
    assert resumable_files(server, address) == []
    for nowhere in ("/uploads/AAAAAAAAAAAAAAAAAAAAAA", "/uploads/x"):
        assert tus.head(nowhere).status_code == 404


def test_a_photo_outlives_the_end_of_its_upload(server: WebServer, tus: Tus) -> None:
    content = jpeg(34)
    address = tus.begin(len(content), body=content).headers["location"]
    assert tus.delete(address).status_code == 204
    assert server.http.get(f"/photos/{id_of(content)}/original").content == content


def test_too_many_unfinished_uploads_are_refused(tus: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumables, "MOST_UNFINISHED", 0)
    answer = tus.begin(10)
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-unfinished")


def test_a_full_disk_is_said_and_the_upload_goes_on_once_there_is_room(
    tus: Tus, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = jpeg(35, padding=MB)
    address = tus.begun(len(content))
    tus.patch(address, 0, content[: MB // 2])
    with monkeypatch.context() as full:
        full.setattr("mediascream.intake.spool.RESERVE_SHARE", 2.0)
        full.setattr("mediascream.intake.spool.RESERVE_BYTES", 1 << 60)
        assert tus.patch(address, MB // 2, content[MB // 2 :]).status_code == 507
        assert tus.begin(10).status_code == 507
    assert tus.offset(address) == MB // 2
    assert tus.patch(address, MB // 2, content[MB // 2 :]).headers["mediascream-photo-id"] == id_of(content)


# ---------------------------------------------------------------------------------------- networks that break


def test_what_came_before_the_network_broke_is_kept(server: WebServer, tus: Tus) -> None:
    content = jpeg(40, padding=4 * MB)
    address = tus.begun(len(content))
    with server.connect() as connection:
        connection.sendall(raw_patch(address, 0, len(content)) + content[: 3 * MB + 17])
        eventually(lambda: bytes_on_disk(server, address) >= 2 * MB)
    offset = tus.offset(address)
    assert 2 * MB <= offset <= 3 * MB + 17
    assert tus.patch(address, offset, content[offset:]).headers["mediascream-photo-id"] == id_of(content)


def bytes_on_disk(server: WebServer, address: str) -> int:
    name = address.rsplit("/", 1)[-1]
    return (server.hub.settings.upload_folder / ".resumable" / f"{name}.bytes").stat().st_size


def test_a_returning_phone_takes_over_from_its_own_request_that_hangs(server: WebServer, tus: Tus) -> None:
    content = jpeg(41, padding=4 * MB)
    address = tus.begun(len(content))
    with server.connect() as hanging:
        hanging.sendall(raw_patch(address, 0, len(content)) + content[: 2 * MB])
        eventually(lambda: bytes_on_disk(server, address) >= MB)
        offset = tus.offset(address)
        assert MB <= offset <= 2 * MB
        answer = tus.patch(address, offset, content[offset:])
        assert (answer.status_code, answer.headers["mediascream-photo-id"]) == (204, id_of(content))
        assert b" 423 " in hanging.recv(200)
    assert server.http.get(f"/photos/{id_of(content)}/original").content == content


def test_a_new_piece_ends_a_request_that_hangs_without_asking_first(server: WebServer, tus: Tus) -> None:
    content = jpeg(42, padding=MB)
    address = tus.begun(len(content))
    with server.connect() as hanging:
        hanging.sendall(raw_patch(address, 0, len(content)))
        time.sleep(0.05)
        assert tus.patch(address, 0, content).headers["mediascream-photo-id"] == id_of(content)


def test_a_body_that_dribbles_is_taken_piece_by_piece(server: WebServer, tus: Tus) -> None:
    content = jpeg(43)
    address = tus.begun(len(content))
    with server.connect() as slow:
        slow.sendall(raw_patch(address, 0, len(content)))
        for start in range(0, len(content), 97):
            slow.sendall(content[start : start + 97])
        assert b"mediascream-photo-id" in slow.recv(1000).lower()
    assert server.http.get(f"/photos/{id_of(content)}").status_code == 200


# ---------------------------------------------------------------------------------------- whose it is


def test_an_upload_is_seen_only_with_the_token_that_began_it(tmp_path: Path) -> None:
    content = jpeg(44)
    with serving(tmp_path) as server:
        phone, other = (bearer(server, name) for name in ("phone", "other"))
        mine, yours = Tus(server.http), Tus(server.http)
        address = mine.begun(len(content), **phone)
        assert mine.patch(address, 0, content[:100], **phone).status_code == 204
        assert [yours.head(address, **other).status_code, yours.head(address).status_code] == [404, 404]
        assert yours.patch(address, 100, content[100:], **other).status_code == 404
        assert server.http.delete(address, headers={"Tus-Resumable": "1.0.0", **other}).status_code == 404
        done = mine.patch(address, 100, content[100:], **phone)
        assert done.headers["mediascream-photo-id"] == id_of(content)
        assert server.http.get(f"/photos/{id_of(content)}", headers=phone).json()["state"] == "processing"
        assert server.http.get(f"/photos/{id_of(content)}", headers=other).status_code == 404


def test_a_token_that_may_only_look_begins_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert Tus(server.http).begin(10, **bearer(server, "frame", Scope.READ)).status_code == 403


def bearer(server: WebServer, name: str, scope: Scope = Scope.UPLOAD) -> dict[str, Any]:
    """The header of a new token."""
    _, text = server.hub.database.write(lambda connection: tokens.make(connection, name, scope, datetime.now(UTC)))
    return {"Authorization": f"Bearer {text}"}


# ---------------------------------------------------------------------------------------- time, and starts


def test_an_unfinished_upload_says_when_it_expires(tus: Tus) -> None:
    address = tus.begun(1000)
    expires = parsedate_to_datetime(tus.head(address).headers["upload-expires"])
    assert timedelta(days=6) < expires - datetime.now(UTC) <= timedelta(days=7)
