"""Which jobs there are in this room, and how they get on the to-do list.

Job ids are made of what the job is for, so the same need asked for twice is one job; and `follow` may be
called after any change, as often as one likes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mediascream.delivery.plan import due
from mediascream.library import deliveries, reading
from mediascream.queue.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import sqlalchemy as sa

    from mediascream.database import Database
    from mediascream.library.deliveries import Errand
    from mediascream.library.records import PhotoRecord
    from mediascream.photo import DestinationName
    from mediascream.queue.jobs import Jobs

PROCESS, DELIVER, SIDECAR, PROBE, RELEASE, PLAN = "process", "deliver", "sidecar", "probe", "release", "plan"
"""The kinds of jobs."""

PROCESS_LANE = "process"
"""Its queue; every destination's queue bears the destination's name."""

FIRST, NEW, OLD = 1, 10, 20
"""Priorities: what other work hangs on; photos just sent; photos that were there before."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Work:
    """The database, the to-do list and the clock.

    Attributes:
        archives: The names of the archives there are.
    """

    database: Database
    jobs: Jobs
    archives: Collection[DestinationName]
    now: Callable[[], datetime] = _utc_now

    def follow(self, connection: sa.Connection, number: int, *, priority: int = NEW) -> None:
        """Put on the list whatever is due for a photo now."""
        photo = reading.get_by_number(connection, number)
        if photo is None:
            return
        for job in self._due(connection, photo, priority):
            self.jobs.enqueue(connection, job)

    def later(self, connection: sa.Connection, errand: Errand, at: datetime) -> None:
        """Put a delivery on the list for a later time."""
        self.jobs.enqueue(connection, delivery_job(errand, NEW), delay_s=max(0.0, (at - self.now()).total_seconds()))

    def soon(self, connection: sa.Connection, errand: Errand, *, priority: int = OLD) -> None:
        """Put a delivery on the list."""
        self.jobs.enqueue(connection, delivery_job(errand, priority))

    def _due(self, connection: sa.Connection, photo: PhotoRecord, priority: int) -> list[Job]:
        if not photo.processed and photo.deleted_at is None:
            return [process_job(photo, priority)]
        names = [receipt.destination for receipt in due(photo, self.archives)]
        errands = deliveries.errands(connection, photo=photo.number, destinations=names) if names else []
        behind = deliveries.sidecars_behind(connection, photo.number, self.archives)
        return [delivery_job(errand, priority) for errand in errands] + [
            sidecar_job(photo.number, name, photo.sidecar_wanted) for name in behind
        ]


def process_job(photo: PhotoRecord, priority: int) -> Job:
    """Reading a photo's metadata and making its renditions; anew where its bytes were taken anew."""
    return Job(PROCESS_LANE, PROCESS, f"process:{photo.number}:{photo.sidecar_wanted}", (photo.number,), priority)


def delivery_job(errand: Errand, priority: int) -> Job:
    """One attempt; `run` makes each a job of its own."""
    name = errand.destination
    return Job(
        name, DELIVER, f"deliver:{errand.number}:{name}:{errand.run}", (errand.number, name, errand.run), priority
    )


def sidecar_job(number: int, archive: DestinationName, wanted: int, attempt: int = 1) -> Job:
    """Writing a photo's sidecar anew."""
    return Job(
        archive, SIDECAR, f"sidecar:{number}:{archive}:{wanted}:{attempt}", (number, archive, wanted, attempt), NEW
    )
