"""The end of a move: the old copies go when all are in the new archive, and not a moment before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mediascream.archive import keys
from mediascream.archive.folder import FolderArchive
from mediascream.archive.s3 import S3Archive
from mediascream.delivery import hand
from mediascream.delivery.drop_old import drop_old
from mediascream.delivery.purge import empty_trash
from mediascream.doctor.deliveries import look_at_deliveries, remember
from mediascream.doctor.findings import Level
from mediascream.errors import ConflictingState, NotInArchive
from mediascream.photo import DeliveryState, DestinationName, PhotoState
from tests.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import S3Server

FOLDER, S3 = DestinationName.FOLDER, DestinationName.S3
PICTURE = b"\xff\xd8\xff\xe0 a picture"


class Moved:
    """A library of three photos that moves from a folder to a bucket."""

    def __init__(self, folder: Path, server: S3Server) -> None:
        self.folder = FolderArchive(folder / "archive")
        self.house = House(folder, archives={FOLDER: self.folder})
        self.ids = [self.house.send(PICTURE + bytes([i]), name=f"{i}.jpg")[0] for i in range(3)]
        self.house.run()
        self.bucket = S3Archive(server.options())
        self.house.archives = {S3: self.bucket, FOLDER: self.folder}
        self.house.build()

    def plan(self) -> None:
        self.house.act(lambda c: hand.plan_missing(c, self.house.work, S3, after=0, stamp=1))

    def move(self) -> None:
        self.plan()
        self.house.run()

    def drop(self) -> int:
        return drop_old(self.house.work, self.house.keeper)

    def old_files(self) -> list[str]:
        return [found.key for found in self.folder.list(keys.ORIGINALS)]


@pytest.fixture
def moved(tmp_path: Path, ministack: S3Server) -> Iterator[Moved]:
    made = Moved(tmp_path, ministack)
    yield made
    made.house.close()


def test_old_copies_go_once_all_are_in_the_new_archive(moved: Moved) -> None:
    moved.move()
    assert moved.drop() == 3
    assert moved.old_files() == []
    moved.house.run()
    for number, photo_id in enumerate(moved.ids):
        photo = moved.house.photo(photo_id)
        assert [receipt.destination for receipt in photo.receipts if receipt.destination in {S3, FOLDER}] == [S3]
        assert (photo.state, photo.archived) == (PhotoState.SAFE, True)
        assert b"".join(moved.house.originals.read(photo)) == PICTURE + bytes([number])
        assert FOLDER not in {receipt.destination for receipt in moved.house.sidecar(photo_id, S3).receipts}
    assert moved.house.counts(FOLDER) == {}


def test_nothing_goes_while_one_photo_has_not_arrived(moved: Moved) -> None:
    moved.plan()
    while len(moved.house.todo.ids("deliver")) > 1:
        moved.house.step()
    with pytest.raises(ConflictingState, match=r"1 of the photos are not proven"):
        moved.drop()
    assert len(moved.old_files()) == 6
    moved.house.run()
    assert moved.drop() == 3


def test_nothing_goes_before_the_move_was_even_planned(moved: Moved) -> None:
    with pytest.raises(ConflictingState, match=r"3 of the photos are not proven.*0\.jpg"):
        moved.drop()
    assert len(moved.old_files()) == 6


def test_a_copy_is_kept_that_the_new_archive_has_lost_again(moved: Moved) -> None:
    moved.move()
    key = str(moved.house.receipt(moved.ids[1], S3).remote_id)
    moved.bucket.delete(key)
    with pytest.raises(ConflictingState, match="no longer has"):
        moved.drop()
    assert moved.folder.find(key) is not None
    assert b"".join(moved.house.originals.read(moved.house.photo(moved.ids[1]))) == PICTURE + b"\x01"


def test_it_goes_on_where_it_was_interrupted(moved: Moved) -> None:
    moved.move()
    inner, left = moved.folder.delete, [3]

    def delete(key: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        inner(key)

    moved.folder.delete = delete  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        moved.drop()
    moved.folder.delete = inner  # type: ignore[method-assign]
    for photo_id in moved.ids:
        assert b"".join(moved.house.originals.read(moved.house.photo(photo_id))).startswith(PICTURE)
    assert moved.drop() == 3
    assert moved.old_files() == []
    assert moved.drop() == 0


def test_without_a_second_archive_there_is_nothing_to_drop(tmp_path: Path) -> None:
    house = House(tmp_path)
    photo_id, _ = house.send(PICTURE)
    house.run()
    assert drop_old(house.work, house.keeper) == 0
    assert house.original(photo_id) == PICTURE
    house.close()


def test_nothing_is_called_moved_that_lies_in_an_archive_which_the_settings_do_not_name_any_more(moved: Moved) -> None:
    moved.move()
    assert moved.drop() == 3
    moved.house.archives = {FOLDER: moved.folder}
    moved.house.build()
    with pytest.raises(ConflictingState, match="lie in s3 alone"):
        moved.drop()
    with pytest.raises(NotInArchive, match="lies in s3, which the settings do not name"):
        moved.house.originals.read(moved.house.photo(moved.ids[0]))
    with moved.house.database.reading() as connection:
        told = [one for one in look_at_deliveries(remember(connection, unset=[S3])) if one.level is Level.PROBLEM]
    assert [one.to_do for one in told] == ["put its settings back (docs/s3.md); until then nobody can read them"]


def test_what_went_to_the_trash_during_the_move_is_sent_after_and_then_dropped(moved: Moved) -> None:
    moved.plan()
    moved.house.trash(moved.ids[0])
    moved.house.run()
    assert moved.house.state(moved.ids[0], S3) is DeliveryState.CANCELLED
    with pytest.raises(ConflictingState, match=r"0\.jpg"):
        moved.drop()
    moved.house.run()
    assert moved.drop() == 3
    moved.house.restore(moved.ids[0])
    moved.house.run()
    assert moved.house.photo(moved.ids[0]).state is PhotoState.SAFE


def test_tombstones_come_along(moved: Moved) -> None:
    house, gone = moved.house, moved.ids[2]
    house.trash(gone)
    house.purge(gone)
    moved.move()
    moved.drop()
    assert moved.old_files() == []
    told = house.sidecar(gone, S3)
    assert told.deleted_at is not None
    archived = [(one.destination, one.state) for one in told.receipts if one.destination in {S3, FOLDER}]
    assert archived == [(S3, DeliveryState.DELIVERED)], "a rebuild would take a tombstone that tells less for a loss"
    house.run()
    assert house.photo(gone).state is PhotoState.DELETED


def test_the_tombstone_of_a_photo_that_went_to_the_trash_during_the_move_comes_along(moved: Moved) -> None:
    moved.plan()
    house, gone = moved.house, moved.ids[0]
    house.trash(gone)
    house.run()
    assert house.state(gone, S3) is DeliveryState.CANCELLED
    house.purge(gone)
    house.run()
    assert moved.drop() == 3
    assert house.receipt(gone, S3).proof is not None
    assert [one.destination for one in house.sidecar(gone, S3).receipts if one.proof] == [S3]
    assert moved.old_files() == []


def test_a_photo_that_comes_back_while_its_tombstone_is_taken_along_is_brought_to_the_new_archive(moved: Moved) -> None:
    moved.plan()
    house, gone = moved.house, moved.ids[0]
    house.trash(gone)
    house.run()
    house.purge(gone)
    house.run()
    put, bytes_anew = moved.bucket.put_document, PICTURE + bytes([0])

    def put_beside_a_sender(key: str, content: bytes, *, media_type: str = "application/json") -> None:
        house.send(bytes_anew, name="0.jpg", restore=True)
        put(key, content, media_type=media_type)

    moved.bucket.put_document = put_beside_a_sender  # type: ignore[method-assign]  # until the tombstone was put
    moved.drop()
    moved.bucket.put_document = put  # type: ignore[method-assign]
    house.run()
    assert house.photo(gone).state is PhotoState.SAFE
    assert house.original(gone, S3) == bytes_anew


def test_a_tombstone_is_taken_along_only_once_its_bytes_are_gone(moved: Moved) -> None:
    moved.move()
    house, gone = moved.house, moved.ids[2]
    house.trash(gone)
    house.run()
    empty_trash(house.work, house.elapsed)
    house.up += timedelta(days=31)
    assert empty_trash(house.work, house.elapsed) == 1
    assert moved.drop() == 2
    house.run()
    assert moved.drop() == 1
    assert moved.old_files() == []
    key = str(house.receipt(gone, S3).remote_id)
    assert {key, f"{key}.json"} & {found.key for found in moved.bucket.list(keys.ORIGINALS)} == {f"{key}.json"}


def test_photos_cannot_be_dropped_while_one_is_on_its_way_to_the_old_archive_only(moved: Moved) -> None:
    moved.move()
    house = moved.house
    house.archives = {FOLDER: moved.folder}
    house.build()
    late, _ = house.send(PICTURE + b"late", name="late.jpg")
    house.archives = {S3: moved.bucket, FOLDER: moved.folder}
    house.build()
    with pytest.raises(ConflictingState, match=r"late\.jpg"):
        moved.drop()
    moved.plan()
    house.run()
    assert moved.drop() == 4
    assert house.photo(late).state is PhotoState.SAFE
