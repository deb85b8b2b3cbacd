"""What questions to a library of a million photos cost, at its newest photo and at its oldest; and what writes cost.

    python -m bench.library [--photos 1000000]

Rows are put in directly, at random dates over twenty years; every tenth photo bears a common tag, one in a
hundred thousand a rare one. Each figure is the median of 21 calls in wall milliseconds, connection included.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.database import Database, sqlite_url
from mediascream.library import deliveries, photos, reading, schema, search, standing, timeline
from mediascream.library.cursors import write_cursor
from mediascream.library.moments import to_ms
from mediascream.library.planning import FRESH
from mediascream.library.records import NewPhoto, PhotoQuery, Plan, Processed, Said
from mediascream.library.rows import said_to_json
from mediascream.library.upgrade import upgrade
from mediascream.library.upkeep import best_values
from mediascream.photo import DeliveryState, DestinationName, Kind, Metadata, PhotoId, PhotoState, Proof, SkipReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMES = 21
BATCH = 5000
FIRST = datetime(2006, 1, 1, tzinfo=UTC)
SECONDS = 20 * 365 * 24 * 3600
NOW = datetime(2026, 11, 24, tzinfo=UTC)
FOLDER, FLICKR = DestinationName.FOLDER, DestinationName.FLICKR
PLANS = [Plan(FOLDER), Plan(FLICKR, SkipReason.NOT_CONNECTED), Plan(DestinationName.GPHOTOS, SkipReason.NOT_CONNECTED)]
COMMON, RARE = 1, 2
SIZE_BYTES = 5_000_000
SIDECAR = 2
"""The version of a photo's sidecar that is wanted, and stored."""
CAMERAS = ("Sony ILCE-7M3", "Apple iPhone 15", "Canon EOS R6", "Google Pixel 8")


PAGES: dict[str, dict[str, Any]] = {
    "page of 100": {},
    "page of 10": {"limit": 10},
    "tag that every tenth photo has": {"tag": "common"},
    "tag that a few photos have": {"tag": "rare"},
    "word that every photo has": {"text": "jpg"},
    "word that one photo has": {"text": "dsc0000777"},
    "two words": {"text": "sony common"},
    "beginning of a word": {"text": "so"},
    "common word, rare tag": {"text": "jpg", "tag": "rare"},
    "rare word, common tag": {"text": "rare", "tag": "common"},
    "videos, 1 in 100": {"kind": Kind.VIDEO},
    "what needs attention, 1 in 10,000": {"state": PhotoState.ATTENTION},
    "missing at a service that has nearly all": {"missing": FLICKR},
    "one day": {"taken_from": FIRST + timedelta(days=3), "taken_until": FIRST + timedelta(days=4)},
}
DELIVERIES = (
    ("deliveries of all kinds, 100", None, None),
    ("deliveries that failed", DeliveryState.FAILED, None),
    ("deliveries to one destination", None, FLICKR),
    ("deliveries that failed at one", DeliveryState.FAILED, FLICKR),
)


@dataclass(frozen=True)
class Question:
    """Something that is asked of the library, at its newest and at its oldest photo."""

    name: str
    newest: Callable[[sa.Connection], Any]
    oldest: Callable[[sa.Connection], Any]


@dataclass(frozen=True)
class Made:
    """When rows were made up, and over how many seconds their photos were taken."""

    now_ms: int
    span_s: int


def main() -> None:
    """Writes into an empty library, then all questions and the writes again at full size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        file = Path(name) / "library.sqlite"
        database = Database(sqlite_url(file))
        upgrade(database)
        empty = write_costs(database, first=10**9)
        began = time.perf_counter()
        fill(database, arguments.photos)
        took_s, size = time.perf_counter() - began, file.stat().st_size
        print(f"  {arguments.photos:,} photos, {size / 1e6:,.0f} MB, filled in {took_s:.0f} s\n")
        print(f"  {'ms':44} {'newest':>8} {'oldest':>8}")
        for question in questions(database):
            print(f"  {question.name:44} {timed(database, question.newest)} {timed(database, question.oldest)}")
        full = write_costs(database, first=2 * 10**9)
        database.close()
    print(f"\n  {'ms of CPU a photo, 200 in one commit':44} {'empty':>8} {'full':>8}")
    for what, before in empty.items():
        print(f"  {what:44} {before:8.2f} {full[what]:8.2f}")


def questions(database: Database) -> Iterator[Question]:
    """What pages, searches, the timeline and the status page ask."""
    with database.reading() as connection:
        keys = schema.photos.c.sort_key
        end = connection.scalar(sa.select(keys).order_by(keys).offset(150).limit(1))
        last_month = timeline.months(connection)[-2][0]
        count = connection.scalar(sa.select(sa.func.max(schema.photos.c.number)))
    assert end is not None
    assert count is not None
    yield Question("one photo", partial(reading.get, photo_id=id_of(count)), partial(reading.get, photo_id=id_of(1)))
    for name, query in PAGES.items():
        first, last = PhotoQuery(**query), PhotoQuery(**query, cursor=write_cursor(end))
        yield Question(name, partial(reading.page, query=first), partial(reading.page, query=last))
    yield Question(
        f"tiles of a month, at most {timeline.PART}",
        partial(timeline.tiles, month="2025-06", cursor=None),
        partial(timeline.tiles, month=last_month, cursor=None),
    )
    for name, state, destination in DELIVERIES:
        listed = partial(standing.page, state=state, destination=destination, limit=100)
        yield Question(name, partial(listed, cursor=None), partial(listed, cursor=write_cursor(150, "s3")))
    known = partial(reading.known, ids=[id_of(number) for number in range(1, count, max(1, count // 5000))][:5000])
    for ask in (known, timeline.months, standing.photo_counts, standing.counts):
        yield Question(getattr(ask, "__name__", "which of 5000 ids are known"), ask, ask)


def timed(database: Database, ask: Callable[[sa.Connection], Any]) -> str:
    """The median, as it stands in a column."""
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        with database.reading() as connection:
            ask(connection)
        took.append(time.perf_counter() - began)
    return f"{statistics.median(took) * 1000:8.2f}"


def write_costs(database: Database, *, first: int, count: int = 200) -> dict[str, float]:
    """CPU milliseconds a photo of each step of its life; `first` keeps their ids apart."""
    seeds = range(first, first + count)
    numbers: dict[int, int] = {}

    def add(connection: sa.Connection, seed: int) -> None:
        photos.add(connection, new_photo(seed), PLANS)

    def process(connection: sa.Connection, seed: int) -> None:
        metadata = Metadata(4000, 3000, 1, moment(seed).replace(tzinfo=None), camera=CAMERAS[0], keywords=("sunset",))
        photos.record_processed(connection, id_of(seed), Processed("a" * 40, metadata, b"x" * 24))

    def get(connection: sa.Connection, seed: int) -> None:
        record = reading.get(connection, id_of(seed))
        assert record is not None
        numbers[seed] = record.number

    def begin(connection: sa.Connection, seed: int) -> None:
        deliveries.begin(connection, deliveries.Errand(numbers[seed], id_of(seed), FOLDER, 1))

    def deliver(connection: sa.Connection, seed: int) -> None:
        deliveries.deliver(connection, numbers[seed], FOLDER, remote_id="originals/…", proof=Proof.BYTES, now=NOW)

    def cost(act: Callable[[sa.Connection, int], None]) -> float:
        def run(connection: sa.Connection) -> float:
            began = time.thread_time()
            for seed in seeds:
                act(connection, seed)
            return time.thread_time() - began

        return database.write(run) / count * 1000

    steps = {"add": add, "record_processed": process, "get": get, "begin": begin, "deliver": deliver}
    return {name: cost(act) for name, act in steps.items()}


def new_photo(seed: int) -> NewPhoto:
    """A photo as it comes in."""
    name = f"DSC{seed:07}.JPG"
    return NewPhoto(id_of(seed), name, "image/jpeg", "jpg", Kind.PHOTO, SIZE_BYTES, NOW, tags=("vegas", "travel"))


def id_of(seed: int) -> PhotoId:
    """The id of the photo of this seed; in `fill` that is its number."""
    return PhotoId(hashlib.sha256(str(seed).encode()).hexdigest())


def moment(seed: int, span_s: int = SECONDS) -> datetime:
    """When it was taken: any time, the same for the same seed."""
    return FIRST + timedelta(seconds=random.Random(seed).randrange(span_s))


def fill(database: Database, count: int, span_s: int = SECONDS) -> None:
    """Put `count` photos in that have arrived everywhere and were checked just now: nothing is left to do for any."""
    database.write(_prepare)
    made = Made(to_ms(datetime.now(UTC)), span_s)
    for start in range(1, count + 1, BATCH):
        database.write(partial(_put, numbers=range(start, min(start + BATCH, count + 1)), made=made))


def _prepare(connection: sa.Connection) -> None:
    connection.execute(sa.delete(schema.deliveries))
    for table in (schema.photo_tags, schema.tags, schema.photos):
        connection.execute(sa.delete(table))
    connection.exec_driver_sql("DELETE FROM photo_text")
    names = [{"number": COMMON, "name": "common"}, {"number": RARE, "name": "rare"}]
    connection.execute(sa.insert(schema.tags), [one | {"folded": one["name"]} for one in names])


def _put(connection: sa.Connection, numbers: range, made: Made) -> None:
    rows = [_row(number, made) for number in numbers]
    connection.execute(sa.insert(schema.photos), rows)
    tags = [{"tag": tag, "sort_key": row["sort_key"], "photo": row["number"]} for row in rows for tag in _tags(row)]
    connection.execute(sa.insert(schema.photo_tags), tags)
    legs = [_leg(row["number"], name, made) for row in rows for name in (FOLDER, FLICKR, DestinationName.GPHOTOS)]
    connection.execute(sa.insert(schema.deliveries), legs)
    for row in rows:
        names = [{COMMON: "common", RARE: "rare"}[tag] for tag in _tags(row)]
        search.index(connection, row["sort_key"], [row["file_name"], row["camera"], *names], _tags(row))


def _row(number: int, made: Made) -> dict[str, Any]:
    metadata = Metadata(taken_local=moment(number, made.span_s).replace(tzinfo=None))
    return best_values(number, metadata, Said(), modified_at=None, added_at=NOW) | {
        "number": number,
        "id": id_of(number),
        "file_name": f"DSC{number:07}.JPG",
        "media_type": "image/jpeg",
        "ending": "jpg",
        "kind": Kind.VIDEO if number % 100 == 0 else Kind.PHOTO,
        "size_bytes": SIZE_BYTES,
        "sha1": "a" * 40,
        "width": 4000,
        "height": 3000,
        "camera": CAMERAS[number % 4],
        "placeholder": b"x" * 24,
        "preview": "ready",
        "pair_key": f"{number}",
        "said": said_to_json(Said()),
        "added_at_ms": 0,
        "skip": [],
        "spooled": False,
        "processed": True,
        "archived": True,
        "state": PhotoState.ATTENTION if number % 10_000 == 0 else PhotoState.SAFE,
        "sidecar_wanted": SIDECAR,
        "purged": False,
    }


def _tags(row: dict[str, Any]) -> list[int]:
    return [COMMON] * (row["number"] % 10 == 0) + [RARE] * (row["number"] % 100_000 == 7)


def _leg(number: int, name: DestinationName, made: Made) -> dict[str, Any]:
    archived = name is FOLDER
    failed = name is FLICKR and number % 10_000 == 0
    return {
        "photo": number,
        "destination": name,
        "state": DeliveryState.FAILED if failed else DeliveryState.DELIVERED,
        **FRESH,
        "remote_id": f"originals/{number}",
        "size": SIZE_BYTES,
        "proof": Proof.BYTES if archived else Proof.LISTED,
        "delivered_at_ms": made.now_ms,
        "checked_at_ms": made.now_ms,
        "sidecar_stored": SIDECAR if archived else 0,
    }


if __name__ == "__main__":
    main()
