"""The rest of the API against a real server and database; no worker runs, so nothing changes behind a test's back."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import zipfile
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import IO, TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from mediascream import wire
from mediascream.archive.keys import Rendition, rendition_key
from mediascream.delivery import hand
from mediascream.library import checks, deliveries, photos, reading
from mediascream.library.records import Processed
from mediascream.photo import DestinationName, Metadata, PhotoId, Proof
from mediascream.web.access import named_need
from mediascream.web.app import description
from tests.integration.web_server import WebServer, id_of, jpeg, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNKNOWN = "0" * 64
THUMBNAIL = b"RIFF....WEBP, so to say"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    with serving(tmp_path / "data") as server:
        yield server


def send(server: WebServer, seed: int = 0, **fields: str) -> str:
    answer = server.send(jpeg(seed), name=f"IMG_{seed}.jpg", **fields)
    assert answer.status_code == 201
    return id_of(jpeg(seed))


def process(server: WebServer, photo_id: str, *, placeholder: bytes = b"hash", problem: str | None = None) -> None:
    """Do the worker's part of processing."""
    found = Processed("0" * 40, Metadata(width=400, height=300), placeholder=placeholder, preview_problem=problem)
    server.hub.database.write(lambda connection: photos.record_processed(connection, PhotoId(photo_id), found))
    if problem is None:
        path = server.hub.settings.data_folder / rendition_key(PhotoId(photo_id), Rendition.THUMB)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(THUMBNAIL)


def test_a_list_is_read_page_by_page_newest_taken_first(server: WebServer) -> None:
    sent = [send(server, number, taken_at=f"2020-01-{number + 1:02}T10:00:00Z") for number in range(7)]
    seen, cursor, pages = [], None, 0
    while cursor or not pages:
        page = server.http.get("/photos/", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += [photo["id"] for photo in page["photos"]]
        cursor, pages = page["next"], pages + 1
    assert seen == sent[::-1]
    assert pages == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {0, 1, 2}),
        ({"tag": "SEA"}, {0}),
        ({"tag": "nowhere"}, set()),
        ({"q": "img_1"}, {1}),
        ({"q": "seaside"}, {2}),
        ({"from": "2020-01-02"}, {1, 2}),
        ({"to": "2020-01-02"}, {0, 1}),
        ({"from": "2020-01-02", "to": "2020-01-02"}, {1}),
        ({"from": "2020-01-02T10:00:00", "to": "2020-01-02T10:00:00"}, {1}),
        ({"to": "2020-01-02T09:59:59"}, {0}),
        ({"state": "processing"}, {0, 1, 2}),
        ({"state": "safe"}, set()),
        ({"state": "deleted"}, {3}),
        ({"kind": "video"}, set()),
        ({"kind": "photo", "missing": "folder"}, {0, 1, 2}),
    ],
)
def test_a_list_shows_what_is_asked_for(server: WebServer, query: dict[str, str], found: set[int]) -> None:
    words = {0: {"tags": "Sea"}, 2: {"description": "at the seaside"}}
    for number in range(4):
        send(server, number, taken_at=f"2020-01-0{number + 1}T10:00:00+09:00", **words.get(number, {}))
    server.http.delete(f"/photos/{id_of(jpeg(3))}").raise_for_status()
    answer = server.http.get("/photos/", params=query)
    assert {photo["file_name"] for photo in answer.json()["photos"]} == {f"IMG_{number}.jpg" for number in found}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=501", "limit=x", "cursor=x", "state=fine", "kind=sound", "from=monday", "from=2018", "to=1.5e9",
        "to=2020-02-30", "missing=moon",
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(server: WebServer, query: str) -> None:
    answer = server.http.get(f"/photos/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "field-invalid")
    assert query.partition("=")[0] in answer.json()["detail"]


def test_a_name_without_a_value_asks_for_nothing(server: WebServer) -> None:
    sent = send(server)
    query = "limit=&cursor=&tag=&q=&from=&to=&state=&kind=&missing="
    assert [photo["id"] for photo in server.http.get(f"/photos/?{query}").json()["photos"]] == [sent]


@pytest.mark.parametrize("path", ["/photos/", "/photos", "/photos/{}", "/timeline", "/destinations", "/health", "/"])
def test_head_is_answered_as_get_without_its_body(server: WebServer, path: str) -> None:
    path = path.format(send(server))
    got, head = server.http.get(path), server.http.head(path)
    assert (head.status_code, head.headers["content-type"]) == (200, got.headers["content-type"])
    assert head.content == b""


def test_a_check_tells_what_is_known(server: WebServer) -> None:
    sent = send(server)
    answer = server.http.post("/photos/check", json={"ids": [sent, UNKNOWN, sent]}).json()
    assert answer == {"known": {sent: {"state": "processing", "archived": False}}, "unknown": [UNKNOWN]}
    assert server.http.post("/photos/check", json={"ids": []}).json() == {"known": {}, "unknown": []}
    deep = server.http.post("/photos/check", json={"ids": [sent], "deep": True}).json()
    assert deep["known"][sent] == {"state": "processing", "archived": False}


@pytest.mark.parametrize(
    "body", [{}, {"ids": ["x"]}, {"ids": [UNKNOWN] * 5001}, {"ids": [], "depp": True}, {"ids": UNKNOWN}, []]
)
def test_a_check_that_makes_no_sense_is_refused(server: WebServer, body: object) -> None:
    assert server.http.post("/photos/check", json=body).status_code == 422


def test_what_is_not_known_is_a_404(server: WebServer) -> None:
    for method, path in (
        ("GET", ""), ("GET", "/original"), ("GET", "/thumbnail"), ("GET", "/preview"), ("DELETE", ""), ("POST", "/restore"),
    ):  # fmt: skip
        answer = server.http.request(method, f"/photos/{UNKNOWN}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "photo-unknown"), (method, path)
    assert server.http.patch(f"/photos/{UNKNOWN}", json={}).status_code == 404
    malformed = server.http.get("/photos/IMG_1.jpg")
    assert (malformed.status_code, malformed.json()["code"]) == (404, "photo-unknown")
    assert server.http.put("/photos/IMG_1.jpg", content=jpeg()).status_code == 422
    assert server.http.post("/photos/zip", json={"ids": [UNKNOWN]}).status_code == 404


def test_a_change_changes_only_what_it_names(server: WebServer) -> None:
    path = f"/photos/{send(server, tags='a', description='old')}"
    changed = server.http.patch(path, json={"tags": ["b", " B ", "c"], "latitude": 1.5, "longitude": -2.5}).json()
    assert (set(changed["tags"]), changed["description"]) == ({"b", "c"}, "old")
    assert changed["location"] == {"latitude": 1.5, "longitude": -2.5}
    changed = server.http.patch(path, json={"description": None, "taken_at": "2001-02-03T04:05:06-05:00"}).json()
    assert (changed["description"], changed["taken_local"]) == (None, "2001-02-03T04:05:06")
    assert (changed["taken_at"], changed["taken_offset"]) == ("2001-02-03T09:05:06Z", "-05:00")
    assert server.http.get(path).json() == changed


@pytest.mark.parametrize(
    "change",
    [{"tags": ["x" * 101]}, {"latitude": 1}, {"latitude": 1, "longitude": False}, {"latitude": 91, "longitude": 0}, {"taken_at": "x"}, {"taken_at": 5}, {"taken_at": "2012"}, {"taken_at": "2012-12-13"}, {"name": "x"}, {"description": "\0"}],
)  # fmt: skip
def test_a_change_that_makes_no_sense_is_refused(server: WebServer, change: object) -> None:
    path = f"/photos/{send(server)}"
    before = server.http.get(path).json()
    refused = server.http.patch(path, json=change)
    assert refused.status_code == 422
    assert "Value error" not in refused.text
    assert server.http.get(path).json() == before


def test_a_photo_goes_into_the_trash_and_comes_out_again(server: WebServer) -> None:
    sent = send(server)
    gone = server.http.delete(f"/photos/{sent}").json()
    assert gone["state"] == "deleted"
    assert gone["deleted_at"] is not None
    assert server.http.delete(f"/photos/{sent}").json()["deleted_at"] == gone["deleted_at"]
    assert server.photos() == []
    again = server.send(jpeg())
    assert (again.status_code, again.json()["photos"][0]["state"]) == (200, "deleted")
    assert server.http.post("/photos/check", json={"ids": [sent]}).json()["known"][sent]["state"] == "deleted"
    assert server.http.post(f"/photos/{sent}/restore").json()["state"] == "processing"
    assert server.http.get(f"/photos/{sent}/original").content == jpeg()


def test_a_photo_in_the_trash_comes_back_when_it_is_sent_so(server: WebServer) -> None:
    sent = send(server)
    server.http.delete(f"/photos/{sent}")
    put = server.http.put(f"/photos/{sent}", content=jpeg())
    assert (put.status_code, put.json()["photos"][0]["state"]) == (200, "deleted")
    put = server.http.put(f"/photos/{sent}", content=jpeg(), params={"restore": "true"})
    assert put.json()["photos"][0]["state"] == "processing"


def test_originals_are_served_in_parts(server: WebServer) -> None:
    path = f"/photos/{send(server)}/original"
    whole = server.http.get(path)
    assert (whole.headers["content-type"], whole.headers["etag"]) == ("image/jpeg", f'"{id_of(jpeg())}"')
    assert 'filename="IMG_0.jpg"' in whole.headers["content-disposition"]
    some = server.http.get(path, headers={"Range": "bytes=2-5"})
    assert (some.status_code, some.content) == (206, jpeg()[2:6])
    assert server.http.get(path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    assert server.http.get(path, headers={"Range": "bytes=999999-"}).status_code == 416
    head = server.http.head(path)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(jpeg())), b"")


def test_an_original_that_the_archive_misses_as_it_is_read_is_checked_before_all_others(server: WebServer) -> None:
    sent, folder = send(server), DestinationName.FOLDER
    server.hub.database.write(
        lambda c: deliveries.deliver(
            c, 1, folder, remote_id="originals/a.jpg", proof=Proof.BYTES, now=datetime.now(UTC)
        )
    )
    (server.hub.settings.upload_folder / sent).unlink()
    day = timedelta(days=1)
    with server.hub.database.reading() as connection:
        assert checks.oldest(connection, [folder], datetime.now(UTC), not_sooner=day) is None
    assert server.http.get(f"/photos/{sent}/original").status_code == 404
    with server.hub.database.reading() as connection:
        assert checks.oldest(connection, [folder], datetime.now(UTC), not_sooner=day) is not None


def test_a_thumbnail_is_served_once_it_is_there(server: WebServer) -> None:
    sent = send(server)
    answer = server.http.get(f"/photos/{sent}/thumbnail")
    assert (answer.status_code, answer.json()["code"]) == (404, "no-rendition")
    process(server, sent)
    answer = server.http.get(f"/photos/{sent}/thumbnail")
    assert (answer.status_code, answer.content) == (200, THUMBNAIL)
    assert answer.headers["content-type"] == "image/webp"
    assert 'filename="IMG_0.webp"' in answer.headers["content-disposition"]
    assert answer.headers["etag"] != f'"{sent}"'
    assert server.http.get(f"/photos/{sent}/thumbnail", headers={"Range": "bytes=0-3"}).content == THUMBNAIL[:4]


def test_a_photo_that_cannot_be_shown_says_why(server: WebServer) -> None:
    sent = send(server)
    process(server, sent, problem="the file ends too early")
    assert "ends too early" in server.http.get(f"/photos/{sent}/preview").json()["detail"]
    photo = server.http.get(f"/photos/{sent}").json()
    assert (photo["preview"], photo["thumbnail_url"], photo["width"]) == ("none", None, 400)


def test_many_originals_come_as_one_zip(server: WebServer) -> None:
    ids = [send(server, number) for number in range(2)]
    server.send(jpeg(2), name="../IMG_0.JPG").raise_for_status()
    answer = server.http.post("/photos/zip", json={"ids": [*ids, id_of(jpeg(2)), ids[0]]})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-length"] == str(len(answer.content))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        contents = {name: archive.read(name) for name in archive.namelist()}
    assert contents == {"IMG_0.jpg": jpeg(0), "IMG_1.jpg": jpeg(1), "IMG_0 (2).jpg": jpeg(2)}


def test_the_timeline_counts_months_and_shows_tiles(server: WebServer) -> None:
    for number, day in enumerate(["2020-01-31T23:30:00-10:00", "2020-02-01T10:00:00Z", "2020-01-05T10:00:00Z"]):
        process(server, send(server, number, taken_at=day))
    assert server.http.get("/timeline").json() == {
        "months": [{"month": "2020-02", "count": 1}, {"month": "2020-01", "count": 2}]
    }
    answer = server.http.get("/timeline/2020-01")
    assert wire.TimelineMonth.model_validate_json(answer.content).model_dump(mode="json") == answer.json()
    tiles = answer.json()
    assert tiles.pop("next") is None
    assert tiles == {
        "id": [id_of(jpeg(0)), id_of(jpeg(2))],
        "ratio": [1.333, 1.333],
        "taken_local": ["2020-01-31T23:30:00", "2020-01-05T10:00:00"],
        "kind": ["photo", "photo"],
        "placeholder": ["aGFzaA==", "aGFzaA=="],
        "state": ["processing", "processing"],
    }
    assert server.http.get("/timeline/2020-13").status_code == 422
    assert server.http.get("/timeline/1999-01").json()["id"] == []


def test_a_month_is_packed_for_whoever_understands_it(server: WebServer) -> None:
    for number in range(60):
        process(server, send(server, number, taken_at="2020-01-31T23:30:00Z"), placeholder=os.urandom(24))
    plain = server.http.get("/timeline/2020-01", headers={"Accept-Encoding": "gzip;q=0, br"})
    with server.http.stream("GET", "/timeline/2020-01") as packed:
        size = len(b"".join(packed.iter_raw()))
    assert plain.headers.get("content-encoding") is None
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert size < 100 * 60 < len(plain.content)
    assert server.http.get("/timeline/2020-01").json() == plain.json()


def test_tags_are_completed(server: WebServer) -> None:
    send(server, 1, tags="Las Vegas, travel")
    send(server, 2, tags="las vegas")
    answer = server.http.get("/tags", params={"prefix": "las "})
    assert answer.json() == {"tags": [{"name": "Las Vegas", "count": 2}]}
    assert [tag["name"] for tag in server.http.get("/tags", params={"limit": 1}).json()["tags"]] == ["Las Vegas"]
    assert server.http.get("/tags", params={"prefix": "a" * 101}).status_code == 422


def test_deliveries_are_listed_retried_and_given_up(server: WebServer) -> None:
    sent = send(server, skip="flickr")
    listed = server.http.get("/deliveries", params={"destination": "flickr", "state": "skipped"}).json()
    assert [(one["photo_id"], one["file_name"], one["reason"]) for one in listed["deliveries"]] == [
        (sent, "IMG_0.jpg", "sender")
    ]
    states = {one["destination"]: one["state"] for one in server.http.get("/deliveries").json()["deliveries"]}
    assert states == {"folder": "queued", "flickr": "skipped", "gphotos": "skipped"}
    retried = server.http.post(f"/photos/{sent}/retry", json={"destination": "folder"}).json()
    assert {one["destination"]: one["state"] for one in retried["receipts"]}["folder"] == "queued"
    skipped = server.http.post(f"/photos/{sent}/skip", json={"destination": "flickr"}).json()
    assert {one["destination"]: one["reason"] for one in skipped["receipts"]}["flickr"] == "sender"
    for act, name, status in (
        ("skip", "folder", 409),
        ("retry", "flickr", 409),
        ("retry", "s3", 404),
        ("retry", "moon", 422),
    ):
        assert server.http.post(f"/photos/{sent}/{act}", json={"destination": name}).status_code == status


def test_destinations_are_shown_and_paused(server: WebServer) -> None:
    send(server)
    shown = server.http.get("/destinations").json()["destinations"]
    assert [(one["name"], one["kind"], one["connected"]) for one in shown] == [
        ("folder", "archive", True), ("flickr", "service", False), ("gphotos", "service", False),
    ]  # fmt: skip
    assert shown[0]["counts"] == {"queued": 1}
    assert server.http.post("/destinations/folder/pause").json()["paused"]
    assert server.http.get("/destinations").json()["destinations"][0]["paused"]
    assert not server.http.post("/destinations/folder/resume").json()["paused"]
    assert server.http.post("/destinations/folder/retry").status_code == 200
    assert server.http.post("/destinations/folder/backfill").status_code == 200
    assert server.http.post("/destinations/s3/pause").status_code == 404
    assert server.http.post("/destinations/moon/pause").status_code == 422


def test_what_is_not_connected_is_not_filled(server: WebServer) -> None:
    send(server)
    answer = server.http.post("/destinations/flickr/backfill")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflicting-state")
    work = server.hub.work
    server.hub.database.write(lambda c: hand.backfill(c, work, DestinationName.FLICKR, after=0, stamp=1))
    assert server.http.get("/destinations").json()["destinations"][1]["counts"] == {"skipped": 1}


@contextlib.contextmanager
def listening(server: WebServer) -> Iterator[IO[bytes]]:
    """The lines of `/events`, from the moment on that they are listened to."""
    with server.connect() as connection, connection.makefile("rb") as lines:
        connection.sendall(b"GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n")
        while b"listening" not in lines.readline():
            pass
        yield lines


def next_event(lines: IO[bytes]) -> tuple[str, dict[str, Any]]:
    while not (line := lines.readline()).startswith(b"event: "):
        assert line, "the stream ended"
    return line[7:].decode().strip(), json.loads(lines.readline()[6:])


def test_listeners_hear_of_what_changes(server: WebServer) -> None:
    with listening(server) as one, listening(server) as other:
        sent = send(server, tags="live")
        for lines in (one, other):
            name, photo = next_event(lines)
            assert (name, photo["id"], photo["tags"]) == ("photo", sent, ["live"])
            heard = [next_event(lines) for _ in range(3)]
            assert [(name, one["name"]) for name, one in heard] == [
                ("destination", "folder"), ("destination", "flickr"), ("destination", "gphotos"),
            ]  # fmt: skip
        server.http.post("/destinations/folder/pause")
        name, folder = next_event(one)
        assert (name, folder["name"], folder["paused"]) == ("destination", "folder", True)


def test_a_server_that_stops_sends_its_listeners_home(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server, listening(server) as lines:
        server.stop()
        assert lines.read().endswith(b"0\r\n\r\n"), "the stream was cut instead of ended"


def test_health_says_why_no_upload_can_be_taken(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    well = server.http.get("/health").json()
    assert (well["status"], well["reasons"]) == ("ok", [])
    assert [(room["what"], room["little"]) for room in well["rooms"]] == [("spool", False)]
    monkeypatch.setattr("mediascream.intake.spool.RESERVE_BYTES", 1 << 60)
    monkeypatch.setattr("mediascream.intake.spool.RESERVE_SHARE", 2.0)
    answer = server.http.get("/health")
    assert (answer.status_code, answer.json()["reasons"][0]["code"]) == (503, "disk-full")
    assert server.http.get("/health", headers={"Host": "elsewhere.example"}).json() == {"status": "down", "reasons": []}
    assert server.send(jpeg()).status_code == 507
    assert server.http.put(f"/photos/{id_of(jpeg())}", content=jpeg()).status_code == 507
    assert server.spool() == []


def test_prometheus_can_read_the_numbers(server: WebServer) -> None:
    send(server)
    server.send(jpeg())
    page = server.http.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain")
    assert 'mediascream_photos{state="processing"} 1.0' in page.text
    assert 'mediascream_deliveries{destination="folder",state="queued"} 1.0' in page.text
    assert 'mediascream_uploads_total{outcome="new"} 1.0' in page.text
    assert 'mediascream_uploads_total{outcome="duplicate"} 1.0' in page.text
    assert f"mediascream_upload_bytes_total {2.0 * len(jpeg())}" in page.text


def test_a_json_body_without_end_is_refused(server: WebServer) -> None:
    answer = server.http.post("/photos/check", content=b'{"ids":[' + b" " * (5 << 20) + b"]}")
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


class Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.found.append(dict(attrs).get("src"))


def test_the_page_of_the_api_shows_all_of_it_and_loads_nothing_from_elsewhere(server: WebServer) -> None:
    page = server.http.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path in server.http.get("/openapi.json").json()["paths"]:
        assert path in page.text
    for code in ("not-a-photo", "disk-full", "skip-unknown"):
        assert f'id="{code}"' in page.text
    groups = re.findall(r"<h2>(.*?)</h2>", page.text)
    assert len(groups) == len(set(groups)) > 1
    scripts = Scripts()
    scripts.feed(page.text)
    assert scripts.found == []
    assert "http://" not in page.text.replace("http://localhost", "")


def test_the_description_is_the_one_that_the_command_prints(server: WebServer) -> None:
    assert server.http.get("/openapi.json").json() == description()


def test_every_error_in_the_description_is_a_problem() -> None:
    described = description()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], path
            for status, answer in operation["responses"].items():
                if status >= "400" and path != "/health":
                    for_a_browser = (
                        (path.startswith("/connect/") and status in {"404", "502"})
                        or (path == "/login" and status in {"401", "429"})
                        or (path.startswith("/login/oidc") and status in {"400", "401", "429", "502"})
                    )
                    expected = "text/html" if for_a_browser else "application/problem+json"
                    assert list(answer["content"]) == [expected], (method, path)
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_every_route_was_given_a_thought_at_the_gate() -> None:
    routes = [(method.upper(), path) for path, operations in description()["paths"].items() for method in operations]
    unnamed = {f"{method} {path}" for method, path in routes if named_need(method, path) is None}
    assert unnamed == set()


def test_what_is_nowhere_is_a_problem(server: WebServer) -> None:
    assert server.http.get("/nowhere").json()["code"] == "not-found"
    answer = server.http.delete("/photos/")
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    "path", ["/", "/health", "/photos/", "/timeline", "/docs", "/openapi.json", "/nowhere", "/metrics"]
)
def test_head_is_get_without_the_bytes(server: WebServer, path: str) -> None:
    head, get = server.http.head(path), server.http.get(path)
    assert head.status_code == get.status_code
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.content == b""
    assert path == "/metrics" or head.headers["content-length"] == str(len(get.content))
    assert server.http.head("/events").status_code == 405


def test_a_list_costs_the_same_number_of_questions_however_many_photos(server: WebServer) -> None:
    def cost() -> int:
        asked: list[str] = []
        engine = server.hub.database.engine

        def note(_c: object, _cur: object, statement: str, *_: object) -> None:
            asked.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        server.http.get("/photos/")
        sa.event.remove(engine, "before_cursor_execute", note)
        return len(asked)

    send(server, 0)
    first = cost()
    for number in range(1, 20):
        send(server, number)
    assert cost() == first <= 6


def test_the_rows_of_what_was_sent_are_there(server: WebServer) -> None:
    sent = PhotoId(send(server))
    with server.hub.database.reading() as connection:
        assert reading.spooled(connection, [sent]) == {sent}
