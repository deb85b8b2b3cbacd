from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mediascream.archive.folder import FolderArchive
from mediascream.archive.keys import MARKER_KEY
from mediascream.archive.marker import claim, read_library_id
from mediascream.errors import ArchiveForeign

if TYPE_CHECKING:
    from pathlib import Path

ORIGINAL = "originals/2026/11/24/a~3f9a1c2b7d5e.jpg"


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    return FolderArchive(tmp_path)


def test_a_new_archive_is_marked_with_the_librarys_id(archive: FolderArchive) -> None:
    claim(archive, "mine", knows_originals=False)
    assert json.loads(archive.read_document(MARKER_KEY)) == {
        "format": "mediascream-archive",
        "version": 1,
        "library_id": "mine",
    }


@pytest.mark.parametrize("knows_originals", [False, True])
def test_ones_own_archive_is_taken_again_and_again(archive: FolderArchive, knows_originals: bool) -> None:
    claim(archive, "mine", knows_originals=False)
    claim(archive, "mine", knows_originals=knows_originals)
    assert read_library_id(archive) == "mine"


def test_the_archive_of_a_lost_database_asks_for_a_rebuild(archive: FolderArchive) -> None:
    claim(archive, "lost", knows_originals=False)
    with pytest.raises(ArchiveForeign, match=r"rebuild.*S3_PREFIX"):
        claim(archive, "new", knows_originals=False)
    assert read_library_id(archive) == "lost"


def test_the_archive_of_another_library_does_not_ask_for_a_rebuild(archive: FolderArchive) -> None:
    claim(archive, "another", knows_originals=False)
    with pytest.raises(ArchiveForeign, match="belongs to another library") as caught:
        claim(archive, "mine", knows_originals=True)
    assert "rebuild" not in caught.value.detail


def test_an_archive_that_was_forgotten_or_emptied_is_not_begun_anew(archive: FolderArchive) -> None:
    with pytest.raises(ArchiveForeign, match=r"has no mediascream\.json") as caught:
        claim(archive, "mine", knows_originals=True)
    assert archive.place in caught.value.detail
    assert "\n" not in caught.value.detail
    assert archive.find(MARKER_KEY) is None


def test_where_an_archive_is_lost_for_good_the_line_says_what_takes_the_place_of_its_marker(
    archive: FolderArchive,
) -> None:
    with pytest.raises(ArchiveForeign) as caught:
        claim(archive, "mine", knows_originals=True)
    said = re.search(r"\{.*\}", caught.value.detail)
    assert said is not None
    archive.put_document(MARKER_KEY, said[0].encode())
    claim(archive, "mine", knows_originals=True)


def test_originals_without_a_marker_are_not_mixed_with_new_ones(archive: FolderArchive) -> None:
    archive.put_document(ORIGINAL, b"a photo")
    with pytest.raises(ArchiveForeign, match="holds originals"):
        claim(archive, "mine", knows_originals=False)
    assert archive.find(MARKER_KEY) is None


def test_of_two_libraries_that_claim_it_at_once_one_gets_it(archive: FolderArchive) -> None:
    def outcome(library_id: str) -> str | None:
        try:
            claim(archive, library_id, knows_originals=False)
        except ArchiveForeign:
            return None
        return library_id

    with ThreadPoolExecutor(4) as pool:
        winners = [winner for winner in pool.map(outcome, "abcd") if winner]
    assert winners == [read_library_id(archive)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged"),
        (b"[]", "damaged"),
        (b'{"format": "mediascream-archive"}', "damaged"),
        (b'{"format": "mediascream-archive", "version": 2, "library_id": "mine"}', "newer Mediascream"),
        (b'{"format": "other", "version": 1, "library_id": "mine"}', "'other'"),
    ],
)
def test_a_marker_that_cannot_be_read_stops_everything(archive: FolderArchive, content: bytes, words: str) -> None:
    archive.put_document(MARKER_KEY, content)
    with pytest.raises(ArchiveForeign, match=words):
        claim(archive, "mine", knows_originals=False)


def test_every_objection_is_one_line(archive: FolderArchive) -> None:
    archive.put_document(ORIGINAL, b"a photo")
    for knows_originals in (False, True):
        with pytest.raises(ArchiveForeign) as caught:
            claim(archive, "mine", knows_originals=knows_originals)
        assert "\n" not in caught.value.detail
