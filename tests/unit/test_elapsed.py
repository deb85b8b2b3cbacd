"""Time that is counted, not read: no clock makes it longer, and none stops it."""

from __future__ import annotations

import pytest

from mediascream.library.elapsed import DAY_MS, HOUR_MS, Ledger, Reading, advanced, this_machine

START = Ledger(1000, Reading("a", 5000, 10**12))
TEN_YEARS_MS = 3653 * DAY_MS


def after(boot: str, up_ms: int, clock_ms: int) -> int:
    """How much was counted since `START`."""
    return advanced(START, Reading(boot, up_ms, 10**12 + clock_ms)).elapsed_ms - START.elapsed_ms


@pytest.mark.parametrize("clock_ms", [0, HOUR_MS, -HOUR_MS, TEN_YEARS_MS, -TEN_YEARS_MS])
def test_within_one_run_of_the_machine_only_its_uptime_counts(clock_ms: int) -> None:
    assert after("a", 5000 + 3 * DAY_MS, clock_ms) == 3 * DAY_MS


@pytest.mark.parametrize(
    ("clock_ms", "counted"), [(HOUR_MS // 2, HOUR_MS // 2), (TEN_YEARS_MS, HOUR_MS), (-HOUR_MS, 0)]
)
def test_over_a_reboot_the_clock_is_believed_for_an_hour(clock_ms: int, counted: int) -> None:
    assert after("b", 100, clock_ms) == counted


def test_another_machine_leaves_the_count_to_one_that_was_heard_of_lately() -> None:
    assert advanced(START, Reading("b", 100, 10**12 + 60_000)) == START


def test_the_first_reading_begins_at_nothing() -> None:
    assert advanced(None, START.last) == Ledger(0, START.last)


def test_this_machine_s_time_goes_on() -> None:
    read = this_machine()
    first, second = read(), read()
    assert first.boot == second.boot
    assert second.up_ms >= first.up_ms > 0
