"""What checks of copies found, told over HTTP by a real server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.library import check_log, reading
from mediascream.library.checks import By, Check, Result
from mediascream.photo import DestinationName, PhotoId
from tests.integration.web_server import WebServer, id_of, jpeg, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER, FLICKR = DestinationName.FOLDER, DestinationName.FLICKR


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    with serving(tmp_path / "data") as server:
        yield server


def note(server: WebServer, seed: int, name: DestinationName, result: Result, minute: int) -> None:
    """Write into the log as an audit does."""
    said = (None, None) if result is Result.GOOD else ("damaged", "it is other bytes")
    at, photo_id = datetime(2026, 11, 24, 12, minute, tzinfo=UTC), id_of(jpeg(seed))
    with server.hub.database.reading() as connection:
        photo = reading.get(connection, PhotoId(photo_id))
    assert photo is not None
    check = Check(at, By.AUDIT, photo.id, photo.file_name, name, result, *said)
    server.hub.database.write(lambda connection: check_log.log(connection, photo.number, check))


def told(server: WebServer, **query: str | int) -> list[dict[str, Any]]:
    """All pages."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = server.http.get("/checks", params=query | {"cursor": cursor}).json()
        assert page["next"] != cursor, "it stands still"
        found, cursor = found + page["checks"], page["next"]
    return found


def test_checks_are_listed_newest_first_page_by_page(server: WebServer) -> None:
    for seed in (0, 1):
        server.send(jpeg(seed), name=f"IMG_{seed}.jpg")
    made = [(0, FOLDER, Result.GOOD), (1, FOLDER, Result.WRONG), (0, FLICKR, Result.WRONG), (0, FOLDER, Result.HEALED)]
    for minute, (seed, name, result) in enumerate(made):
        note(server, seed, name, result, minute)
    for limit in (1, 2, 3, 4, 5):
        listed = told(server, limit=limit)
        assert [(one["photo_id"], one["destination"], one["result"]) for one in listed] == [
            (id_of(jpeg(seed)), name, result) for seed, name, result in made[::-1]
        ]
    assert [one["destination"] for one in told(server, result="wrong", limit=1)] == ["flickr", "folder"]
    assert told(server, destination="folder", result="wrong") == [
        {
            "at": "2026-11-24T12:01:00Z",
            "by": "audit",
            "photo_id": id_of(jpeg(1)),
            "file_name": "IMG_1.jpg",
            "destination": "folder",
            "result": "wrong",
            "code": "damaged",
            "detail": "it is other bytes",
        }
    ]


@pytest.mark.parametrize("query", ["result=bad", "destination=moon", "limit=0", "limit=501", "cursor=mine"])
def test_a_question_about_checks_that_makes_no_sense_is_refused(server: WebServer, query: str) -> None:
    answer = server.http.get(f"/checks?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "field-invalid")
