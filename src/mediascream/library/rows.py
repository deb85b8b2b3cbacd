"""From rows to records."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.columns import storable_text
from mediascream.library.companions import companions_of
from mediascream.library.moments import from_ms, opt_moment
from mediascream.library.records import Delivery, PhotoRecord, Said
from mediascream.photo import (
    DeliveryState,
    DestinationName,
    Kind,
    Location,
    Metadata,
    PhotoId,
    PhotoState,
    Proof,
    Receipt,
    SkipReason,
    TakenSource,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE_FIELDS = (
    "width",
    "height",
    "orientation",
    "camera",
    "lens",
    "exposure_s",
    "aperture",
    "iso",
    "focal_length_mm",
    "rating",
    "live_photo_id",
    "duration_s",
)
"""The columns of `photos` that have the same name in `Metadata`."""

ORDER = {name: place for place, name in enumerate(DestinationName)}
"""The archives first, strangers last."""
"""In this order a photo's receipts are shown."""

_file_values = attrgetter(*FILE_FIELDS)

_TAGS = (
    sa.select(schema.photo_tags.c.photo, schema.tags.c.name)
    .join(schema.tags, schema.tags.c.number == schema.photo_tags.c.tag)
    .where(schema.photo_tags.c.photo.in_(sa.bindparam("numbers", expanding=True)))
    .order_by(schema.photo_tags.c.photo, schema.tags.c.folded)
)
_NO_RECEIPT = {"notes", "run", "sidecar_stored"}
_RECEIPTS = sa.select(*(column for column in schema.deliveries.c if column.name not in _NO_RECEIPT)).where(
    schema.deliveries.c.photo.in_(sa.bindparam("numbers", expanding=True))
)


def records(connection: sa.Connection, rows: Sequence[schema.AnyRow]) -> list[PhotoRecord]:
    """Whole records for rows of `photos`, in their order, with a fixed number of further queries."""
    if not rows:
        return []
    numbers = [row.number for row in rows]
    tags = _tags_of(connection, numbers)
    receipts = _receipts_of(connection, numbers)
    companions = companions_of(connection, rows)
    return [
        _record(row, tags.get(row.number, ()), receipts.get(row.number, ()), companions.get(row.number, ()))
        for row in rows
    ]


def delivery(row: schema.AnyRow) -> Delivery:
    """One delivery with what its next attempt needs."""
    return Delivery(row.photo, receipt(row), dict(row.notes), row.run, row.sidecar_stored)


def receipt(row: schema.AnyRow) -> Receipt:
    """What a row of `deliveries` says to the world."""
    return Receipt(
        destination=DestinationName(row.destination),
        state=DeliveryState(row.state),
        reason=SkipReason(row.reason) if row.reason else None,
        remote_id=row.remote_id,
        remote_url=row.remote_url,
        size=row.size,
        proof=Proof(row.proof) if row.proof else None,
        delivered_at=opt_moment(row.delivered_at_ms),
        checked_at=opt_moment(row.checked_at_ms),
        attempts=row.attempts,
        next_attempt_at=opt_moment(row.next_attempt_at_ms),
        error_code=row.error_code,
        error_detail=row.error_detail,
        derivative=row.derivative,
    )


def said_to_json(said: Said) -> dict[str, Any]:
    """What a sender said, as it is kept."""
    return {
        "taken_at": said.taken_at.isoformat() if said.taken_at else None,
        "location": [said.location.latitude, said.location.longitude] if said.location else None,
        "description": None if said.description is None else storable_text(said.description),
        "override": said.override,
        "edited": sorted(said.edited),
    }


def said_from_json(kept: Mapping[str, Any]) -> Said:
    """The reverse of `said_to_json`."""
    return Said(
        taken_at=_opt_datetime(kept.get("taken_at")),
        location=_opt_location(kept.get("location")),
        description=kept.get("description"),
        override=bool(kept.get("override")),
        edited=frozenset(kept.get("edited", ())),
    )


def found_to_json(metadata: Metadata) -> dict[str, Any]:
    """What a file says and the sender may say too, as it is kept; the rest of it has columns."""
    return {
        "taken_local": metadata.taken_local.isoformat() if metadata.taken_local else None,
        "taken_offset_min": metadata.taken_offset_min,
        "location": [metadata.location.latitude, metadata.location.longitude] if metadata.location else None,
        "description": metadata.description,
    }


def found_from_json(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The reverse of `found_to_json`: fields of `Metadata`."""
    return {
        "taken_local": _opt_datetime(kept.get("taken_local")),
        "taken_offset_min": kept.get("taken_offset_min"),
        "location": _opt_location(kept.get("location")),
        "description": kept.get("description"),
    }


def metadata_of(row: schema.AnyRow) -> Metadata:
    """What the file of a photo says, without its keywords: they became tags."""
    return Metadata(**dict(zip(FILE_FIELDS, _file_values(row), strict=True)), **found_from_json(row.found or {}))


def _record(
    row: schema.AnyRow, tags: tuple[str, ...], receipts: tuple[Receipt, ...], companions: tuple[PhotoId, ...]
) -> PhotoRecord:
    return PhotoRecord(
        number=row.number,
        id=PhotoId(row.id),
        file_name=row.file_name,
        media_type=row.media_type,
        ending=row.ending,
        kind=Kind(row.kind),
        size_bytes=row.size_bytes,
        sha1=row.sha1,
        metadata=metadata_of(row),
        placeholder=row.placeholder,
        preview=row.preview,
        preview_problem=row.preview_problem,
        taken_at=from_ms(row.taken_at_ms),
        taken_local=datetime.fromisoformat(row.taken_local),
        taken_offset_min=row.taken_offset_min,
        taken_source=TakenSource(row.taken_source),
        location=None if row.latitude is None or row.longitude is None else Location(row.latitude, row.longitude),
        description=row.description,
        said=said_from_json(row.said),
        added_at=from_ms(row.added_at_ms),
        modified_at=opt_moment(row.modified_at_ms),
        skip=frozenset(map(DestinationName, row.skip)),
        spooled=row.spooled,
        processed=row.processed,
        archived=row.archived,
        state=PhotoState(row.state),
        sidecar_wanted=row.sidecar_wanted,
        deleted_at=opt_moment(row.deleted_at_ms),
        purged=row.purged,
        emptying=row.emptying,
        rendition_digests=dict(row.rendition_digests or {}),
        tags=tags,
        receipts=receipts,
        companions=companions,
    )


def _tags_of(connection: sa.Connection, numbers: list[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    for photo, name in connection.execute(_TAGS, {"numbers": numbers}).all():
        found.setdefault(photo, []).append(name)
    return {photo: tuple(names) for photo, names in found.items()}


def _receipts_of(connection: sa.Connection, numbers: list[int]) -> dict[int, tuple[Receipt, ...]]:
    found: dict[int, list[Receipt]] = {}
    for row in connection.execute(_RECEIPTS, {"numbers": numbers}).all():
        found.setdefault(row.photo, []).append(receipt(row))
    for receipts in found.values():
        receipts.sort(key=lambda one: (ORDER.get(one.destination, len(ORDER)), one.destination))
    return {photo: tuple(receipts) for photo, receipts in found.items()}


def _opt_datetime(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _opt_location(pair: list[float] | None) -> Location | None:
    return None if pair is None else Location(*pair)
