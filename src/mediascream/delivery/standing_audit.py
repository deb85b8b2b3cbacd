"""The standing audit: copies checked again for ever, the oldest check first, spread evenly over each day.

What a check costs, in calls and bytes, sets when the next one is due; that moment is kept in the database, on the
ledger of passed time (`library/elapsed.py`). So restarts cost nothing, several workers share one allowance, and a
clock that jumps neither stops the audit nor lets it run wild.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from mediascream.library import checks, standing
from mediascream.library.checks import By, Result
from mediascream.library.elapsed import DAY_MS
from mediascream.library.facts import get_fact, put_fact
from mediascream.photo import DestinationName

if TYPE_CHECKING:
    import sqlalchemy as sa

    from mediascream.delivery.audit import Auditor
    from mediascream.delivery.work import Work
    from mediascream.library.checks import Check, Copy
    from mediascream.library.elapsed import Elapsed

FACT = "audit_due_ms"
NOT_SOONER = timedelta(days=1)
"""A small library is not read over and over."""

FIRST_S = 30.0
LONGEST_WAIT_S = 900.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the audit may cost in a day.

    Attributes:
        copies: One or more.
    """

    copies: int
    size_bytes: int

    def pause_ms(self, size_bytes: int) -> int:
        """How long to rest for a check that reads so many bytes."""
        return DAY_MS * max(1, -(-size_bytes * self.copies // self.size_bytes)) // self.copies


class StandingAudit:
    """A thread of its own, as long as a worker runs."""

    def __init__(self, work: Work, auditor: Auditor, elapsed: Elapsed, allowed: Allowed) -> None:
        self._work = work
        self._auditor = auditor
        self._elapsed = elapsed
        self._allowed = allowed
        self._unanswered: dict[tuple[int, DestinationName], int] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)

    def start(self) -> None:
        """Begin; the first check is not made at once, a start has other things to do."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no more checks, and wait a while for the one that is under way."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def step(self) -> Check | None:
        """Check the next copy, if one is due.

        One that cannot be asked about is passed over for a day: its last check stays the oldest, and all others would
        wait behind it for ever.
        """
        copy = self._work.database.write(self._claim)
        if copy is None:
            return None
        check = self._auditor.check(copy.number, copy.destination, By.AUDIT)
        if check is not None and check.result is not Result.UNKNOWN:
            self._unanswered.pop((copy.number, copy.destination))
            self._work.database.write(lambda connection: checks.note_audit(connection, self._work.now()))
        return check

    def _run(self) -> None:
        wait_s = FIRST_S
        while not self._stopped.wait(wait_s):
            try:
                found = self.step()
                wait_s = self.rest_s(idle=found is None)
            except Exception:  # an edge: what is odd about one copy does not end the audit
                log.exception("a copy could not be checked")
                wait_s = LONGEST_WAIT_S

    def rest_s(self, *, idle: bool) -> float:
        """How long until the next check; `idle` says that there was nothing to check just now."""
        with self._work.database.reading() as connection:
            left_ms = (get_fact(connection, FACT) or 0) - self._elapsed.now(connection)
        if left_ms > 0:
            return min(LONGEST_WAIT_S, left_ms / 1000)
        return LONGEST_WAIT_S if idle else 0.0

    def _claim(self, connection: sa.Connection) -> Copy | None:
        """The copy to be checked now; what it costs is paid before."""
        now_ms = self._elapsed.advance(connection)
        if (get_fact(connection, FACT) or 0) > now_ms:
            return None
        places = [name for name in DestinationName if self._may_ask(connection, name)]
        self._unanswered = {one: at_ms for one, at_ms in self._unanswered.items() if now_ms - at_ms < DAY_MS}
        passed_over = self._unanswered.keys()
        copy = checks.oldest(connection, places, self._work.now(), not_sooner=NOT_SOONER, but=passed_over)
        if copy is not None:
            self._unanswered[copy.number, copy.destination] = now_ms
            put_fact(connection, FACT, now_ms + self._allowed.pause_ms(copy.size_bytes))
        return copy

    def _may_ask(self, connection: sa.Connection, name: DestinationName) -> bool:
        """Neither paused nor in trouble, a spent quota above all."""
        now = standing.standing(connection, name)
        return self._auditor.can_check(name) and not now.paused and now.trouble is None
