from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import threading
from typing import TYPE_CHECKING

import pytest

from mediascream.errors import (
    DigestMismatch,
    DiskFull,
    EmptyUpload,
    FilesRefused,
    MediascreamError,
    NotAPhoto,
    UploadTooLarge,
)
from mediascream.intake import receive
from mediascream.intake.receive import Landing, Received
from mediascream.intake.spool import Spool
from mediascream.photo import PhotoId

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

JPEG = b"\xff\xd8\xff\xe0" + bytes(5000)
MB = 1024 * 1024


class Library:
    """Which originals have rows that need them."""

    def __init__(self) -> None:
        self.ids: set[PhotoId] = set()

    def needed(self, ids: Sequence[PhotoId]) -> set[PhotoId]:
        return self.ids & set(ids)


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
def spool(tmp_path: Path, library: Library) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool", needed=library.needed)
    yield spool
    spool.close()


def id_of(content: bytes) -> PhotoId:
    return PhotoId(hashlib.sha256(content).hexdigest())


def names(spool: Spool) -> list[str]:
    return sorted(path.name for path in [*spool.originals(), *spool.incoming.iterdir()])


def land(
    spool: Spool,
    *contents: bytes,
    limit_bytes: int = 10 * MB,
    piece_bytes: int = 65_536,
    expected: PhotoId | None = None,
    keep: bool = True,
) -> list[Received]:
    async def act() -> list[Received]:
        async with Landing(spool, limit_bytes=limit_bytes) as landing:
            for number, content in enumerate(contents):
                file = await landing.begin(f"{number}.jpg")
                for start in range(0, len(content), piece_bytes):
                    await file.write(memoryview(content)[start : start + piece_bytes])
            received = await landing.settle(expected=expected)
            if keep:
                landing.keep()
            return received

    return asyncio.run(act())


@pytest.mark.parametrize("size", [1, 4090, 5000, MB - 4, MB, MB + 1, 3 * MB + 17])
@pytest.mark.parametrize("piece_bytes", [65_536, 2 * MB])
def test_a_file_lies_in_the_spool_under_its_digest(spool: Spool, size: int, piece_bytes: int) -> None:
    content = JPEG[:4] + os.urandom(size)
    (received,) = land(spool, content, piece_bytes=piece_bytes)
    assert received.id == id_of(content)
    assert (received.file_name, received.size_bytes) == ("0.jpg", len(content))
    assert received.media_type.name == "image/jpeg"
    assert spool.path(received.id).read_bytes() == content
    assert names(spool) == [received.id]


def test_a_sender_that_dribbles_single_bytes_is_understood(spool: Spool) -> None:
    assert land(spool, JPEG, piece_bytes=1)[0].id == id_of(JPEG)


def test_several_files_land_together(spool: Spool) -> None:
    contents = [JPEG + bytes([i]) * (MB * i) for i in range(3)]
    assert [one.id for one in land(spool, *contents)] == [id_of(content) for content in contents]
    assert names(spool) == sorted(map(id_of, contents))


def test_a_file_that_fits_into_one_batch_costs_one_hop(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    hops: list[object] = []
    run = spool.run

    async def counting(act, *args, **more):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN202
        hops.append(act)
        return await run(act, *args, **more)

    monkeypatch.setattr(spool, "run", counting)
    land(spool, JPEG[:4] + bytes(MB - 4))
    assert len(hops) == 1


def test_at_most_two_batches_are_in_memory(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all = receive.write_all
    sizes: list[int] = []

    def noting(fd: int, pieces: list[memoryview]) -> None:
        sizes.append(sum(map(len, pieces)))
        write_all(fd, pieces)

    monkeypatch.setattr(receive, "write_all", noting)
    land(spool, JPEG + bytes(5 * MB), piece_bytes=262_144)
    assert max(sizes) <= MB
    assert len(sizes) > 4


def test_the_same_bytes_twice_are_one_file(spool: Spool) -> None:
    assert [one.id for one in land(spool, JPEG, JPEG)] == [id_of(JPEG)] * 2
    assert names(spool) == [id_of(JPEG)]


def test_a_file_that_no_row_needs_is_gone_afterwards(spool: Spool) -> None:
    land(spool, JPEG, keep=False)
    assert names(spool) == []


def test_a_file_that_an_older_row_needs_stays(spool: Spool, library: Library) -> None:
    library.ids.add(id_of(JPEG))
    land(spool, JPEG, keep=False)
    assert names(spool) == [id_of(JPEG)]


def test_an_upload_that_fails_does_not_take_the_file_of_another_away(spool: Spool) -> None:
    async def act() -> None:
        async with Landing(spool, limit_bytes=MB) as fails, Landing(spool, limit_bytes=MB) as works:
            for landing in (fails, works):
                await (await landing.begin("a.jpg")).write(memoryview(JPEG))
                await landing.settle()
            await fails.__aexit__(None, None, None)
            assert names(spool) == [id_of(JPEG)]
            works.keep()
            fails.keep()  # it is over already

    asyncio.run(act())
    assert names(spool) == [id_of(JPEG)]


@pytest.mark.parametrize(
    ("contents", "refused"),
    [
        ([b""], {0: EmptyUpload}),
        ([b"hello"], {0: NotAPhoto}),
        ([b"hello" * 10_000], {0: NotAPhoto}),
        ([JPEG + bytes(10 * MB)], {0: UploadTooLarge}),
        ([JPEG, b"", JPEG, b"<svg/>", JPEG + bytes(10 * MB), JPEG], {1: EmptyUpload, 3: NotAPhoto, 4: UploadTooLarge}),
    ],
)
def test_one_bad_file_keeps_none_and_every_bad_one_is_named(
    spool: Spool, contents: list[bytes], refused: dict[int, type[MediascreamError]]
) -> None:
    with pytest.raises(FilesRefused) as caught:
        land(spool, *contents)
    assert {one.index: type(one.error) for one in caught.value.refusals} == refused
    assert [one.file_name for one in caught.value.refusals] == [f"{index}.jpg" for index in refused]
    assert names(spool) == []


def test_a_file_may_have_all_bytes_of_the_limit(spool: Spool) -> None:
    assert land(spool, JPEG, limit_bytes=len(JPEG))[0].size_bytes == len(JPEG)
    with pytest.raises(FilesRefused):
        land(spool, JPEG, limit_bytes=len(JPEG) - 1)


def test_other_bytes_than_announced_are_not_kept(spool: Spool) -> None:
    with pytest.raises(DigestMismatch, match=id_of(JPEG)):
        land(spool, JPEG, expected=id_of(b"other"))
    assert names(spool) == []
    assert land(spool, JPEG, expected=id_of(JPEG))[0].id == id_of(JPEG)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("size", [5000, 3 * MB])
def test_a_full_disk_is_called_so_and_nothing_half_is_kept(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, code: int, size: int
) -> None:
    def full(fd: int, pieces: list[memoryview]) -> None:
        os.write(fd, pieces[0][:100])
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(receive, "write_all", full)
    with pytest.raises(DiskFull):
        land(spool, JPEG + bytes(size))
    assert names(spool) == []


def test_room_is_asked_for_before_it_is_used(spool: Spool) -> None:
    spool.require_room(1)
    with pytest.raises(DiskFull):
        spool.require_room(1 << 60)


def test_an_upload_that_is_cancelled_leaves_nothing(spool: Spool) -> None:
    async def upload(under_way: asyncio.Event) -> None:
        async with Landing(spool, limit_bytes=10 * MB) as landing:
            file = await landing.begin("a.jpg")
            for _ in range(5):
                await file.write(memoryview(JPEG + bytes(MB)))
            under_way.set()
            await asyncio.Event().wait()

    async def act() -> None:
        under_way = asyncio.Event()
        task = asyncio.create_task(upload(under_way))
        await under_way.wait()
        assert len(names(spool)) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(act())
    assert names(spool) == []


def test_short_writes_are_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writev = os.writev
    monkeypatch.setattr(os, "writev", lambda fd, pieces: writev(fd, [b"".join(pieces)[:7]]))
    with (tmp_path / "file").open("wb") as file:
        receive.write_all(file.fileno(), [memoryview(b"hello"), memoryview(b" "), memoryview(b"world")])
    assert (tmp_path / "file").read_bytes() == b"hello world"


def test_the_flood_of_one_sender_leaves_threads_for_the_others(spool: Spool) -> None:
    release = threading.Event()

    async def flood() -> str:
        flooding = [asyncio.ensure_future(spool.run(release.wait, sender="a")) for _ in range(100)]
        await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(spool.run(lambda: "written", sender="b"), 20)
        finally:
            release.set()
            await asyncio.gather(*flooding)

    assert asyncio.run(flood()) == "written"


def test_the_more_files_are_on_their_way_the_smaller_are_their_batches(spool: Spool) -> None:
    async def begin(count: int) -> int:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(count):
                await stack.enter_async_context(Landing(spool, limit_bytes=MB))
            return spool.batch_bytes

    assert [asyncio.run(begin(count)) for count in (1, 64, 1024, 5000)] == [MB, MB, 65_536, 16_384]
    assert spool.batch_bytes == MB
