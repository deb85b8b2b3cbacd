"""Which jobs there are in this room, and how they get on the to-do list.

Job ids are made of what the job is for, so the same need asked for twice is one job; and `follow` may be
called after any change, as often as one likes. As a job that has ended is not begun again under its id, each
id bears a number that has grown since, wherever the same thing may have to be done once more: a delivery's
`run`, a photo's `sidecar_wanted`, the attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mediascream.delivery.plan import behind, due, to_be_processed
from mediascream.library.moments import to_ms
from mediascream.library.progress import progress
from mediascream.queue.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import sqlalchemy as sa

    from mediascream.database import Database
    from mediascream.library.errands import Errand
    from mediascream.library.progress import Progress
    from mediascream.photo import DestinationName, PhotoId
    from mediascream.queue.jobs import Jobs

PROCESS, DELIVER, SIDECAR, PROBE, RELEASE, PLAN = "process", "deliver", "sidecar", "probe", "release", "plan"
RENDER = "render"
PURGE = "purge"
"""The kinds of jobs."""

PROCESS_LANE = "process"
"""Its queue; every destination's queue bears the destination's name."""

FIRST, NEW, OLD = 1, 10, 20
"""Priorities: what other work hangs on; photos just sent; photos that were there before."""

STILL_RUNNING_WAIT_S = 5.0
"""How long a delivery waits for an older attempt at it that has not ended."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _none_connected() -> Collection[DestinationName]:
    return ()


@dataclass(frozen=True, slots=True)
class Work:
    """The database, the to-do list and the clock.

    Attributes:
        archives: The names of the archives there are, the present one first.
        connected: Tells the services that are connected now.
    """

    database: Database
    jobs: Jobs
    archives: Collection[DestinationName]
    now: Callable[[], datetime] = _utc_now
    connected: Callable[[], Collection[DestinationName]] = _none_connected

    def follow(self, connection: sa.Connection, number: int, *, priority: int = NEW) -> Progress | None:
        """Put on the list whatever is due for a photo now; returns how far it is."""
        photo = progress(connection, number)
        if photo is not None:
            for job in self._due(photo, priority):
                self.jobs.enqueue(connection, job)
        return photo

    def later(self, connection: sa.Connection, errand: Errand, at: datetime) -> None:
        """Put a delivery on the list for a later time."""
        self.jobs.enqueue(connection, delivery_job(errand, NEW), delay_s=self.seconds_until(at))

    def render_again(self, photo_id: PhotoId) -> None:
        """Have the small pictures of a photo made again, that were thrown away; asked often, done once a minute."""
        self.database.write(lambda connection: self.render_once(connection, photo_id, str(self.stamp() // 60_000)))

    def render_once(self, connection: sa.Connection, photo_id: PhotoId, occasion: str, *, priority: int = NEW) -> None:
        """Have the small pictures of a photo made again, once for each occasion."""
        job = Job(PROCESS_LANE, RENDER, f"render:{photo_id}:{occasion}", (photo_id,), priority)
        self.jobs.enqueue(connection, job)

    def seconds_until(self, at: datetime) -> float:
        """From now; none where that is past."""
        return max(0.0, (at - self.now()).total_seconds())

    def stamp(self) -> int:
        """The time in milliseconds: makes an id that was not used before."""
        return to_ms(self.now())

    def _due(self, photo: Progress, priority: int) -> list[Job]:
        if to_be_processed(photo):
            return [process_job(photo.number, photo.sidecar_wanted, priority)]
        return [delivery_job(photo.errand(leg), priority) for leg in due(photo, self.archives)] + [
            sidecar_job(photo.number, name, photo.sidecar_wanted) for name in behind(photo, self.archives)
        ]


def process_job(number: int, wanted: int, priority: int, attempt: int = 1) -> Job:
    """Reading a photo's metadata and making its renditions.

    Whatever makes it necessary again after it ended (out of the trash, bytes taken anew) raises `wanted`.
    """
    return Job(PROCESS_LANE, PROCESS, f"process:{number}:{wanted}:{attempt}", (number, attempt), priority)


def delivery_job(errand: Errand, priority: int) -> Job:
    """One attempt; `run` makes each a job of its own."""
    name = errand.destination
    args = (errand.number, name, errand.run)
    return Job(name, DELIVER, delivery_job_id(errand.number, name, errand.run), args, priority)


def delivery_job_id(number: int, name: DestinationName, run: int) -> str:
    """The id of one attempt."""
    return f"deliver:{number}:{name}:{run}"


def sidecar_job(number: int, archive: DestinationName, wanted: int, attempt: int = 1) -> Job:
    """Writing a photo's sidecar anew."""
    job_id = f"sidecar:{number}:{archive}:{wanted}:{attempt}"
    return Job(archive, SIDECAR, job_id, (number, archive, wanted, attempt), NEW)
