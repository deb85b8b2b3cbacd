"""Into the trash, out of it, and tombstones. On SQLite and on Postgres."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from mediascream.errors import ConflictingState
from mediascream.library import deliveries, photos, reading, standing, timeline
from mediascream.library.records import Outcome, PhotoQuery, Plan
from mediascream.photo import DeliveryState, PhotoState, SkipReason
from tests.integration.library_data import (
    FLICKR,
    FOLDER,
    GPHOTOS,
    NOW,
    PLANS,
    S3,
    add,
    deliver,
    get,
    photo_id,
    process,
)

if TYPE_CHECKING:
    from mediascream.database import Database
    from mediascream.library.records import PhotoRecord

CONNECTED = [Plan(FOLDER), Plan(FLICKR), Plan(GPHOTOS)]


def trash(database: Database, seed: int, *, at: datetime = NOW) -> PhotoRecord:
    return database.write(lambda connection: photos.trash(connection, photo_id(seed), at))


def untrash(database: Database, seed: int, plans: list[Plan] = PLANS) -> PhotoRecord:
    return database.write(lambda connection: photos.untrash(connection, photo_id(seed), plans))


def purge(database: Database, seed: int) -> PhotoRecord:
    database.write(lambda connection: photos.purge(connection, photo_id(seed)))
    return get(database, seed)


def shown(database: Database, **query: object) -> list[PhotoRecord]:
    with database.reading() as connection:
        return reading.page(connection, PhotoQuery(**query)).items  # type: ignore[arg-type]


def states(photo: PhotoRecord) -> dict[str, str]:
    return {receipt.destination: receipt.state for receipt in photo.receipts}


def stop(database: Database, photo: PhotoRecord, state: DeliveryState) -> None:
    database.write(lambda c: deliveries.stop(c, photo.number, FLICKR, state, code="x", detail="x"))


def test_a_photo_in_the_trash_is_nowhere_but_in_the_trash(database: Database) -> None:
    add(database, 1, tags=("sea",))
    photo = trash(database, 1)
    assert (photo.state, photo.deleted_at) == (PhotoState.DELETED, NOW)
    assert shown(database) == shown(database, tag="sea") == shown(database, text="sea") == []
    assert [one.id for one in shown(database, state=PhotoState.DELETED)] == [photo.id]
    assert [one.id for one in shown(database, state=PhotoState.DELETED, tag="sea")] == [photo.id]
    with database.reading() as connection:
        assert timeline.months(connection) == []
        assert not timeline.tiles(connection, "2026-11", None).id
        assert standing.photo_counts(connection) == {PhotoState.DELETED: 1}
        assert reading.get(connection, photo_id(1)) == photo


def test_twice_into_the_trash_counts_from_the_first_time(database: Database) -> None:
    add(database, 1)
    trash(database, 1)
    assert trash(database, 1, at=NOW + timedelta(days=9)).deleted_at == NOW


def test_the_trash_cancels_what_is_not_done_and_leaves_what_has_ended(database: Database) -> None:
    add(database, 1, plans=CONNECTED)
    deliver(database, 1)
    assert states(trash(database, 1)) == {FOLDER: "delivered", FLICKR: "cancelled", GPHOTOS: "cancelled"}


def test_a_copy_that_is_gone_from_a_service_is_not_sent_again_by_a_restore(database: Database) -> None:
    photo, _ = add(database, 1, plans=CONNECTED)
    deliver(database, 1, FLICKR)
    stop(database, photo, DeliveryState.FAILED)
    trash(database, 1)
    assert states(untrash(database, 1, CONNECTED))[FLICKR] == "failed"


def test_a_blocked_delivery_of_a_photo_in_the_trash_does_not_go_on_when_the_block_ends(database: Database) -> None:
    photo, _ = add(database, 1, plans=CONNECTED)
    stop(database, photo, DeliveryState.BLOCKED)
    assert states(trash(database, 1))[FLICKR] == "cancelled"


def test_out_of_the_trash_all_is_as_it_was(database: Database) -> None:
    add(database, 1, tags=("sea",), plans=CONNECTED)
    process(database, 1, camera="Sony")
    before = get(database, 1)
    trash(database, 1)
    after = untrash(database, 1, CONNECTED)
    assert (after.state, after.deleted_at, after.tags) == (before.state, None, before.tags)
    assert states(after) == states(before)
    assert [one.id for one in shown(database, text="sony", tag="SEA")] == [before.id]
    with database.reading() as connection:
        assert timeline.months(connection) == [("2026-11", 1)]
        assert standing.photo_counts(connection) == {PhotoState.PROCESSING: 1}


def test_what_was_cancelled_and_is_no_longer_connected_is_skipped(database: Database) -> None:
    add(database, 1, plans=CONNECTED)
    trash(database, 1)
    photo = untrash(database, 1, [Plan(FOLDER), Plan(FLICKR, SkipReason.NOT_CONNECTED), Plan(GPHOTOS)])
    assert states(photo) == {FOLDER: "queued", FLICKR: "skipped", GPHOTOS: "queued"}
    assert {receipt.reason for receipt in photo.receipts} == {None, SkipReason.NOT_CONNECTED}


def test_sent_again_a_deleted_photo_stays_deleted(database: Database) -> None:
    add(database, 1)
    before = trash(database, 1)
    photo, outcome = add(database, 1, tags=("new",))
    assert (outcome, photo) == (Outcome.DELETED, before)
    before = purge(database, 1)
    assert add(database, 1, tags=("new",)) == (before, Outcome.DELETED)


def test_sent_again_with_restore_it_comes_back_with_the_tags_of_both(database: Database) -> None:
    add(database, 1, tags=("old",))
    trash(database, 1)
    photo, outcome = add(database, 1, tags=("new",), restore=True)
    assert (outcome, photo.state, photo.tags) == (Outcome.RESTORED, PhotoState.PROCESSING, ("new", "old"))
    assert [one.id for one in shown(database, text="new")] == [photo.id]


def test_a_tombstone_says_what_was_and_is_neither_kept_nor_restored_without_bytes(database: Database) -> None:
    add(database, 1, plans=CONNECTED)
    deliver(database, 1)
    deliver(database, 1, FLICKR)
    trash(database, 1)
    photo = purge(database, 1)
    assert (photo.purged, photo.archived, photo.spooled, photo.state) == (True, False, False, PhotoState.DELETED)
    assert states(photo) == {FOLDER: "delivered", FLICKR: "delivered", GPHOTOS: "cancelled"}
    assert purge(database, 1) == photo
    with pytest.raises(ConflictingState, match="restore=true"):
        untrash(database, 1)
    with database.reading() as connection:
        assert standing.lacking(connection, S3, after=0, limit=9) == []
        assert standing.present(connection, FOLDER, after=0, limit=9) == []


def test_only_what_is_in_the_trash_becomes_a_tombstone(database: Database) -> None:
    add(database, 1)
    with pytest.raises(ConflictingState):
        purge(database, 1)


def test_a_tombstone_whose_bytes_come_again_is_archived_again_and_sent_nowhere_twice(database: Database) -> None:
    add(database, 1, plans=CONNECTED, tags=("old",))
    process(database, 1, camera="Sony")
    deliver(database, 1, remote_id="originals/2026/key.jpg")
    deliver(database, 1, FLICKR)
    trash(database, 1)
    purge(database, 1)
    photo, outcome = add(database, 1, plans=CONNECTED, tags=("new",), restore=True)
    assert outcome is Outcome.RESTORED
    assert (photo.purged, photo.archived, photo.spooled, photo.processed) == (False, False, True, False)
    assert (photo.preview, photo.state, photo.tags) == (None, PhotoState.PROCESSING, ("new", "old"))
    assert states(photo) == {FOLDER: "queued", FLICKR: "delivered", GPHOTOS: "queued"}
    archive = photo.receipts[0]
    assert (archive.remote_id, archive.proof, archive.size) == ("originals/2026/key.jpg", None, None)
    assert [one.id for one in shown(database, text="sony new")] == [photo.id]


def test_a_tombstone_of_an_old_archive_comes_back_in_the_new_one_alone(database: Database) -> None:
    add(database, 1)
    deliver(database, 1)
    trash(database, 1)
    purge(database, 1)
    photo, _ = add(database, 1, plans=[Plan(S3), *PLANS[1:]], restore=True)
    assert states(photo)[S3] == "queued"
    assert FOLDER not in states(photo)


def test_a_job_that_ends_too_late_brings_nothing_back_from_the_trash(database: Database) -> None:
    photo, _ = add(database, 1, plans=CONNECTED)
    begun = database.write(lambda c: deliveries.begin(c, deliveries.Errand(photo.number, photo.id, FLICKR, 1)))
    assert begun is not None
    trash(database, 1)
    errand = database.write(
        lambda c: deliveries.wait(c, photo.number, FLICKR, until=NOW, code="busy", detail="try later")
    )
    assert database.write(lambda c: deliveries.begin(c, errand)) is None
    stop(database, photo, DeliveryState.FAILED)
    assert states(get(database, 1))[FLICKR] == "cancelled"


def test_a_copy_that_was_made_too_late_is_told_all_the_same(database: Database) -> None:
    add(database, 1, plans=CONNECTED)
    trash(database, 1)
    photo = deliver(database, 1, FLICKR)
    assert (states(photo)[FLICKR], photo.state) == ("delivered", PhotoState.DELETED)


def test_the_time_in_the_trash_counts_from_when_it_was_noticed_and_anew_after_a_restore(database: Database) -> None:
    def expired(before_ms: int) -> list[int]:
        with database.reading() as connection:
            return reading.expired_trash(connection, before_ms, after=0, limit=9)

    numbers = [add(database, seed)[0].number for seed in (1, 2, 3)]
    trash(database, 1)
    assert expired(1000) == []
    database.write(lambda connection: photos.notice(connection, 10))
    trash(database, 2)
    database.write(lambda connection: photos.notice(connection, 20))
    assert expired(9) == []
    assert expired(10) == numbers[:1]
    assert expired(20) == numbers[:2]
    untrash(database, 1)
    trash(database, 1)
    assert expired(1000) == numbers[1:2]
    database.write(lambda connection: photos.notice(connection, 30))
    assert expired(30) == numbers[:2]


def test_what_left_the_trash_meanwhile_is_not_thrown_away(database: Database) -> None:
    number = add(database, 1)[0].number
    trash(database, 1)
    database.write(lambda connection: photos.notice(connection, 10))
    untrash(database, 1)
    assert not database.write(lambda connection: photos.begin_purge(connection, number, 10))
    assert not get(database, 1).purged


def test_a_photo_that_is_being_sent_somewhere_is_not_thrown_away_yet(database: Database) -> None:
    photo, _ = add(database, 1)
    trash(database, 1)
    database.write(lambda connection: photos.notice(connection, 10))
    database.write(lambda connection: deliveries.requeue(connection, photo.number, FOLDER))
    errand = deliveries.Errand(photo.number, photo.id, FOLDER, 3)
    assert database.write(lambda connection: deliveries.begin(connection, errand)) is not None
    assert not database.write(lambda connection: photos.begin_purge(connection, photo.number, 10))


def test_processing_a_photo_in_the_trash_brings_it_nowhere_to_light(database: Database) -> None:
    add(database, 1)
    trash(database, 1)
    process(database, 1, camera="Sony", taken_local=datetime(2020, 1, 1), keywords=("sun",))  # noqa: DTZ001
    assert shown(database, text="sony") == shown(database, tag="sun") == []
    untrash(database, 1)
    assert len(shown(database, text="sony", tag="sun")) == 1
    with database.reading() as connection:
        assert timeline.months(connection) == [("2020-01", 1)]
