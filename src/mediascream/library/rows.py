"""From rows to records, and which columns a record needs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.library import schema
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
    from collections.abc import Sequence

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


def records(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[PhotoRecord]:
    """Whole records for rows of `photos`, in their order, with a fixed number of further queries."""
    numbers = [row.number for row in rows]
    tags = _tags_of(connection, numbers)
    receipts = _receipts_of(connection, numbers)
    companions = _companions_of(connection, rows)
    return [
        _record(row, tags.get(row.number, ()), receipts.get(row.number, ()), companions.get(row.number, ()))
        for row in rows
    ]


def delivery(row: sa.Row[Any]) -> Delivery:
    """One delivery with what its next attempt needs."""
    return Delivery(row.photo, receipt(row), dict(row.notes), row.run, row.sidecar_stored)


def receipt(row: sa.Row[Any]) -> Receipt:
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
        "description": said.description,
        "override": said.override,
    }


def said_from_json(kept: dict[str, Any]) -> Said:
    """The reverse of `said_to_json`."""
    taken_at, location = kept.get("taken_at"), kept.get("location")
    return Said(
        taken_at=datetime.fromisoformat(taken_at) if taken_at else None,
        location=Location(*location) if location else None,
        description=kept.get("description"),
        override=bool(kept.get("override")),
    )


def _record(
    row: sa.Row[Any], tags: tuple[str, ...], receipts: tuple[Receipt, ...], companions: tuple[PhotoId, ...]
) -> PhotoRecord:
    location = None if row.latitude is None or row.longitude is None else Location(row.latitude, row.longitude)
    return PhotoRecord(
        number=row.number,
        id=PhotoId(row.id),
        file_name=row.file_name,
        media_type=row.media_type,
        ending=row.ending,
        kind=Kind(row.kind),
        size_bytes=row.size_bytes,
        sha1=row.sha1,
        metadata=Metadata(**{name: getattr(row, name) for name in FILE_FIELDS}),
        placeholder=row.placeholder,
        preview=row.preview,
        preview_problem=row.preview_problem,
        taken_at=from_ms(row.taken_at_ms),
        taken_local=datetime.fromisoformat(row.taken_local),
        taken_offset_min=row.taken_offset_min,
        taken_source=TakenSource(row.taken_source),
        location=location,
        description=row.description,
        said=said_from_json(row.said),
        added_at=from_ms(row.added_at_ms),
        modified_at=opt_moment(row.modified_at_ms),
        skip=frozenset(DestinationName(name) for name in row.skip),
        spooled=row.spooled,
        processed=row.processed,
        archived=row.archived,
        state=PhotoState(row.state),
        sidecar_wanted=row.sidecar_wanted,
        deleted_at=opt_moment(row.deleted_at_ms),
        purged=row.purged,
        tags=tags,
        receipts=receipts,
        companions=companions,
    )


def _tags_of(connection: sa.Connection, numbers: list[int]) -> dict[int, tuple[str, ...]]:
    query = (
        sa.select(schema.photo_tags.c.photo, schema.tags.c.name)
        .join(schema.tags, schema.tags.c.number == schema.photo_tags.c.tag)
        .where(schema.photo_tags.c.photo.in_(numbers))
        .order_by(schema.photo_tags.c.photo, schema.tags.c.folded)
    )
    found: dict[int, tuple[str, ...]] = {}
    for photo, name in connection.execute(query):
        found[photo] = (*found.get(photo, ()), name)
    return found


ARCHIVES_FIRST = ("folder", "s3", "flickr", "gphotos")


def _receipts_of(connection: sa.Connection, numbers: list[int]) -> dict[int, tuple[Receipt, ...]]:
    query = sa.select(schema.deliveries).where(schema.deliveries.c.photo.in_(numbers))
    found: dict[int, list[Receipt]] = {}
    for row in connection.execute(query):
        found.setdefault(row.photo, []).append(receipt(row))
    return {
        photo: tuple(sorted(receipts, key=lambda r: ARCHIVES_FIRST.index(r.destination)))
        for photo, receipts in found.items()
    }


def _companions_of(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> dict[int, tuple[PhotoId, ...]]:
    """The other half of each live photo, by the identifier that both halves carry."""
    wanted = {row.live_photo_id for row in rows if row.live_photo_id}
    if not wanted:
        return {}
    columns = schema.photos.c
    query = sa.select(columns.number, columns.id, columns.live_photo_id).where(
        columns.live_photo_id.in_(wanted), columns.deleted_at_ms.is_(None)
    )
    halves = list(connection.execute(query))
    return {
        row.number: tuple(
            PhotoId(half.id) for half in halves if half.live_photo_id == row.live_photo_id and half.number != row.number
        )
        for row in rows
        if row.live_photo_id
    }
