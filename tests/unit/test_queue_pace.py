"""How often a worker looks: often while there is work, seldom when there is none."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from mediascream.queue.pace import CALM_AFTER_S, QUICK_S, SLOW_S, Pace
from tests.waiting import eventually


class Queues:
    """Polling intervals as the engine keeps them, and a clock that is ours."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.intervals = {"process": SLOW_S, "folder": SLOW_S}
        self.refusals = 0

    def set_interval(self, queue: str, interval_s: float) -> None:
        if self.refusals:
            self.refusals -= 1
            raise sa.exc.OperationalError("UPDATE queues", {}, Exception("database or disk is full"))
        self.intervals[queue] = interval_s

    def pace(self) -> Pace:
        pace = Pace(self.set_interval, clock=lambda: self.now)
        pace._intervals = dict(self.intervals)
        return pace


@pytest.fixture
def queues() -> Queues:
    return Queues()


def test_all_queues_are_quick_while_one_has_work(queues: Queues) -> None:
    pace = queues.pace()
    pace.noticed("process")
    pace.adjust()
    assert set(queues.intervals.values()) == {QUICK_S}


def test_they_are_slow_again_when_nothing_came_for_a_while(queues: Queues) -> None:
    pace = queues.pace()
    pace.noticed("process")
    pace.adjust()
    queues.now += CALM_AFTER_S / 2
    pace.noticed("folder")
    queues.now += CALM_AFTER_S - 0.1
    pace.adjust()
    assert set(queues.intervals.values()) == {QUICK_S}
    queues.now += 0.2
    pace.adjust()
    assert set(queues.intervals.values()) == {SLOW_S}


def test_a_pace_that_could_not_be_set_is_set_the_next_time(queues: Queues) -> None:
    pace = queues.pace()
    queues.refusals = 1
    pace.noticed()
    pace.adjust()
    assert sorted(queues.intervals.values()) == [QUICK_S, SLOW_S]
    pace.adjust()
    assert set(queues.intervals.values()) == {QUICK_S}


def test_it_follows_by_itself_from_the_start_on(queues: Queues) -> None:
    pace = Pace(queues.set_interval)
    pace.start(queues.intervals)
    eventually(lambda: set(queues.intervals.values()) == {QUICK_S})
    pace.stop()
    assert not pace._thread.is_alive()
