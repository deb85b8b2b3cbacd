"""The queue by hand: what a person can do to deliveries, besides waiting.

What takes a connection runs inside the caller's transaction; all leave the next jobs on the list.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mediascream.delivery.troubles import end_trouble
from mediascream.delivery.work import FIRST, OLD, PLAN, PROCESS_LANE
from mediascream.errors import ConflictingState, PhotoUnknown
from mediascream.library import deliveries, photos, reading, standing
from mediascream.library.records import Plan
from mediascream.library.standing import Standing
from mediascream.photo import ARCHIVES, SERVICES, DeliveryState, DestinationName, PhotoId, SkipReason
from mediascream.queue.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Collection

    import sqlalchemy as sa

    from mediascream.delivery.work import Work
    from mediascream.library.records import PhotoRecord

BATCH = 200
AGAIN = frozenset(DeliveryState) - {DeliveryState.DELIVERED, DeliveryState.SENDING, DeliveryState.CANCELLED}
"""The states from which a person may ask for another attempt."""


def retry(connection: sa.Connection, work: Work, photo_id: PhotoId, name: DestinationName) -> None:
    """Try one delivery again now, a skipped one too.

    Raises:
        PhotoUnknown: No photo has this id.
        DeliveryUnknown: It has no such delivery.
        ConflictingState: The copy is there or being sent, the photo is in the trash, or the service not connected.
    """
    photo = _photo(connection, photo_id)
    state = deliveries.get(connection, photo.number, name).receipt.state
    if state not in AGAIN or photo.deleted_at is not None:
        msg = f"This delivery cannot be tried again: it is {state}{' and the photo is in the trash' if photo.deleted_at else ''}."
        raise ConflictingState(msg)
    require_connected(work, name)
    if standing.standing(connection, name).trouble is not None:
        end_trouble(connection, work, name)
    deliveries.requeue(connection, photo.number, name)
    deliveries.ask_again(connection, photo.number, name)
    photos.touch(connection, photo.number)
    work.follow(connection, photo.number)


def skip(connection: sa.Connection, work: Work, photo_id: PhotoId, name: DestinationName) -> None:
    """Give one delivery up by the owner's wish.

    Raises:
        PhotoUnknown: No photo has this id.
        DeliveryUnknown: It has no such delivery.
        ConflictingState: The copy is there, or the destination is an archive.
    """
    photo = _photo(connection, photo_id)
    state = deliveries.get(connection, photo.number, name).receipt.state
    if name in ARCHIVES or state in {DeliveryState.DELIVERED, DeliveryState.SENDING}:
        msg = f"This delivery cannot be skipped: {'an archive never is' if name in ARCHIVES else f'it is {state}'}."
        raise ConflictingState(msg)
    deliveries.skip(connection, photo.number, name, SkipReason.SENDER)
    photos.touch(connection, photo.number)
    work.follow(connection, photo.number)


def pause(work: Work, name: DestinationName) -> None:
    """Begin no more deliveries to a destination until `resume`."""
    work.database.write(lambda c: standing.put_standing(c, replace(standing.standing(c, name), paused=True)))
    work.jobs.pause(name)


def resume(work: Work, name: DestinationName) -> None:
    """Go on; trouble that was noted is forgotten, so that it is tried at once."""

    def act(connection: sa.Connection) -> None:
        standing.put_standing(connection, replace(standing.standing(connection, name), paused=False))
        end_trouble(connection, work, name)

    work.database.write(act)
    work.jobs.resume(name)


def retry_all(connection: sa.Connection, work: Work, name: DestinationName) -> None:
    """Try everything again that waits, is blocked or has failed at one destination."""
    end_trouble(connection, work, name, failed_too=True)


def plan_missing(connection: sa.Connection, work: Work, name: DestinationName, *, after: int, stamp: int) -> None:
    """Give the next batch of photos that never had a delivery to `name` one, the oldest first."""
    lacking = standing.lacking(connection, name, after=after, limit=BATCH)
    for number in lacking:
        deliveries.plan(connection, number, [Plan(name)])
        deliveries.refresh_state(connection, number)
        work.follow(connection, number, priority=OLD)
    if len(lacking) >= BATCH:
        work.jobs.enqueue(connection, plan_job(name, lacking[-1], stamp))


def backfill(connection: sa.Connection, work: Work, name: DestinationName, *, after: int, stamp: int) -> None:
    """Send a newly connected service what it lacks: what was skipped as not connected, and what was never planned."""
    if not may_send(work, name):
        return  # it was connected when this was asked for
    states = (DeliveryState.SKIPPED,)
    batch = deliveries.errands(connection, destination=name, states=states, after=after, limit=BATCH)
    for errand in batch:
        if deliveries.get(connection, errand.number, name).receipt.reason is SkipReason.NOT_CONNECTED:
            deliveries.requeue(connection, errand.number, name)
            photos.touch(connection, errand.number)
            work.follow(connection, errand.number, priority=OLD)
    if len(batch) >= BATCH:
        work.jobs.enqueue(connection, plan_job(name, batch[-1].number, stamp))
    else:
        plan_missing(connection, work, name, after=0, stamp=stamp)


def skip_unconnected(work: Work, name: DestinationName) -> int:
    """Skip, as not connected, all that is still to be sent to a service that is not; returns how many that were.

    For a service that a person disconnected, or whose keys are no longer in the settings. What is being sent now
    finds out for itself.
    """
    skipped = 0
    states = (DeliveryState.QUEUED, DeliveryState.WAITING, DeliveryState.BLOCKED)

    def act(connection: sa.Connection) -> int:
        batch = deliveries.errands(connection, destination=name, states=states, limit=BATCH)
        for errand in batch:
            deliveries.skip(connection, errand.number, name, SkipReason.NOT_CONNECTED)
            photos.touch(connection, errand.number)
            work.follow(connection, errand.number, priority=OLD)
        if not batch:
            standing.put_standing(connection, Standing(name, standing.standing(connection, name).paused))
        return len(batch)

    while batch := work.database.write(act):
        skipped += batch
    return skipped


def may_send(work: Work, name: DestinationName) -> bool:
    """Whether deliveries to a destination can be tried at all; to an archive always."""
    return name in ARCHIVES or name in work.connected()


def require_connected(work: Work, name: DestinationName) -> None:
    """Turn away what makes no sense for a service that is not connected.

    Raises:
        ConflictingState: It is not.
    """
    if not may_send(work, name):
        msg = f"{name} is not connected; connect it first."
        raise ConflictingState(msg)


def plan_job(name: DestinationName, after: int, stamp: int) -> Job:
    """The job behind `backfill` of a service, and behind the move to another archive."""
    return Job(PROCESS_LANE, PLAN, f"plan:{name}:{stamp}:{after}", (name, after, stamp), FIRST)


def _photo(connection: sa.Connection, photo_id: PhotoId) -> PhotoRecord:
    photo = reading.get(connection, photo_id)
    if photo is None:
        msg = f"No photo has the id {photo_id}."
        raise PhotoUnknown(msg)
    return photo


def known_destinations(archives: Collection[DestinationName]) -> list[DestinationName]:
    """The destinations that the API shows, the present archive first."""
    return [*archives, *SERVICES]
