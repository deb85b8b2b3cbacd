"""Copies of the database in the archive: complete, without secrets, so many of them, and good for a restore."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mediascream.archive.folder import FolderArchive
from mediascream.archive.s3 import S3Archive
from mediascream.database import Database, sqlite_url
from mediascream.delivery.purge import empty_trash
from mediascream.destinations.memory import MemoryDestination
from mediascream.errors import CannotStart, TryLater
from mediascream.library import deliveries, schema
from mediascream.library.accounts import put_account
from mediascream.library.checks import By
from mediascream.library.copying import KEPT_TABLES, copy_database
from mediascream.library.facts import get_fact, put_fact
from mediascream.library.records import Outcome
from mediascream.photo import DeliveryState, DestinationName, PhotoState
from mediascream.recovery.copies import DAILY, WEEKLY, Copies, Made, listed, packed_copy, thinned
from mediascream.recovery.rebuild import Rebuild, refuse_half_a_library
from mediascream.recovery.restore import refuse_to_overwrite, restore
from mediascream.recovery.zstd import NotZstd, compress, expand
from tests.house import LIBRARY, House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.archive.base import Archive
    from tests.servers import S3Server

FOLDER, FLICKR = DestinationName.FOLDER, DestinationName.FLICKR
PICTURE = b"\xff\xd8\xff\xe0 a picture"
SECRETS = (
    "tokens-of-flickr",
    "hash-of-a-token",
    "hash-of-tomorrow",
    "hash-of-a-session",
    "code-of-google",
    "token-of-an-upload",
)


@pytest.fixture
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    if getattr(request, "param", "folder") == "folder":
        return FolderArchive(tmp_path / "archive")
    server: S3Server = request.getfixturevalue("ministack")
    return S3Archive(server.options())


@pytest.fixture
def house(tmp_path: Path, archive: Archive) -> Iterator[House]:
    built = House(tmp_path / "first", archives={archive.name: archive}, services={FLICKR: MemoryDestination()})
    built.act(lambda connection: put_fact(connection, "library_id", LIBRARY))
    yield built
    built.close()


def copies_of(house: House) -> Copies:
    return Copies(house.work, house.folder / "db", house.archive, contact=lambda: None)


def unpacked(house: House, folder: Path) -> Path:
    """The only copy in the archive."""
    (key,) = listed(house.archive)
    expand(house.archive.read(key), folder / "unpacked")
    return folder / "unpacked"


def put_secrets(house: House, photo: int) -> None:
    """Into every corner: tables that are known, that are not, facts and notes; and some that were deleted before."""

    def act(connection: sqlite3.Connection) -> None:
        connection.executescript(
            "CREATE TABLE secrets_of_tomorrow (hash TEXT); CREATE INDEX ix_tomorrow ON secrets_of_tomorrow (hash);"
            "INSERT INTO secrets_of_tomorrow VALUES ('hash-of-tomorrow');"
            "INSERT INTO tokens (number, id, name, scope, hash, created_at_ms) VALUES (1, 'a', 'phone', 'all',"
            " 'hash-of-a-token', 1); ANALYZE;"
        )
        session = "INSERT INTO sessions (id, hash, address, begun_at_ms, used_at_ms) VALUES (?, ?, '::1', 1, 1)"
        connection.executemany(session, [(f"{n}", f"hash-of-a-session-{n:0>800}") for n in range(200)])
        connection.execute("DELETE FROM sessions WHERE number > 100")

    house.act(lambda connection: put_account(connection, FLICKR, "me", {"token": "tokens-of-flickr"}))
    house.act(lambda connection: put_fact(connection, "begun", {"secret": "code-of-google"}))
    notes = {"began": "2026-11-24T12:00:00+00:00", "upload_token": "token-of-an-upload"}
    house.act(lambda connection: deliveries.note(connection, photo, FLICKR, notes=notes))
    with closing(sqlite3.connect(house.folder / "db")) as connection, connection:
        act(connection)


def test_a_copy_holds_the_library_and_no_secret_in_any_byte(house: House, tmp_path: Path) -> None:
    photo_id, _ = house.send(PICTURE, tags=("vegas",))
    house.run()
    house.send(PICTURE + b" 2")
    number = house.photo(photo_id).number
    put_secrets(house, number)
    assert copies_of(house).tick(0.0) == "database/2026-11-24.sqlite.zst"
    copy = unpacked(house, tmp_path)
    content = copy.read_bytes()
    assert [secret for secret in SECRETS if secret.encode() in content] == []
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM photos").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM tokens").fetchone() == (0,)
        notes = connection.execute("SELECT notes FROM deliveries WHERE photo = ? AND destination = 'flickr'", (number,))
        assert notes.fetchone() == ('{"began": "2026-11-24T12:00:00+00:00"}',)
    with closing(sqlite3.connect(house.folder / "db")) as connection:
        assert connection.execute("SELECT count(*) FROM tokens").fetchone() == (1,), "the database itself was changed"


def test_what_a_copy_keeps_is_a_list_and_what_it_names_is_there(house: House) -> None:
    """A table that is not on the list is emptied in the copy: a new one with secrets cannot be forgotten."""
    tables = {"destinations", "deliveries", "facts", "months", "photo_tags", "photos", "tags"}
    assert (
        tables
        <= KEPT_TABLES
        <= {*schema.metadata.tables, "alembic_version", "dbos_migrations"}
        | {name for name in KEPT_TABLES if name.startswith("photo_text")}
    )
    assert not KEPT_TABLES & {"accounts", "sessions", "tokens", "passwords", "workflow_input"}


def test_a_copy_is_of_one_moment_while_others_write(house: House, tmp_path: Path) -> None:
    """Each write adds a photo and its delivery; a copy has as many of one as of the other."""
    house.send(PICTURE)
    enough = threading.Event()

    def write() -> None:
        number = 0
        while not enough.is_set():
            number += 1
            house.send(PICTURE + b" %d" % number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            copy_database(house.folder / "db", tmp_path / f"copy-{number}")
    finally:
        enough.set()
        writer.join()
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"copy-{number}")) as connection:
            rows = connection.execute(
                "SELECT count(*), (SELECT count(*) FROM deliveries WHERE destination = 'folder') FROM photos"
            ).fetchone()
        assert rows[0] == rows[1] > 0


def test_one_a_day_is_made_and_none_of_a_library_without_photos(house: House) -> None:
    copies = copies_of(house)
    assert copies.tick(0.0) is None
    house.send(PICTURE)
    house.run()
    assert copies.tick(3600.0) is not None
    assert copies.tick(3600.0) is None
    house.now += timedelta(days=1)
    assert copies.tick(3600.0) == "database/2026-11-25.sqlite.zst"
    assert copies_of(house).tick(0.0) is None, "a restart makes no other"


def test_a_clock_that_stands_still_stops_no_copies(house: House) -> None:
    house.send(PICTURE)
    house.run()
    copies = copies_of(house)
    key = copies.tick(0.0)
    assert [copies.tick(3600.0) for _ in range(24)] == [None] * 23 + [key]
    assert listed(house.archive) == [key]


def test_a_clock_that_jumps_takes_no_copy_away(house: House) -> None:
    house.send(PICTURE)
    house.run()
    copies = copies_of(house)
    for _ in range(DAILY):
        copies.tick(0.0)
        house.now += timedelta(days=1)
    before = set(listed(house.archive))
    house.now += timedelta(days=3650)
    copies.tick(0.0)
    house.now -= timedelta(days=3650)
    copies.tick(0.0)
    assert len(before & set(listed(house.archive))) == DAILY - 2, "two were made, so two went"


def test_seven_days_and_four_weeks_are_kept() -> None:
    kept: list[Made] = []
    for turn in range(1, 101):
        kept, _ = thinned([*kept, Made(turn, f"{turn}")])
    assert [one.turn for one in kept] == [70, 77, 84, 91, *range(94, 101)]
    assert len(kept) == DAILY + WEEKLY


def test_copies_of_a_lost_database_are_kept_for_weeks(house: House, tmp_path: Path) -> None:
    house.send(PICTURE)
    house.run()
    for day in range(1, 5):
        house.archive.put_document(f"database/2026-10-0{day}.sqlite.zst", b"older")
    copies = copies_of(house)
    for _ in range(12):
        copies.tick(0.0)
        house.now += timedelta(days=1)
    left = listed(house.archive)
    assert len(left) == DAILY + WEEKLY
    assert "database/2026-10-04.sqlite.zst" in left
    house.archive.put_document("database/notes.txt", b"mine")
    assert set(listed(house.archive)) == set(left)
    assert not list(tmp_path.rglob(".copying-*"))


def test_no_room_and_no_archive_are_trouble_that_passes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.send(PICTURE)
    house.run()

    def away() -> None:
        raise TryLater("the bucket is away", reason="unreachable")

    assert Copies(house.work, house.folder / "db", house.archive, contact=away).tick(0.0) is None
    monkeypatch.setattr("mediascream.recovery.copies.ROOM", 1 << 40)
    assert copies_of(house).tick(0.0) is None
    monkeypatch.undo()
    assert copies_of(house).tick(0.0) is not None


@pytest.mark.parametrize("archive", ["folder", "s3"], indirect=True)
def test_a_restored_library_knows_what_happened_after_the_copy(house: House, tmp_path: Path) -> None:
    kept, _ = house.send(PICTURE, tags=("before",))
    trashed, _ = house.send(PICTURE + b" 2", name="trash.jpg")
    house.run()
    copies_of(house).tick(0.0)
    house.tag(kept, "after")
    house.trash(trashed)
    later, _ = house.send(PICTURE + b" 3", name="later.jpg")
    house.run()
    back = restored(house, tmp_path / "second")
    assert back.photo(kept).tags == ("after",)
    assert back.photo(trashed).state is PhotoState.DELETED
    assert back.photo(later).state is PhotoState.SAFE
    for photo_id in (kept, trashed, later):
        was, now = house.photo(photo_id), back.photo(photo_id)
        assert now.receipts == was.receipts
        assert (now.taken_at, now.sha1, now.metadata, now.tags) == (was.taken_at, was.sha1, was.metadata, was.tags)
    back.database.close()


def test_rot_in_a_sidecar_does_not_spread_into_a_restored_library(house: House, tmp_path: Path) -> None:
    photo_id, _ = house.send(PICTURE, tags=("Vegas",))
    house.run()
    copies_of(house).tick(0.0)
    key = str(house.receipt(photo_id, house.archive.name).remote_id)
    house.archive.put_document(f"{key}.json", house.archive.read_document(f"{key}.json").replace(b"Vegas", b"Vdgas"))
    back = restored(house, tmp_path / "second")
    assert back.photo(photo_id).tags == ("Vegas",)
    back.database.close()


def test_a_photo_that_was_deleted_again_after_the_copy_has_its_whole_time_in_the_trash(
    house: House, tmp_path: Path
) -> None:
    house.send(PICTURE + b" that stays")
    photo_id, _ = house.send(PICTURE)
    house.run()
    house.trash(photo_id)
    house.run()
    days_pass(house, 0)
    days_pass(house, 29)
    copies_of(house).tick(0.0)
    house.restore(photo_id)
    house.trash(photo_id)
    house.run()
    back = restored(house, tmp_path / "second")
    days_pass(back, 0)
    days_pass(back, 2)
    assert not back.photo(photo_id).purged
    days_pass(back, 29)
    assert back.photo(photo_id).purged
    back.database.close()


def days_pass(house: House, days: int) -> None:
    """While the server runs; then the hourly chore is done."""
    house.up += timedelta(days=days)
    house.now += timedelta(days=days)
    empty_trash(house.work, house.elapsed)


def restored(house: House, folder: Path) -> House:
    """A house on the newest copy, brought up to date."""
    folder.mkdir()
    restore(house.archive, folder / "db", tell=lambda _line: None)
    half = Database(sqlite_url(folder / "db"))
    with half.reading() as connection, pytest.raises(CannotStart, match="cut short"):
        refuse_half_a_library(connection)
    half.close()
    back = House(folder, archives=house.archives, services=house.services, now=house.now)
    Rebuild(back.work, back.archives, spool=back.spool, renditions=back.folder).run()
    with back.database.reading() as connection:
        refuse_half_a_library(connection)
        assert get_fact(connection, "library_id") == LIBRARY
    return back


def test_a_copy_that_was_damaged_in_the_trash_goes_with_it_after_a_restore_too(house: House, tmp_path: Path) -> None:
    house.send(PICTURE + b" 2")
    photo_id, _ = house.send(PICTURE)
    house.run()
    original = str(house.receipt(photo_id).remote_id)
    house.archive.put_document(original, b"rot")
    assert house.auditor.check(house.photo(photo_id).number, FOLDER, By.AUDIT) is not None
    house.trash(photo_id)
    house.run()
    copies_of(house).tick(0.0)
    back = restored(house, tmp_path / "second")
    back.run()
    for days in (0, 31):
        days_pass(back, days)
        back.run()
    assert back.photo(photo_id).purged
    assert back.archive.find(original) is None
    back.database.close()


def test_a_restored_delivery_looks_for_its_earlier_copy(house: House, tmp_path: Path) -> None:
    """It was sent after the copy was made, and the archive was not told of it any more."""
    flickr = house.services[FLICKR]
    assert isinstance(flickr, MemoryDestination)
    flickr.before = lambda _photo: TryLater("down", reason="down")
    photo_id, _ = house.send(PICTURE)
    house.run(wait=False)
    copies_of(house).tick(0.0)
    flickr.before = lambda _photo: None
    flickr.lost_answers = 1
    house.run(wait=False)
    house.now += timedelta(minutes=10)
    house.run(wait=False)
    assert len(flickr.copies) == 1
    back = restored(house, tmp_path / "second")
    with back.database.reading() as connection:
        delivery = deliveries.get(connection, back.photo(photo_id).number, FLICKR)
    assert "began" in delivery.notes
    back.act(lambda connection: deliveries.requeue(connection, delivery.photo, FLICKR))
    back.follow(photo_id)
    back.run()
    assert back.state(photo_id, FLICKR) is DeliveryState.DELIVERED
    assert len(flickr.copies) == 1
    back.database.close()


def test_bytes_that_came_anew_outlive_a_copy_that_was_made_while_the_old_ones_were_removed(
    house: House, tmp_path: Path
) -> None:
    photo_id, _ = house.send(PICTURE)
    house.send(PICTURE + b" that stays")
    house.run()
    house.trash(photo_id)
    house.run()
    empty_trash(house.work, house.elapsed)
    house.up += timedelta(days=31)
    assert empty_trash(house.work, house.elapsed) == 1
    copies_of(house).tick(0.0)
    house.run()
    assert house.send(PICTURE, restore=True)[1] is Outcome.RESTORED
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    back = restored(house, tmp_path / "second")
    empty_trash(back.work, back.elapsed)
    back.run()
    assert back.photo(photo_id).state is PhotoState.SAFE
    assert back.original(photo_id) == PICTURE
    back.database.close()


def test_a_damaged_copy_is_told_and_the_one_before_taken(house: House, tmp_path: Path) -> None:
    house.send(PICTURE)
    house.run()
    copies = copies_of(house)
    copies.tick(0.0)
    house.now += timedelta(days=1)
    newest = str(copies.tick(0.0))
    whole = house.archive.read_document(newest)
    told: list[str] = []
    for bad in (whole[:-20], whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:], b"nothing of the kind"):
        house.archive.put_document(newest, bad)
        put = restore(house.archive, tmp_path / f"db-{len(told)}", tell=told.append)
        assert put.key == "database/2026-11-24.sqlite.zst"
        assert put.photos == 1
    assert len(told) == 3
    assert all(newest in line for line in told)


def test_a_copy_of_a_newer_version_is_told_and_the_one_before_taken(house: House, tmp_path: Path) -> None:
    house.send(PICTURE)
    house.run()
    copies = copies_of(house)
    copies.tick(0.0)
    older = unpacked(house, tmp_path)
    with closing(sqlite3.connect(older)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    house.now += timedelta(days=1)
    newest = str(copies.tick(0.0))
    compress(older, tmp_path / "packed")
    house.archive.put_document(newest, (tmp_path / "packed").read_bytes())
    told: list[str] = []
    put = restore(house.archive, tmp_path / "db", tell=told.append)
    assert put.key == "database/2026-11-24.sqlite.zst"
    assert len(told) == 1
    assert newest in told[0]
    assert "made by a newer version of Mediascream" in told[0]


def test_without_a_copy_the_way_out_is_told(house: House, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="rebuild --from archive"):
        restore(house.archive, tmp_path / "db", tell=lambda _line: None)
    assert not (tmp_path / "db").exists()


def test_a_database_that_is_there_stays_unless_it_is_moved_aside(house: House, tmp_path: Path) -> None:
    house.send(PICTURE)
    house.run()
    copies_of(house).tick(0.0)
    there = tmp_path / "there"
    with pytest.raises(CannotStart, match=r"holds 1 photos.*--replace"):
        refuse_to_overwrite(house.folder / "db")
    there.write_bytes(b"no database at all" * 100)
    with pytest.raises(CannotStart, match=r"cannot be read.*--replace"):
        refuse_to_overwrite(there)
    put = restore(house.archive, there, tell=lambda _line: None)
    assert put.aside is not None
    assert put.aside.read_bytes().startswith(b"no database at all")
    refuse_to_overwrite(tmp_path / "absent")


def test_a_copy_is_made_and_packed_in_a_folder_of_its_own(house: House, tmp_path: Path) -> None:
    house.send(PICTURE)
    packed = packed_copy(house.folder / "db", tmp_path)
    with pytest.raises(NotZstd):
        expand([packed.read_bytes() + b"more"], tmp_path / "more")
    assert {path.stat().st_mode & 0o77 for path in tmp_path.glob("clean")} == {0}
