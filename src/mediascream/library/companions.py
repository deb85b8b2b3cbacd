"""Which photos belong together: both halves of a live photo, and a RAW with the JPEG of the same shot.

The halves of a live photo carry the same identifier of the phone. A camera that writes RAW and JPEG
gives both the same name but for the ending, and the same moment.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.photo import PhotoId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediascream.photo import Metadata

Shots: TypeAlias = "Sequence[Shot | schema.AnyRow]"

_photos = schema.photos.c
_ALIKE = (
    sa.select(_photos.number, _photos.id, _photos.live_photo_id, _photos.pair_key, _photos.media_type)
    .where(
        sa.or_(
            _photos.live_photo_id.in_(sa.bindparam("live_ids", expanding=True)),
            _photos.pair_key.in_(sa.bindparam("pair_keys", expanding=True)),
        ),
        schema.LIVE,
    )
    .order_by(_photos.number)
    .limit(1000)  # a hostile sender can give ten thousand files the same identifier
)


class Shot(NamedTuple):
    """What of a photo tells its companions; a row of `photos` has the same names."""

    number: int
    media_type: str
    live_photo_id: str | None
    pair_key: str | None


def pair_key(file_name: str, media_type: str, metadata: Metadata) -> str | None:
    """What a RAW and its JPEG or HEIC have in common; None for what never has such a companion.

    It is made of the moment that the file itself tells, so a person who corrects a date parts no pair.
    """
    if metadata.taken_local is None or not (_is_raw(media_type) or media_type in {"image/jpeg", "image/heic"}):
        return None
    return f"{metadata.taken_local.replace(microsecond=0).isoformat()} {PurePosixPath(file_name).stem.casefold()}"


def companions_of(connection: sa.Connection, shots: Shots) -> dict[int, tuple[PhotoId, ...]]:
    """The companions of each of these photos that has some, those in the trash left out; one query or none."""
    return {number: tuple(PhotoId(row.id) for row in found) for number, found in alike(connection, shots).items()}


def alike(connection: sa.Connection, shots: Shots) -> dict[int, list[schema.AnyRow]]:
    """As `companions_of`, but rows with `number` and `id`."""
    live_ids = {row.live_photo_id for row in shots if row.live_photo_id}
    pair_keys = {row.pair_key for row in shots if row.pair_key}
    if not live_ids and not pair_keys:
        return {}
    others = connection.execute(_ALIKE, {"live_ids": list(live_ids), "pair_keys": list(pair_keys)}).all()
    by_live_id, by_pair_key = _grouped(others, "live_photo_id"), _grouped(others, "pair_key")
    found = {}
    for row in shots:
        candidates = by_live_id.get(row.live_photo_id or "", []) + by_pair_key.get(row.pair_key or "", [])
        matches = {one.number: one for one in candidates if _belong_together(row, one)}
        if matches:
            found[row.number] = list(matches.values())
    return found


def _grouped(rows: Sequence[schema.AnyRow], name: str) -> dict[str, list[schema.AnyRow]]:
    groups: dict[str, list[schema.AnyRow]] = {}
    for row in rows:
        if getattr(row, name):
            groups.setdefault(getattr(row, name), []).append(row)
    return groups


def _belong_together(one: Shot | schema.AnyRow, other: schema.AnyRow) -> bool:
    if one.number == other.number:
        return False
    if one.live_photo_id and one.live_photo_id == other.live_photo_id:
        return True
    return _is_raw(one.media_type) is not _is_raw(other.media_type)


def _is_raw(media_type: str) -> bool:
    return media_type.startswith("image/x-")
