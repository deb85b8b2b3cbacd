"""Photos to fill a library with."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.library import deliveries, photos, reading
from mediascream.library.records import NewPhoto, PhotoRecord, Plan, Processed
from mediascream.photo import DestinationName, Kind, Metadata, PhotoId, Proof, SkipReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.database import Database
    from mediascream.library.records import Outcome

FOLDER, S3, FLICKR, GPHOTOS = DestinationName
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PLANS = [Plan(FOLDER), Plan(FLICKR, SkipReason.NOT_CONNECTED), Plan(GPHOTOS)]


def photo_id(seed: int) -> PhotoId:
    """The id of the photo of this seed."""
    return PhotoId(hashlib.sha256(str(seed).encode()).hexdigest())


def new_photo(seed: int, **values: Any) -> NewPhoto:
    """A photo as it comes in."""
    new = NewPhoto(
        id=photo_id(seed),
        file_name=f"DSC{seed:05}.JPG",
        media_type="image/jpeg",
        ending="jpg",
        kind=Kind.PHOTO,
        size_bytes=1000 + seed,
        added_at=NOW,
    )
    return replace(new, **values)


def add(
    database: Database, seed: int, *, plans: list[Plan] = PLANS, restore: bool = False, **values: Any
) -> tuple[PhotoRecord, Outcome]:
    """Send a photo in."""
    new = new_photo(seed, **values)
    outcome = database.write(lambda connection: photos.add(connection, new, plans, restore=restore))
    return get(database, seed), outcome


def get(database: Database, seed: int) -> PhotoRecord:
    """All that is known of a photo."""
    with database.reading() as connection:
        record = reading.get(connection, photo_id(seed))
    assert record is not None
    return record


def process(database: Database, seed: int, *, problem: str | None = None, **metadata: Any) -> list[int]:
    """Write down what the file says of itself."""
    found = Processed("a" * 40, Metadata(**metadata), b"placeholder", problem)
    return database.write(lambda connection: photos.record_processed(connection, photo_id(seed), found))


def deliver(database: Database, seed: int, destination: DestinationName = FOLDER, **values: Any) -> PhotoRecord:
    """Note that a destination has a photo."""
    number = get(database, seed).number
    receipt: dict[str, Any] = {"remote_id": f"id-of-{seed}", "proof": Proof.BYTES, "now": NOW} | values
    database.write(lambda connection: deliveries.deliver(connection, number, destination, **receipt))
    return get(database, seed)


@contextmanager
def counted_queries(database: Database) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)
