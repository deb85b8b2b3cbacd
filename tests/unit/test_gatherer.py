"""Wishes of many threads go out together, and none is lost, doubled or left waiting."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mediascream.destinations.gatherer import Gatherer

if TYPE_CHECKING:
    from collections.abc import Sequence

LONG_S = 30.0


class Sent:
    """Notes each batch, and answers a number with its square."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.go = threading.Event()
        self.go.set()

    def __call__(self, wishes: Sequence[int]) -> list[int]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.go.wait(LONG_S)
        self.batches.append(list(wishes))
        self.at_once -= 1
        if -1 in wishes:
            msg = "not this"
            raise ValueError(msg)
        return [wish * wish for wish in wishes]


def test_who_comes_alone_is_not_kept_waiting() -> None:
    sent = Sent()
    assert Gatherer(sent, most=50, patience_s=LONG_S).join(7) == 49
    assert sent.batches == [[7]]


def test_everyone_gets_the_outcome_of_their_own_wish() -> None:
    sent = Sent()
    gatherer = Gatherer(sent, most=10)
    with ThreadPoolExecutor(30) as pool:
        assert list(pool.map(gatherer.join, range(100))) == [number * number for number in range(100)]
    assert sorted(wish for batch in sent.batches for wish in batch) == list(range(100))
    assert max(map(len, sent.batches)) <= 10
    assert sent.most_at_once == 1


def test_a_batch_waits_for_those_who_said_that_they_come() -> None:
    sent = Sent()
    gatherer = Gatherer(sent, most=50, patience_s=LONG_S)
    with ThreadPoolExecutor(1) as pool:
        with gatherer.place() as place:
            first = pool.submit(gatherer.join, 1)
            assert place.join(2) == 4
        assert first.result(LONG_S) == 1
    assert [sorted(batch) for batch in sent.batches] == [[1, 2]]


def test_who_does_not_come_after_all_is_not_waited_for() -> None:
    gatherer = Gatherer(Sent(), most=50, patience_s=LONG_S)
    with ThreadPoolExecutor(1) as pool:
        with gatherer.place():
            first = pool.submit(gatherer.join, 3)
        assert first.result(LONG_S) == 9


def test_a_place_that_takes_long_is_waited_for_only_so_long() -> None:
    gatherer = Gatherer(Sent(), most=50, patience_s=0.01)
    with gatherer.place():
        assert gatherer.join(5) == 25


def test_a_full_batch_does_not_wait() -> None:
    sent = Sent()
    gatherer = Gatherer(sent, most=1, patience_s=LONG_S)
    with gatherer.place():
        assert gatherer.join(5) == 25


def test_what_comes_while_a_batch_is_under_way_goes_with_the_next() -> None:
    sent = Sent()
    gatherer = Gatherer(sent, most=50)
    sent.go.clear()
    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(gatherer.join, 0)]
        while not sent.at_once:
            pass
        jobs += [pool.submit(gatherer.join, number) for number in range(1, 6)]
        while len(gatherer._seats) < 5:
            pass
        sent.go.set()
        assert [job.result(LONG_S) for job in jobs] == [0, 1, 4, 9, 16, 25]
    assert [len(batch) for batch in sent.batches] == [1, 5]


def test_an_error_reaches_all_of_its_batch_and_none_of_the_next() -> None:
    sent = Sent()
    gatherer = Gatherer(sent, most=50, patience_s=LONG_S)
    with ThreadPoolExecutor(1) as pool:
        with gatherer.place() as place:
            first = pool.submit(gatherer.join, -1)
            with pytest.raises(ValueError, match="not this"):
                place.join(2)
        with pytest.raises(ValueError, match="not this"):
            first.result(LONG_S)
    assert gatherer.join(4) == 16
