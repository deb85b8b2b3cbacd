"""When a destination will be done: from what it allows, how fast it was, and whether it waits; else nothing is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mediascream.delivery.estimate import Load, Rates, done_at, left_of
from mediascream.destinations.base import Limit, Quota
from mediascream.library.standing import Standing, Trouble
from mediascream.photo import DeliveryState, DestinationName

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FLICKR = DestinationName.FLICKR
WELL = Standing(FLICKR)
ONE_A_SECOND = Limit(10, 10.0)
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


def test_what_is_left_is_what_goes_on_by_itself() -> None:
    assert left_of(dict.fromkeys(DeliveryState, 1)) == 3


@pytest.mark.parametrize(
    "load",
    [
        Load(0, WELL, ONE_A_SECOND),
        Load(9, WELL),
        Load(9, replace(WELL, paused=True), ONE_A_SECOND),
        Load(9, replace(WELL, trouble=Trouble.BLOCKED), ONE_A_SECOND),
    ],
    ids=["nothing left", "nothing known", "paused", "blocked"],
)
def test_where_nobody_knows_nothing_is_said(load: Load) -> None:
    assert done_at(load, NOW) is None


def test_the_slower_of_limit_and_rate_decides() -> None:
    assert done_at(Load(7200, WELL, ONE_A_SECOND), NOW) == hours(2)
    assert done_at(Load(7200, WELL, ONE_A_SECOND, rate=0.5), NOW) == hours(4)
    assert done_at(Load(7200, WELL, ONE_A_SECOND, rate=5), NOW) == hours(2)
    assert done_at(Load(7200, WELL, rate=5), NOW) == hours(0.4)


def test_what_waits_begins_when_its_wait_ends() -> None:
    waiting = replace(WELL, trouble=Trouble.WAITING, until=hours(3))
    assert done_at(Load(3600, waiting, ONE_A_SECOND), NOW) == hours(4)
    over = replace(waiting, until=hours(-3))
    assert done_at(Load(3600, over, ONE_A_SECOND), NOW) == hours(1)


@pytest.mark.parametrize(
    ("left", "used", "at"),
    [
        (3600, 1000, hours(1)),
        (3600, 9_000, MIDNIGHT + timedelta(seconds=2600)),
        (13_600, 10_000, MIDNIGHT + timedelta(days=1, seconds=3600)),
        (10_000, 10_000, MIDNIGHT + timedelta(seconds=10_000)),
    ],
    ids=["enough", "the rest tomorrow", "a whole day, and more", "exactly a day"],
)
def test_a_quota_lets_the_rest_through_in_later_periods(left: int, used: int, at: datetime) -> None:
    load = Load(left, WELL, ONE_A_SECOND, Quota(10_000, used, MIDNIGHT))
    found = done_at(load, NOW)
    assert found is not None
    assert timedelta(0) <= found - at < timedelta(minutes=1)


def test_two_calls_for_each_delivery_halve_a_quota() -> None:
    quota = Quota(3600, 3600, hours(1), period_s=3600, calls_each=2)
    assert done_at(Load(3600, WELL, Limit(1, 2.0), quota), NOW) == hours(3)


def test_a_quota_whose_reset_is_past_is_new() -> None:
    assert done_at(Load(60, WELL, ONE_A_SECOND, Quota(100, 100, hours(-1))), NOW) == NOW + timedelta(minutes=1)


def test_a_rate_is_known_once_it_was_watched_for_a_while() -> None:
    rates = Rates()
    assert rates.see(FLICKR, delivered=100, left=50, now=NOW) is None
    assert rates.see(FLICKR, delivered=110, left=40, now=NOW + timedelta(seconds=5)) is None
    assert rates.see(FLICKR, delivered=160, left=10, now=NOW + timedelta(seconds=30)) == 2


def test_a_rate_forgets_idle_times_and_what_is_long_past() -> None:
    rates = Rates()
    rates.see(FLICKR, delivered=0, left=0, now=NOW)
    assert rates.see(FLICKR, delivered=0, left=9, now=hours(1)) is None
    assert rates.see(FLICKR, delivered=60, left=9, now=hours(1) + timedelta(seconds=60)) == 1
    assert rates.see(FLICKR, delivered=60, left=9, now=hours(2)) is None


def test_standing_still_is_no_rate() -> None:
    rates = Rates()
    rates.see(FLICKR, delivered=5, left=9, now=NOW)
    assert rates.see(FLICKR, delivered=5, left=9, now=NOW + timedelta(minutes=5)) is None
