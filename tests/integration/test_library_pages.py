"""Pages of photos: their order, their filters, searching, and what they cost. On SQLite and on Postgres."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.errors import FieldInvalid
from mediascream.library import pages, photos, reading, tagging, timeline
from mediascream.library.cursors import write_cursor
from mediascream.library.records import Edit, PhotoQuery, Said
from mediascream.photo import Kind, PhotoState
from tests.integration.library_data import FLICKR, FOLDER, GPHOTOS, add, counted_queries, deliver, photo_id, process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.database import Database

FIRST = datetime(2020, 1, 1, tzinfo=UTC)


def names(database: Database, **query: Any) -> list[str]:
    """The file names of all photos of a query, page by page."""
    return [name for page in walk(database, **query) for name in page]


def walk(database: Database, **query: Any) -> Iterator[list[str]]:
    cursor = None
    with database.reading() as connection:
        while True:
            page = reading.page(connection, PhotoQuery(**query, cursor=cursor))
            assert len(page.items) <= query.get("limit", 100)
            yield [photo.file_name for photo in page.items]
            cursor = page.next
            if cursor is None:
                return


def add_at(database: Database, seed: int, taken_at: datetime, **values: Any) -> str:
    add(database, seed, said=Said(taken_at), file_name=f"{seed}", **values)
    return f"{seed}"


def test_the_newest_come_first_and_each_once_whatever_the_size_of_a_page(database: Database) -> None:
    moments = [FIRST + timedelta(hours=hour * 7919 % 1000) for hour in range(20)] + [FIRST] * 3
    for seed, moment in enumerate(moments):
        add_at(database, seed, moment)
    expected = [str(seed) for seed in sorted(range(23), key=lambda seed: (moments[seed], seed), reverse=True)]
    for limit in (1, 2, 7, 22, 23, 24):
        assert names(database, limit=limit) == expected
        assert all(page for page in walk(database, limit=limit))


def test_photos_from_before_1970_and_from_impossible_years_have_their_place(database: Database) -> None:
    for seed, year in enumerate((1, 500, 1826, 1969, 1970, 2020, 4000, 9999)):
        add_at(database, seed, datetime(year, 6, 1, tzinfo=UTC))
    assert names(database, limit=3) == ["7", "6", "5", "4", "3", "2", "1", "0"]
    with database.reading() as connection:
        assert [month for month, _ in timeline.months(connection)][::7] == ["9999-06", "0001-06"]


def test_an_empty_library_has_an_empty_page(database: Database) -> None:
    for query in ({}, {"tag": "x"}, {"text": "x"}, {"missing": FLICKR}, {"state": PhotoState.SAFE}):
        assert names(database, **query) == []


def test_the_window_is_one_of_wall_clocks(database: Database) -> None:
    """A photo of the evening in Tokyo belongs to that evening, whatever day it was in Greenwich."""
    day = datetime(2024, 6, 1)  # noqa: DTZ001 - a wall clock
    offsets = {f"{hours}": timezone(timedelta(hours=hours)) for hours in (-12, -5, 0, 9, 14)}
    inside = [
        add_at(database, number * 2, moment.replace(tzinfo=zone))
        for number, (zone, moment) in enumerate(
            (zone, moment) for zone in offsets.values() for moment in (day, day + timedelta(hours=23, minutes=59))
        )
    ]
    for number, zone in enumerate(offsets.values()):
        add_at(database, 100 + number, (day - timedelta(seconds=1)).replace(tzinfo=zone))
        add_at(database, 200 + number, (day + timedelta(days=1)).replace(tzinfo=zone))
    window = {"taken_from": day, "taken_until": day + timedelta(days=1)}
    assert sorted(names(database, limit=3, **window)) == sorted(inside)
    assert len(names(database, taken_from=day)) == 15
    assert len(names(database, taken_until=day)) == 5


@pytest.mark.parametrize("limit", [1, 100])
def test_filters_agree_with_each_other(database: Database, limit: int) -> None:
    for seed in range(12):
        tags = tuple(tag for tag, every in (("two", 2), ("three", 3)) if seed % every == 0)
        kind = Kind.VIDEO if seed % 4 == 0 else Kind.PHOTO
        add_at(database, seed, FIRST + timedelta(days=seed), tags=tags, kind=kind)
        if seed % 5 == 0:
            deliver(database, seed, FOLDER)
            deliver(database, seed, GPHOTOS)

    def seeds(**query: Any) -> list[int]:
        return [int(name) for name in names(database, limit=limit, **query)]

    assert seeds(tag="TWO") == [10, 8, 6, 4, 2, 0]
    assert seeds(tag="three", text="two") == [6, 0]
    assert seeds(tag="two", text="thr 6") == [6]
    assert seeds(tag="two", kind=Kind.VIDEO) == seeds(kind=Kind.VIDEO) == [8, 4, 0]
    assert seeds(state=PhotoState.SAFE) == [10, 5, 0]
    assert seeds(state=PhotoState.SAFE, tag="two", kind=Kind.PHOTO) == [10]
    assert seeds(missing=FOLDER) == [11, 9, 8, 7, 6, 4, 3, 2, 1]
    assert seeds(missing=GPHOTOS, tag="three") == [9, 6, 3]
    assert seeds(missing=FLICKR, text="two three") == [6, 0]
    assert seeds(tag="two", taken_from=FIRST + timedelta(days=3), taken_until=FIRST + timedelta(days=8)) == [6, 4]
    assert seeds(text="three", taken_from=FIRST + timedelta(days=3)) == [9, 6, 3]
    assert seeds(state=PhotoState.DELETED) == seeds(tag="four") == seeds(text="...") == []


def test_a_search_for_what_is_missing_looks_at_a_window_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "WINDOW", 4)
    for seed in range(12):
        add_at(database, seed, FIRST + timedelta(days=seed))
        if seed not in {1, 2, 10}:
            deliver(database, seed, FLICKR)
    found = list(walk(database, missing=FLICKR, limit=2))
    assert [name for page in found for name in page] == ["10", "2", "1"]
    assert [] in found  # the window in the middle: nothing in it, and still a next page


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("vegas", ["1", "0"]),
        ("VEG", ["1", "0"]),
        ("vegas las", ["0"]),
        ("gas", []),
        ("zurich", ["2"]),
        ("Zür", ["2"]),
        ("Zu\u0308rich", ["2"]),
        ("夜景", ["3"]),
        ("京タワ", ["3"]),
        ("🏖️", ["4"]),
        ("00647", ["5"]),
        ("dsc00647.jpg", ["5"]),
        ('"vegas" OR nothing', []),
        ("NOT vegas", []),
        ("vegas*", ["1", "0"]),
        ("veg* AND (las)", []),
        ("near(las vegas)", []),
        ("words:vegas", []),
        ("^vegas", ["1", "0"]),
        ("vegas -las", ["0"]),
        ("'; DROP TABLE photos; --", []),
        ("\\ ' : & | ! <-> * ()", []),
        ("a\0b", []),
        ("\ud800", []),
        ("x" * 5000, []),
        (" ".join(map(str, range(5000))), []),
        ("sony", ["5"]),
        ("f1.8", ["5"]),
    ],
)
def test_every_word_of_a_search_must_begin_a_word_of_the_photo(
    searchable: Database, text: str, hits: list[str]
) -> None:
    assert [name.removesuffix("DSC00647.JPG") or "5" for name in names(searchable, text=text)] == hits


@pytest.fixture
def searchable(database: Database) -> Database:
    for seed, description in enumerate(["Las Vegas", "vegas 2026", "Zürich", "東京タワーの夜景", "Strand 🏖️"]):
        add(database, seed, said=Said(FIRST + timedelta(days=seed), None, description), file_name=f"{seed}")
    add(database, 5, file_name="DSC00647.JPG")
    process(database, 5, camera="SONY ILCE-7", lens="FE 55mm F1.8 ZA")
    return database


def test_a_page_costs_the_same_number_of_queries_however_long_it_is(database: Database) -> None:
    for seed in range(30):
        add_at(database, seed, FIRST + timedelta(days=seed), tags=("a", f"t{seed}"))
        process(database, seed, live_photo_id=f"{seed % 7}")
    for query, most in (({}, 4), ({"tag": "a"}, 5), ({"text": "a"}, 4), ({"missing": FLICKR}, 5)):
        costs = []
        for limit in (1, 10, 30):
            with database.reading() as connection, counted_queries(database) as statements:
                page = reading.page(connection, PhotoQuery(limit=limit, **query))
            assert len(page.items) == limit
            costs.append(len(statements))
        assert costs == [most] * 3


def test_one_photo_costs_at_most_four_queries(database: Database) -> None:
    add(database, 1, tags=("a",))
    process(database, 1, live_photo_id="x")
    with database.reading() as connection, counted_queries(database) as statements:
        reading.get(connection, photo_id(1))
    assert len(statements) == 4


@pytest.mark.parametrize(
    "cursor", ["", "x", write_cursor("text"), write_cursor(2**63), write_cursor(1, 2), "WzEuNV0", "W3RydWVd", "é" * 9]
)
def test_a_cursor_of_somebody_else_is_refused(database: Database, cursor: str) -> None:
    with database.reading() as connection, pytest.raises(FieldInvalid, match="begin again without it"):
        reading.page(connection, PhotoQuery(cursor=cursor))


def test_photos_that_come_in_between_two_pages_disturb_neither(database: Database) -> None:
    for seed in range(6):
        add_at(database, seed, FIRST + timedelta(days=seed))
    pages_seen = walk(database, limit=2)
    assert next(pages_seen) == ["5", "4"]
    add_at(database, 6, FIRST + timedelta(days=6))
    assert [name for page in pages_seen for name in page] == ["3", "2", "1", "0"]


# ------------------------------------------------------------------------------------------ months


def test_the_tiles_of_a_month_come_newest_first_in_parts(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "PART", 4)
    for seed in range(10):
        add_at(database, seed, FIRST + timedelta(hours=seed // 2))
        process(database, seed, width=400, height=300)
    add_at(database, 99, FIRST - timedelta(days=1))
    seen: list[str] = []
    cursor = None
    with database.reading() as connection:
        newest = timeline.tiles(connection, "2020-01", None)
        while True:
            part = timeline.tiles(connection, "2020-01", cursor)
            assert len(part.id) <= 4
            seen += part.id
            cursor = part.next
            if cursor is None:
                break
        assert timeline.months(connection) == [("2020-01", 10), ("2019-12", 1)]
        assert not timeline.tiles(connection, "1999-01", None).id
    assert seen == [photo_id(seed) for seed in reversed(range(10))]
    first = (newest.ratio[0], newest.taken_local[0], newest.placeholder[0])
    assert first == (1.333, "2020-01-01T04:00:00", b"placeholder")


def test_a_tile_shows_how_its_photo_stands(database: Database) -> None:
    add_at(database, 1, FIRST, kind=Kind.VIDEO)
    deliver(database, 1, FOLDER)
    deliver(database, 1, GPHOTOS)
    with database.reading() as connection:
        tiles = timeline.tiles(connection, "2020-01", None)
    assert (*tiles.kind, *tiles.state, *tiles.ratio) == (Kind.VIDEO, PhotoState.SAFE, None)


def test_a_month_costs_one_query(database: Database) -> None:
    for seed in range(9):
        add_at(database, seed, FIRST)
    with database.reading() as connection, counted_queries(database) as statements:
        timeline.tiles(connection, "2020-01", None)
        timeline.months(connection)
    assert len(statements) == 2


# ------------------------------------------------------------------------------------------ tags


def test_tags_are_offered_by_how_they_begin_most_used_first(database: Database) -> None:
    for seed, tags in enumerate([("Sea", "Évora"), ("sea", "seal"), ("seal", "SEA"), ("100%",), ("1000",)]):
        add(database, seed, tags=tags)
    with database.reading() as connection:
        assert tagging.most_used(connection, "SE", 10) == [("Sea", 3), ("seal", 2)]
        assert tagging.most_used(connection, "se", 1) == [("Sea", 3)]
        assert tagging.most_used(connection, "e\u0301V", 10) == [("Évora", 1)]
        assert tagging.most_used(connection, "100%", 10) == [("100%", 1)]
        assert len(tagging.most_used(connection, "", 10)) == 5


def test_a_tag_that_no_photo_bears_any_more_is_not_offered(database: Database) -> None:
    add(database, 1, tags=("sea", "sand"))
    database.write(lambda connection: photos.edit(connection, photo_id(1), Edit({"tags": ("sand",)})))
    with database.reading() as connection:
        assert tagging.most_used(connection, "", 10) == [("sand", 1)]


def test_only_so_many_photos_of_a_tag_are_counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagging, "COUNTED", 3)
    for seed in range(5):
        add(database, seed, tags=("sea",))
    with database.reading() as connection:
        assert tagging.most_used(connection, "s", 10) == [("sea", 3)]
