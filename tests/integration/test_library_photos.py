"""How photos become rows, meet their duplicates, are processed and changed. On SQLite and on Postgres."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from mediascream.errors import PhotoUnknown
from mediascream.library import deliveries, photos, reading, standing, timeline
from mediascream.library.photos import RECOVERED
from mediascream.library.records import Edit, Outcome, PhotoQuery, Plan, Said
from mediascream.photo import DeliveryState, Location, PhotoState, SkipReason, TakenSource
from tests.integration.library_data import (
    FLICKR,
    FOLDER,
    GPHOTOS,
    NOW,
    PLANS,
    add,
    deliver,
    get,
    new_photo,
    photo_id,
    process,
)

if TYPE_CHECKING:
    from mediascream.database import Database
    from mediascream.library.records import PhotoRecord

IN_FILE = datetime(2020, 2, 29, 10, 30)  # noqa: DTZ001 - a wall clock


def edit(database: Database, seed: int, **changes: Any) -> PhotoRecord:
    return database.write(lambda connection: photos.edit(connection, photo_id(seed), Edit(changes)))


def months(database: Database) -> list[tuple[str, int]]:
    with database.reading() as connection:
        return timeline.months(connection)


def found(database: Database, **query: Any) -> list[str]:
    with database.reading() as connection:
        return [photo.file_name for photo in reading.page(connection, PhotoQuery(**query)).items]


def states(photo: PhotoRecord) -> dict[str, str]:
    return {receipt.destination: receipt.state for receipt in photo.receipts}


def test_a_new_photo_has_all_that_was_said_of_it(database: Database) -> None:
    said = Said(datetime(2021, 1, 2, 3, tzinfo=UTC), Location(1.5, -2.5), "Sea\0side", override=True)
    photo, outcome = add(database, 1, said=said, tags=("Vegas",), skip=frozenset({FLICKR}), modified_at=NOW)
    assert outcome is Outcome.NEW
    assert (photo.id, photo.file_name, photo.size_bytes, photo.tags) == (photo_id(1), "DSC00001.JPG", 1001, ("Vegas",))
    assert (photo.taken_at, photo.taken_source) == (said.taken_at, TakenSource.SENDER)
    assert (photo.location, photo.description) == (said.location, "Seaside")
    assert (photo.said, photo.skip) == (replace(said, description="Seaside"), frozenset({FLICKR}))
    assert (photo.spooled, photo.processed, photo.archived, photo.state) == (True, False, False, PhotoState.PROCESSING)
    assert (photo.added_at, photo.modified_at, photo.deleted_at) == (NOW, NOW, None)
    assert states(photo) == {FOLDER: "queued", FLICKR: "skipped", GPHOTOS: "queued"}


def test_numbers_are_never_given_twice(database: Database) -> None:
    assert [add(database, seed)[0].number for seed in range(5)] == [1, 2, 3, 4, 5]


def test_a_duplicate_gains_tags_and_changes_nothing_else(database: Database) -> None:
    first, _ = add(database, 1, tags=("Vegas", "sea"), said=Said(description="first"))
    later = NOW + timedelta(days=1)
    again: dict[str, Any] = {"said": Said(description="second"), "file_name": "other.jpg", "added_at": later}
    second, outcome = add(database, 1, tags=("VEGAS", "sun"), **again)
    assert outcome is Outcome.DUPLICATE
    assert second.tags == ("sea", "sun", "Vegas")
    assert replace(second, tags=first.tags, sidecar_wanted=first.sidecar_wanted) == first
    assert second.sidecar_wanted == first.sidecar_wanted + 1


def test_a_duplicate_that_brings_nothing_new_leaves_the_sidecar_as_it_is(database: Database) -> None:
    first, _ = add(database, 1, tags=("a",))
    assert add(database, 1, tags=("A",))[0] == first


def test_a_duplicate_revives_what_was_not_connected_but_no_wish_of_the_sender(database: Database) -> None:
    skipped = [Plan(FOLDER), Plan(FLICKR, SkipReason.NOT_CONNECTED), Plan(GPHOTOS, SkipReason.SENDER)]
    add(database, 1, plans=skipped)
    photo, _ = add(database, 1, plans=[Plan(FOLDER), Plan(FLICKR), Plan(GPHOTOS)])
    assert states(photo) == {FOLDER: "queued", FLICKR: "queued", GPHOTOS: "skipped"}


def test_a_duplicate_with_a_wish_ends_only_what_nobody_waits_for(database: Database) -> None:
    add(database, 1, plans=[Plan(FOLDER), Plan(FLICKR, SkipReason.NOT_CONNECTED), Plan(GPHOTOS)])
    wishes = [Plan(FOLDER), Plan(FLICKR, SkipReason.SENDER), Plan(GPHOTOS, SkipReason.SENDER)]
    photo, outcome = add(database, 1, plans=wishes, skip=frozenset({FLICKR, GPHOTOS}))
    assert outcome is Outcome.DUPLICATE
    receipts = {receipt.destination: receipt for receipt in photo.receipts}
    assert receipts[FLICKR].reason is SkipReason.SENDER
    assert receipts[GPHOTOS].state is DeliveryState.QUEUED
    assert photo.skip == {FLICKR}
    photo, _ = add(database, 1, plans=[Plan(FOLDER), Plan(FLICKR), Plan(GPHOTOS)])
    assert states(photo)[FLICKR] == "skipped"


def test_a_photo_found_in_the_spool_takes_what_its_sender_says_when_he_sends_it_again(database: Database) -> None:
    add(database, 1, file_name=f"{RECOVERED}1.jpg", plans=[Plan(FOLDER), Plan(FLICKR), Plan(GPHOTOS)])
    said = Said(datetime(2019, 1, 1, tzinfo=UTC), None, "mine")
    wishes = [Plan(FOLDER), Plan(FLICKR, SkipReason.SENDER), Plan(GPHOTOS)]
    photo, outcome = add(database, 1, file_name="mine.jpg", said=said, plans=wishes, skip=frozenset({FLICKR}))
    assert outcome is Outcome.DUPLICATE
    assert (photo.file_name, photo.said, photo.description, photo.skip) == (
        "mine.jpg",
        said,
        "mine",
        frozenset({FLICKR}),
    )
    assert states(photo) == {FOLDER: "queued", FLICKR: "skipped", GPHOTOS: "queued"}
    assert months(database) == [("2019-01", 1)]
    assert found(database, text="recovered") == []
    assert found(database, text="mine") == ["mine.jpg"]


def test_what_the_file_says_moves_the_photo_to_its_place(database: Database) -> None:
    add(database, 1, tags=("sea",))
    add(database, 2)
    process(
        database, 1, taken_local=IN_FILE, taken_offset_min=60, width=40, height=30, camera="Sony A7", keywords=("Sun",)
    )
    photo = get(database, 1)
    assert (photo.taken_local, photo.taken_at) == (IN_FILE, datetime(2020, 2, 29, 9, 30, tzinfo=UTC))
    assert (photo.processed, photo.preview, photo.tags) == (True, "ready", ("sea", "Sun"))
    assert (photo.metadata.width, photo.metadata.camera, photo.metadata.taken_local) == (40, "Sony A7", IN_FILE)
    assert months(database) == [("2026-11", 1), ("2020-02", 1)]
    assert found(database) == ["DSC00002.JPG", "DSC00001.JPG"]
    assert found(database, tag="sea") == found(database, tag="sun") == found(database, text="sony") == ["DSC00001.JPG"]


def test_processing_twice_gives_the_same(database: Database) -> None:
    add(database, 1, tags=("a",))
    process(database, 1, taken_local=IN_FILE, keywords=("b",), location=Location(1, 2))
    once = get(database, 1)
    process(database, 1, taken_local=IN_FILE, keywords=("B",), location=Location(1, 2))
    assert replace(get(database, 1), sidecar_wanted=once.sidecar_wanted) == once
    assert months(database) == [("2020-02", 1)]


def test_a_file_without_a_preview_says_so(database: Database) -> None:
    add(database, 1)
    process(database, 1, problem="it is broken")
    photo = get(database, 1)
    assert (photo.processed, photo.preview, photo.preview_problem) == (True, "none", "it is broken")


@pytest.mark.parametrize(
    "metadata",
    [
        {"camera": "Ca\0non\ud800", "description": "a\0b\udfff", "keywords": ("\0", "  ", "x" * 500, "ok")},
        {"iso": 2**40, "width": 2**70, "height": -(2**70)},
        {"aperture": float("inf"), "exposure_s": float("nan"), "duration_s": float("-inf")},
        {"location": Location(float("nan"), 1e300)},
        {"live_photo_id": "y" * 1000},
        {"taken_local": datetime(1, 1, 1), "taken_offset_min": 10**6},  # noqa: DTZ001
        {"taken_local": datetime(9999, 12, 31, 23, 59, 59), "taken_offset_min": -1439},  # noqa: DTZ001
        {"keywords": tuple(map(str, range(5000)))},
    ],
)
def test_no_metadata_of_a_stranger_keeps_a_photo_from_being_processed(
    database: Database, metadata: dict[str, Any]
) -> None:
    add(database, 1)
    process(database, 1, **metadata)
    photo = get(database, 1)
    assert photo.processed
    assert all("\0" not in text for text in (*photo.tags, photo.description or "", photo.metadata.camera or ""))
    assert all(0 < len(tag) <= 100 for tag in photo.tags)
    assert [one.id for one in reading_page(database)] == [photo.id]


def reading_page(database: Database) -> list[PhotoRecord]:
    with database.reading() as connection:
        return reading.page(connection, PhotoQuery()).items


def test_a_raw_and_its_jpeg_are_companions(database: Database) -> None:
    add(database, 1, file_name="DSC1.JPG")
    add(database, 2, file_name="dsc1.ARW", media_type="image/x-sony-arw")
    add(database, 3, file_name="DSC1.JPG")
    assert process(database, 1, taken_local=IN_FILE) == []
    before = get(database, 1)
    assert process(database, 2, taken_local=IN_FILE) == [before.number]
    process(database, 3, taken_local=IN_FILE + timedelta(seconds=1))  # the counter began again
    assert get(database, 2).companions == (photo_id(1),)
    assert get(database, 1).companions == (photo_id(2),)
    assert get(database, 1).sidecar_wanted == before.sidecar_wanted + 1
    assert get(database, 3).companions == ()


def test_two_jpegs_of_the_same_second_are_no_companions(database: Database) -> None:
    for seed in (1, 2):
        add(database, seed, file_name="DSC1.JPG")
        process(database, seed, taken_local=IN_FILE)
    assert get(database, 1).companions == ()


def test_the_halves_of_a_live_photo_are_companions_until_one_is_in_the_trash(database: Database) -> None:
    for seed in (1, 2):
        add(database, seed)
        process(database, seed, live_photo_id="A-B-C")
    assert (get(database, 1).companions, get(database, 2).companions) == ((photo_id(2),), (photo_id(1),))
    database.write(lambda connection: photos.trash(connection, photo_id(2), NOW))
    assert get(database, 1).companions == ()


def test_an_edit_goes_before_the_file_also_when_that_is_processed_later(database: Database) -> None:
    add(database, 1, tags=("a", "b"))
    photo = edit(
        database,
        1,
        taken_at=datetime(2015, 5, 5, tzinfo=UTC),
        location=Location(1, 2),
        description="mine",
        tags=("B", "c"),
    )
    assert (photo.taken_at.year, photo.location, photo.description, photo.tags) == (
        2015,
        Location(1, 2),
        "mine",
        ("b", "c"),
    )
    process(database, 1, taken_local=IN_FILE, location=Location(8, 9), description="the file's", keywords=("d",))
    photo = get(database, 1)
    assert (photo.taken_at.year, photo.location, photo.description, photo.tags) == (
        2015,
        Location(1, 2),
        "mine",
        ("b", "c", "d"),
    )
    assert months(database) == [("2015-05", 1)]
    assert found(database, tag="c", text="mine") == [photo.file_name]
    assert found(database, tag="a") == []


def test_what_an_edit_does_not_name_stays_and_what_it_empties_goes(database: Database) -> None:
    add(database, 1, tags=("a",), said=Said(description="sent", location=Location(1, 2)))
    process(database, 1, taken_local=IN_FILE, description="the file's", location=Location(8, 9))
    photo = edit(database, 1, description=None)
    assert (photo.description, photo.location, photo.tags, photo.taken_local) == (None, Location(8, 9), ("a",), IN_FILE)
    photo = edit(database, 1, location=None, tags=())
    assert (photo.location, photo.tags) == (None, ())
    process(database, 1, taken_local=IN_FILE, description="the file's", location=Location(8, 9))
    assert (get(database, 1).description, get(database, 1).location) == (None, None)


def test_a_date_that_is_taken_away_again_lets_the_file_speak(database: Database) -> None:
    add(database, 1)
    process(database, 1, taken_local=IN_FILE)
    assert edit(database, 1, taken_at=datetime(2000, 1, 1, tzinfo=UTC)).taken_local.year == 2000
    assert edit(database, 1, taken_at=None).taken_local == IN_FILE
    assert months(database) == [("2020-02", 1)]


def test_an_edit_of_the_date_leaves_the_place_to_the_file(database: Database) -> None:
    add(database, 1, said=Said(location=Location(1, 2)))
    process(database, 1, taken_local=IN_FILE, location=Location(8, 9))
    assert edit(database, 1, taken_at=datetime(2000, 1, 1, tzinfo=UTC)).location == Location(8, 9)


def test_what_nobody_knows_cannot_be_changed(database: Database) -> None:
    for act in (
        lambda connection: photos.edit(connection, photo_id(1), Edit({"tags": ("a",)})),
        lambda connection: photos.trash(connection, photo_id(1), NOW),
        lambda connection: photos.untrash(connection, photo_id(1), PLANS),
        lambda connection: photos.purge(connection, photo_id(1)),
    ):
        with pytest.raises(PhotoUnknown):
            database.write(act)


def test_a_changed_photo_is_told_of_after_the_commit(database: Database) -> None:
    told: list[set[int]] = []
    database.on_change = told.append
    photo, _ = add(database, 1)
    process(database, 1, width=1)
    deliver(database, 1)
    edit(database, 1, description="x")
    database.write(lambda connection: photos.trash(connection, photo_id(1), NOW))
    assert told == [{photo.number}] * 5


def test_a_listener_that_fails_does_not_stop_the_writing(database: Database) -> None:
    def fail(_numbers: set[int]) -> None:
        raise LookupError("nobody listens")

    database.on_change = fail
    add(database, 1)
    assert add(database, 2)[1] is Outcome.NEW


def test_ids_are_told_apart_by_the_thousand(database: Database) -> None:
    database.write(lambda connection: [photos.add(connection, new_photo(seed), PLANS) for seed in range(3)])
    ids = [photo_id(seed) for seed in range(2500)]
    with database.reading() as connection:
        assert photos.exists(connection, ids) == set(ids[:3])
        assert [photo.id for photo in reading.get_many(connection, [*reversed(ids), ids[0]])] == ids[2::-1]
        assert set(reading.known(connection, ids)) == set(ids[:3])
        assert {one.id for one in reading.named(connection, ids)} == set(ids[:3])
        assert reading.spooled(connection, ids) == set(ids[:3])
        assert {photo.number for photo in reading.get_by_numbers(connection, range(2500))} == {1, 2, 3}


def test_what_waits_in_the_spool_or_to_be_processed_is_found_by_number(database: Database) -> None:
    for seed in (1, 2, 3, 4):  # their numbers, too
        add(database, seed)
    process(database, 1)
    deliver(database, 1)
    database.write(lambda connection: photos.left_spool(connection, 1))
    deliver(database, 2)
    database.write(lambda connection: photos.trash(connection, photo_id(3), NOW))
    with database.reading() as connection:
        assert [photo.number for photo in reading.all_spooled(connection, after=2, limit=1)] == [3]
        assert [photo.number for photo in reading.all_spooled(connection, after=0, limit=9)] == [2, 3, 4]
        assert reading.only_spooled(connection, after=0, limit=9) == [(3, photo_id(3)), (4, photo_id(4))]
        assert [photo.number for photo in reading.unprocessed(connection, after=0, limit=9)] == [2, 4]
    database.write(lambda connection: photos.in_spool(connection, 1))
    assert get(database, 1).spooled


def test_a_page_of_deliveries_and_the_counts_follow_every_change(database: Database) -> None:
    add(database, 1)
    deliver(database, 1)
    with database.reading() as connection:
        assert standing.counts(connection) == {
            FOLDER: {DeliveryState.DELIVERED: 1},
            FLICKR: {DeliveryState.SKIPPED: 1},
            GPHOTOS: {DeliveryState.QUEUED: 1},
        }
        assert standing.photo_counts(connection) == {PhotoState.PROCESSING: 1}
    deliver(database, 1, GPHOTOS)
    with database.reading() as connection:
        assert standing.photo_counts(connection) == {PhotoState.SAFE: 1}


def test_tags_have_one_spelling_whoever_writes_them(database: Database) -> None:
    add(database, 1, tags=("Été", "sea"))
    add(database, 2, tags=("e\u0301TE\u0301", "  SEA "))
    assert get(database, 2).tags == ("sea", "Été")
    with database.reading() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM tags")) == 2
    assert len(found(database, tag="ÉTÉ")) == 2


def test_a_row_of_deliveries_belongs_to_its_photo(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        database.write(lambda connection: deliveries.plan(connection, 99, PLANS))
