"""Deliveries: the truth of where each photo stands on its way to each destination.

Every function that changes a state leaves the photo's own state in step, but `plan` and `cancel_open`,
which are parts of a larger change: their callers end with `refresh_state`. A delivery that has ended, or
that was cancelled while a job was still at work, is not taken back by what that job says too late.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.errors import ConflictingState
from mediascream.library import schema
from mediascream.library.errands import Errand, errands, key_of_another, sidecars_behind
from mediascream.library.moments import to_ms
from mediascream.library.transitions import ARCHIVES, get, of_photo, put, refresh_state, remove, settle, write
from mediascream.library.upkeep import update
from mediascream.photo import OPEN_STATES, DeliveryState, DestinationName, PhotoId, Proof, SkipReason

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from mediascream.library.records import Delivery, Plan

__all__ = [
    "ARCHIVES",
    "Errand",
    "begin",
    "cancel_open",
    "deliver",
    "drop",
    "errands",
    "get",
    "heed_sender",
    "key_of_another",
    "note",
    "of_photo",
    "plan",
    "postpone",
    "refresh_state",
    "replan",
    "requeue",
    "revive",
    "sidecars_behind",
    "skip",
    "stop",
    "wait",
]

UNDONE = OPEN_STATES | {DeliveryState.BLOCKED}
"""The states from which an attempt may still lead anywhere."""

FRESH = {"derivative": False, "attempts": 0, "notes": {}, "run": 1, "sidecar_stored": 0}
UNPROVEN = {"size": None, "proof": None, "delivered_at_ms": None, "checked_at_ms": None, "sidecar_stored": 0}

_INSERT = sa.insert(schema.deliveries)
_ID = sa.select(schema.photos.c.id).where(schema.photos.c.number == sa.bindparam("of_photo"))
_WISHES = sa.select(schema.photos.c.skip).where(schema.photos.c.number == sa.bindparam("of_photo"))


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
            put(connection, known, DeliveryState.QUEUED, run=known.run + 1, attempts=0)
            queued.append(one.destination)
        elif known.receipt.state is DeliveryState.CANCELLED:
            put(connection, known, DeliveryState.SKIPPED, run=known.run + 1, reason=one.skip)
    if queued:
        refresh_state(connection, photo)
    return queued


def heed_sender(connection: sa.Connection, photo: int, plans: Sequence[Plan]) -> None:
    """Skip what the sender wished to skip, and was planned before that was known; what has begun goes on."""
    unwanted = {one.destination for one in plans if one.skip is SkipReason.SENDER}
    for one in of_photo(connection, photo):
        if one.receipt.destination in unwanted and one.receipt.state in {
            DeliveryState.QUEUED,
            DeliveryState.WAITING,
            DeliveryState.SKIPPED,
        }:
            put(connection, one, DeliveryState.SKIPPED, run=one.run + 1, reason=SkipReason.SENDER)
    refresh_state(connection, photo)


def begin(connection: sa.Connection, errand: Errand) -> Delivery | None:
    """Note that a job acts now; None where another job or a person was quicker."""
    current = get(connection, errand.number, errand.destination)
    if current.run != errand.run or current.receipt.state not in OPEN_STATES:
        return None
    attempts = current.receipt.attempts + 1
    settle(connection, current, DeliveryState.SENDING, attempts=attempts)
    receipt = replace(
        current.receipt,
        state=DeliveryState.SENDING,
        attempts=attempts,
        reason=None,
        error_code=None,
        error_detail=None,
        next_attempt_at=None,
    )
    return replace(current, receipt=receipt)


def note(connection: sa.Connection, photo: int, destination: DestinationName, **values: Any) -> None:
    """Write down what an attempt is about to do (`remote_id`, `notes`), without a change of state."""
    write(connection, photo, destination, **values)


def deliver(
    connection: sa.Connection,
    photo: int,
    destination: DestinationName,
    *,
    remote_id: str,
    proof: Proof,
    now: datetime,
    remote_url: str | None = None,
    size: int | None = None,
    derivative: bool = False,
    sidecar_stored: int = 0,
) -> None:
    """The copy is there. That is true whatever else was wished meanwhile."""
    settle(
        connection,
        get(connection, photo, destination),
        DeliveryState.DELIVERED,
        remote_id=remote_id,
        remote_url=remote_url,
        size=size,
        proof=proof,
        derivative=derivative,
        delivered_at_ms=to_ms(now),
        checked_at_ms=to_ms(now),
        sidecar_stored=sidecar_stored,
        notes={},
    )


def wait(
    connection: sa.Connection, photo: int, destination: DestinationName, *, until: datetime, code: str, detail: str
) -> Errand:
    """It goes on by itself at `until`; the errand is for the job that the caller enqueues for then.

    Where the delivery ended meanwhile, nothing changes, and that job will find it so.
    """
    current = get(connection, photo, destination)
    run = current.run
    if current.receipt.state in UNDONE:
        run += 1
        failure = {"error_code": code, "error_detail": detail, "next_attempt_at_ms": to_ms(until)}
        settle(connection, current, DeliveryState.WAITING, run=run, **failure)
    return _errand(connection, current, run)


def postpone(connection: sa.Connection, destination: DestinationName, until: datetime) -> None:
    """What waits at a destination that is in trouble as a whole waits until then, at least."""
    columns, at_ms = schema.deliveries.c, to_ms(until)
    waits = (columns.destination == destination, columns.state == DeliveryState.WAITING)
    earlier = columns.next_attempt_at_ms < at_ms
    connection.execute(sa.update(schema.deliveries).where(*waits, earlier).values(next_attempt_at_ms=at_ms))


def stop(
    connection: sa.Connection, photo: int, destination: DestinationName, state: DeliveryState, *, code: str, detail: str
) -> None:
    """It does not go on by itself: `blocked`, `refused` or `failed`.

    A copy that was there and is gone has `failed`; beyond that, what has ended stays as it is.
    """
    current = get(connection, photo, destination)
    gone = state is DeliveryState.FAILED and current.receipt.state is DeliveryState.DELIVERED
    if gone or current.receipt.state in UNDONE:
        settle(connection, current, state, error_code=code, error_detail=detail, run=current.run + 1)


def requeue(connection: sa.Connection, photo: int, destination: DestinationName) -> Errand:
    """Try again now, from the first attempt; the caller enqueues the errand. A wish to skip it ends.

    Raises:
        ConflictingState: The copy is there already; a second one must never be made.
    """
    current = _unfinished(get(connection, photo, destination))
    if current.receipt.reason is SkipReason.SENDER:
        _wish(connection, photo, destination, skip=False)
    settle(connection, current, DeliveryState.QUEUED, run=current.run + 1, attempts=0)
    return _errand(connection, current, current.run + 1)


def skip(connection: sa.Connection, photo: int, destination: DestinationName, reason: SkipReason) -> None:
    """It is not wanted, or cannot be.

    Raises:
        ConflictingState: The copy is there already.
    """
    current = _unfinished(get(connection, photo, destination))
    if reason is SkipReason.SENDER:
        _wish(connection, photo, destination, skip=True)
    settle(connection, current, DeliveryState.SKIPPED, reason=reason, run=current.run + 1)


def cancel_open(connection: sa.Connection, photo: int) -> None:
    """The photo goes to the trash: what is not done yet is not done. What has failed stays so.

    (A copy that is gone from a service has failed; cancelled, it would be sent again with the next restore.)
    """
    for one in of_photo(connection, photo):
        if one.receipt.state in UNDONE:
            put(connection, one, DeliveryState.CANCELLED, run=one.run + 1)


def drop(connection: sa.Connection, photo: int, destination: DestinationName) -> None:
    """Forget an archive's copy that is to be removed, as the other archive has the photo too.

    Raises:
        DeliveryUnknown: The photo has no delivery to `destination`.
        ConflictingState: No other archive has it.
    """
    current = get(connection, photo, destination)
    others = [one.receipt for one in of_photo(connection, photo) if one.receipt.destination != destination]
    if not any(one.destination in ARCHIVES and one.state is DeliveryState.DELIVERED for one in others):
        msg = "No other archive has this photo yet."
        raise ConflictingState(msg)
    remove(connection, current)
    refresh_state(connection, photo)


def _unfinished(current: Delivery) -> Delivery:
    if current.receipt.state is DeliveryState.DELIVERED:
        msg = f"{current.receipt.destination} has this photo already."
        raise ConflictingState(msg)
    return current


def _wish(connection: sa.Connection, photo: int, destination: DestinationName, *, skip: bool) -> None:
    """Keep the owner's wish with the photo, so that the sidecar tells it and a rebuild heeds it."""
    wishes = set(connection.scalars(_WISHES, {"of_photo": photo}).one())
    wishes = wishes | {destination} if skip else wishes - {destination}
    update(connection, photo, skip=sorted(wishes))


def _errand(connection: sa.Connection, current: Delivery, run: int) -> Errand:
    photo_id = PhotoId(connection.scalars(_ID, {"of_photo": current.photo}).one())
    return Errand(current.photo, photo_id, current.receipt.destination, run)
