"""Photos made rows again from what is remembered of them, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mediascream.library import reading
from mediascream.library.recalling import Remembered, keys_known, remember
from mediascream.library.records import PhotoQuery, Said
from mediascream.photo import (
    DeliveryState,
    DestinationName,
    Kind,
    Location,
    Metadata,
    PhotoId,
    PhotoState,
    Proof,
    Receipt,
    TakenSource,
)
from mediascream.recovery.rebuild import begin, under_way
from mediascream.recovery.summary import take_inventory

if TYPE_CHECKING:
    from mediascream.database import Database

ADDED = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = "originals/2026/11/24/a~abababababab.jpg"
PHOTO = Remembered(
    id=PhotoId("ab" * 32),
    file_name="a.jpg",
    media_type="image/jpeg",
    ending="jpg",
    kind=Kind.PHOTO,
    size_bytes=3,
    added_at=ADDED,
    tags=("Vegas", "night"),
    said=Said(description="Strip", location=Location(36.1, -115.2)),
    metadata=Metadata(width=2, height=1, taken_local=datetime(2014, 3, 28, 18, 39, 31)),  # noqa: DTZ001 - a wall clock
    placeholder=b"small",
    preview="ready",
    processed=True,
    receipts=(
        Receipt(DestinationName.FOLDER, DeliveryState.DELIVERED, remote_id=KEY, size=3, proof=Proof.BYTES),
        Receipt(DestinationName.FLICKR, DeliveryState.QUEUED),
    ),
    told=True,
)


def test_a_photo_is_what_is_remembered_and_the_second_time_it_changes(database: Database) -> None:
    first = database.write(lambda connection: remember(connection, PHOTO, notes={"began": "now"}))
    gone = replace(PHOTO, tags=("night",), deleted_at=ADDED + timedelta(days=1))
    with database.reading() as connection:
        photo = reading.get(connection, PHOTO.id)
        assert photo is not None
        assert (photo.tags, photo.state, photo.archived) == (("night", "Vegas"), PhotoState.PROCESSING, True)
        assert (photo.taken_source, photo.location) == (TakenSource.EXIF, Location(36.1, -115.2))
        assert [one.id for one in reading.page(connection, PhotoQuery(text="strip")).items] == [PHOTO.id]
        assert keys_known(connection, DestinationName.FOLDER, {KEY: "ab" * 6, "else": "cd" * 6}) == {KEY}
        assert take_inventory(connection).delivered == {"folder": 1}
    assert database.write(lambda connection: remember(connection, gone, notes={})) == first
    with database.reading() as connection:
        again = reading.get(connection, PHOTO.id)
        assert again is not None
        assert (again.tags, again.state) == (("night",), PhotoState.DELETED)
        assert reading.page(connection, PhotoQuery(text="strip")).items == []
        found = take_inventory(connection)
    assert (found.photos, found.in_trash, found.tombstones, found.tags) == (0, 1, 0, 1)
    assert not found.empty


def test_that_a_rebuild_is_under_way_is_written_down_once(database: Database) -> None:
    database.write(lambda connection: begin(connection, ADDED))
    database.write(begin)
    with database.reading() as connection:
        assert under_way(connection) == ADDED
