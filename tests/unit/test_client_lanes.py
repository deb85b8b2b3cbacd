"""Steps joined by lanes end together, well or not, and none of them hangs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from mediascream.client.lanes import CalledOff, Crew, Lane, merged

if TYPE_CHECKING:
    from collections.abc import Callable


class Crash(Exception):
    pass


def test_items_reach_the_readers_and_then_the_lane_ends() -> None:
    seen: list[int] = []
    with Crew() as crew:
        lane: Lane[int] = Lane(crew, size=3, writers=2)

        def write() -> None:
            for number in range(50):
                lane.put(number)
            lane.done()

        crew.start(write, name="write", count=2)
        crew.start(lambda: seen.extend(lane), name="read", count=3)

    assert sorted(seen) == sorted([*range(50), *range(50)])


def test_a_full_lane_holds_its_writer_up() -> None:
    crew = Crew()
    lane: Lane[int] = Lane(crew, size=2)
    third = threading.Event()

    def write() -> None:
        for number in range(3):
            lane.put(number)
        third.set()
        lane.done()

    with crew:
        crew.start(write, name="write")
        while lane.take(5) != 0:
            pass
        assert third.wait(5)
        assert list(lane) == [1, 2]


def raise_crash() -> None:
    raise Crash


def run_a_reader_of_nothing_beside_a_crash() -> None:
    with Crew() as crew:
        never: Lane[int] = Lane(crew, size=1)
        crew.start(lambda: never.put(len(list(never))), name="reader-of-nothing")
        crew.start(raise_crash, name="crash")


def test_a_crash_in_one_thread_ends_all_and_is_raised() -> None:
    with pytest.raises(Crash):
        run_a_reader_of_nothing_beside_a_crash()


def test_a_writer_to_a_full_lane_ends_when_called_off() -> None:
    crew = Crew()
    lane: Lane[int] = Lane(crew, size=1)

    def write_for_ever() -> None:
        while True:
            lane.put(1)

    with crew:
        crew.start(write_for_ever, name="write")
        crew.call_off()

    assert list(lane.leftovers()) in ([], [1])


def leave_by_an_error(task: Callable[[Crew], None]) -> None:
    with Crew() as crew:
        crew.start(lambda: task(crew), name="task")
        raise Crash


def test_leaving_by_an_error_calls_the_threads_off() -> None:
    ended = threading.Event()

    def wait(crew: Crew) -> None:
        try:
            crew.pause(60)
        except CalledOff:
            ended.set()

    with pytest.raises(Crash):
        leave_by_an_error(wait)
    assert ended.is_set()


def test_lists_are_merged_up_to_enough_and_none_is_lost() -> None:
    crew = Crew()
    lane: Lane[list[int]] = Lane(crew, size=10)
    for numbers in ([1, 2], [3], [], [4, 5, 6]):
        lane.put(numbers)
    lane.done()

    batches = list(merged(lane, enough=3, patience_s=60))

    assert batches == [[1, 2, 3], [4, 5, 6], []]


def test_an_empty_list_tells_that_nothing_came() -> None:
    lane: Lane[list[int]] = Lane(Crew(), size=1)

    assert next(merged(lane, enough=3, patience_s=0.01)) == []
