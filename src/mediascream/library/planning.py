"""Which deliveries a photo has: planned when it comes, revived when it comes again, cancelled when it goes.

What stands here are parts of larger changes. Used through `deliveries.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.transitions import UNDONE, attempts_before, of_photo, put, refresh_state, remove
from mediascream.photo import ARCHIVES, DeliveryState, DestinationName, SkipReason

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mediascream.library.records import Plan

FRESH = {"derivative": False, "attempts": 0, "notes": {}, "run": 1, "sidecar_stored": 0}
UNPROVEN = {"size": None, "proof": None, "delivered_at_ms": None, "checked_at_ms": None, "sidecar_stored": 0}
_INSERT = sa.insert(schema.deliveries)


def plan(connection: sa.Connection, photo: int, plans: Sequence[Plan]) -> None:
    """Give a photo its first deliveries to these destinations."""
    rows = [
        {
            "photo": photo,
            "destination": one.destination,
            "state": DeliveryState.QUEUED if one.skip is None else DeliveryState.SKIPPED,
            "reason": one.skip,
            **FRESH,
        }
        for one in plans
    ]
    if rows:
        connection.execute(_INSERT, rows)


def replan(connection: sa.Connection, photo: int, plans: Sequence[Plan]) -> None:
    """Begin a photo's archive deliveries again, as its bytes left the archive: under the same keys, keys never move.

    An archive that is no longer planned for is forgotten. Services keep what they have.
    """
    planned = {one.destination for one in plans}
    for one in of_photo(connection, photo):
        if one.receipt.destination not in ARCHIVES:
            continue
        if one.receipt.destination in planned:
            put(connection, one, DeliveryState.QUEUED, run=one.run + 1, attempts=0, notes={}, **UNPROVEN)
        else:
            remove(connection, one)
    refresh_state(connection, photo)


def revive(
    connection: sa.Connection,
    photo: int,
    plans: Sequence[Plan],
    *,
    states: Collection[DeliveryState],
    reason: SkipReason | None = None,
) -> list[DestinationName]:
    """Queue the deliveries in one of `states` (skipped ones only for `reason`) that `plans` can now make.

    A destination that the photo has no delivery to yet gets one; one that was cancelled and cannot be made
    now is skipped. Returns those that are queued now.
    """
    have = {one.receipt.destination: one for one in of_photo(connection, photo)}
    fresh = [one for one in plans if one.destination not in have]
    plan(connection, photo, fresh)
    queued = [one.destination for one in fresh if one.skip is None]
    for one in plans:
        known = have.get(one.destination)
        if known is None or known.receipt.state not in states or reason not in {None, known.receipt.reason}:
            continue
        if one.skip is None:
            put(connection, known, DeliveryState.QUEUED, run=known.run + 1, attempts=attempts_before(known))
            queued.append(one.destination)
        elif known.receipt.state is DeliveryState.CANCELLED:
            put(connection, known, DeliveryState.SKIPPED, run=known.run + 1, reason=one.skip)
    if queued:
        refresh_state(connection, photo)
    return queued


NOT_BEGUN = frozenset({DeliveryState.QUEUED, DeliveryState.WAITING, DeliveryState.SKIPPED})


def heed_sender(
    connection: sa.Connection,
    photo: int,
    plans: Sequence[Plan],
    *,
    states: Collection[DeliveryState] = NOT_BEGUN,
) -> set[DestinationName]:
    """Skip what the sender wishes to skip, where it stands in one of `states`; returns what is skipped by that.

    What has begun goes on.
    """
    unwanted = {one.destination for one in plans if one.skip is SkipReason.SENDER}
    heeded = [
        one
        for one in of_photo(connection, photo)
        if one.receipt.destination in unwanted
        and one.receipt.state in states
        and one.receipt.reason is not SkipReason.SENDER
    ]
    for one in heeded:
        put(connection, one, DeliveryState.SKIPPED, run=one.run + 1, reason=SkipReason.SENDER)
    if heeded:
        refresh_state(connection, photo)
    return {one.receipt.destination for one in heeded}


def cancel_open(connection: sa.Connection, photo: int) -> None:
    """The photo goes to the trash: what is not done yet is not done. What has failed stays so.

    (A copy that is gone from a service has failed; cancelled, it would be sent again with the next restore.)
    """
    for one in of_photo(connection, photo):
        if one.receipt.state in UNDONE:
            put(connection, one, DeliveryState.CANCELLED, run=one.run + 1)
