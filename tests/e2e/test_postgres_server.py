"""The whole server with its rows and its queue in PostgreSQL instead of SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.pictures import jpeg

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
