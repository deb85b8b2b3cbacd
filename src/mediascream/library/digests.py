"""Photos by their SHA-1, as other programs name them. It is known once a photo was processed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.photo import Kind, PhotoId

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_AT_ONCE = 1000

_columns = schema.photos.c
_BY_SHA1 = sa.select(_columns.sha1, _columns.id, _columns.deleted_at_ms, _columns.archived).where(
    _columns.sha1.in_(sa.bindparam("digests", expanding=True))
)
_KINDS = sa.select(_columns.kind, sa.func.count()).where(schema.LIVE).group_by(_columns.kind)


class Known(NamedTuple):
    """A photo that has a SHA-1."""

    id: PhotoId
    deleted: bool
    archived: bool


def by_sha1(connection: sa.Connection, digests: Sequence[str]) -> dict[str, Known]:
    """The photos that have these SHA-1s (hex, lower case)."""
    found: dict[str, Known] = {}
    for start in range(0, len(digests), MOST_AT_ONCE):
        rows = connection.execute(_BY_SHA1, {"digests": list(digests[start : start + MOST_AT_ONCE])})
        found |= {row.sha1: Known(PhotoId(row.id), row.deleted_at_ms is not None, row.archived) for row in rows}
    return found


def count_by_kind(connection: sa.Connection) -> dict[Kind, int]:
    """How many photos and videos there are."""
    return {Kind(kind): count for kind, count in connection.execute(_KINDS)}
