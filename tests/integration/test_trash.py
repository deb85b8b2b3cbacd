"""Emptying the trash: after thirty days and not earlier, whatever the clock says, whatever dies, whoever comes between."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mediascream.archive.folder import FolderArchive
from mediascream.delivery import hand
from mediascream.delivery.purge import empty_trash
from mediascream.errors import ConflictingState, TryLater
from mediascream.library import deliveries, photos
from mediascream.library.checks import By, Result
from mediascream.library.records import Outcome, Plan
from mediascream.photo import DeliveryState, DestinationName, PhotoState
from tests.house import House, with_flickr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.photo import PhotoId

PICTURE = b"\xff\xd8\xff\xe0 a picture to be thrown away"
FOLDER, S3, FLICKR = DestinationName.FOLDER, DestinationName.S3, DestinationName.FLICKR
TEN_YEARS = timedelta(days=3653)


class OldArchive(FolderArchive):
    """An archive of before."""

    name = S3


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.close()


def tick(house: House, *, hours: int = 1, clock: bool = True) -> None:
    """Let time pass, and do the hourly chore."""
    house.up += timedelta(hours=hours)
    house.now += timedelta(hours=hours) if clock else timedelta()
    empty_trash(house.work, house.elapsed)


def thrown_away(house: House) -> PhotoId:
    """A photo that went to the trash just now, noticed."""
    photo_id, _ = house.send(PICTURE)
    house.run()
    house.trash(photo_id)
    house.run()
    tick(house, hours=0)
    return photo_id


def keys_of(house: House, name: DestinationName = FOLDER) -> list[str]:
    return [found.key for found in house.archives[name].list("originals")]


def test_after_thirty_days_the_bytes_go_and_the_sidecar_stays_as_a_tombstone(house: House) -> None:
    photo_id = thrown_away(house)
    original, sidecar = keys_of(house)
    tick(house, hours=30 * 24 - 1)
    house.run()
    assert keys_of(house) == [original, sidecar]
    assert house.photo(photo_id).purged is False
    tick(house)
    house.run()
    assert keys_of(house) == [sidecar]
    photo = house.photo(photo_id)
    assert (photo.purged, photo.emptying, photo.archived, photo.state) == (True, False, False, PhotoState.DELETED)
    assert house.sidecar(photo_id).deleted_at == photo.deleted_at


def test_the_bytes_go_from_the_archive_of_before_and_what_was_put_aside_goes_with_them(tmp_path: Path) -> None:
    house = House(tmp_path, archives={FOLDER: FolderArchive(tmp_path / "new"), S3: OldArchive(tmp_path / "old")})
    photo_id, _ = house.send(PICTURE)
    house.run()
    house.act(lambda c: deliveries.plan(c, house.photo(photo_id).number, [Plan(S3)]))
    house.follow(photo_id)
    house.run()
    key = str(house.receipt(photo_id).remote_id)
    aside = key.replace("originals/", "damaged/")
    house.archive.put_document(f"{aside}.0123456789ab", b"rotten")
    house.archive.put_document(f"{aside[:-4]}-of-another.jpg.0123456789ab", b"rotten, too")
    house.trash(photo_id)
    tick(house, hours=0)
    tick(house, hours=31 * 24)
    house.run()
    assert keys_of(house) == keys_of(house, S3) == [f"{key}.json"]
    assert [found.key for found in house.archive.list("damaged")] == [f"{aside[:-4]}-of-another.jpg.0123456789ab"]
    house.close()


@pytest.mark.parametrize("jump", [TEN_YEARS, timedelta(hours=1)], ids=["ten years", "an hour"])
def test_a_clock_that_jumps_forward_purges_nothing_early(house: House, jump: timedelta) -> None:
    photo_id = thrown_away(house)
    for _ in range(40):
        house.now += jump
        tick(house, clock=False)
    house.run(wait=False)
    assert not house.photo(photo_id).purged
    tick(house, hours=30 * 24 - 40, clock=False)
    assert house.photo(photo_id).purged


@pytest.mark.parametrize("jump", [TEN_YEARS, timedelta(hours=1)], ids=["ten years", "an hour"])
def test_a_clock_that_jumps_backwards_holds_up_nothing(house: House, jump: timedelta) -> None:
    photo_id = thrown_away(house)
    house.now -= jump
    tick(house, hours=30 * 24, clock=False)
    house.run(wait=False)
    assert house.photo(photo_id).purged
    assert len(keys_of(house)) == 1


def test_a_clock_that_jumps_over_reboots_counts_for_an_hour_each_at_most(house: House) -> None:
    photo_id = thrown_away(house)
    for number in range(30):
        house.boot, house.up = f"boot {number}", timedelta()
        house.now += TEN_YEARS if number % 2 else -TEN_YEARS
        empty_trash(house.work, house.elapsed)
    assert not house.photo(photo_id).purged


def test_restored_before_its_time_a_photo_stays_and_its_time_begins_anew(house: House) -> None:
    photo_id = thrown_away(house)
    tick(house, hours=29 * 24)
    house.restore(photo_id)
    house.trash(photo_id)
    tick(house, hours=2 * 24)
    tick(house, hours=29 * 24)
    assert not house.photo(photo_id).purged
    tick(house, hours=24)
    assert house.photo(photo_id).purged


def test_between_the_decision_and_the_removal_it_is_deleted_to_everybody(house: House) -> None:
    photo_id = thrown_away(house)
    tick(house, hours=30 * 24)
    photo = house.photo(photo_id)
    assert (photo.purged, photo.emptying, len(keys_of(house))) == (True, True, 2)
    assert house.send(PICTURE) == (photo_id, Outcome.DELETED)
    with pytest.raises(ConflictingState):
        house.restore(photo_id)
    with pytest.raises(ConflictingState):
        house.act(lambda c: hand.retry(c, house.work, photo_id, FOLDER))


@pytest.mark.parametrize("processed_first", [True, False])
def test_bytes_that_come_anew_while_the_old_ones_are_removed_are_kept(house: House, processed_first: bool) -> None:
    photo_id = thrown_away(house)
    tick(house, hours=30 * 24)
    assert house.send(PICTURE, restore=True) == (photo_id, Outcome.RESTORED)
    if processed_first:
        house.follow(photo_id)
    assert house.todo.ids("deliver") == house.todo.ids("process") == []
    house.run()
    photo = house.photo(photo_id)
    assert (photo.archived, photo.purged, photo.emptying) == (True, False, False)
    assert house.original(photo_id) == PICTURE
    assert house.spooled() == []
    tick(house, hours=60 * 24)
    house.run()
    assert house.original(photo_id) == PICTURE


def test_an_upload_that_restores_just_before_the_decision_wins(house: House) -> None:
    photo_id = thrown_away(house)
    house.up += timedelta(days=30)
    house.send(PICTURE, restore=True)
    empty_trash(house.work, house.elapsed)
    house.run()
    assert not house.photo(photo_id).purged
    assert house.original(photo_id) == PICTURE


def test_a_removal_that_was_cut_short_or_lost_its_job_is_taken_up_again(house: House) -> None:
    photo_id = thrown_away(house)
    tick(house, hours=30 * 24)
    house.todo.forget("purge%")
    tick(house)
    house.run()
    assert not house.photo(photo_id).emptying
    assert len(keys_of(house)) == 1


def test_an_archive_that_is_away_keeps_the_removal_open_until_it_is_back(house: House) -> None:
    photo_id = thrown_away(house)
    whole = house.archive.delete

    def away(key: str) -> None:
        raise TryLater(f"the disk of {key} is away", reason="unreachable")

    house.archive.delete = away  # type: ignore[method-assign]  # for a while
    tick(house, hours=30 * 24)
    house.run()
    assert house.photo(photo_id).emptying
    house.archive.delete = whole  # type: ignore[method-assign]  # it is back
    tick(house)
    house.run()
    assert not house.photo(photo_id).emptying
    assert len(keys_of(house)) == 1


def test_a_copy_that_was_found_damaged_in_the_trash_goes_with_the_rest(house: House) -> None:
    photo_id = thrown_away(house)
    original, sidecar = keys_of(house)
    house.archive.put_document(original, b"rot")
    assert house.auditor.check(house.photo(photo_id).number, FOLDER, By.AUDIT) is not None
    tick(house, hours=31 * 24)
    house.run()
    assert house.photo(photo_id).purged
    assert keys_of(house) == [sidecar]
    assert house.sidecar(photo_id).deleted_at is not None


def test_a_copy_that_is_damaged_in_the_trash_is_healed_where_that_can_be_done_and_else_waits_for_nothing(
    tmp_path: Path,
) -> None:
    house, flickr = with_flickr(tmp_path)
    photo_id = thrown_away(house)
    house.archive.put_document(keys_of(house)[0], b"rot")
    number = house.photo(photo_id).number
    check = house.auditor.check(number, FOLDER, By.AUDIT)
    assert check is not None
    assert check.result is Result.WRONG
    assert house.state(photo_id) is DeliveryState.BLOCKED
    flickr.gives_back = True
    house.restore(photo_id)
    house.act(lambda c: hand.retry(c, house.work, photo_id, FOLDER))
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    house.trash(photo_id)
    house.run()
    house.archive.put_document(keys_of(house)[0], b"rot")
    check = house.auditor.check(number, FOLDER, By.AUDIT)
    assert check is not None
    assert check.result is Result.HEALED
    assert house.original(photo_id) == PICTURE
    assert house.photo(photo_id).state is PhotoState.DELETED
    house.close()


def test_nothing_is_removed_from_a_service(tmp_path: Path) -> None:
    house, flickr = with_flickr(tmp_path)
    photo_id = thrown_away(house)
    tick(house, hours=30 * 24)
    house.run()
    assert house.photo(photo_id).purged
    assert len(flickr.copies) == 1
    assert house.state(photo_id, FLICKR) is DeliveryState.DELIVERED
    house.send(PICTURE, restore=True)
    house.run()
    assert len(flickr.copies) == 1
    house.close()


def test_a_stranger_s_file_under_a_key_that_was_only_claimed_is_left_alone(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    number = house.photo(photo_id).number
    house.act(lambda c: deliveries.note(c, number, FOLDER, remote_id="originals/2026/11/24/a~0123456789ab.jpg"))
    house.archive.put_document("originals/2026/11/24/a~0123456789ab.jpg", b"a stranger's")
    house.act(lambda c: photos.trash(c, photo_id, house.now))
    tick(house, hours=0)
    tick(house, hours=30 * 24)
    house.run()
    assert house.photo(photo_id).purged
    assert keys_of(house) == ["originals/2026/11/24/a~0123456789ab.jpg"]
