"""What follows a failed attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.delivery.retry import (
    GIVE_UP_AFTER,
    LONGEST_ARCHIVE_WAIT_S,
    LONGEST_WAIT_S,
    NO_ROOM,
    ONE_PHOTO,
    Verdict,
    back_off_s,
    judge,
)
from mediascream.errors import DeliveryError, DestinationBlocked, FileRefused, QuotaSpent, TryLater
from mediascream.photo import DeliveryState

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def verdict(error: DeliveryError, *, attempts: int = 1, archive: bool = False, dice: float = 0.5) -> Verdict:
    return judge(error, attempts=attempts, archive=archive, now=NOW, dice=dice)


def test_trouble_that_passes_waits_longer_each_time() -> None:
    waits = [verdict(TryLater("x", reason="server-error"), attempts=n).until for n in (1, 2, 3)]
    assert waits == [NOW + timedelta(seconds=s) for s in (1.5, 3, 6)]


def test_the_other_side_may_ask_for_more_patience() -> None:
    asked = verdict(TryLater("x", reason="throttled", retry_after_s=90))
    assert asked.until == NOW + timedelta(seconds=90)
    assert asked.whole


def test_a_service_is_given_up_after_many_attempts() -> None:
    assert verdict(TryLater("x", reason="server-error"), attempts=GIVE_UP_AFTER).state is DeliveryState.FAILED


def test_a_service_that_cannot_be_reached_is_never_given_up() -> None:
    away = verdict(TryLater("x", reason="unreachable"), attempts=GIVE_UP_AFTER * 10)
    assert away.state is DeliveryState.WAITING


@pytest.mark.parametrize(
    "error",
    [TryLater("x", reason="damaged-copy"), FileRefused("x", reason="type"), DestinationBlocked("x", reason="no-space")],
)
@given(attempts=st.integers(1, 10_000))
def test_an_archive_never_refuses_never_fails_and_always_looks_again(error: DeliveryError, attempts: int) -> None:
    judged = verdict(error, attempts=attempts, archive=True)
    assert judged.state in {DeliveryState.WAITING, DeliveryState.BLOCKED}
    assert judged.until is not None
    assert judged.until > NOW


@pytest.mark.parametrize("reason", sorted(ONE_PHOTO))
def test_what_only_one_photo_suffers_from_blocks_no_other(reason: str) -> None:
    blocked = verdict(DestinationBlocked("x", reason=reason), archive=True)
    assert (blocked.state, blocked.whole) == (DeliveryState.BLOCKED, False)


def test_a_blocked_service_waits_for_a_person() -> None:
    blocked = verdict(DestinationBlocked("log in again", reason="token-revoked"))
    assert (blocked.state, blocked.until, blocked.whole) == (DeliveryState.BLOCKED, None, True)


@pytest.mark.parametrize("reason", sorted(NO_ROOM))
def test_a_service_without_room_is_tried_again_the_next_day(reason: str) -> None:
    blocked = verdict(DestinationBlocked("make room", reason=reason))
    assert (blocked.state, blocked.until) == (DeliveryState.BLOCKED, NOW + timedelta(days=1))


def test_a_refused_photo_is_given_up() -> None:
    assert verdict(FileRefused("no such type", reason="type")).state is DeliveryState.REFUSED


def test_a_spent_quota_waits_until_it_is_new() -> None:
    tomorrow = NOW + timedelta(hours=19)
    spent = verdict(QuotaSpent("x", reason="quota", resets_at=tomorrow), attempts=99)
    assert (spent.state, spent.until, spent.whole) == (DeliveryState.WAITING, tomorrow, True)


@given(attempts=st.integers(1, 10_000), dice=st.floats(0, 1), archive=st.booleans())
def test_a_wait_is_never_longer_than_its_bound_nor_nothing(attempts: int, dice: float, archive: bool) -> None:
    wait = back_off_s(attempts, archive=archive, dice=dice)
    assert 1 <= wait <= (LONGEST_ARCHIVE_WAIT_S if archive else LONGEST_WAIT_S)
