"""Photos made rows again from what the archive remembers of them: for `rebuild` and `restore`.

A photo that is not known yet gets a row; one that is known becomes what is remembered. Twice gives the same.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.library import schema, search, tagging
from mediascream.library.companions import pair_key
from mediascream.library.losses import DAMAGED, LOST, LOST_NOTE, MISSING
from mediascream.library.moments import opt_ms, to_ms
from mediascream.library.records import Said
from mediascream.library.rows import FILE_FIELDS, found_from_json, found_to_json, said_to_json
from mediascream.library.transitions import refresh_state, write
from mediascream.library.upkeep import best_values, find_row, findable_by, update
from mediascream.photo import ARCHIVES, DeliveryState, Metadata, PhotoState
from mediascream.writer import note_change

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mediascream.library.records import PhotoRecord
    from mediascream.library.tagging import Tags
    from mediascream.photo import DestinationName, Kind, PhotoId, Receipt

_NEXT_NUMBER = sa.select(sa.func.coalesce(sa.func.max(schema.photos.c.number), 0) + 1)
_KNOWN = (
    sa.select(schema.photos.c.number)
    .join(schema.deliveries, schema.deliveries.c.photo == schema.photos.c.number)
    .where(
        schema.photos.c.id.between(sa.bindparam("from_id"), sa.bindparam("to_id")),
        schema.deliveries.c.destination == sa.bindparam("of"),
        schema.deliveries.c.remote_id == sa.bindparam("key"),
        schema.deliveries.c.state == DeliveryState.DELIVERED,
    )
)
_RUNS = sa.select(schema.deliveries.c.destination, schema.deliveries.c.run).where(
    schema.deliveries.c.photo == sa.bindparam("of_photo")
)
_NEW_PHOTO, _NEW_DELIVERIES = sa.insert(schema.photos), sa.insert(schema.deliveries)
_IN_SIDECAR = {"width", "height", "duration_s", "camera", "lens"}
"""What of a file's words a person reads in the sidecar itself."""

KEYWORDS_TAKEN = "tags"
"""In `Said.edited`: the tags are what they are to be, and keywords of the file are not added again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A photo as the archive remembers it.

    Attributes:
        processed: All that the file says is known; where not, it is read again.
        purged: Its bytes were deleted, this is a tombstone.
        spooled: Its bytes lie in the spool, and perhaps nowhere else.
        told: Whether the sidecar says all this, and need not be written again.
    """

    id: PhotoId
    file_name: str
    media_type: str
    ending: str
    kind: Kind
    size_bytes: int
    added_at: datetime
    sha1: str | None = None
    modified_at: datetime | None = None
    tags: tuple[str, ...] = ()
    skip: frozenset[DestinationName] = frozenset()
    said: Said = field(default_factory=Said)
    metadata: Metadata = field(default_factory=Metadata)
    placeholder: bytes | None = None
    preview: str | None = None
    preview_problem: str | None = None
    processed: bool = False
    deleted_at: datetime | None = None
    purged: bool = False
    receipts: tuple[Receipt, ...] = ()
    spooled: bool = False
    told: bool = False


def remember(connection: sa.Connection, photo: Remembered, *, notes: Mapping[str, str]) -> int:
    """Make a photo what is remembered of it; returns its number.

    `notes` is what its undone deliveries to services begin with, so that they look for their earlier copies.
    """
    row = find_row(connection, photo.id)
    if row is None:
        number, wanted = _insert(connection, photo), 1
    else:
        number, wanted = _replace(connection, photo, row), row.sidecar_wanted + 1
    stored = wanted if photo.told else 0
    rows = [
        _delivery(receipt, notes) | {"sidecar_stored": stored * (receipt.destination in ARCHIVES)}
        for receipt in photo.receipts
    ]
    _write_deliveries(connection, number, rows)
    refresh_state(connection, number)
    note_change(connection, number)
    return number


def _insert(connection: sa.Connection, photo: Remembered) -> int:
    number: int = connection.scalars(_NEXT_NUMBER).one()
    values = _columns(number, photo)
    values |= {"number": number, "id": photo.id, "spooled": photo.spooled, "sidecar_wanted": 1}
    connection.execute(_NEW_PHOTO, values | {"archived": False, "state": PhotoState.PROCESSING})
    tags = tagging.add_tags(connection, number, values["sort_key"], photo.tags, had={})
    _make_findable(connection, photo, values, tags)
    return number


def _replace(connection: sa.Connection, photo: Remembered, row: schema.AnyRow) -> int:
    number: int = row.number
    values = _columns(number, photo)
    if opt_ms(photo.deleted_at) != row.deleted_at_ms:
        values["trash_since_ms"] = None  # its thirty days begin with this time in the trash, not with an earlier one
    if not photo.purged:
        values["emptying"] = False  # the bytes that are there came after those that were being removed
    update(connection, number, **values, sidecar_wanted=row.sidecar_wanted + 1)
    if row.deleted_at_ms is None:
        search.forget(connection, row.sort_key)
    had = tagging.tags_of(connection, number)
    if had and row.sort_key != values["sort_key"]:
        tagging.move_tags(connection, number, values["sort_key"])
    tags = tagging.replace_tags(connection, number, values["sort_key"], photo.tags, had=had)
    _make_findable(connection, photo, values, tags)
    return number


def keys_known(connection: sa.Connection, archive: DestinationName, keys: Mapping[str, str]) -> set[str]:
    """Under which of these keys an archive is known to have a photo. `keys` names the digits of the id in each."""
    known: set[str] = set()
    for key, digits in keys.items():
        ids = {"from_id": digits.ljust(64, "0"), "to_id": digits.ljust(64, "f")}
        if connection.scalar(_KNOWN, ids | {"of": archive, "key": key}) is not None:
            known.add(key)
    return known


def read_to_json(photo: PhotoRecord) -> dict[str, Any]:
    """What was read from the file of a photo and has no field of its own in the sidecar; nothing is left out as empty."""
    words = {name: getattr(photo.metadata, name) for name in FILE_FIELDS if name not in _IN_SIDECAR}
    found = {name: value for name, value in found_to_json(photo.metadata).items() if value is not None}
    placeholder = base64.b64encode(photo.placeholder).decode() if photo.placeholder else None
    words |= {"placeholder": placeholder, "preview": photo.preview, "preview_problem": photo.preview_problem}
    return {"said_by_file": found} | {name: value for name, value in words.items() if value is not None}


def metadata_from_json(kept: Mapping[str, Any], **in_sidecar: Any) -> Metadata:
    """What a file said: `kept` as of `read_to_json`, the rest from the sidecar's own fields."""
    words: dict[str, Any] = {name: kept.get(name) for name in FILE_FIELDS if name not in _IN_SIDECAR}
    return Metadata(**words, **in_sidecar, **found_from_json(kept.get("said_by_file") or {}))


def placeholder_from_json(kept: Mapping[str, Any]) -> bytes | None:
    """The placeholder of a picture."""
    text = kept.get("placeholder")
    return base64.b64decode(text) if text else None


def _columns(number: int, photo: Remembered) -> dict[str, Any]:
    metadata = photo.metadata
    return {
        **best_values(number, metadata, photo.said, modified_at=photo.modified_at, added_at=photo.added_at),
        **{name: getattr(metadata, name) for name in FILE_FIELDS},
        "file_name": photo.file_name,
        "media_type": photo.media_type,
        "ending": photo.ending,
        "kind": photo.kind,
        "size_bytes": photo.size_bytes,
        "sha1": photo.sha1,
        "said": said_to_json(photo.said),
        "found": found_to_json(metadata),
        "pair_key": pair_key(photo.file_name, photo.media_type, metadata),
        "placeholder": photo.placeholder,
        "preview": photo.preview,
        "preview_problem": photo.preview_problem,
        "added_at_ms": to_ms(photo.added_at),
        "modified_at_ms": opt_ms(photo.modified_at),
        "skip": sorted(photo.skip),
        "processed": photo.processed,
        "deleted_at_ms": opt_ms(photo.deleted_at),
        "purged": photo.purged,
    }


def _make_findable(connection: sa.Connection, photo: Remembered, values: dict[str, Any], tags: Tags) -> None:
    if photo.deleted_at is None:
        search.index(connection, values["sort_key"], *findable_by(values, tags))


def remember_copy(connection: sa.Connection, number: int, receipt: Receipt) -> None:
    """Write down that another archive has a photo, too; its sidecar there is written anew."""
    _write_deliveries(connection, number, [_delivery(receipt, {})])
    refresh_state(connection, number)


def _write_deliveries(connection: sa.Connection, number: int, deliveries: list[dict[str, Any]]) -> None:
    """Make a photo's deliveries these; its others stay. Jobs that were given out for them are overtaken."""
    runs = {row.destination: row.run for row in connection.execute(_RUNS, {"of_photo": number})}
    for one in deliveries:
        if one["destination"] in runs:
            write(connection, number, run=runs[one["destination"]] + 1, **one)
    fresh = [{**one, "photo": number, "run": 1} for one in deliveries if one["destination"] not in runs]
    if fresh:
        connection.execute(_NEW_DELIVERIES, fresh)


def _delivery(receipt: Receipt, notes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "destination": receipt.destination,
        "state": receipt.state,
        "reason": receipt.reason,
        "remote_id": receipt.remote_id,
        "remote_url": receipt.remote_url,
        "size": receipt.size,
        "proof": receipt.proof,
        "derivative": receipt.derivative,
        "delivered_at_ms": opt_ms(receipt.delivered_at),
        "checked_at_ms": opt_ms(receipt.checked_at),
        "attempts": receipt.attempts,
        "next_attempt_at_ms": opt_ms(receipt.next_attempt_at),
        "error_code": receipt.error_code,
        "error_detail": receipt.error_detail,
        "sidecar_stored": 0,
        "notes": _notes(receipt, notes),
    }


def _notes(receipt: Receipt, begun: Mapping[str, str]) -> dict[str, str]:
    """What an archive lost is healed under its key; what a service may have is looked for there."""
    if receipt.state is DeliveryState.DELIVERED:
        return {}
    if receipt.destination not in ARCHIVES:
        return dict(begun)
    return {LOST_NOTE: receipt.error_code} if receipt.error_code in {DAMAGED, LOST, MISSING} else {}
