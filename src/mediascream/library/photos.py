"""Photos: how they become rows, how those change, and how they leave (`trash.py`).

Every function takes a connection inside the caller's transaction, and keeps what depends on a photo
(its place in time, full-text index, tags, state) in step with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.library import deliveries, schema, search, tagging
from mediascream.library.companions import Shot, alike, pair_key
from mediascream.library.losses import SPOOL_DAMAGED, WANTED_AGAIN
from mediascream.library.moments import believable, from_ms, opt_ms, to_ms
from mediascream.library.records import Edit, NewPhoto, Outcome, PhotoRecord, Plan, Processed, Said
from mediascream.library.rows import FILE_FIELDS, found_to_json, metadata_of, said_from_json, said_to_json
from mediascream.library.trash import begin_purge, end_purge, notice, purge, reread, revive_tombstone, trash, untrash
from mediascream.library.upkeep import best_values, best_values_of, change, find_row, findable_by, row_of, update
from mediascream.photo import ARCHIVES, DeliveryState, Metadata, PhotoState, SkipReason
from mediascream.writer import note_change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediascream.photo import PhotoId

__all__ = [
    "add",
    "begin_purge",
    "edit",
    "end_purge",
    "exists",
    "in_spool",
    "left_spool",
    "notice",
    "purge",
    "record_processed",
    "rendered",
    "touch",
    "trash",
    "untrash",
]

RECOVERED = "recovered-"
"""The name of a photo that was found in the spool without a row: its sender's name was lost."""

MOST_KEYWORDS = 200
"""More keywords than that are no keywords but an attack, or a whole text."""

_INSERT = sa.insert(schema.photos)
_NEXT_NUMBER = sa.select(sa.func.coalesce(sa.func.max(schema.photos.c.number), 0) + 1)


def add(connection: sa.Connection, new: NewPhoto, plans: Sequence[Plan], *, restore: bool = False) -> Outcome:
    """Make a photo that was sent a row with its deliveries, or meet the one that is there.

    A duplicate gets the tags of both, and its deliveries that were skipped as not connected come to life
    where `plans` now has them; the caller enqueues what is `queued`. Where its sender wishes now to skip what is
    skipped as not connected, that is heeded. A deleted photo stays deleted unless `restore`.
    """
    known = find_row(connection, new.id)
    if known is None:
        _insert(connection, new, plans)
        return Outcome.NEW
    if known.deleted_at_ms is None:
        _meet(connection, known, new, plans)
        if not known.archived:
            _take_bytes(connection, known)
        return Outcome.DUPLICATE
    if not restore:
        return Outcome.DELETED
    if known.purged:
        revive_tombstone(connection, known, plans)
    else:
        untrash(connection, new.id, plans)
    row = row_of(connection, new.id)
    _meet(connection, row, new, plans)
    if not row.archived:
        _take_bytes(connection, row)
    return Outcome.RESTORED


def exists(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Which of these ids have a row, deleted ones included."""
    column = schema.photos.c.id
    found: set[str] = set()
    for start in range(0, len(ids), 1000):
        found.update(connection.scalars(sa.select(column).where(column.in_(ids[start : start + 1000]))))
    return found


def record_processed(connection: sa.Connection, photo_id: PhotoId, found: Processed) -> list[int]:
    """Write down what the processing step found, and move the photo to its place in time.

    Returns the numbers of its companions: their sidecars have something new to tell, too.

    Raises:
        PhotoUnknown: No photo has this id.
    """
    row = row_of(connection, photo_id)
    metadata = believable(found.metadata)
    values = {name: getattr(metadata, name) for name in FILE_FIELDS}
    values |= best_values_of(row, metadata, said_from_json(row.said))
    values |= {
        "sha1": found.sha1,
        "found": found_to_json(metadata),
        "pair_key": pair_key(row.file_name, row.media_type, metadata),
        "placeholder": found.placeholder,
        "preview": found.preview,
        "preview_problem": found.preview_problem,
        "rendition_digests": found.rendition_digests,
        "processed": True,
    }
    had = tagging.tags_of(connection, row.number)
    # Of a photo that a rebuild took from its sidecar, a person may have taken keywords away.
    keywords = () if "tags" in row.said.get("edited", ()) else metadata.keywords[:MOST_KEYWORDS]
    tags = tagging.add_tags(connection, row.number, row.sort_key, keywords, had=had)
    change(connection, row, values, had=had, tags=tags)
    if row.deleted_at_ms is not None:
        return []
    return _touch_companions(connection, Shot(row.number, row.media_type, metadata.live_photo_id, values["pair_key"]))


def edit(connection: sa.Connection, photo_id: PhotoId, wanted: Edit) -> PhotoRecord:
    """Make a person's changes. They go before what the file says, from now on.

    Raises:
        PhotoUnknown: No photo has this id.
    """
    row = row_of(connection, photo_id)
    values: dict[str, Any] = {}
    said = _edited(said_from_json(row.said), wanted.changes)
    if said is not None:
        values = best_values_of(row, metadata_of(row), said) | {"said": said_to_json(said)}
    had = tags = tagging.tags_of(connection, row.number)
    if "tags" in wanted.changes:
        names = wanted.changes["tags"] or ()
        tags = tagging.replace_tags(connection, row.number, row.sort_key, names, had=had)
    if values or tags.keys() != had.keys():
        change(connection, row, values, had=had, tags=tags)
    return reread(connection, photo_id)


def touch(connection: sa.Connection, number: int) -> None:
    """Note that the sidecar has something new to tell."""
    columns = schema.photos.c
    changed = {"sidecar_wanted": columns.sidecar_wanted + 1}
    connection.execute(sa.update(schema.photos).where(columns.number == number).values(changed))


def left_spool(connection: sa.Connection, number: int) -> None:
    """Note that the spool file of a photo goes."""
    update(connection, number, spooled=False)


def rendered(connection: sa.Connection, number: int, digests: dict[str, str]) -> None:
    """Note what the renditions of a photo are now."""
    update(connection, number, rendition_digests=digests)


def in_spool(connection: sa.Connection, number: int) -> None:
    """Note that the bytes of a photo lie in the spool again."""
    update(connection, number, spooled=True)


def _insert(connection: sa.Connection, new: NewPhoto, plans: Sequence[Plan]) -> None:
    # Rows are never deleted and only one transaction writes at a time, so the next number is free.
    number = connection.scalars(_NEXT_NUMBER).one()
    values = best_values(number, Metadata(), new.said, modified_at=new.modified_at, added_at=new.added_at)
    values |= {
        "number": number,
        "id": new.id,
        "file_name": new.file_name,
        "media_type": new.media_type,
        "ending": new.ending,
        "kind": new.kind,
        "size_bytes": new.size_bytes,
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
        "emptying": False,
    }
    connection.execute(_INSERT, values)
    tags = tagging.add_tags(connection, number, values["sort_key"], new.tags, had={})
    texts = {"camera": None, "lens": None, **values}
    search.index(connection, values["sort_key"], *findable_by(texts, tags))
    deliveries.plan(connection, number, plans)
    note_change(connection, number)


def _meet(connection: sa.Connection, row: schema.AnyRow, new: NewPhoto, plans: Sequence[Plan]) -> None:
    had = tagging.tags_of(connection, row.number)
    tags = tagging.add_tags(connection, row.number, row.sort_key, new.tags, had=had)
    values = _adopted(row, new)
    revived = deliveries.revive(
        connection, row.number, plans, states=(DeliveryState.SKIPPED,), reason=SkipReason.NOT_CONNECTED
    )
    # Of a photo known by its sender, a later wish ends only what nobody waits for.
    states = deliveries.NOT_BEGUN if values else (DeliveryState.SKIPPED,)
    heeded = deliveries.heed_sender(connection, row.number, plans, states=states)
    if heeded and not values:
        values = {"skip": sorted({*row.skip, *heeded})}
    if values or revived or tags.keys() != had.keys():
        change(connection, row, values, had=had, tags=tags)


def _take_bytes(connection: sa.Connection, row: schema.AnyRow) -> None:
    """A photo that no archive has came again: where its bytes were lost or damaged here, these take their place."""
    for one in deliveries.of_photo(connection, row.number):
        hurt = one.receipt.state is DeliveryState.BLOCKED and one.receipt.error_code in WANTED_AGAIN
        if one.receipt.destination in ARCHIVES and (hurt or not row.spooled):
            in_spool(connection, row.number)
            deliveries.requeue(connection, row.number, one.receipt.destination)
            if one.receipt.error_code == SPOOL_DAMAGED:  # what was read of it was not the photo
                wanted = row.sidecar_wanted + 1
                update(
                    connection, row.number, processed=False, preview=None, preview_problem=None, sidecar_wanted=wanted
                )


def _adopted(row: schema.AnyRow, new: NewPhoto) -> dict[str, Any]:
    """What a photo found in the spool gets from its sender, who sends it again for lack of an answer. Pure."""
    if not row.file_name.startswith(RECOVERED) or new.file_name.startswith(RECOVERED):
        return {}
    metadata, added_at = metadata_of(row), from_ms(row.added_at_ms)
    values = best_values(row.number, metadata, new.said, modified_at=new.modified_at, added_at=added_at)
    return values | {
        "file_name": new.file_name,
        "pair_key": pair_key(new.file_name, row.media_type, metadata),
        "said": said_to_json(new.said),
        "modified_at_ms": opt_ms(new.modified_at),
        "skip": sorted(set(row.skip) | new.skip),
    }


def _edited(said: Said, changes: dict[str, Any]) -> Said | None:
    """What is said of a photo after a person's changes; None where they change nothing of it. Pure."""
    names = changes.keys() & {"taken_at", "description", "location"}
    if not names:
        return None
    edited = said.edited | names
    if "taken_at" in names and changes["taken_at"] is None:
        edited -= {"taken_at"}
    return replace(said, **{name: changes[name] for name in names}, edited=edited)


def _touch_companions(connection: sa.Connection, shot: Shot) -> list[int]:
    numbers = [one.number for one in alike(connection, [shot]).get(shot.number, [])]
    for number in numbers:
        touch(connection, number)
    return numbers
