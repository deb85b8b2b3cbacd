"""Which copies are to be checked next, and what a check found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.errands import LOST_BY_ARCHIVE
from mediascream.library.facts import put_fact
from mediascream.library.losses import DAMAGED, GONE, LOST
from mediascream.library.moments import to_ms
from mediascream.library.reading import get_by_numbers
from mediascream.library.transitions import write
from mediascream.photo import ATTENTION_STATES, OPEN_STATES, Proof

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from mediascream.library.records import PhotoRecord
    from mediascream.photo import DestinationName, PhotoId

_table, _photos = schema.deliveries, schema.photos
_STRENGTH = list(Proof)
AUDIT_FACT = "last_audit"


class Result(StrEnum):
    """What a check ended with."""

    GOOD = "good"
    HEALED = "healed"
    """It was wrong, and is good now."""
    WRONG = "wrong"
    """It is wrong still; a person should know."""
    UNKNOWN = "unknown"
    """The destination could not be asked; it says nothing of the copy."""


class By(StrEnum):
    """Who checked."""

    AUDIT = "audit"
    VERIFY = "verify"
    DEEP = "deep"
    DRILL = "drill"


@dataclass(frozen=True, slots=True)
class Check:
    """One copy that was checked.

    Attributes:
        code: A stable word for what was wrong, also where it was healed: `damaged`, `lost`, `gone`, `sidecar`, `rendition`.
    """

    at: datetime
    by: By
    photo_id: PhotoId
    file_name: str
    destination: DestinationName
    result: Result
    code: str | None = None
    detail: str | None = None

    @property
    def original_is_there(self) -> bool:
        """Whether the copy was seen to be whole."""
        return self.result in {Result.GOOD, Result.HEALED}


class Copy(NamedTuple):
    """A copy that is said to be there.

    Attributes:
        size_bytes: Of the original.
    """

    number: int
    destination: DestinationName
    size_bytes: int


def oldest(
    connection: sa.Connection,
    destinations: Iterable[DestinationName],
    now: datetime,
    *,
    not_sooner: timedelta = timedelta(),
    but: Collection[tuple[int, DestinationName]] = (),
) -> Copy | None:
    """The copy whose last check is the longest ago; None where none is as long ago as `not_sooner`.

    A check in the future was dated by a wrong clock: it goes first. `but` are copies that are passed over, by number
    and destination.
    """
    left_out = {name: [number for number, where in but if where == name] for name in destinations}
    found = [one for name, numbers in left_out.items() if (one := _oldest_at(connection, name, to_ms(now), numbers))]
    at_ms, copy = min(found, key=itemgetter(0), default=(0, None))
    return copy if at_ms <= to_ms(now - not_sooner) else None


def _oldest_at(
    connection: sa.Connection, name: DestinationName, now_ms: int, left_out: Sequence[int]
) -> tuple[int, Copy] | None:
    checked = _table.c.checked_at_ms
    query = (
        sa.select(_table.c.photo, _photos.c.size_bytes, checked)
        .join(_photos, _photos.c.number == _table.c.photo)
        .where(schema.THERE, _table.c.destination == name)
        .order_by(checked, _table.c.photo)
        .limit(1)
    )
    if left_out:
        query = query.where(_table.c.photo.not_in(left_out))
    for part in (checked > now_ms, checked.is_(None), checked <= now_ms):
        row = connection.execute(query.where(part)).first()
        if row is not None:
            at_ms = row.checked_at_ms or 0
            return (at_ms if at_ms <= now_ms else 0), Copy(row.photo, name, row.size_bytes)
    return None


def numbers(connection: sa.Connection, *, after: int, limit: int) -> list[int]:
    """Running numbers of all photos, tombstones too, from behind `after` on."""
    query = sa.select(_photos.c.number).where(_photos.c.number > after).order_by(_photos.c.number).limit(limit)
    return list(connection.scalars(query))


def by_lot(
    connection: sa.Connection, archive: DestinationName, lots: Iterable[float], *, most_bytes: int
) -> list[PhotoRecord]:
    """Photos that an archive has, chosen by numbers from 0 to 1; fewer where two fall on the same."""
    most = connection.scalar(sa.select(sa.func.max(_table.c.photo)).where(_table.c.destination == archive)) or 0
    chosen: set[int] = set()
    for lot in lots:
        query = (
            sa.select(_table.c.photo)
            .join(_photos, _photos.c.number == _table.c.photo)
            .where(schema.THERE, _table.c.destination == archive, _table.c.photo >= int(lot * most))
            .where(_photos.c.deleted_at_ms.is_(None), _photos.c.size_bytes <= most_bytes)
        )
        number = connection.scalar(query.order_by(_table.c.photo).limit(1))
        chosen |= {number} if number is not None else set()
    return get_by_numbers(connection, sorted(chosen))


def note_audit(connection: sa.Connection, now: datetime) -> None:
    """Keep when something was last checked, and whether any copy that was found wrong still is."""
    wrong = sa.select(sa.func.count()).where(
        _table.c.state.in_(ATTENTION_STATES | OPEN_STATES),
        sa.or_(_table.c.error_code.in_((DAMAGED, LOST, GONE)), LOST_BY_ARCHIVE),
    )
    count = connection.scalar(wrong) or 0
    detail = f"{count} copies are damaged, lost or gone" if count else "no copy is known to be wrong"
    put_fact(connection, AUDIT_FACT, {"at": now.isoformat(), "good": not count, "detail": detail})


def confirm(
    connection: sa.Connection,
    photo: int,
    destination: DestinationName,
    *,
    known: Proof | None,
    seen: Proof,
    now: datetime,
) -> None:
    """The copy was seen to be good. Its proof grows with that, and never shrinks."""
    better = min([seen, known or seen], key=_STRENGTH.index)
    write(connection, photo, destination, proof=better, checked_at_ms=to_ms(now))


def suspect(connection: sa.Connection, photo: int, destination: DestinationName) -> None:
    """Something was odd about this copy: it is checked before all others."""
    write(connection, photo, destination, checked_at_ms=0)
