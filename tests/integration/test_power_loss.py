"""What a power cut leaves of the database's log, the database opens with: whole commits, from the first on."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mediascream.database import Database, sqlite_url
from mediascream.library.upgrade import upgrade
from tests.house import House
from tests.seeds import SEED

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.survival
PHOTOS = 12
CUTS = 40


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    """A folder with a database whose log holds all that was written, as if the power went in this moment."""
    house = House(tmp_path / "house")
    for number in range(PHOTOS):
        house.send(b"\xff\xd8\xff\xe0 a picture %d" % number, tags=(f"tag {number}",))
    frozen = tmp_path / "frozen"
    frozen.mkdir()
    for ending in ("", "-wal"):
        shutil.copy(house.folder / f"db{ending}", frozen / f"db{ending}")
    house.close()
    return frozen


def opened(frozen: Path, folder: Path, log: bytes) -> list[str]:
    """The photos of the database with this log; all that depends on them must agree."""
    folder.mkdir()
    shutil.copy(frozen / "db", folder / "db")
    (folder / "db-wal").write_bytes(log)
    database = Database(sqlite_url(folder / "db"))
    upgrade(database)
    database.close()
    with closing(sqlite3.connect(folder / "db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        photos = [photo for (photo,) in connection.execute("SELECT id FROM photos ORDER BY number")]
        archive = connection.execute("SELECT count(*) FROM deliveries WHERE destination = 'folder'").fetchone()
        counted = connection.execute("SELECT coalesce(sum(count), 0) FROM photo_counts").fetchone()
        jobs = connection.execute("SELECT count(*) FROM todo WHERE kind = 'process'").fetchone()
    assert archive == counted == jobs == (len(photos),), "half of a commit"
    return photos


def cut_at_random(torn: Path, tmp_path: Path, seed: int, cuts: int) -> None:
    """Cut the log anywhere, with nothing, zeros or noise behind the cut."""
    dice = random.Random(seed)
    log = (torn / "db-wal").read_bytes()
    whole = opened(torn, tmp_path / "whole", log)
    assert len(whole) == PHOTOS
    seen: set[int] = set()
    for number in range(cuts):
        at = dice.randrange(len(log) // 3, len(log))
        behind = dice.choice((b"", bytes(len(log) - at), dice.randbytes(min(len(log) - at, 9000))))
        left = opened(torn, tmp_path / f"cut-{number}", log[:at] + behind)
        assert left == whole[: len(left)], f"seed {seed}, cut {number} at {at}"
        seen.add(len(left))
    assert len(seen) > 3, "the cuts fell into too few commits to tell anything"


def test_the_database_opens_after_its_log_was_cut_at_random_bytes(torn: Path, tmp_path: Path) -> None:
    cut_at_random(torn, tmp_path, seed=SEED, cuts=CUTS)


@pytest.mark.long
def test_the_database_opens_after_its_log_was_cut_a_thousand_times(torn: Path, tmp_path: Path) -> None:
    cut_at_random(torn, tmp_path, seed=SEED, cuts=1000)
