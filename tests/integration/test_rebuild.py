"""A library made again from its archive alone: on a folder and on S3, with everything that can lie there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.archive.folder import FolderArchive
from mediascream.archive.keys import MARKER_KEY, Rendition, original_key, rendition_key
from mediascream.archive.marker import read_library_id
from mediascream.archive.s3 import S3Archive
from mediascream.destinations.memory import MemoryDestination
from mediascream.errors import CannotStart, NotInArchive, TryLater
from mediascream.library import photos, schema, search
from mediascream.library.checks import By
from mediascream.library.facts import get_fact
from mediascream.library.reading import page
from mediascream.library.records import Edit, PhotoQuery
from mediascream.library.upkeep import update
from mediascream.photo import (
    ATTENTION_STATES,
    DeliveryState,
    DestinationName,
    Location,
    PhotoId,
    PhotoState,
    Proof,
    SkipReason,
)
from mediascream.recovery.rebuild import Rebuild, refuse_half_a_library
from mediascream.recovery.remembering import Problem, read_place
from mediascream.recovery.scan import Place, Stranger, scan
from tests.house import LIBRARY, START, House
from tests.seeds import SEED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mediascream.archive.base import Archive
    from mediascream.library.records import PhotoRecord
    from mediascream.recovery.summary import Summary
    from tests.servers import S3Server

FLICKR, GPHOTOS = DestinationName.FLICKR, DestinationName.GPHOTOS
BOTH = pytest.mark.parametrize("archive", ["folder", "s3"], indirect=True)
PICTURE = b"\xff\xd8\xff\xe0 a picture"


def picture(number: int) -> bytes:
    return PICTURE + b" %d" % number


@pytest.fixture
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    """A folder; a bucket where a test asks for it."""
    if getattr(request, "param", "folder") == "folder":
        return FolderArchive(tmp_path / "archive")
    server: S3Server = request.getfixturevalue("ministack")
    return S3Archive(server.options())


@pytest.fixture
def flickr() -> MemoryDestination:
    return MemoryDestination()


@pytest.fixture
def house(tmp_path: Path, archive: Archive, flickr: MemoryDestination) -> Iterator[House]:
    built = House(tmp_path / "first", archives={archive.name: archive}, services={FLICKR: flickr})
    yield built
    built.close()


@pytest.fixture
def anew(tmp_path: Path, house: House, flickr: MemoryDestination) -> Iterator[House]:
    """Another database beside the same archive and the same services."""
    built = House(tmp_path / "second", archives=house.archives, services={FLICKR: flickr})
    built.now = house.now + timedelta(hours=1)
    yield built
    built.database.close()


def rebuild(house: House, progress: Callable[[Summary], None] = lambda _summary: None) -> Summary:
    return Rebuild(house.work, house.archives, spool=house.spool, renditions=house.folder, progress=progress).run()


def everything(house: House) -> dict[str, PhotoRecord]:
    """All that is known, without what is only of one database."""
    with house.database.reading() as connection:
        ids = list(connection.scalars(schema.photos.select().with_only_columns(schema.photos.c.id)))
    found = {one: house.photo(PhotoId(one)) for one in ids}
    return {one: replace(photo, number=0, sidecar_wanted=0) for one, photo in found.items()}


def contents(archive: Archive) -> dict[str, bytes]:
    return {found.key: b"".join(archive.read(found.key)) for found in archive.list("")}


def a_library_of_everything(house: House, flickr: MemoryDestination) -> dict[str, PhotoId]:
    """One photo of every fate."""
    made: dict[str, PhotoId] = {}
    made["plain"], _ = house.send(picture(1), tags=("Vegas", "Träumerei"))
    made["skipped"], _ = house.send(picture(2), name="skip.jpg", skip=(FLICKR,))
    made["edited"], _ = house.send(picture(3), name="edited.jpg", tags=("wrong",))
    made["trash"], _ = house.send(picture(4), name="trash.jpg")
    made["tombstone"], _ = house.send(picture(5), name="tombstone.jpg", tags=("gone",))
    house.run()
    flickr.before = lambda _photo: TryLater("Flickr is down", reason="down")
    made["open"], _ = house.send(picture(6), name="open.jpg")
    house.run(wait=False)
    changes: dict[str, Any] = {
        "tags": ("right",),
        "description": "Strand",
        "location": Location(36.1, -115.2),
        "taken_at": START - timedelta(days=400),
    }
    house.act(lambda connection: photos.edit(connection, made["edited"], Edit(changes)))
    house.follow(made["edited"])
    house.trash(made["trash"])
    house.trash(made["tombstone"])
    house.run(wait=False)
    house.purge(made["tombstone"])
    house.run(wait=False)
    flickr.before = lambda _photo: None
    return made


@BOTH
def test_everything_comes_back_from_the_archive_alone(
    house: House, anew: House, archive: Archive, flickr: MemoryDestination
) -> None:
    made = a_library_of_everything(house, flickr)
    before, lying = everything(house), contents(archive)
    summary = rebuild(anew)
    assert contents(archive) == lying, "a rebuild changes nothing in the archive"
    after = everything(anew)
    assert summary.problems == {}
    assert summary.taken_in == len(made)
    waiting = made["open"]
    assert {one: photo for one, photo in after.items() if one != waiting} == {
        one: photo for one, photo in before.items() if one != waiting
    }
    assert after[waiting].state is PhotoState.PROCESSING
    assert anew.state(waiting, FLICKR) is DeliveryState.QUEUED
    assert summary.after is not None
    assert (summary.after.photos, summary.after.in_trash, summary.after.tombstones) == (4, 1, 1)
    with anew.database.reading() as connection:
        assert get_fact(connection, "library_id") == LIBRARY


def test_what_was_under_way_goes_on_without_a_second_copy(house: House, anew: House, flickr: MemoryDestination) -> None:
    flickr.lost_answers = 1
    photo_id, _ = house.send(picture(1))
    house.run(wait=False)
    assert house.state(photo_id, FLICKR) is DeliveryState.WAITING
    assert len(flickr.copies) == 1
    rebuild(anew)
    number = anew.photo(photo_id).number
    with anew.database.reading() as connection:
        notes = connection.scalar(
            schema.deliveries.select()
            .with_only_columns(schema.deliveries.c.notes)
            .where(schema.deliveries.c.photo == number, schema.deliveries.c.destination == FLICKR)
        )
    assert notes == {"began": anew.now.isoformat()}, "it is to look for its earlier copy first"
    anew.run()
    assert anew.photo(photo_id).state is PhotoState.SAFE
    assert len(flickr.copies) == 1


@BOTH
def test_twice_is_as_good_as_once(house: House, anew: House, flickr: MemoryDestination) -> None:
    a_library_of_everything(house, flickr)
    rebuild(anew)
    first, jobs = everything(anew), anew.todo.ids()
    summary = rebuild(anew)
    assert everything(anew) == first
    assert anew.todo.ids() == jobs
    assert (summary.taken_in, summary.changed) == (0, 0)
    assert summary.before == summary.after


def test_cut_short_it_is_not_served_and_goes_on(house: House, anew: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        house.send(picture(number), name=f"{number}.jpg")
    house.run()
    monkeypatch.setattr("mediascream.recovery.rebuild.BATCH", 3)

    def cut(_summary: Summary) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(anew, cut)
    assert len(everything(anew)) == 3
    with anew.database.reading() as connection, pytest.raises(CannotStart, match="rebuild --from archive"):
        refuse_half_a_library(connection)
    summary = rebuild(anew)
    assert summary.taken_in == 4
    assert everything(anew) == everything(house)
    with anew.database.reading() as connection:
        refuse_half_a_library(connection)


def test_photos_can_be_found_by_words_and_tags_again(house: House, anew: House) -> None:
    photo_id, _ = house.send(picture(1), name="Strandtag.jpg", tags=("Vegas",))
    house.run()
    rebuild(anew)
    with anew.database.reading() as connection:
        for query in (PhotoQuery(text="strandtag"), PhotoQuery(tag="vegas"), PhotoQuery()):
            assert [photo.id for photo in page(connection, query).items] == [photo_id]
        assert search.TABLE is not None


def test_a_deleted_photo_stays_deleted_and_its_days_in_the_trash_count_on(house: House, anew: House) -> None:
    photo_id, _ = house.send(picture(1))
    house.run()
    house.trash(photo_id)
    house.run()
    rebuild(anew)
    assert anew.photo(photo_id).deleted_at == START
    assert anew.send(picture(1))[1] == "deleted"


def test_a_sender_s_wish_outlives_the_database(house: House, anew: House, flickr: MemoryDestination) -> None:
    photo_id, _ = house.send(picture(1), skip=(FLICKR,))
    house.run()
    rebuild(anew)
    anew.send(picture(1))
    anew.run()
    receipt = anew.receipt(photo_id, FLICKR)
    assert (receipt.state, receipt.reason) == (DeliveryState.SKIPPED, SkipReason.SENDER)
    assert flickr.copies == []


@BOTH
def test_an_original_without_a_sidecar_is_read_from_end_to_end(house: House, anew: House, archive: Archive) -> None:
    photo_id, _ = house.send(picture(1), tags=("lost",))
    house.run()
    key = str(house.receipt(photo_id, archive.name).remote_id)
    archive.delete(f"{key}.json")
    summary = rebuild(anew)
    assert summary.problems == {Problem.NO_SIDECAR: 1}
    assert summary.lossless
    receipt = anew.receipt(photo_id, archive.name)
    assert (receipt.state, receipt.proof) == (DeliveryState.DELIVERED, Proof.BYTES)
    anew.run()
    assert anew.photo(photo_id).metadata.camera == "Box", "the file was not read again"
    assert anew.sidecar(photo_id, archive.name).id == photo_id, "no sidecar was written anew"


def test_a_broken_sidecar_is_told_and_its_original_taken_in(house: House, anew: House, archive: Archive) -> None:
    photo_id, _ = house.send(picture(1))
    house.run()
    key = str(house.receipt(photo_id, archive.name).remote_id)
    archive.put_document(f"{key}.json", b'{"v": 1, "id": "')
    summary = rebuild(anew)
    assert summary.problems == {Problem.BROKEN_SIDECAR: 1}
    assert not summary.lossless
    assert anew.photo(photo_id).archived


def test_one_flipped_bit_of_a_sidecar_neither_stops_a_rebuild_nor_is_believed_in_silence(
    house: House, archive: Archive, tmp_path: Path
) -> None:
    photo_id, _ = house.send(picture(1), tags=("Vegas",))
    house.run()
    edit = Edit({"description": "Strand", "location": Location(36.1, -115.2), "taken_at": START})
    house.act(lambda connection: photos.edit(connection, photo_id, edit))
    house.follow(photo_id)
    house.run()
    (place,) = (one for one in scan(archive) if isinstance(one, Place))
    file = tmp_path / "archive" / f"{place.key}.json"
    content = file.read_bytes()
    dice = Random(SEED)
    for at in range(dice.randrange(8), content.index(b"sha256_of_the_above"), 8):
        flipped = bytearray(content)
        flipped[at] ^= 1 << dice.randrange(8)
        file.write_bytes(flipped)
        memory = read_place(archive, place)
        assert memory.problem in {Problem.CHANGED_SIDECAR, Problem.BROKEN_SIDECAR}, content[at : at + 20]
        assert memory.photo is not None, content[at : at + 20]
        assert (memory.photo.id, memory.photo.size_bytes) == (photo_id, len(picture(1)))
        assert memory.photo.receipts[0].proof is Proof.BYTES


@pytest.mark.parametrize(
    "changes",
    [
        {"width": "abc"},
        {"camera": {"a": 1}},
        {"duration_s": "long"},
        {"read": {"iso": "many"}},
        {"said": {"description": 5}},
        {"said": {"edited": [1, "tags"]}},
        {"said": {"location": ["north", "west"]}},
    ],
    ids=str,
)
def test_a_sidecar_that_was_edited_badly_is_told_and_stops_nothing(
    house: House, anew: House, archive: Archive, changes: dict[str, Any]
) -> None:
    photo_id, _ = house.send(picture(1))
    house.run()
    key = f"{house.receipt(photo_id, archive.name).remote_id}.json"
    fields = json.loads(archive.read_document(key)) | changes
    del fields["sha256_of_the_above"]
    archive.put_document(key, json.dumps(fields).encode())
    summary = rebuild(anew)
    assert summary.problems == {Problem.BROKEN_SIDECAR: 1}
    assert key.removesuffix(".json") in summary.told[0][1]
    assert anew.photo(photo_id).archived


def test_a_file_that_the_disk_no_longer_reads_does_not_stop_a_rebuild(
    house: House, anew: House, tmp_path: Path
) -> None:
    class Unreadable(FolderArchive):
        def read(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
            if key in bad:
                raise NotInArchive(f"the disk no longer reads {key}")
            return super().read(key, start=start, end=end)

    one, other = house.send(picture(1))[0], house.send(picture(2))[0]
    house.run()
    bad = {f"{house.receipt(one).remote_id}.json", str(house.receipt(other).remote_id)}
    house.archive.delete(f"{house.receipt(other).remote_id}.json")
    anew.archives = {house.archive.name: Unreadable(tmp_path / "archive")}
    summary = rebuild(anew)
    assert summary.problems == {Problem.BROKEN_SIDECAR: 1, Problem.DAMAGED: 1}
    assert all("no longer reads" in line for _, line in summary.told)
    assert anew.photo(one).archived


def test_what_a_newer_version_wrote_is_not_taken_for_rot(house: House, anew: House, archive: Archive) -> None:
    """It would come back with what its bytes say alone: out of the trash, for one."""
    photo_id, _ = house.send(picture(1))
    house.run()
    key = str(house.receipt(photo_id, archive.name).remote_id)
    sidecar, marker = archive.read_document(f"{key}.json"), archive.read_document(MARKER_KEY)
    body = sidecar.partition(b',\n  "sha256')[0].replace(b'"v": 1', b'"v": 2')
    archive.put_document(f"{key}.json", body + b"\n}\n")
    with pytest.raises(CannotStart, match=rf"newer version of Mediascream.*{key}\.json.*version 2"):
        rebuild(anew)
    archive.put_document(f"{key}.json", sidecar)
    archive.put_document(MARKER_KEY, marker.replace(b'"version": 1', b'"version": 2'))
    with pytest.raises(CannotStart, match=r"newer version of Mediascream.*mediascream\.json.*use a newer"):
        rebuild(anew)


def test_a_changed_sidecar_is_told_and_believed_where_the_bytes_do_not_say_otherwise(
    house: House, anew: House, archive: Archive
) -> None:
    photo_id, _ = house.send(picture(1), tags=("Vegas",))
    house.run()
    key = str(house.receipt(photo_id, archive.name).remote_id)
    archive.put_document(f"{key}.json", archive.read_document(f"{key}.json").replace(b"Vegas", b"Vdgas"))
    archive.put_document(key, picture(1).replace(b"1", b"2"))
    assert read_place(archive, next(one for one in scan(archive) if isinstance(one, Place))).problem is Problem.DAMAGED
    archive.put_document(key, picture(1))
    summary = rebuild(anew)
    assert summary.problems == {Problem.CHANGED_SIDECAR: 1}
    assert not summary.lossless
    assert anew.photo(photo_id).tags == ("Vdgas",)


@BOTH
def test_a_sidecar_whose_original_is_gone_is_told_and_asks_for_attention(
    house: House, anew: House, archive: Archive
) -> None:
    photo_id, _ = house.send(picture(1), tags=("kept",))
    house.run()
    archive.delete(str(house.receipt(photo_id, archive.name).remote_id))
    summary = rebuild(anew)
    assert summary.problems == {Problem.MISSING: 1}
    photo = anew.photo(photo_id)
    assert (photo.state, photo.archived, photo.tags) == (PhotoState.ATTENTION, False, ("kept",))
    assert anew.send(picture(1))[1] == "duplicate"
    anew.run()
    assert anew.photo(photo_id).state is PhotoState.SAFE, "its bytes came again, and were not taken"
    assert anew.original(photo_id, archive.name) == picture(1)
    assert anew.spooled() == []


def test_bytes_that_only_the_spool_has_are_not_forgotten(house: House, anew: House, archive: Archive) -> None:
    photo_id, _ = house.send(picture(1))
    house.run()
    archive.delete(str(house.receipt(photo_id, archive.name).remote_id))
    (anew.spool / photo_id).write_bytes(picture(1))
    rebuild(anew)
    assert anew.photo(photo_id).spooled
    anew.run()
    assert anew.photo(photo_id).state is PhotoState.SAFE
    assert anew.original(photo_id, archive.name) == picture(1)


def test_a_damaged_original_is_told_and_not_called_archived(house: House, anew: House, archive: Archive) -> None:
    photo_id, _ = house.send(picture(1))
    house.run()
    archive.put_document(str(house.receipt(photo_id, archive.name).remote_id), b"rot")
    summary = rebuild(anew)
    assert summary.problems == {Problem.DAMAGED: 1}
    assert anew.photo(photo_id).state is PhotoState.ATTENTION
    assert not anew.photo(photo_id).archived


def test_an_original_that_was_found_damaged_is_not_called_proven_again(house: House, archive: Archive) -> None:
    photo_id, _ = house.send(picture(1))
    house.run()
    rotten = picture(1).replace(b"1", b"2")
    archive.put_document(str(house.receipt(photo_id, archive.name).remote_id), rotten)
    house.auditor.check(house.photo(photo_id).number, archive.name, By.VERIFY)
    assert house.photo(photo_id).state is PhotoState.ATTENTION
    rebuild(house)
    assert house.photo(photo_id).state is PhotoState.ATTENTION
    assert house.receipt(photo_id, archive.name).proof is None


def test_a_tombstone_of_a_photo_that_was_damaged_in_the_trash_asks_for_nobody(
    house: House, anew: House, archive: Archive
) -> None:
    photo_id, _ = house.send(picture(1))
    house.run()
    key = str(house.receipt(photo_id, archive.name).remote_id)
    house.trash(photo_id)
    house.run()
    archive.put_document(key, b"rot")
    assert house.auditor.check(house.photo(photo_id).number, archive.name, By.AUDIT) is not None
    house.purge(photo_id)
    house.run()
    assert rebuild(anew).problems == {}
    assert anew.photo(photo_id).purged
    assert anew.receipt(photo_id, archive.name).state not in ATTENTION_STATES


@pytest.mark.parametrize("heals", [False, True])
def test_what_an_audit_found_damaged_is_read_by_a_rebuild_of_nothing(
    house: House, anew: House, archive: Archive, *, heals: bool
) -> None:
    """Its size is right, so that a sidecar which calls it proven would be believed."""
    photo_id, _ = house.send(picture(1))
    house.run()
    key = str(house.receipt(photo_id, archive.name).remote_id)
    archive.put_document(key, picture(1).replace(b"1", b"2"))
    assert house.auditor.check(house.photo(photo_id).number, archive.name, By.AUDIT) is not None
    if heals:
        archive.put_document(key, picture(1))
    assert rebuild(anew).problems == ({} if heals else {Problem.DAMAGED: 1})
    assert anew.photo(photo_id).archived is heals


@BOTH
def test_of_one_photo_under_two_keys_the_earliest_stays(house: House, anew: House, archive: Archive) -> None:
    photo_id, _ = house.send(picture(1))
    house.run()
    key = str(house.receipt(photo_id, archive.name).remote_id)
    sidecar = json.loads(archive.read_document(f"{key}.json"))
    for day, added in (("2001-01-01", "2026-11-25T12:00:00Z"), ("2099-01-01", "2026-11-23T12:00:00Z")):
        other = f"originals/{day.replace('-', '/')}/copy~{photo_id[:12]}.jpg"
        archive.put_document(other, picture(1))
        archive.put_document(f"{other}.json", json.dumps(sidecar | {"added_at": added}).encode())
    summary = rebuild(anew)
    assert summary.problems == {Problem.TWICE: 2}
    assert anew.receipt(photo_id, archive.name).remote_id == f"originals/2099/01/01/copy~{photo_id[:12]}.jpg"
    assert len(everything(anew)) == 1
    again = rebuild(anew)
    assert again.problems == {Problem.TWICE: 2}
    assert again.changed == 0


def test_strangers_are_told_and_left_alone(house: House, anew: House, archive: Archive) -> None:
    house.send(picture(1))
    house.run()
    strangers = {
        "originals/readme.txt": b"mine",
        "originals/2026/11/24/holiday.jpg": PICTURE,
        f"originals/2026/11/24/text~{hashlib.sha256(b'text').hexdigest()[:12]}.jpg": b"text",
    }
    for key, content in strangers.items():
        archive.put_document(key, content)
    summary = rebuild(anew)
    assert summary.problems == {Problem.FOREIGN: 3}
    assert len(everything(anew)) == 1
    assert strangers.items() <= contents(archive).items()


def test_a_sidecar_of_the_first_version_gives_the_same_photo(house: House, anew: House, archive: Archive) -> None:
    """It told nothing of what was said and read; that is read again, and changes nothing that it told."""
    photo_id, _ = house.send(picture(1), tags=("keyword",))
    house.run()
    changes: dict[str, Any] = {"description": None, "taken_at": START - timedelta(days=9), "tags": ("mine",)}
    house.act(lambda connection: photos.edit(connection, photo_id, Edit(changes)))
    house.follow(photo_id)
    house.run()
    key = str(house.receipt(photo_id, archive.name).remote_id)
    fields = json.loads(archive.read_document(f"{key}.json"))
    del fields["said"], fields["read"]
    archive.put_document(f"{key}.json", json.dumps(fields).encode())
    rebuild(anew)
    assert anew.photo(photo_id).state is PhotoState.SAFE
    anew.run()
    left, right = everything(house)[photo_id], everything(anew)[photo_id]
    assert replace(right, said=left.said) == left
    assert anew.sidecar(photo_id, archive.name).read is not None, "it was not written in the present form"


@pytest.mark.parametrize("archive", ["s3"], indirect=True)
def test_a_second_archive_tells_that_it_has_photos_too(tmp_path: Path, house: House, anew: House) -> None:
    """As in the middle of a move: what only the old archive has comes back as well."""
    old = FolderArchive(tmp_path / "old")
    both, _ = house.send(picture(1))
    house.run()
    elsewhere = House(tmp_path / "before", archives={old.name: old})
    only, _ = elsewhere.send(picture(2), name="old.jpg")
    elsewhere.send(picture(1))
    elsewhere.run()
    elsewhere.database.close()
    anew.archives[old.name] = old
    anew.build()
    assert rebuild(anew).taken_in == 2
    assert anew.state(both, old.name) is DeliveryState.DELIVERED
    assert anew.photo(only).archived


@BOTH
def test_small_pictures_that_the_archive_keeps_are_not_made_anew(house: House, anew: House, archive: Archive) -> None:
    """A bucket keeps them; beside a folder they are made from the original, as they lie on the same disk."""
    photo_id, _ = house.send(picture(1))
    house.run()
    house.act(lambda connection: update(connection, 1, preview="ready", preview_problem=None))
    for rendition in Rendition:
        archive.put_document(rendition_key(photo_id, rendition), rendition.encode())
    house.tag(photo_id, "told")
    house.run()
    rebuild(anew)
    assert anew.todo.ids("render") == [f"render:{photo_id}:rebuild"]
    anew.run()
    fetched = [anew.folder / rendition_key(photo_id, one) for one in Rendition]
    assert all(file.is_file() for file in fetched) is (archive.name is DestinationName.S3)
    assert (anew.decoders.looked_at == []) is (archive.name is DestinationName.S3)


def test_a_lost_marker_is_put_back(house: House, anew: House, archive: Archive) -> None:
    house.send(picture(1))
    house.run()
    archive.delete(MARKER_KEY)
    rebuild(anew)
    with anew.database.reading() as connection:
        assert read_library_id(archive) == get_fact(connection, "library_id")


def test_another_library_s_database_is_refused(house: House, anew: House, archive: Archive) -> None:
    house.send(picture(1))
    house.run()
    rebuild(anew)
    marker = json.loads(archive.read_document(MARKER_KEY))
    archive.put_document(MARKER_KEY, json.dumps(marker | {"library_id": "another"}).encode())
    with pytest.raises(CannotStart, match="another library"):
        rebuild(anew)


def test_an_empty_archive_is_refused(anew: House, archive: Archive) -> None:
    archive.delete(MARKER_KEY)
    with pytest.raises(CannotStart, match="holds nothing"):
        rebuild(anew)


def test_the_copy_of_a_copy_does_not_part_an_original_from_its_sidecar(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path)
    first = original_key(photo_id=PhotoId("a" * 64), file_name="a.jpg", ending="jpg", day=START.date())
    second = f"{first} (1)~{'b' * 12}.jpg"
    for key in (first, f"{first}.json", second, f"{second}.json", "originals/x.txt"):
        archive.put_document(key, b"x")
    found = list(scan(archive))
    assert {one.key for one in found if isinstance(one, Place) and one.original and one.sidecar} == {first, second}
    assert [one.key for one in found if isinstance(one, Stranger)] == ["originals/x.txt"]
