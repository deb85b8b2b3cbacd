"""Nobody who upgrades loses anything: what the first released version wrote opens with this one."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mediascream.archive.folder import FolderArchive
from mediascream.archive.keys import MARKER_KEY
from mediascream.archive.sidecar import Sidecar
from mediascream.database import Database, sqlite_url
from mediascream.errors import DatabaseUnusable
from mediascream.hub import Hub
from mediascream.library import reading
from mediascream.library.records import PhotoQuery
from mediascream.library.upgrade import COPIES_KEPT, KEPT, NEWEST, upgrade
from mediascream.photo import DeliveryState, DestinationName, Location, PhotoId, PhotoState, Proof
from mediascream.recovery.rebuild import Rebuild
from mediascream.settings import Settings
from tests.house import LIBRARY, House
from tests.made_first_version import CORRECTED, DESCRIBED, TAKEN_IN, TRASHED, make_archive, make_data_folder
from tests.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.library.records import PhotoRecord

FLICKR = DestinationName.FLICKR


def photo_of(database: Database, photo_id: str) -> PhotoRecord:
    with database.reading() as connection:
        found = reading.get(connection, PhotoId(photo_id))
    assert found is not None
    return found


def look_at_all(database: Database) -> None:
    """All that its owner wrote down is there."""
    described, corrected = photo_of(database, DESCRIBED), photo_of(database, CORRECTED)
    assert (described.file_name, described.tags) == ("DSC00647.JPG", ("holiday", "Vegas"))
    assert described.taken_local.isoformat() == "2014-03-28T18:39:31"
    assert described.taken_offset_min == -420
    assert (described.description, described.location) == ("The Strip", Location(36.1147, -115.1728))
    flickr = next(receipt for receipt in described.receipts if receipt.destination is FLICKR)
    assert (flickr.state, flickr.remote_id, flickr.proof) == (DeliveryState.DELIVERED, "53412345678", Proof.LISTED)
    assert (corrected.file_name, corrected.tags) == ("Träumerei am Strand.jpg", ("Abend", "Meer"))
    assert (corrected.description, set(corrected.skip)) == ("Mit dem Hund", {FLICKR})
    assert photo_of(database, TRASHED).state is PhotoState.DELETED
    assert {described.state, corrected.state} == {PhotoState.SAFE}


def test_its_data_folder_opens_and_its_open_job_is_done(tmp_path: Path) -> None:
    make_data_folder(tmp_path)
    hub = Hub(settings_on(tmp_path), decoders=1)
    try:
        look_at_all(hub.database)
        hub.first_contact()
        hub.take_in_spool()
        hub.start_worker()
        eventually(lambda: photo_of(hub.database, TAKEN_IN).state is PhotoState.SAFE)
        assert photo_of(hub.database, TAKEN_IN).tags == ("late",)
        with hub.database.reading() as connection:
            found = reading.page(connection, PhotoQuery(text="strip vegas")).items
        assert [photo.id for photo in found] == [DESCRIBED]
    finally:
        hub.close()


def settings_on(data: Path) -> Settings:
    return Settings(
        data_folder=data, upload_folder=data / "spool", db_file=data / "mediascream.sqlite", allow_volatile=True
    )


def test_its_archive_alone_gives_everything_back(tmp_path: Path) -> None:
    """Its sidecars did not tell what was said and read yet."""
    data = tmp_path / "data"
    data.mkdir()
    make_archive(data)
    marker = json.loads((data / MARKER_KEY).read_text())
    (data / MARKER_KEY).write_text(json.dumps(marker | {"library_id": LIBRARY}))
    archive = FolderArchive(data)
    before = {found.key: archive.read_document(found.key) for found in archive.list("")}
    house = House(tmp_path / "house")
    house.archives = {archive.name: archive}
    house.build()
    summary = Rebuild(house.work, house.archives, spool=house.spool, renditions=house.folder).run()
    assert (summary.taken_in, summary.problems) == (3, {})
    assert {found.key: archive.read_document(found.key) for found in archive.list("")} == before
    look_at_all(house.database)
    house.run()
    look_at_all(house.database)
    sidecar = next(key for key in before if key.startswith("originals/2014") and key.endswith(".json"))
    assert Sidecar.from_bytes(archive.read_document(sidecar)).read is not None
    house.close()


def test_before_an_upgrade_the_database_is_kept_as_it_was(tmp_path: Path) -> None:
    make_data_folder(tmp_path)
    file = tmp_path / "mediascream.sqlite"
    for old in ("0000", "0001"):
        file.with_name(f"{file.name}{KEPT}{old}").write_bytes(b"of an earlier upgrade")
    for litter in ("", "-journal"):
        file.with_name(f"{file.name}.upgrade-part{litter}").write_bytes(
            b"half of a copy, of an upgrade that was killed"
        )
    database = Database(sqlite_url(file))
    upgrade(database)
    upgrade(database)
    database.close()
    kept = file.with_name(f"{file.name}{KEPT}0002")
    assert len(list(tmp_path.glob(f"*{KEPT}*"))) == COPIES_KEPT
    assert not list(tmp_path.glob("*upgrade-part*"))
    assert kept.stat().st_mode & 0o77 == 0
    for path, revision in ((kept, "0002"), (file, NEWEST)):
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,)
            assert connection.execute("SELECT count(*) FROM photos").fetchone() == (4,)


def test_a_new_database_is_no_upgrade(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "mediascream.sqlite"))
    upgrade(database)
    database.close()
    assert list(tmp_path.glob(f"*{KEPT}*")) == []


def test_without_room_for_the_copy_nothing_is_changed_and_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_data_folder(tmp_path)

    def full(_source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        message = "database or disk is full"
        raise sqlite3.OperationalError(message)

    monkeypatch.setattr("mediascream.library.upgrade.copy_database", full)
    database = Database(sqlite_url(tmp_path / "mediascream.sqlite"))
    with pytest.raises(DatabaseUnusable, match=r"disk is full.*make room") as refusal:
        upgrade(database)
    database.close()
    assert "\n" not in str(refusal.value)
    assert not list(tmp_path.glob("*upgrade-part*"))
    assert not list(tmp_path.glob(f"*{KEPT}*"))
    with closing(sqlite3.connect(tmp_path / "mediascream.sqlite")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)
