"""The whole server with its rows and its queue in PostgreSQL instead of SQLite, and its worker beside it."""

from __future__ import annotations

import json
import time
from itertools import takewhile
from typing import TYPE_CHECKING

import pytest

from tests.e2e.pictures import jpeg
from tests.e2e.running import SAFE_S, another_worker

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.running import Running

pytestmark = pytest.mark.postgres


def test_photos_become_safe_and_stay_known_over_a_restart(stopped: Running, postgres: str, tmp_path: Path) -> None:
    stopped.settings = {"DATABASE_URL": postgres}
    server = stopped.start()
    files = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, file in enumerate(files):
        file.write_bytes(jpeg(number))
    ids = [photo["id"] for photo in server.upload(*files, tags="vegas").json()["photos"]]
    server.wait_safe(*ids)
    assert server.stop() in {0, 130}
    assert not (server.data / "mediascream.sqlite").exists()
    server.start()
    assert sorted(photo["id"] for photo in server.photos(tag="vegas")) == sorted(ids)
    assert server.spool() == []


def test_pages_see_live_what_a_worker_in_another_process_does(stopped: Running, postgres: str) -> None:
    stopped.settings = {"DATABASE_URL": postgres}
    stopped.arguments = ("--no-worker",)
    server = stopped.start()
    with server.http.stream("GET", "/events") as events:
        (photo,) = server.http.post("/photos/", files={"photo_file": ("a.jpg", jpeg(1))}).json()["photos"]
        with another_worker(server):
            until = time.monotonic() + SAFE_S
            lines = takewhile(lambda _: time.monotonic() < until, events.iter_lines())  # there is a ping now and then
            heard = (json.loads(line[6:]) for line in lines if line.startswith("data: "))
            assert any(one.get("id") == photo["id"] and one["state"] == "safe" for one in heard)
