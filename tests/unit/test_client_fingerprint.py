"""A file is read once, and what was sent is what was read, or the run says so."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mediascream.client.fingerprint import CHUNK_BYTES, Hashed, fingerprint, read_again, still_the_same
from mediascream.client.walk import stamp_of
from mediascream.errors import FileChanged, FileUnreadable
from mediascream.photo import PhotoId

JPEG = b"\xff\xd8\xff"


def written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def read(path: str) -> Hashed:
    photo = fingerprint(path, on_bytes=lambda _: None)
    assert photo is not None
    return photo


@pytest.mark.parametrize("size", [1, 5000, CHUNK_BYTES - 3, CHUNK_BYTES + 4096, 3 * CHUNK_BYTES + 7])
def test_the_id_is_the_sha_256_of_all_bytes(tmp_path: Path, size: int) -> None:
    content = JPEG + bytes(range(256)) * (size // 256 + 1)
    path = written(tmp_path / "a.jpg", content)
    told: list[int] = []

    photo = fingerprint(path, on_bytes=told.append)

    assert photo == Hashed(path, stamp_of(Path(path).stat()), PhotoId(hashlib.sha256(content).hexdigest()))
    assert sum(told) == len(content)
    assert b"".join(read_again(photo)) == content


@pytest.mark.parametrize(
    "content", [b"", b"text named .jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7"]
)
def test_what_is_no_photo_by_its_bytes_has_no_fingerprint(tmp_path: Path, content: bytes) -> None:
    assert fingerprint(written(tmp_path / "a.jpg", content), on_bytes=lambda _: None) is None


def test_a_file_that_is_gone_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="there is no such file"):
        fingerprint(str(tmp_path / "gone.jpg"), on_bytes=lambda _: None)


def test_a_file_that_grows_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jpg", JPEG + b"x" * 100)

    def grow(_: int) -> None:
        with Path(path).open("ab") as file:
            file.write(b"more")

    with pytest.raises(FileChanged, match="being written"):
        fingerprint(path, on_bytes=grow)


def test_a_file_that_changed_before_it_is_sent_is_not_sent(tmp_path: Path) -> None:
    photo = read(written(tmp_path / "a.jpg", JPEG + b"one"))
    written(tmp_path / "a.jpg", JPEG + b"another")

    assert not still_the_same(photo)
    with pytest.raises(FileChanged):
        next(read_again(photo))


def test_a_file_that_shrinks_while_it_is_sent_is_noticed(tmp_path: Path) -> None:
    photo = read(written(tmp_path / "a.jpg", JPEG + b"x" * 2 * CHUNK_BYTES))
    chunks = read_again(photo)
    next(chunks)
    with Path(photo.path).open("r+b") as file:
        file.truncate(CHUNK_BYTES)

    with pytest.raises(FileChanged, match="shorter"):
        list(chunks)


def test_a_file_that_grows_while_it_is_sent_gives_only_what_was_hashed(tmp_path: Path) -> None:
    content = JPEG + b"x" * 2 * CHUNK_BYTES
    photo = read(written(tmp_path / "a.jpg", content))
    chunks = read_again(photo)
    first = next(chunks)
    with Path(photo.path).open("ab") as file:
        file.write(b"more")

    assert first + b"".join(chunks) == content


def test_a_file_that_vanishes_before_it_is_sent_is_unreadable(tmp_path: Path) -> None:
    photo = read(written(tmp_path / "a.jpg", JPEG + b"one"))
    Path(photo.path).unlink()

    assert not still_the_same(photo)
    with pytest.raises(FileUnreadable):
        next(read_again(photo))
