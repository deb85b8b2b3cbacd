"""What is done now and then beside the jobs: a move to a new archive is planned, and lists are kept true and short."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from mediascream.delivery import hand
from mediascream.delivery.purge import empty_trash
from mediascream.delivery.reconcile import reconcile
from mediascream.library import check_log
from mediascream.library.elapsed import DAY_MS, HOUR_MS
from mediascream.library.facts import get_fact, put_fact

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediascream.delivery.work import Work
    from mediascream.library.elapsed import Elapsed
    from mediascream.photo import DestinationName
    from mediascream.recovery.copies import Copies

EVERY_S = 3600.0
DRILL_FACT = "drill_due_ms"
FORGET_JOBS_AFTER = timedelta(days=1)
LONGEST_DELAY = timedelta(days=2)
"""Nothing is put off for longer: a quota is new after a day at most, give or take a time zone."""

log = structlog.get_logger()


def _no_drill() -> object:
    return None


class Housekeeping:
    """A thread of its own, as long as a worker runs.

    Args:
        archive: The present one, which every photo is to be brought to.
        elapsed: How much time has passed, by which the trash is emptied.
        drilling: Restores a few photos; None where there was nothing to restore yet.
        copies: Makes the nightly copy of the database, where that is a file.
    """

    def __init__(
        self,
        work: Work,
        archive: DestinationName,
        elapsed: Elapsed,
        copies: Copies | None = None,
        *,
        drilling: Callable[[], object] = _no_drill,
    ) -> None:
        self._work = work
        self._copies = copies
        self._ticked = time.monotonic()
        self._archive = archive
        self._elapsed = elapsed
        self._drilling = drilling
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Do everything once now, and the rest again every hour."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no more chores."""
        self._stopped.set()

    def join(self) -> None:
        """Wait for the chore that is under way, a while."""
        self._thread.join(timeout=10)

    def _run(self) -> None:
        self._guarded(self._plan_move)
        while True:
            self._guarded(self._heed_clock)
            self._guarded(self._reconcile)
            self._guarded(self._empty_trash)
            self._guarded(self.drill_if_due)
            self._guarded(self._forget_jobs)
            self._guarded(self._copy_database)
            if self._stopped.wait(EVERY_S):
                return

    def _guarded(self, chore: Callable[[], None]) -> None:
        """An edge: one chore that fails does not end the others."""
        try:
            chore()
        except Exception:
            if not self._stopped.is_set():
                log.exception("a chore failed; it is done again in an hour")

    def _plan_move(self) -> None:
        """Where the present archive lacks photos (the owner moved from another), plan their deliveries to it."""
        job = hand.plan_job(self._archive, 0, self._work.stamp())
        self._work.database.write(lambda connection: self._work.jobs.enqueue(connection, job))

    def _heed_clock(self) -> None:
        """Set back, a clock leaves jobs that would wait for years, and destinations in trouble for as long."""
        now = self._work.now()
        if brought := self._work.jobs.heed_clock(now, longest=LONGEST_DELAY):
            log.warning("the clock was set back; what waited for a time that was never meant goes on", jobs=brought)

    def _reconcile(self) -> None:
        reconcile(self._work)

    def _empty_trash(self) -> None:
        empty_trash(self._work, self._elapsed)
        self._work.database.write(check_log.forget_good)

    def drill_if_due(self) -> None:
        """Once a week of passed time; the first an hour after a library begins. One that could not be made is made later."""
        with self._work.database.reading() as connection:
            due_ms, now_ms = get_fact(connection, DRILL_FACT), self._elapsed.now(connection)
        if due_ms is not None and due_ms <= now_ms and self._drilling() is None:
            return
        if due_ms is None or due_ms <= now_ms:
            next_ms = now_ms + (HOUR_MS if due_ms is None else 7 * DAY_MS)
            self._work.database.write(lambda connection: put_fact(connection, DRILL_FACT, next_ms))

    def _forget_jobs(self) -> None:
        before = (self._work.now() - FORGET_JOBS_AFTER).isoformat()
        while self._work.jobs.prune(completed_before=before) and not self._stopped.is_set():
            pass

    def _copy_database(self) -> None:
        now = time.monotonic()
        if self._copies is not None:
            self._copies.tick(now - self._ticked)
        self._ticked = now
