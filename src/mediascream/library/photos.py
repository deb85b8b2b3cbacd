"""Photos: how they become rows, how those change, and how they leave.

Every function takes a connection inside the caller's transaction, and keeps what depends on a photo
(its place in time, month counts, full-text index, tags, state) in step with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.errors import PhotoUnknown
from mediascream.library import deliveries, schema, search, tagging, timeline
from mediascream.library.moments import (
    from_ms,
    opt_moment,
    opt_ms,
    sort_key,
    to_local,
    to_ms,
    what_described,
    when_taken,
    where_taken,
)
from mediascream.library.reading import get
from mediascream.library.records import Edit, NewPhoto, Outcome, PhotoRecord, Plan, Processed, Said
from mediascream.library.rows import FILE_FIELDS, said_from_json, said_to_json
from mediascream.photo import DeliveryState, Metadata, PhotoState, SkipReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mediascream.library.moments import Taken
    from mediascream.photo import PhotoId

RECOVERED = "recovered-"
"""The name of a photo that was found in the spool without a row: its sender's name was lost."""


def add(connection: sa.Connection, new: NewPhoto, plans: Sequence[Plan], *, restore: bool = False) -> Outcome:
    """Make a photo that was sent a row with its deliveries, or meet the one that is there.

    A duplicate gets the tags of both, and its deliveries that were skipped as not connected come to life
    where `plans` now has them; the caller enqueues what is `queued`. A deleted photo stays deleted
    unless `restore`.
    """
    known = connection.execute(sa.select(schema.photos).where(schema.photos.c.id == new.id)).first()
    if known is None:
        _insert(connection, new, plans)
        return Outcome.NEW
    if known.deleted_at_ms is None:
        _meet(connection, known, new, plans)
        return Outcome.DUPLICATE
    if not restore:
        return Outcome.DELETED
    if known.purged:
        _revive_purged(connection, known, plans)
    else:
        untrash(connection, new.id, plans)
    _meet(connection, known, new, plans)
    return Outcome.RESTORED


def exists(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Which of these ids have a row, deleted ones included."""
    return set(connection.scalars(sa.select(schema.photos.c.id).where(schema.photos.c.id.in_(ids))))


def record_processed(connection: sa.Connection, photo_id: PhotoId, found: Processed) -> None:
    """Write down what the processing step found, and move the photo to its place in time."""
    row = _row(connection, photo_id)
    said = said_from_json(row.said)
    taken = when_taken(
        found.metadata, said, modified_at=opt_moment(row.modified_at_ms), added_at=from_ms(row.added_at_ms)
    )
    place = where_taken(found.metadata, said)
    values: dict[str, Any] = {name: getattr(found.metadata, name) for name in FILE_FIELDS}
    values |= {
        "sha1": found.sha1,
        "placeholder": found.placeholder,
        "preview": found.preview,
        "preview_problem": found.preview_problem,
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
        "description": row.description if row.description is not None else what_described(found.metadata, said),
        "processed": True,
    }
    _move(connection, row, taken, values)
    if found.metadata.keywords:
        tagging.add_tags(connection, row.number, _key(connection, row.number), found.metadata.keywords)
    _changed(connection, row.number)


def edit(connection: sa.Connection, photo_id: PhotoId, wanted: Edit) -> PhotoRecord:
    """Make a person's changes. They go before what the file says, from now on.

    Raises:
        PhotoUnknown: No photo has this id.
    """
    row = _row(connection, photo_id)
    changes = wanted.changes
    said = said_from_json(row.said)
    values: dict[str, Any] = {}
    if "description" in changes:
        values["description"] = changes["description"]
    if "location" in changes:
        place = changes["location"]
        values |= {"latitude": place and place.latitude, "longitude": place and place.longitude}
    if changes.get("taken_at") is not None:
        said = Said(changes["taken_at"], said.location, said.description, override=True)
        values["said"] = said_to_json(said)
        _move(connection, row, when_taken(Metadata(), said, modified_at=None, added_at=changes["taken_at"]), values)
    elif values:
        connection.execute(sa.update(schema.photos).where(schema.photos.c.number == row.number).values(values))
    if "tags" in changes:
        tagging.replace_tags(connection, row.number, _key(connection, row.number), changes["tags"] or ())
    _changed(connection, row.number)
    return _reread(connection, photo_id)


def trash(connection: sa.Connection, photo_id: PhotoId, now: datetime) -> PhotoRecord:
    """Put a photo into the trash and cancel its open deliveries; in the trash already is fine.

    Raises:
        PhotoUnknown: No photo has this id.
    """
    row = _row(connection, photo_id)
    if row.deleted_at_ms is None:
        deliveries.cancel_open(connection, row.number)
        connection.execute(
            sa.update(schema.photos).where(schema.photos.c.number == row.number).values(deleted_at_ms=to_ms(now))
        )
        timeline.count(connection, row.month, -1)
        search.forget(connection, row.sort_key)
        _changed(connection, row.number, findable=False)
    return _reread(connection, photo_id)


def untrash(connection: sa.Connection, photo_id: PhotoId, plans: Sequence[Plan]) -> PhotoRecord:
    """Take a photo out of the trash; its cancelled deliveries become `queued`, the caller enqueues them.

    Raises:
        PhotoUnknown: No photo has this id.
    """
    row = _row(connection, photo_id)
    if row.deleted_at_ms is not None:
        connection.execute(
            sa.update(schema.photos).where(schema.photos.c.number == row.number).values(deleted_at_ms=None)
        )
        timeline.count(connection, row.month, +1)
        deliveries.revive(connection, row.number, plans, states=(DeliveryState.CANCELLED,))
        _changed(connection, row.number)
    return _reread(connection, photo_id)


def touch(connection: sa.Connection, number: int) -> None:
    """Note that the sidecar has something new to tell."""
    columns = schema.photos.c
    changed = {"sidecar_wanted": columns.sidecar_wanted + 1}
    connection.execute(sa.update(schema.photos).where(columns.number == number).values(changed))


def left_spool(connection: sa.Connection, number: int) -> None:
    """Note that the spool file of a photo goes."""
    connection.execute(sa.update(schema.photos).where(schema.photos.c.number == number).values(spooled=False))


def in_spool(connection: sa.Connection, number: int) -> None:
    """Note that the bytes of a photo lie in the spool again."""
    connection.execute(sa.update(schema.photos).where(schema.photos.c.number == number).values(spooled=True))


def _insert(connection: sa.Connection, new: NewPhoto, plans: Sequence[Plan]) -> None:
    taken = when_taken(Metadata(), new.said, modified_at=new.modified_at, added_at=new.added_at)
    values = {
        "id": new.id,
        # Unique until the running number is known, and out of the way of every real key.
        "sort_key": -int(new.id[:15], 16),
        "month": _month(taken),
        "file_name": new.file_name,
        "media_type": new.media_type,
        "ending": new.ending,
        "kind": new.kind,
        "size_bytes": new.size_bytes,
        "taken_at_ms": to_ms(taken.at),
        "taken_local": to_local(taken.local),
        "taken_offset_min": taken.offset_min,
        "taken_source": taken.source,
        "latitude": new.said.location.latitude if new.said.location else None,
        "longitude": new.said.location.longitude if new.said.location else None,
        "description": new.said.description,
        "said": said_to_json(new.said),
        "added_at_ms": to_ms(new.added_at),
        "modified_at_ms": opt_ms(new.modified_at),
        "skip": sorted(new.skip),
        "spooled": True,
        "processed": False,
        "archived": False,
        "state": PhotoState.PROCESSING,
        "sidecar_wanted": 1,
        "purged": False,
    }
    key = connection.execute(sa.insert(schema.photos).values(values)).inserted_primary_key
    assert key is not None
    number = int(key[0])
    place = sort_key(to_ms(taken.at), number)
    connection.execute(sa.update(schema.photos).where(schema.photos.c.number == number).values(sort_key=place))
    timeline.count(connection, _month(taken), +1)
    tagging.add_tags(connection, number, place, new.tags)
    search.index(connection, place, (new.file_name, new.said.description, *new.tags))
    deliveries.plan(connection, number, plans)


def _meet(connection: sa.Connection, row: sa.Row[Any], new: NewPhoto, plans: Sequence[Plan]) -> None:
    tagged = tagging.add_tags(connection, row.number, _key(connection, row.number), new.tags)
    named = row.file_name.startswith(RECOVERED) and not new.file_name.startswith(RECOVERED)
    if named:
        connection.execute(
            sa.update(schema.photos).where(schema.photos.c.number == row.number).values(file_name=new.file_name)
        )
    revived = deliveries.revive(
        connection, row.number, plans, states=(DeliveryState.SKIPPED,), reason=SkipReason.NOT_CONNECTED
    )
    if tagged or named or revived:
        _changed(connection, row.number)


def _revive_purged(connection: sa.Connection, row: sa.Row[Any], plans: Sequence[Plan]) -> None:
    """Take the bytes of a tombstone anew: every delivery begins again, and the photo is as good as new."""
    skipped = set(row.skip)
    fresh = [Plan(p.destination, SkipReason.SENDER) if p.destination in skipped else p for p in plans]
    deliveries.replan(connection, row.number, fresh)
    connection.execute(
        sa.update(schema.photos)
        .where(schema.photos.c.number == row.number)
        .values(deleted_at_ms=None, purged=False, spooled=True, processed=False, archived=False)
    )
    timeline.count(connection, row.month, +1)
    _changed(connection, row.number)


def _move(connection: sa.Connection, row: sa.Row[Any], taken: Taken, values: dict[str, Any]) -> None:
    """Write `values`, and take the photo with its tags and words to its place in time."""
    at_ms = to_ms(taken.at)
    place = sort_key(at_ms, row.number)
    values = values | {
        "taken_at_ms": at_ms,
        "taken_local": to_local(taken.local),
        "taken_offset_min": taken.offset_min,
        "taken_source": taken.source,
        "month": _month(taken),
        "sort_key": place,
    }
    connection.execute(sa.update(schema.photos).where(schema.photos.c.number == row.number).values(values))
    if place != row.sort_key:
        search.forget(connection, row.sort_key)
        tagging.move_tags(connection, row.number, place)
    if row.month != values["month"] and row.deleted_at_ms is None:
        timeline.count(connection, row.month, -1)
        timeline.count(connection, values["month"], +1)


def _changed(connection: sa.Connection, number: int, *, findable: bool = True) -> None:
    """Bring what depends on a photo in step: its words, its state, and that its sidecar is out of date."""
    columns = schema.photos.c
    row = connection.execute(sa.select(schema.photos).where(columns.number == number)).one()
    if findable and row.deleted_at_ms is None:
        texts = (row.file_name, row.description, row.camera, row.lens, *tagging.names_of(connection, number))
        search.index(connection, row.sort_key, texts)
    connection.execute(
        sa.update(schema.photos).where(columns.number == number).values(sidecar_wanted=columns.sidecar_wanted + 1)
    )
    deliveries.refresh_state(connection, number)


def _row(connection: sa.Connection, photo_id: PhotoId) -> sa.Row[Any]:
    row = connection.execute(sa.select(schema.photos).where(schema.photos.c.id == photo_id)).first()
    if row is None:
        msg = f"No photo has the id {photo_id}."
        raise PhotoUnknown(msg)
    return row


def _reread(connection: sa.Connection, photo_id: PhotoId) -> PhotoRecord:
    record = get(connection, photo_id)
    assert record is not None
    return record


def _key(connection: sa.Connection, number: int) -> int:
    return int(connection.scalars(sa.select(schema.photos.c.sort_key).where(schema.photos.c.number == number)).one())


def _month(taken: Taken) -> str:
    return f"{taken.local.year:04}-{taken.local.month:02}"
