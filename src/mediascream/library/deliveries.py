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
from mediascream.library.errands import Errand, errands, key_of_another
from mediascream.library.losses import ASKED_NOTE, LOST_NOTE
from mediascream.library.moments import to_ms
from mediascream.library.planning import NOT_BEGUN, cancel_open, heed_sender, plan, replan, revive
from mediascream.library.transitions import UNDONE, attempts_before, get, of_photo, refresh_state, remove, settle, write
from mediascream.library.upkeep import update
from mediascream.photo import ARCHIVES, OPEN_STATES, DeliveryState, DestinationName, PhotoId, Proof, SkipReason

if TYPE_CHECKING:
    from datetime import datetime

    from mediascream.library.records import Delivery

__all__ = [
    "NOT_BEGUN",
    "Errand",
    "ask_again",
    "begin",
    "cancel_open",
    "deliver",
    "drop",
    "errands",
    "get",
    "heed_sender",
    "key_of_another",
    "lose",
    "note",
    "of_photo",
    "plan",
    "postpone",
    "refresh_state",
    "replan",
    "requeue",
    "revive",
    "skip",
    "stop",
    "wait",
]

SECOND = 2
"""The number of any attempt that is not the first."""

_ID = sa.select(schema.photos.c.id).where(schema.photos.c.number == sa.bindparam("of_photo"))
_WISHES = sa.select(schema.photos.c.skip).where(schema.photos.c.number == sa.bindparam("of_photo"))


def begin(connection: sa.Connection, errand: Errand) -> Delivery | None:
    """Note that a job acts now; None where another job or a person was quicker.

    One that was cut short counts as the first of those before it, however often that happens: dying is no failure of its
    own, but what begins again is never the first attempt.
    """
    current = get(connection, errand.number, errand.destination)
    if current.run != errand.run or current.receipt.state not in OPEN_STATES:
        return None
    attempts = current.receipt.attempts + 1
    if current.receipt.state is DeliveryState.SENDING:
        attempts = max(SECOND, current.receipt.attempts)
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


def lose(
    connection: sa.Connection, photo: int, destination: DestinationName, *, run: int, code: str, detail: str
) -> Errand | None:
    """An archive turned out not to have what it had: it is to be brought there again, under the same key.

    None where the delivery changed since it was seen with this `run`. The note tells the next attempt why it is made, and
    the sidecar is to tell it where that does not succeed.
    """
    current = get(connection, photo, destination)
    if current.run != run or current.receipt.state is not DeliveryState.DELIVERED:
        return None
    again = {"run": run + 1, "attempts": 0, "notes": {LOST_NOTE: code}}
    unproven = {"size": None, "proof": None, "sidecar_stored": 0}
    settle(connection, current, DeliveryState.QUEUED, error_code=code, error_detail=detail, **again, **unproven)
    return _errand(connection, current, run + 1)


def ask_again(connection: sa.Connection, photo: int, destination: DestinationName) -> None:
    """Where an archive is to be healed: ask also the services that gave no equal copy back before."""
    notes = get(connection, photo, destination).notes
    if ASKED_NOTE in notes:
        write(connection, photo, destination, notes={name: notes[name] for name in notes if name != ASKED_NOTE})


def requeue(connection: sa.Connection, photo: int, destination: DestinationName) -> Errand:
    """Try again now, with as much patience as at first; the caller enqueues the errand. A wish to skip it ends.

    Raises:
        ConflictingState: The copy is there already; a second one must never be made.
    """
    current = _unfinished(get(connection, photo, destination))
    if current.receipt.reason is SkipReason.SENDER:
        _wish(connection, photo, destination, skip=False)
    settle(connection, current, DeliveryState.QUEUED, run=current.run + 1, attempts=attempts_before(current))
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
