"""How much time has passed, whatever the clock says: by this the trash is emptied, and audits and drills are due.

A clock may jump by ten years, forwards as a battery dies, backwards as a network comes up. So the time that
passed is counted: within one run of the machine by its uptime, which nothing can set and which goes on while the
program is down or the machine asleep. Over a reboot only the clock can tell, and it is believed for an hour at
most. What is counted may therefore be less than what passed, and never more than an hour of it a reboot.

Several workers on several machines share the count: one keeps it, another takes over where it falls silent.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mediascream.library.facts import get_fact, put_fact

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SILENT_MS = HOUR_MS // 2
"""A keeper on another machine that was not heard of for so long is taken to be gone."""

FACT = "elapsed"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the machine's clocks show.

    Attributes:
        boot: Which run of the machine this is.
        up_ms: How long it has been up, sleep included.
        clock_ms: What it takes for the time, since 1970.
    """

    boot: str
    up_ms: int
    clock_ms: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """How much was counted, up to which reading."""

    elapsed_ms: int
    last: Reading


class Elapsed:
    """The count.

    Args:
        read: Reads the machine's clocks.
    """

    def __init__(self, read: Callable[[], Reading]) -> None:
        self._read = read

    def advance(self, connection: sa.Connection) -> int:
        """Count what has passed since the last time, for good; returns all that was counted, in milliseconds."""
        ledger = self._now(connection)
        last = ledger.last
        put_fact(connection, FACT, [ledger.elapsed_ms, last.boot, last.up_ms, last.clock_ms])
        return ledger.elapsed_ms

    def now(self, connection: sa.Connection) -> int:
        """What `advance` would return."""
        return self._now(connection).elapsed_ms

    def _now(self, connection: sa.Connection) -> Ledger:
        kept = get_fact(connection, FACT)
        return advanced(Ledger(kept[0], Reading(*kept[1:])) if kept else None, self._read())


def advanced(ledger: Ledger | None, now: Reading) -> Ledger:
    """The ledger at a later reading. Pure."""
    if ledger is None:
        return Ledger(0, now)
    if now.boot == ledger.last.boot:
        return Ledger(ledger.elapsed_ms + max(0, now.up_ms - ledger.last.up_ms), now)
    passed = now.clock_ms - ledger.last.clock_ms
    if 0 <= passed < SILENT_MS:
        return ledger
    return Ledger(ledger.elapsed_ms + min(max(0, passed), HOUR_MS), now)


def this_machine() -> Callable[[], Reading]:
    """Reads the clocks of the machine that this runs on."""
    boot = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else f"process-{uuid.uuid4()}"

    def read() -> Reading:
        return Reading(boot, _up_ms(), time.time_ns() // 1_000_000)

    return read


def _up_ms() -> int:
    clock: int | None = getattr(time, "CLOCK_BOOTTIME", None)  # Linux: it goes on while the machine sleeps
    return (time.monotonic_ns() if clock is None else time.clock_gettime_ns(clock)) // 1_000_000
