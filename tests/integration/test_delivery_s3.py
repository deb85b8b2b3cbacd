"""A bucket as archive, on its bad days: everything waits as it should, and goes on by itself when it can."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mediascream.archive.folder import FolderArchive
from mediascream.archive.s3 import S3Archive
from mediascream.delivery import hand
from mediascream.errors import DestinationBlocked
from mediascream.library.errands import errands
from mediascream.photo import DeliveryState, DestinationName, PhotoState, Proof
from tests.fakes.s3_faults import Answer, passing_on, s3_error, with_a_flipped_bit
from tests.house import House

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mediascream.photo import PhotoId
    from tests.fakes.s3_faults import Passing
    from tests.servers import S3Server

FOLDER, S3 = DestinationName.FOLDER, DestinationName.S3
PICTURE = b"\xff\xd8\xff\xe0 a picture"


class Weather:
    """What happens to requests on their way to the server; fair at first."""

    def __init__(self) -> None:
        self.change: Callable[[Passing], Passing | Answer] = lambda request: request
        self.requests = 0

    def meet(self, request: Passing) -> Passing | Answer:
        self.requests += 1
        return self.change(request)

    def clear(self) -> None:
        self.change = lambda request: request

    def answer(self, answer: Answer) -> None:
        self.change = lambda _request: answer

    def cut(self) -> None:
        """The network is down."""

        def hang_up(_request: Passing) -> Passing:
            raise ConnectionResetError

        self.change = hang_up


@pytest.fixture
def weather() -> Weather:
    return Weather()


@pytest.fixture
def house(tmp_path: Path, ministack: S3Server, weather: Weather) -> Iterator[House]:
    with passing_on(ministack.endpoint, weather.meet) as endpoint:
        archive = S3Archive(replace(ministack.options(), endpoint=endpoint), max_retries=0)
        made = House(tmp_path, archives={S3: archive})
        yield made
        made.close()


def test_a_photo_is_kept_in_a_bucket_with_the_proof_that_was_seen(house: House) -> None:
    photo_id, _ = house.send(PICTURE, tags=("vegas",))
    house.run()
    receipt = house.receipt(photo_id, S3)
    assert (receipt.state, receipt.proof) == (DeliveryState.DELIVERED, Proof.CHECKSUM)
    assert house.original(photo_id, S3) == PICTURE
    assert house.sidecar(photo_id, S3).tags == ("vegas",)
    assert house.spooled() == []


def test_a_server_that_checks_no_checksums_gets_the_proof_by_reading_back(tmp_path: Path, rclone: S3Server) -> None:
    house = House(tmp_path, archives={S3: S3Archive(rclone.options())})
    photo_id, _ = house.send(PICTURE)
    house.run()
    assert house.receipt(photo_id, S3).proof is Proof.BYTES
    assert house.photo(photo_id).state is PhotoState.SAFE
    house.close()


def test_a_bucket_that_cannot_be_reached_is_waited_for_and_all_is_safe_when_it_comes_back(
    house: House, weather: Weather
) -> None:
    weather.cut()
    ids = [house.send(PICTURE + bytes([i]))[0] for i in range(20)]
    house.run(wait=False)
    assert house.counts(S3) == {DeliveryState.WAITING: 20}
    assert {house.photo(i).state for i in ids} == {PhotoState.PROCESSING}
    assert {house.receipt(i, S3).error_code for i in ids} == {"unreachable"}
    assert all(house.receipt(i, S3).next_attempt_at is not None for i in ids)
    assert house.spooled() == sorted(ids)
    weather.clear()
    house.run()
    assert {house.photo(i).state for i in ids} == {PhotoState.SAFE}
    assert house.spooled() == []


def test_while_a_bucket_is_away_one_job_looks_for_all_and_tells_when_it_looks_again(
    house: House, weather: Weather
) -> None:
    weather.cut()
    ids = [house.send(PICTURE + bytes([i]))[0] for i in range(20)]
    house.run(wait=False)
    before, later = weather.requests, house.now + timedelta(hours=1)
    while house.now < later:
        house.now = min(later, house.now + timedelta(seconds=10))
        house.run(wait=False)
    looks = weather.requests - before
    assert 10 <= looks <= 40
    assert house.todo.ids("deliver") == []
    assert {house.receipt(i, S3).next_attempt_at for i in ids} == {house.standing(S3).until}


def test_impatience_does_not_multiply_the_looks_at_a_bucket_that_is_away(house: House, weather: Weather) -> None:
    weather.cut()
    photo_id, _ = house.send(PICTURE)
    house.run(wait=False)
    for _ in range(10):
        house.now += timedelta(seconds=1)
        house.act(lambda c: hand.retry(c, house.work, photo_id, S3))
        house.run(wait=False)
    before, later = weather.requests, house.now + timedelta(hours=1)
    while house.now < later:
        house.now += timedelta(seconds=10)
        house.run(wait=False)
    assert weather.requests - before <= 40


def test_wrong_keys_block_until_they_are_right_and_the_spool_keeps_everything(house: House, weather: Weather) -> None:
    weather.answer(s3_error(403, "SignatureDoesNotMatch"))
    ids = [house.send(PICTURE + bytes([i]))[0] for i in range(5)]
    house.run(wait=False)
    assert house.counts(S3) == {DeliveryState.BLOCKED: 5}
    assert {house.photo(i).state for i in ids} == {PhotoState.ATTENTION}
    assert {house.receipt(i, S3).error_code for i in ids} == {"wrong-keys"}
    house.now += timedelta(hours=1)
    house.run(wait=False)
    assert house.spooled() == sorted(ids)
    weather.clear()
    house.run()
    assert {house.photo(i).state for i in ids} == {PhotoState.SAFE}
    assert house.spooled() == []
    assert house.standing(S3).trouble is None


def test_a_full_bucket_blocks_until_there_is_room(house: House, weather: Weather) -> None:
    full = s3_error(507, "InsufficientStorage")
    weather.change = lambda request: full if request.method == "PUT" else request
    photo_id, _ = house.send(PICTURE)
    house.run(wait=False)
    assert house.receipt(photo_id, S3).error_code == "storage-full"
    assert house.photo(photo_id).state is PhotoState.ATTENTION
    weather.clear()
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE


def test_an_archive_never_fails_however_long_it_is_damaged(house: House, weather: Weather) -> None:
    weather.change = with_a_flipped_bit
    photo_id, _ = house.send(PICTURE)
    later = house.now + timedelta(hours=6)
    while house.now < later:
        house.now += timedelta(minutes=5)
        house.run(wait=False)
    receipt = house.receipt(photo_id, S3)
    assert (receipt.state, receipt.error_code) == (DeliveryState.WAITING, "damaged-copy")
    assert receipt.attempts > 30
    assert house.spooled() == [photo_id]
    weather.clear()
    house.run()
    assert house.original(photo_id, S3) == PICTURE
    assert house.photo(photo_id).state is PhotoState.SAFE


def test_when_the_trouble_becomes_another_the_photos_say_so(house: House, weather: Weather) -> None:
    weather.cut()
    photo_id, _ = house.send(PICTURE)
    house.run(wait=False)
    assert house.photo(photo_id).state is PhotoState.PROCESSING
    weather.answer(s3_error(403, "AccessDenied"))
    house.now += timedelta(minutes=10)
    house.run(wait=False)
    assert house.photo(photo_id).state is PhotoState.ATTENTION
    assert house.receipt(photo_id, S3).error_code == "access-denied"
    weather.cut()
    house.now += timedelta(minutes=10)
    house.run(wait=False)
    assert house.photo(photo_id).state is PhotoState.PROCESSING
    assert house.state(photo_id, S3) is DeliveryState.WAITING


def test_a_photo_is_safe_though_the_bucket_is_away_when_only_its_words_changed(house: House, weather: Weather) -> None:
    photo_id, _ = house.send(PICTURE)
    house.run()
    weather.cut()
    house.tag(photo_id, "travel")
    house.run(wait=False)
    assert house.photo(photo_id).state is PhotoState.SAFE
    weather.clear()
    house.run()
    assert house.sidecar(photo_id, S3).tags == ("travel",)


def test_renditions_go_to_the_bucket_and_trouble_with_them_holds_nothing_up(house: House, tmp_path: Path) -> None:
    photo_id, _ = house.send(PICTURE)
    house.run()
    photo = replace(house.photo(photo_id), preview="ready")
    folder = tmp_path / "renditions" / photo_id[:2] / photo_id[2:4]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{photo_id}.thumb.webp").write_bytes(b"small")
    house.keeper.share_renditions(photo, house.archive)
    key = f"renditions/{photo_id[:2]}/{photo_id[2:4]}/{photo_id}"
    assert house.archive.read_document(f"{key}.thumb.webp") == b"small"
    assert house.archive.find(f"{key}.preview.jpg") is None


# ------------------------------------------------------------------------------ from a folder to a bucket


@pytest.fixture
def moving(tmp_path: Path, ministack: S3Server) -> Iterator[House]:
    """A library in a folder, whose owner has just set a bucket."""
    folder = FolderArchive(tmp_path / "archive")
    house = House(tmp_path, archives={FOLDER: folder})
    for number in range(50):
        house.send(PICTURE + bytes([number]), name=f"old{number:02}.jpg")
    house.run()
    house.archives = {S3: S3Archive(ministack.options()), FOLDER: folder}
    house.build()
    yield house
    house.close()


def plan_move(house: House) -> None:
    house.act(lambda c: house.todo.enqueue(c, hand.plan_job(S3, 0, 1)))


def in_order(house: House) -> list[str]:
    """File names as the bucket gets them."""
    taken: list[str] = []
    inner = house.archive.put_original

    def put(key: str, *args: object, **options: object) -> object:
        taken.append(key.rpartition("/")[2].partition("~")[0])
        return inner(key, *args, **options)  # type: ignore[arg-type]

    house.archive.put_original = put  # type: ignore[method-assign,assignment]
    return taken


def test_a_move_takes_new_photos_first_then_the_oldest_and_leaves_the_old_copies(moving: House) -> None:
    taken = in_order(moving)
    plan_move(moving)
    moving.step("plan")
    moving.step()
    moving.send(PICTURE + b"new", name="new.jpg")
    moving.run()
    assert taken[0] == "old00"
    assert taken[1] == "new"
    assert taken[2:] == [f"old{number:02}" for number in range(1, 50)]
    assert moving.counts(S3) == {DeliveryState.DELIVERED: 51}
    assert moving.counts(FOLDER) == {DeliveryState.DELIVERED: 50}


def test_every_photo_reads_the_same_after_the_move(moving: House) -> None:
    plan_move(moving)
    moving.run()
    for number in range(1, 51):
        photo = next(p for p in [moving.photo(i) for i in all_ids(moving)] if p.number == number)
        assert moving.original(photo.id, S3) == moving.original(photo.id, FOLDER) == PICTURE + bytes([number - 1])
        assert photo.state is PhotoState.SAFE


def all_ids(house: House) -> list[PhotoId]:
    with house.database.reading() as connection:
        return [one.photo_id for one in errands(connection, destination=FOLDER, states=[DeliveryState.DELIVERED])]


def test_trash_and_restore_work_across_a_move(moving: House) -> None:
    photo_id = all_ids(moving)[7]
    moving.trash(photo_id)
    plan_move(moving)
    moving.run()
    assert moving.state(photo_id, S3) is DeliveryState.DELIVERED
    assert moving.sidecar(photo_id, S3).deleted_at is not None
    moving.restore(photo_id)
    moving.run()
    assert moving.photo(photo_id).state is PhotoState.SAFE
    assert moving.sidecar(photo_id, S3).deleted_at is None


def test_a_foreign_bucket_is_never_written_to(moving: House) -> None:
    moving.archive.put_document("mediascream.json", b'{"format":"mediascream-archive","version":1,"library_id":"x"}')
    with pytest.raises(DestinationBlocked, match="does not know"):
        moving.keeper.contact(S3)
    plan_move(moving)
    moving.run(wait=False)
    assert moving.counts(S3) == {DeliveryState.BLOCKED: 50}
    assert list(moving.archive.list("originals")) == []
