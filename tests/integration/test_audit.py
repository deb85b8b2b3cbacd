"""Copies checked again: rot is noticed, healed where a good copy is left, told where not, and never spread."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mediascream.archive import keys
from mediascream.archive.folder import FolderArchive
from mediascream.delivery import hand
from mediascream.delivery.originals import lacks_bytes
from mediascream.delivery.reconcile import reconcile
from mediascream.errors import DestinationBlocked, QuotaSpent, TryLater
from mediascream.library import check_log, checks, deliveries, photos
from mediascream.library.checks import By, Result
from mediascream.library.records import Outcome, Plan
from mediascream.library.standing import Standing, Trouble, put_standing
from mediascream.photo import DeliveryState, DestinationName, PhotoState, Proof
from tests.house import House, with_flickr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediascream.archive.base import Archive
    from mediascream.library.checks import Check
    from mediascream.photo import PhotoId

PICTURE = b"\xff\xd8\xff\xe0 a picture of the sea" * 100
FOLDER, S3, FLICKR = DestinationName.FOLDER, DestinationName.S3, DestinationName.FLICKR


class SecondFolder(FolderArchive):
    """An old archive beside the present one."""

    name = S3


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.close()


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[House]:
    """A house that has an archive of before, too."""
    archives: dict[DestinationName, Archive] = {
        FOLDER: FolderArchive(tmp_path / "new"),
        S3: SecondFolder(tmp_path / "old"),
    }
    built = House(tmp_path, archives=archives)
    yield built
    built.close()


def flipped(content: bytes, *, at: int = 1000) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def sent(house: House, content: bytes = PICTURE) -> PhotoId:
    photo_id, _ = house.send(content)
    house.run()
    assert house.photo(photo_id).archived
    return photo_id


def key(house: House, photo_id: PhotoId, name: DestinationName = FOLDER) -> str:
    return str(house.receipt(photo_id, name).remote_id)


def rot(house: House, photo_id: PhotoId, name: DestinationName = FOLDER) -> None:
    house.archives[name].put_document(key(house, photo_id, name), flipped(PICTURE))


def check(house: House, photo_id: PhotoId, name: DestinationName = FOLDER) -> Check:
    found = house.auditor.check(house.photo(photo_id).number, name, By.AUDIT)
    assert found is not None
    return found


def in_both(house: House, photo_id: PhotoId) -> None:
    """Have the archive of before hold it as well."""
    number = house.photo(photo_id).number
    house.act(lambda c: deliveries.plan(c, number, [Plan(S3)]))
    house.follow(photo_id)
    house.run()
    assert house.state(photo_id, S3) is DeliveryState.DELIVERED


def test_a_good_copy_is_noted_as_checked_and_its_sidecar_is_left_as_it_is(house: House) -> None:
    photo_id = sent(house)
    before = house.archive.read_document(f"{key(house, photo_id)}.json")
    house.now += timedelta(days=3)
    assert check(house, photo_id).result is Result.GOOD
    assert house.receipt(photo_id).checked_at == house.now
    assert house.receipt(photo_id).proof is Proof.BYTES
    assert house.run() == 0
    assert house.archive.read_document(f"{key(house, photo_id)}.json") == before


def test_a_rotten_original_without_another_copy_asks_for_a_person_and_is_left_there(house: House) -> None:
    photo_id = sent(house)
    rot(house, photo_id)
    found = check(house, photo_id)
    assert (found.result, found.code) == (Result.WRONG, "damaged")
    receipt, photo = house.receipt(photo_id), house.photo(photo_id)
    assert (receipt.state, receipt.error_code, receipt.proof) == (DeliveryState.BLOCKED, "damaged", None)
    assert (photo.state, photo.archived) == (PhotoState.ATTENTION, False)
    assert "Send the same file again" in str(receipt.error_detail)
    assert house.original(photo_id) == flipped(PICTURE)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no file here that cannot be read")
def test_an_original_that_the_disk_no_longer_reads_asks_for_a_person_and_is_healed_by_the_same_file(
    house: House, tmp_path: Path
) -> None:
    photo_id = sent(house)
    file = tmp_path / "archive" / str(house.receipt(photo_id).remote_id)
    file.unlink()
    file.symlink_to("/proc/self/mem")
    assert check(house, photo_id).result is Result.WRONG
    assert house.photo(photo_id).state is PhotoState.ATTENTION
    house.send(PICTURE)
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert house.original(photo_id) == PICTURE


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no file here that cannot be read")
def test_a_spool_file_that_the_disk_no_longer_reads_asks_for_a_person_and_holds_up_nothing(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    (house.spool / photo_id).unlink()
    (house.spool / photo_id).symlink_to("/proc/self/mem")
    house.run()
    assert house.receipt(photo_id).error_code == "source-damaged"
    assert house.photo(photo_id).state is PhotoState.ATTENTION
    other, _ = house.send(PICTURE + b" and another")
    house.run()
    assert house.photo(other).state is PhotoState.SAFE
    (house.spool / photo_id).unlink()  # what came in is given the name of what was there
    house.send(PICTURE)
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert house.photo(photo_id).sha1 is not None
    assert house.original(photo_id) == PICTURE


def test_a_lost_original_asks_for_a_person_and_comes_back_when_it_is_sent_again(house: House) -> None:
    photo_id = sent(house)
    house.archive.delete(key(house, photo_id))
    assert check(house, photo_id).code == "lost"
    assert house.photo(photo_id).state is PhotoState.ATTENTION
    before = key(house, photo_id)
    assert house.send(PICTURE) == (photo_id, Outcome.DUPLICATE)
    house.run()
    assert house.photo(photo_id).archived
    assert (key(house, photo_id), house.original(photo_id)) == (before, PICTURE)
    assert house.spooled() == []


def test_a_rotten_original_is_replaced_by_the_same_file_sent_again_and_the_rotten_bytes_are_kept(house: House) -> None:
    photo_id = sent(house)
    rot(house, photo_id)
    check(house, photo_id)
    house.send(PICTURE)
    house.run()
    assert house.photo(photo_id).archived
    assert house.original(photo_id) == PICTURE
    aside = list(house.archive.list("damaged"))
    assert [house.archive.read_document(one.key) for one in aside] == [flipped(PICTURE)]
    assert check(house, photo_id).result is Result.GOOD


def test_what_a_person_put_back_by_hand_is_found_by_itself(house: House) -> None:
    photo_id = sent(house)
    rot(house, photo_id)
    check(house, photo_id)
    house.archive.put_document(key(house, photo_id), PICTURE)
    house.act(lambda c: hand.retry(c, house.work, photo_id, FOLDER))
    house.run()
    assert house.photo(photo_id).archived
    assert house.receipt(photo_id).proof is Proof.BYTES


@pytest.mark.parametrize("spoil", [rot, lambda house, one: house.archive.delete(key(house, one))], ids=["rot", "loss"])
def test_a_wrong_original_is_healed_from_the_archive_of_before(
    moving: House, spoil: Callable[[House, PhotoId], None]
) -> None:
    photo_id = sent(moving)
    in_both(moving, photo_id)
    spoil(moving, photo_id)
    assert check(moving, photo_id).result is Result.HEALED
    assert moving.original(photo_id) == moving.original(photo_id, S3) == PICTURE
    assert moving.receipt(photo_id).proof is Proof.BYTES
    assert moving.photo(photo_id).archived
    moving.run()
    assert moving.sidecar(photo_id).receipts[0].state is DeliveryState.DELIVERED


def test_a_rotten_copy_is_not_healed_from_another_rotten_copy(moving: House) -> None:
    photo_id = sent(moving)
    in_both(moving, photo_id)
    rot(moving, photo_id)
    rot(moving, photo_id, S3)
    assert check(moving, photo_id).result is Result.WRONG
    assert moving.original(photo_id) == flipped(PICTURE)
    check(moving, photo_id, S3)
    assert not moving.photo(photo_id).archived


def test_healing_that_a_crash_cut_short_is_taken_up_by_the_next_start(moving: House) -> None:
    photo_id = sent(moving)
    in_both(moving, photo_id)
    rot(moving, photo_id)
    number = moving.photo(photo_id).number
    with moving.database.reading() as connection:
        run = deliveries.get(connection, number, FOLDER).run
    moving.act(lambda c: deliveries.lose(c, number, FOLDER, run=run, code="damaged", detail="it rotted"))
    moving.follow(photo_id)
    moving.run()
    assert moving.original(photo_id) == PICTURE
    assert moving.state(photo_id) is DeliveryState.DELIVERED


@pytest.mark.parametrize("at", [0, 5, 40, 200, -3])
def test_one_flipped_bit_anywhere_in_a_sidecar_is_noticed_and_mended(house: House, at: int) -> None:
    photo_id = sent(house)
    sidecar = f"{key(house, photo_id)}.json"
    good = house.archive.read_document(sidecar)
    house.archive.put_document(sidecar, flipped(good, at=at % len(good)))
    found = check(house, photo_id)
    assert (found.result, found.code) == (Result.HEALED, "sidecar")
    assert house.sidecar(photo_id).id == photo_id
    assert check(house, photo_id).result is Result.GOOD


def test_a_sidecar_that_a_newer_version_wrote_is_told_of_and_left_as_it_is(house: House) -> None:
    photo_id = sent(house)
    sidecar = f"{key(house, photo_id)}.json"
    newer = json.dumps(json.loads(house.archive.read_document(sidecar)) | {"v": 99, "more": "than we know"}).encode()
    house.archive.put_document(sidecar, newer)
    found = check(house, photo_id)
    assert (found.result, found.code) == (Result.UNKNOWN, "sidecar-too-new")
    assert "use a newer Mediascream" in str(found.detail)
    assert house.archive.read_document(sidecar) == newer
    assert house.state(photo_id) is DeliveryState.DELIVERED


def test_an_original_that_is_lost_while_the_archive_is_thought_to_be_away_is_called_lost(house: House) -> None:
    photo_id = sent(house)
    until = house.now + timedelta(minutes=5)
    away = Standing(FOLDER, trouble=Trouble.WAITING, code="unreachable", detail="The network is away.", until=until)
    house.act(lambda c: put_standing(c, away))
    house.archive.delete(key(house, photo_id))
    found = check(house, photo_id)
    assert (found.result, found.code) == (Result.WRONG, "lost")
    assert "it is no longer there" in str(found.detail)
    assert "The network is away." in str(found.detail)


def test_a_missing_sidecar_is_written_anew(house: House) -> None:
    photo_id = sent(house)
    house.archive.delete(f"{key(house, photo_id)}.json")
    assert check(house, photo_id).code == "sidecar"
    assert house.sidecar(photo_id).file_name == "DSC00647.JPG"


def test_a_sidecar_need_not_tell_of_a_copy_in_another_archive(moving: House) -> None:
    photo_id = sent(moving)
    in_both(moving, photo_id)
    assert [check(moving, photo_id, name).result for name in (FOLDER, S3)] == [Result.GOOD] * 2


def test_a_sidecar_that_tells_something_else_is_written_anew(house: House) -> None:
    photo_id = sent(house)
    other = replace(house.sidecar(photo_id), tags=("from somewhere else",))
    house.archive.put_document(f"{key(house, photo_id)}.json", other.to_bytes())
    assert check(house, photo_id).code == "sidecar"
    assert house.sidecar(photo_id).tags == ()


def test_a_rotten_rendition_is_noticed_and_made_anew(house: House) -> None:
    photo_id = sent(house)
    number, path = house.photo(photo_id).number, house.folder / keys.rendition_key(photo_id, keys.Rendition.THUMB)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a thumbnail")
    house.act(lambda c: photos.rendered(c, number, {"thumb.webp": "0f" * 32}))
    found = check(house, photo_id)
    assert (found.result, found.code) == (Result.HEALED, "rendition")
    assert house.todo.ids("render")


def test_a_rotten_spool_file_is_archived_nowhere_asks_for_a_person_and_is_healed_by_the_same_file(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    (house.spool / photo_id).write_bytes(flipped(PICTURE))
    house.run()
    receipt = house.receipt(photo_id)
    assert (receipt.state, receipt.error_code) == (DeliveryState.BLOCKED, "source-damaged")
    assert house.photo(photo_id).state is PhotoState.ATTENTION
    assert list(house.archive.list("originals")) == []
    house.send(PICTURE)
    house.run()
    assert house.photo(photo_id).archived
    assert house.original(photo_id) == PICTURE
    sha1 = hashlib.sha1(PICTURE, usedforsecurity=False).hexdigest()
    assert (house.photo(photo_id).sha1, house.sidecar(photo_id).sha1) == (sha1, sha1), "that of the rotten bytes"


def test_a_rotten_archive_copy_is_sent_to_no_service_and_not_called_archived_any_more(tmp_path: Path) -> None:
    house, flickr = with_flickr(tmp_path)
    flickr.before = lambda _photo: TryLater("not now", reason="busy")
    photo_id, _ = house.send(PICTURE)
    house.run(wait=False)
    rot(house, photo_id)
    flickr.before = lambda _photo: None
    house.now = house.receipt(photo_id, FLICKR).next_attempt_at or house.now
    house.run(wait=False)
    assert [copy.photo_id for copy in flickr.copies if copy.photo_id == photo_id] == []
    assert house.receipt(photo_id, FLICKR).error_code == "original-damaged"
    assert (house.photo(photo_id).archived, house.receipt(photo_id).error_code) == (False, "damaged")
    house.send(PICTURE)
    house.run()
    reconcile(house.work)
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert [copy.photo_id for copy in flickr.copies] == [photo_id]
    house.close()


def test_an_archive_copy_that_a_service_s_delivery_misses_is_not_called_archived_any_more(tmp_path: Path) -> None:
    house, flickr = with_flickr(tmp_path)
    flickr.before = lambda _photo: TryLater("not now", reason="busy")
    photo_id, _ = house.send(PICTURE)
    house.run(wait=False)
    house.archive.delete(key(house, photo_id))
    flickr.before = lambda _photo: None
    house.now = house.receipt(photo_id, FLICKR).next_attempt_at or house.now
    house.run(wait=False)
    assert (house.photo(photo_id).archived, house.receipt(photo_id).error_code) == (False, "lost")
    house.close()


@pytest.mark.parametrize("trouble", [None, "no-space"])
def test_bytes_that_come_before_anybody_looked_for_another_copy_are_taken(house: House, trouble: str | None) -> None:
    """The audit died between its two commits, or the whole archive is blocked meanwhile."""
    photo_id = sent(house)
    rot(house, photo_id)
    number, code = house.photo(photo_id).number, "damaged"
    house.act(lambda c: deliveries.lose(c, number, FOLDER, run=1, code=code, detail="it is other bytes"))
    if trouble is not None:
        stopped = DeliveryState.BLOCKED
        house.act(lambda c: deliveries.stop(c, number, FOLDER, stopped, code=trouble, detail="make room"))
    assert lacks_bytes(house.photo(photo_id))
    house.send(PICTURE)
    assert house.spooled() == [photo_id]
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert house.original(photo_id) == PICTURE


def test_bytes_that_come_for_a_damaged_photo_in_the_trash_are_taken_with_it(house: House) -> None:
    photo_id = sent(house)
    rot(house, photo_id)
    assert check(house, photo_id).result is Result.WRONG
    house.trash(photo_id)
    house.run()
    assert house.send(PICTURE, restore=True)[1] is Outcome.RESTORED
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert house.original(photo_id) == PICTURE


def test_a_copy_that_its_owner_deleted_is_told_once_and_not_sent_again_by_itself(tmp_path: Path) -> None:
    house, flickr = with_flickr(tmp_path)
    photo_id = sent(house)
    assert check(house, photo_id, FLICKR).result is Result.GOOD
    flickr.copies.clear()
    found = check(house, photo_id, FLICKR)
    assert (found.result, found.code) == (Result.WRONG, "gone")
    assert (house.state(photo_id, FLICKR), house.receipt(photo_id, FLICKR).error_code) == ("failed", "gone")
    assert house.auditor.check(house.photo(photo_id).number, FLICKR, By.AUDIT) is None
    house.act(lambda c: hand.retry_all(c, house.work, FLICKR))
    house.send(PICTURE)
    house.run()
    assert flickr.copies == []
    house.act(lambda c: hand.retry(c, house.work, photo_id, FLICKR))
    house.run()
    assert [copy.photo_id for copy in flickr.copies] == [photo_id]
    house.close()


@pytest.mark.parametrize(
    "error",
    [
        TryLater("busy", reason="busy"),
        DestinationBlocked("log in again", reason="not-connected"),
        QuotaSpent("no more today", reason="quota", resets_at=House.now),
    ],
    ids=["busy", "blocked", "quota"],
)
def test_a_service_that_cannot_be_asked_says_nothing_of_the_copy(
    tmp_path: Path, error: TryLater | DestinationBlocked | QuotaSpent
) -> None:
    house, flickr = with_flickr(tmp_path)
    photo_id = sent(house)
    flickr.before_check = error
    assert check(house, photo_id, FLICKR).result is Result.UNKNOWN
    assert house.state(photo_id, FLICKR) is DeliveryState.DELIVERED
    house.close()


def test_an_archive_that_is_away_says_nothing_of_the_copy(house: House, tmp_path: Path) -> None:
    photo_id = sent(house)
    (tmp_path / "archive" / ".tmp").rename(tmp_path / "gone")
    (tmp_path / "archive" / "originals").rename(tmp_path / "originals-gone")
    assert check(house, photo_id).result is Result.UNKNOWN
    assert house.photo(photo_id).archived


def test_what_the_trash_took_away_while_it_was_read_is_no_loss(house: House) -> None:
    photo_id = sent(house)
    whole = house.archive.digest_of

    def purged_meanwhile(key: str) -> PhotoId:
        house.trash(photo_id)
        house.purge(photo_id)
        house.archive.digest_of = whole  # type: ignore[method-assign]  # once
        return whole(key)

    house.archive.digest_of = purged_meanwhile  # type: ignore[method-assign]  # a race, made sure to happen
    assert house.auditor.check(house.photo(photo_id).number, FOLDER, By.AUDIT) is None
    assert house.photo(photo_id).purged


def test_of_a_tombstone_the_sidecar_alone_is_checked(house: House) -> None:
    photo_id = sent(house)
    house.trash(photo_id)
    house.purge(photo_id)
    house.run()
    assert check(house, photo_id).result is Result.GOOD
    house.archive.delete(f"{key(house, photo_id)}.json")
    assert check(house, photo_id).result is Result.HEALED
    assert house.sidecar(photo_id).deleted_at is not None


def test_every_check_is_in_the_log_and_old_good_ones_are_forgotten(house: House) -> None:
    photo_id = sent(house)
    for _ in range(3):
        check(house, photo_id)
    rot(house, photo_id)
    check(house, photo_id)
    with house.database.reading() as connection:
        logged = check_log.logged(connection)
    assert [one.result for _, one in logged] == ["good", "good", "good", "wrong"]
    assert logged[-1][1].code == "damaged"
    house.act(lambda c: check_log.forget_good(c, keep=2))
    with house.database.reading() as connection:
        assert [number for number, _ in check_log.logged(connection)] == [3, 4]


def test_the_oldest_check_goes_first_and_one_of_the_future_before_it(house: House) -> None:
    ids = [sent(house, PICTURE + bytes([number])) for number in range(3)]
    numbers = [house.photo(one).number for one in ids]

    def checked(number: int, **when: object) -> None:
        house.act(lambda c: deliveries.note(c, number, FOLDER, **when))

    def first() -> int:
        with house.database.reading() as connection:
            found = checks.oldest(connection, [FOLDER, FLICKR], house.now)
        assert found is not None
        return found.number

    for number, at in zip(numbers, (30, 10, 20), strict=True):
        checked(number, checked_at_ms=at)
    assert first() == numbers[1]
    checked(numbers[0], checked_at_ms=10**15)
    assert first() == numbers[0]
    checked(numbers[0], checked_at_ms=30)
    checked(numbers[2], checked_at_ms=None)
    assert first() == numbers[2]
