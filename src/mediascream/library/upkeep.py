"""What every change of a photo brings with it: its place in time, its words, its tags' places, its sidecar.

(The counts are kept by triggers, see `counting.py`; the state by `deliveries.refresh_state`.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.errors import PhotoUnknown
from mediascream.library import schema, search, tagging
from mediascream.library.moments import (
    from_ms,
    opt_moment,
    sort_key,
    to_local,
    to_ms,
    what_described,
    when_taken,
    where_taken,
)
from mediascream.writer import note_change

if TYPE_CHECKING:
    from datetime import datetime

    from mediascream.library.records import Said
    from mediascream.library.tagging import Tags
    from mediascream.photo import Metadata, PhotoId

_BY_ID = sa.select(schema.photos).where(schema.photos.c.id == sa.bindparam("photo_id"))
_UPDATE = sa.update(schema.photos).where(schema.photos.c.number == sa.bindparam("of_number"))

SEARCHED = ("file_name", "description", "camera", "lens")
"""The columns whose words are found."""


def find_row(connection: sa.Connection, photo_id: str) -> schema.AnyRow | None:
    """The row of a photo, or None."""
    return connection.execute(_BY_ID, {"photo_id": photo_id}).first()


def row_of(connection: sa.Connection, photo_id: PhotoId) -> schema.AnyRow:
    """The row of a photo.

    Raises:
        PhotoUnknown: No photo has this id.
    """
    row = find_row(connection, photo_id)
    if row is None:
        msg = f"No photo has the id {photo_id}."
        raise PhotoUnknown(msg)
    return row


def update(connection: sa.Connection, number: int, **values: Any) -> None:
    """Write columns of a photo on which nothing else depends."""
    connection.execute(_UPDATE, {"of_number": number, **values})


def best_values(
    number: int, metadata: Metadata, said: Said, *, modified_at: datetime | None, added_at: datetime
) -> dict[str, Any]:
    """The columns for when, where and what: the best of what file, sender and clock say. Pure."""
    taken = when_taken(metadata, said, modified_at=modified_at, added_at=added_at)
    place = where_taken(metadata, said)
    at_ms = to_ms(taken.at)
    return {
        "sort_key": sort_key(at_ms, number),
        "month": taken.month,
        "taken_at_ms": at_ms,
        "taken_local": to_local(taken.local),
        "taken_offset_min": taken.offset_min,
        "taken_source": taken.source,
        "latitude": None if place is None else place.latitude,
        "longitude": None if place is None else place.longitude,
        "description": what_described(metadata, said),
    }


def best_values_of(row: schema.AnyRow, metadata: Metadata, said: Said) -> dict[str, Any]:
    """As `best_values`, for a photo that is there."""
    modified_at, added_at = opt_moment(row.modified_at_ms), from_ms(row.added_at_ms)
    return best_values(row.number, metadata, said, modified_at=modified_at, added_at=added_at)


def change(connection: sa.Connection, row: schema.AnyRow, values: dict[str, Any], *, had: Tags, tags: Tags) -> None:
    """Write `values` of a photo and bring in step whatever depends on them, and on its tags.

    `row` and `had` are the photo and its tags as they were; `tags` is what it has now, at the place of `row`.
    """
    update(connection, row.number, **values, sidecar_wanted=row.sidecar_wanted + 1)
    note_change(connection, row.number)
    key = values.get("sort_key", row.sort_key)
    if key != row.sort_key and tags:
        tagging.move_tags(connection, row.number, key)
    before = {name: getattr(row, name) for name in SEARCHED}
    after = {name: values.get(name, before[name]) for name in SEARCHED}
    if row.deleted_at_ms is None and (key != row.sort_key or before != after or had.keys() != tags.keys()):
        search.reindex(connection, row.sort_key, key, *findable_by(after, tags))


def findable_by(texts: dict[str, Any], tags: Tags) -> tuple[list[str | None], list[int]]:
    """By which texts and tags a photo is found."""
    names = [tag.name for tag in tags.values()]
    return [*(texts[name] for name in SEARCHED), *names], [tag.number for tag in tags.values()]
