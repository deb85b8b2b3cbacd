"""What every archive must do, in one place: a new archive inherits this and adds a fixture.

The fixture `archive` gives an empty archive that nobody has talked to yet.
"""

from __future__ import annotations

import hashlib
import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from mediascream.errors import DestinationBlocked, KeyTaken, NotInArchive, TryLater
from mediascream.photo import PhotoId, Proof

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.archive.base import Archive, Stored

KEY = "originals/2026/11/24/Träumerei & (1) +=;@~3f9a1c2b7d5e.jpg"
ASIDE = "damaged/2026/11/24/photo.jpg.0a1b2c3d4e5f"
SMALL = b"a photo, or so" * 1000
LARGE = bytes(range(256)) * (17 << 12)
"""17 MiB: more than one part of a multipart upload."""
PROVEN = {Proof.BYTES, Proof.CHECKSUM}
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits to be put, and its id."""

    path: Path
    id: PhotoId
    size_bytes: int

    def put_into(self, archive: Archive, key: str = KEY) -> Stored:
        return archive.put_original(
            key, self.path, photo_id=self.id, size_bytes=self.size_bytes, media_type="image/jpeg"
        )

    def heal_in(self, archive: Archive) -> Stored:
        return archive.replace_original(
            KEY, self.path, photo_id=self.id, size_bytes=self.size_bytes, media_type="image/jpeg", aside=ASIDE
        )


def waiting(folder: Path, content: bytes) -> Waiting:
    photo_id = PhotoId(hashlib.sha256(content).hexdigest())
    path = folder / photo_id
    path.write_bytes(content)
    return Waiting(path, photo_id, len(content))


def content_of(archive: Archive, key: str = KEY) -> bytes:
    return b"".join(archive.read(key))


class ArchiveSuite:
    """Inherit it, with a fixture `archive`."""

    # Originals

    @pytest.mark.parametrize("content", [b"x", SMALL, LARGE], ids=["tiny", "small", "large"])
    def test_an_original_comes_back_as_it_went_in_and_is_proven(
        self, archive: Archive, tmp_path: Path, content: bytes
    ) -> None:
        photo = waiting(tmp_path, content)
        stored = photo.put_into(archive)
        assert (stored.key, stored.size_bytes) == (KEY, len(content))
        assert stored.proof in PROVEN
        assert content_of(archive) == content

    def test_what_was_put_is_found_with_its_size_and_the_id_if_any_that_was_put(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        photo = waiting(tmp_path, SMALL)
        photo.put_into(archive)
        found = archive.find(KEY)
        assert found is not None
        assert (found.key, found.size_bytes) == (KEY, len(SMALL))
        assert found.sha256 in {None, photo.id}
        assert found.modified_at.tzinfo is not None

    @pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
    def test_twice_is_as_good_as_once(self, archive: Archive, tmp_path: Path, content: bytes) -> None:
        photo = waiting(tmp_path, content)
        first = photo.put_into(archive)
        again = photo.put_into(archive)
        assert (again.key, again.size_bytes, again.proof) == (first.key, first.size_bytes, Proof.BYTES)
        assert [found.key for found in archive.list("originals")] == [KEY]

    @pytest.mark.parametrize("size", [len(SMALL), len(SMALL) + 1])
    def test_other_bytes_under_the_key_stay_untouched(self, archive: Archive, tmp_path: Path, size: int) -> None:
        waiting(tmp_path, SMALL).put_into(archive)
        with pytest.raises(KeyTaken):
            waiting(tmp_path, b"o" * size).put_into(archive)
        assert content_of(archive) == SMALL

    @pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
    def test_bytes_of_equal_size_that_somebody_else_put_there_are_seen_to_be_others(
        self, archive: Archive, tmp_path: Path, content: bytes
    ) -> None:
        archive.put_document(KEY, content[:-1] + b"?")
        with pytest.raises(KeyTaken):
            waiting(tmp_path, content).put_into(archive)
        assert content_of(archive) == content[:-1] + b"?"

    def test_a_large_original_does_not_replace_other_bytes_either(self, archive: Archive, tmp_path: Path) -> None:
        waiting(tmp_path, SMALL).put_into(archive)
        with pytest.raises(KeyTaken):
            waiting(tmp_path, LARGE).put_into(archive)
        assert content_of(archive) == SMALL

    def test_of_different_photos_put_at_once_under_one_key_one_is_stored(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        photos = [waiting(tmp_path, bytes([number]) * 5000) for number in range(6)]

        def put(photo: Waiting) -> PhotoId | None:
            try:
                photo.put_into(archive)
            except KeyTaken:
                return None
            return photo.id

        with ThreadPoolExecutor(len(photos)) as pool:
            winners = [winner for winner in pool.map(put, photos) if winner]
        assert winners == [hashlib.sha256(content_of(archive)).hexdigest()]

    def test_one_photo_put_by_many_at_once_is_stored_for_each(self, archive: Archive, tmp_path: Path) -> None:
        photo = waiting(tmp_path, SMALL)
        with ThreadPoolExecutor(6) as pool:
            stored = list(pool.map(lambda _: photo.put_into(archive), range(6)))
        assert {one.key for one in stored} == {KEY}
        assert {one.proof for one in stored} <= PROVEN

    @pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
    def test_a_file_that_is_no_longer_what_its_id_says_is_not_stored(
        self, archive: Archive, tmp_path: Path, content: bytes
    ) -> None:
        photo = waiting(tmp_path, content)
        photo.path.write_bytes(content[:-1] + b"?")
        with pytest.raises(DestinationBlocked) as caught:
            photo.put_into(archive)
        assert caught.value.reason == "source-damaged"
        assert archive.find(KEY) is None

    @pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
    def test_a_file_that_is_gone_is_not_the_archives_fault(
        self, archive: Archive, tmp_path: Path, content: bytes
    ) -> None:
        photo = waiting(tmp_path, content)
        photo.path.unlink()
        with pytest.raises(TryLater) as caught:
            photo.put_into(archive)
        assert caught.value.reason == "source-unreadable"
        assert archive.find(KEY) is None

    # Healing

    def test_the_digest_is_that_of_what_lies_there(self, archive: Archive, tmp_path: Path) -> None:
        photo = waiting(tmp_path, SMALL)
        photo.put_into(archive)
        assert archive.digest_of(KEY) == photo.id
        archive.put_document(KEY, SMALL + b"?")
        assert archive.digest_of(KEY) == hashlib.sha256(SMALL + b"?").hexdigest()
        with pytest.raises(NotInArchive):
            archive.digest_of(f"{KEY}x")

    @pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
    def test_a_damaged_original_is_replaced_and_what_lay_there_is_kept(
        self, archive: Archive, tmp_path: Path, content: bytes
    ) -> None:
        photo = waiting(tmp_path, content)
        photo.put_into(archive)
        archive.put_document(KEY, content[:-1] + b"?")
        for _ in range(2):
            assert photo.heal_in(archive).proof is Proof.BYTES
            assert archive.digest_of(KEY) == photo.id
            assert content_of(archive, ASIDE) == content[:-1] + b"?"

    def test_a_lost_original_is_put_there_again(self, archive: Archive, tmp_path: Path) -> None:
        photo = waiting(tmp_path, SMALL)
        assert photo.heal_in(archive).proof is Proof.BYTES
        assert archive.digest_of(KEY) == photo.id
        assert archive.find(ASIDE) is None

    @pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
    def test_nothing_is_healed_from_bytes_that_are_not_the_original(
        self, archive: Archive, tmp_path: Path, content: bytes
    ) -> None:
        photo = waiting(tmp_path, content)
        archive.put_document(KEY, b"what is left")
        photo.path.write_bytes(content[:-1] + b"?")
        with pytest.raises(DestinationBlocked):
            photo.heal_in(archive)
        assert content_of(archive) == b"what is left"

    # Documents

    def test_a_document_is_replaced_as_a_whole(self, archive: Archive) -> None:
        archive.put_document("a/b.json", b'{"rev": 1, "long": "tail"}')
        archive.put_document("a/b.json", b'{"rev": 2}')
        assert archive.read_document("a/b.json") == b'{"rev": 2}'

    def test_a_document_may_be_empty(self, archive: Archive) -> None:
        archive.put_document("empty", b"")
        assert archive.read_document("empty") == b""

    def test_a_document_is_created_only_once(self, archive: Archive) -> None:
        assert archive.create_document("mediascream.json", b"first")
        assert not archive.create_document("mediascream.json", b"second")
        assert archive.read_document("mediascream.json") == b"first"

    def test_of_many_who_create_a_document_at_once_one_does(self, archive: Archive) -> None:
        with ThreadPoolExecutor(6) as pool:
            created = list(pool.map(lambda number: archive.create_document("once", b"%d" % number), range(6)))
        assert created.count(True) == 1
        assert archive.read_document("once") == b"%d" % created.index(True)

    def test_a_missing_document_is_not_in_the_archive(self, archive: Archive) -> None:
        with pytest.raises(NotInArchive):
            archive.read_document("a/none.json")

    # Reading

    @pytest.mark.parametrize(
        ("start", "end"),
        [(0, None), (0, 1), (5, 9), (7, None), (len(SMALL) - 1, None), (len(SMALL) - 3, len(SMALL) + 50)],
    )
    def test_any_part_can_be_read(self, archive: Archive, start: int, end: int | None) -> None:
        archive.put_document(KEY, SMALL)
        assert b"".join(archive.read(KEY, start=start, end=end)) == SMALL[start:end]

    @pytest.mark.parametrize(("start", "end"), [(5, 5), (len(SMALL), None), (len(SMALL) + 10, len(SMALL) + 20)])
    def test_a_part_of_no_bytes_is_empty(self, archive: Archive, start: int, end: int | None) -> None:
        archive.put_document(KEY, SMALL)
        assert list(archive.read(KEY, start=start, end=end)) == []

    def test_chunks_are_at_most_a_mebibyte(self, archive: Archive, tmp_path: Path) -> None:
        waiting(tmp_path, LARGE).put_into(archive)
        sizes = [len(chunk) for chunk in archive.read(KEY, start=3)]
        assert sum(sizes) == len(LARGE) - 3
        assert all(0 < size <= MIB for size in sizes)

    def test_a_reader_may_stop_in_the_middle(self, archive: Archive, tmp_path: Path) -> None:
        waiting(tmp_path, LARGE).put_into(archive)
        assert next(archive.read(KEY, start=MIB))[:4] == LARGE[MIB : MIB + 4]
        assert content_of(archive) == LARGE

    @pytest.mark.parametrize(("start", "end"), [(0, None), (4, None), (4, 4)])
    def test_a_missing_key_is_noticed_before_the_first_chunk_is_asked_for(
        self, archive: Archive, start: int, end: int | None
    ) -> None:
        with pytest.raises(NotInArchive):
            archive.read("a/none.jpg", start=start, end=end)

    # Finding, listing, deleting

    def test_nothing_is_found_where_nothing_lies(self, archive: Archive) -> None:
        archive.put_document("a/b.json", b"{}")
        assert archive.find("a/none.json") is None
        assert archive.find("a/b.json/below") is None
        assert archive.find("a") is None

    def test_what_was_deleted_is_gone_and_deleting_again_is_fine(self, archive: Archive) -> None:
        archive.put_document("a/b.json", b"{}")
        archive.delete("a/b.json")
        archive.delete("a/b.json")
        archive.delete("never/there")
        assert archive.find("a/b.json") is None

    def test_a_listing_is_ordered_by_key(self, archive: Archive) -> None:
        keys = ["l/a.txt", "l/a/b", "l/a/c/d", "l/a-b", "l/a0", "l/Z", "l/é", "l/zz~1.jpg", "l/zz~1.jpg.json"]
        for key in keys:
            archive.put_document(key, key.encode())
        listing = list(archive.list("l"))
        assert [found.key for found in listing] == sorted(keys)
        assert [found.size_bytes for found in listing] == [len(key.encode()) for key in sorted(keys)]

    def test_a_listing_goes_on_after_any_key(self, archive: Archive) -> None:
        keys = sorted(f"l/{folder}/{name}" for folder in "abc" for name in ("1", "2.x", "3"))
        for key in keys:
            archive.put_document(key, b"1")
        for after in [*keys, "l/a", "l/a/", "l/b/2", "l/b/9", "l/zz"]:
            assert [found.key for found in archive.list("l", after=after)] == [key for key in keys if key > after]

    def test_a_folder_of_similar_name_is_another_folder(self, archive: Archive) -> None:
        archive.put_document("orig/a", b"1")
        archive.put_document("originals/a", b"1")
        assert [found.key for found in archive.list("orig")] == ["orig/a"]
        assert list(archive.list("origin")) == []

    def test_a_listing_is_lazy(self, archive: Archive) -> None:
        for number in range(3):
            archive.put_document(f"l/{number}", b"1")
        assert [found.key for found in itertools.islice(archive.list("l"), 2)] == ["l/0", "l/1"]

    # Examining

    def test_an_examination_names_every_ability_and_leaves_nothing_behind(self, archive: Archive) -> None:
        findings = {finding.ability: finding for finding in archive.examine()}
        needed = {"write", "read", "list", "delete"}
        assert set(findings) >= needed | {"range", "conditional-write", "checksum"}
        assert all(findings[ability].present for ability in needed)
        assert all(finding.detail for finding in findings.values())
        assert list(archive.list("")) == []
