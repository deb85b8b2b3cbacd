"""Uploads that may be resumed, over restarts and over days."""

from __future__ import annotations

import asyncio
from contextlib import closing, contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from mediascream.errors import NotAPhoto, ResumableGone, ResumableUnknown
from mediascream.intake.resumables import DAYS_KEPT, DAYS_TOLD, Resumables
from mediascream.intake.spool import Spool
from mediascream.library import reading
from mediascream.photo import PhotoId
from tests.house import House
from tests.integration.web_server import id_of, jpeg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from mediascream.intake.resumable import Resumable
    from mediascream.library.records import PhotoRecord

DAY = date(2026, 11, 24)
CONTENT = jpeg(1, padding=100_000)


@contextmanager
def resumables(house: House) -> Iterator[Resumables]:
    """As after a start."""

    def needed(ids: Sequence[PhotoId]) -> set[PhotoId]:
        with house.database.reading() as connection:
            return reading.spooled(connection, ids)

    with closing(Spool(house.spool, needed=needed)) as spool:
        found = Resumables(spool, house.database, house.acceptance, limit_bytes=1 << 20)
        with closing(found):
            yield found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(House(tmp_path)) as built:
        yield built


async def body(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def begun(house: House, sent: bytes, *, length: int = len(CONTENT), part: bool = False, **words: str) -> str:
    """The name of an upload of which this much came before the server ended."""

    async def begin(there: Resumables) -> Resumable:
        upload = await there.begin("phone", length, words, part=part)
        await there.grow(upload, body(sent), None)
        return upload

    with resumables(house) as there:
        return asyncio.run(begin(there)).sheet.name


def photo_of(house: House, content: bytes) -> PhotoRecord | None:
    with house.database.reading() as connection:
        return reading.get(connection, PhotoId(id_of(content)))


def look(house: House, days: list[date]) -> None:
    with resumables(house) as there:
        for day in days:
            asyncio.run(there.look_after(day.isoformat()))


# ------------------------------------------------------------------------------------------ over restarts


def test_an_upload_goes_on_after_a_restart_where_its_bytes_end(house: House) -> None:
    name = begun(house, CONTENT[:5000], filename="a.jpg", tags="x")

    async def finish(there: Resumables, upload: Resumable) -> None:
        await there.grow(upload, body(CONTENT[5000:6000], CONTENT[6000:]), None)
        accepted = await there.take_in(upload)
        assert accepted.photo.id == id_of(CONTENT)

    with resumables(house) as there:
        upload = there.find(name, "phone")
        assert upload.offset == 5000
        asyncio.run(finish(there, upload))
    photo = photo_of(house, CONTENT)
    assert photo is not None
    assert (photo.file_name, photo.tags) == ("a.jpg", ("x",))
    assert (house.spool / id_of(CONTENT)).read_bytes() == CONTENT


def test_what_had_come_as_a_whole_is_taken_in_at_the_next_start_with_its_senders_words(house: House) -> None:
    name = begun(house, CONTENT, filename="whole.jpg")
    with resumables(house) as there:
        there.take_in_what_is_whole()
    photo = photo_of(house, CONTENT)
    assert photo is not None
    assert photo.file_name == "whole.jpg"
    with resumables(house) as there:
        assert there.find(name, "phone").sheet.photo_id == id_of(CONTENT)


def test_a_crash_between_the_spool_and_the_row_loses_nothing(house: House) -> None:
    """The file has both names then, as a crash in the middle of `take_in` leaves it."""
    name = begun(house, CONTENT, filename="whole.jpg")
    (house.spool / id_of(CONTENT)).hardlink_to(house.spool / ".resumable" / f"{name}.bytes")
    with resumables(house) as there:
        there.take_in_what_is_whole()
    photo = photo_of(house, CONTENT)
    assert photo is not None
    assert photo.file_name == "whole.jpg"
    assert (house.spool / id_of(CONTENT)).read_bytes() == CONTENT
    assert list((house.spool / ".incoming").iterdir()) == []


def test_a_crash_between_the_row_and_the_sheet_makes_no_second_photo(house: House) -> None:
    begun(house, CONTENT)
    sheet = next((house.spool / ".resumable").glob("*.json"))
    before = sheet.read_bytes()
    for _ in range(2):
        with resumables(house) as there:
            there.take_in_what_is_whole()
        sheet.write_bytes(before)
        sheet.with_suffix(".bytes").write_bytes(CONTENT)
    assert photo_of(house, CONTENT) is not None
    assert (house.spool / id_of(CONTENT)).read_bytes() == CONTENT


def test_a_photo_that_cannot_be_written_down_is_not_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    name = begun(house, CONTENT)
    with resumables(house) as there:
        with monkeypatch.context() as broken:
            broken.setattr(house.acceptance, "accept", _fails)
            with pytest.raises(OSError, match="no more"):
                asyncio.run(there.take_in(there.find(name, "phone")))
        assert not (house.spool / id_of(CONTENT)).exists()
        asyncio.run(there.take_in(there.find(name, "phone")))
    assert (house.spool / id_of(CONTENT)).read_bytes() == CONTENT


def _fails(*_args: object, **_more: object) -> None:
    raise OSError("no more")


def test_what_is_no_photo_does_not_stop_a_start(house: House) -> None:
    begun(house, b"words", length=5)
    begun(house, CONTENT)
    with resumables(house) as there:
        there.take_in_what_is_whole()
    assert photo_of(house, CONTENT) is not None
    assert len(list((house.spool / ".resumable").iterdir())) == 1


def test_litter_goes_at_a_start_and_what_cannot_be_read_stays(house: House) -> None:
    name = begun(house, CONTENT[:10])
    folder = house.spool / ".resumable"
    for litter in ("AAAAAAAAAAAAAAAAAAAAAA.bytes", "x.draft", f"{name}.chunk"):
        (folder / litter).write_bytes(b"x")
    (folder / "broken.json").write_text("{")
    with resumables(house) as there:
        assert there.find(name, "phone").offset == 10
    assert sorted(file.name for file in folder.iterdir()) == sorted(["broken.json", f"{name}.bytes", f"{name}.json"])


def test_a_joining_that_was_cut_short_is_done_again_from_its_parts(house: House) -> None:
    parts = [begun(house, piece, length=len(piece), part=True) for piece in (CONTENT[:50_000], CONTENT[50_000:])]
    with resumables(house) as there:
        asyncio.run(there.begin("phone", len(CONTENT), {}, joined=tuple(parts)))
    with resumables(house) as there:
        there.take_in_what_is_whole()
        assert len(list((house.spool / ".resumable").glob("*.json"))) == 2
        _, accepted = asyncio.run(there.join("phone", parts, {}))
    assert accepted is not None
    assert accepted.photo.id == id_of(CONTENT)


# ------------------------------------------------------------------------------------------ whose it is


def test_an_upload_is_seen_by_nobody_else(house: House) -> None:
    name = begun(house, CONTENT[:10])
    with resumables(house) as there, pytest.raises(ResumableUnknown):
        there.find(name, "laptop")


def test_a_file_system_without_links_takes_photos_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    name = begun(house, CONTENT)
    monkeypatch.setattr("os.link", _fails)
    with resumables(house) as there:
        asyncio.run(there.take_in(there.find(name, "phone")))
    assert (house.spool / id_of(CONTENT)).read_bytes() == CONTENT


def test_a_refused_upload_leaves_nothing(house: House) -> None:
    with resumables(house) as there:
        upload = asyncio.run(there.begin("phone", 9000, {}))
        with pytest.raises(NotAPhoto):
            asyncio.run(there.grow(upload, body(b"words" * 1800), None))
        with pytest.raises(ResumableGone):
            there.find(upload.sheet.name, "phone")
    assert list((house.spool / ".resumable").iterdir()) == []


# ------------------------------------------------------------------------------------------ over days


def test_an_upload_that_nobody_comes_back_for_goes_after_days(house: House) -> None:
    name = begun(house, CONTENT[:10])
    look(house, [DAY + timedelta(days=passed) for passed in range(DAYS_KEPT)])
    with resumables(house) as there:
        assert there.find(name, "phone").sheet.idle_days == DAYS_KEPT - 1
    look(house, [DAY + timedelta(days=DAYS_KEPT)])
    assert list((house.spool / ".resumable").iterdir()) == []


def test_a_clock_that_jumps_counts_as_one_day(house: House) -> None:
    name = begun(house, CONTENT[:10])
    look(house, [DAY, DAY, DAY.replace(year=2036), DAY.replace(year=2036)])
    with resumables(house) as there:
        assert there.find(name, "phone").sheet.idle_days == 1


def test_days_count_anew_once_something_comes(house: House) -> None:
    name = begun(house, CONTENT[:10])
    look(house, [DAY + timedelta(days=passed) for passed in range(4)])
    with resumables(house) as there:
        upload = there.find(name, "phone")
        asyncio.run(there.grow(upload, body(CONTENT[10:20]), None))
        asyncio.run(there.look_after((DAY + timedelta(days=4)).isoformat()))
        assert upload.sheet.idle_days == 0


def test_what_became_a_photo_is_told_for_days_and_then_forgotten(house: House) -> None:
    begun(house, CONTENT)
    with resumables(house) as there:
        there.take_in_what_is_whole()
    look(house, [DAY + timedelta(days=passed) for passed in range(DAYS_TOLD + 2)])
    assert list((house.spool / ".resumable").iterdir()) == []
    assert (house.spool / id_of(CONTENT)).exists()
