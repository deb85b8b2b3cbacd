"""The ledger spares hashing where a file is surely unchanged, and is never in the way."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from mediascream.client.ledger import Ledger
from mediascream.client.walk import Stamp
from mediascream.photo import PhotoId

if TYPE_CHECKING:
    from pathlib import Path

ID = PhotoId("ab" * 32)
HOUR_NS = 3_600_000_000_000
NOW_NS = 1_000 * HOUR_NS
STAMP = Stamp(size_bytes=5, mtime_ns=HOUR_NS, ctime_ns=HOUR_NS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "uploads.sqlite"


def remember(file: Path, path: str = "/photos/a.jpg", stamp: Stamp = STAMP, now_ns: int = NOW_NS) -> None:
    with Ledger(file) as ledger:
        ledger.remember(path, stamp, ID, now_ns=now_ns)


def recall(file: Path, path: str = "/photos/a.jpg", stamp: Stamp = STAMP) -> PhotoId | None:
    with Ledger(file) as ledger:
        return ledger.recall(path, stamp)


def test_an_unchanged_file_is_recalled_in_the_next_run(file: Path) -> None:
    remember(file)

    assert recall(file) == ID


def test_a_file_that_was_never_hashed_is_not_recalled(file: Path) -> None:
    remember(file)

    assert recall(file, "/photos/b.jpg") is None


@pytest.mark.parametrize("stamp", [Stamp(6, HOUR_NS, HOUR_NS), Stamp(5, 2 * HOUR_NS, HOUR_NS), Stamp(5, HOUR_NS, 0)])
def test_a_changed_file_is_not_recalled(file: Path, stamp: Stamp) -> None:
    remember(file)

    assert recall(file, stamp=stamp) is None


def test_a_file_is_the_same_whichever_way_it_was_named(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    remember(file, "in/../a.jpg")

    assert recall(file, str(tmp_path / "a.jpg")) == ID


def test_a_file_that_was_just_written_is_not_remembered(file: Path) -> None:
    remember(file, now_ns=STAMP.ctime_ns + 1_000_000_000)

    assert recall(file) is None


def test_a_camera_whose_clock_is_ahead_does_not_make_its_files_young(file: Path) -> None:
    ahead = Stamp(5, mtime_ns=NOW_NS + 1000 * HOUR_NS, ctime_ns=HOUR_NS)
    remember(file, stamp=ahead)

    assert recall(file, stamp=ahead) == ID


def test_a_forgotten_file_is_hashed_again(file: Path) -> None:
    remember(file)
    with Ledger(file) as ledger:
        ledger.forget("/photos/a.jpg")

    assert recall(file) is None


def test_a_name_that_is_no_text_is_remembered(file: Path) -> None:
    remember(file, "/photos/caf\udce9.jpg")

    assert recall(file, "/photos/caf\udce9.jpg") == ID


def test_what_was_remembered_long_ago_survives_a_kill(file: Path) -> None:
    ledger = Ledger(file)
    with ledger:
        for number in range(100):
            ledger.remember(f"/photos/{number}.jpg", STAMP, ID, now_ns=NOW_NS)
        with sqlite3.connect(file) as other:
            rows = other.execute("SELECT count(*) FROM file").fetchone()
        other.close()

    assert rows == (100,)


@pytest.mark.parametrize("content", [b"this is no database at all, and long enough to be seen as such" * 20, b""])
def test_a_damaged_ledger_is_made_anew(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    remember(file)

    assert recall(file) == ID


def test_a_ledger_of_another_version_is_made_anew(file: Path) -> None:
    remember(file)
    with sqlite3.connect(file) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    assert recall(file) is None

    remember(file)
    assert recall(file) == ID


def test_a_ledger_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"a file where the folder should be")
    with Ledger(tmp_path / "state" / "uploads.sqlite") as ledger:
        ledger.remember("/photos/a.jpg", STAMP, ID, now_ns=NOW_NS)

        assert ledger.recall("/photos/a.jpg", STAMP) is None
        assert not ledger.works


def test_two_runs_remember_side_by_side(file: Path) -> None:
    with Ledger(file) as one, Ledger(file) as two:
        for number in range(150):
            one.remember(f"/one/{number}.jpg", STAMP, ID, now_ns=NOW_NS)
            two.remember(f"/two/{number}.jpg", STAMP, ID, now_ns=NOW_NS)

    assert recall(file, "/one/149.jpg") == recall(file, "/two/149.jpg") == ID
