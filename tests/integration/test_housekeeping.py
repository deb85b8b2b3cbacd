"""The chores beside the jobs: each is done, and one that fails ends no other."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from mediascream.housekeeping import FORGET_JOBS_AFTER, Housekeeping
from mediascream.photo import DestinationName
from tests.house import START, House
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.close()


def test_chores_are_done_at_the_start_and_a_broken_one_ends_no_other(house: House) -> None:
    house.send(b"\xff\xd8\xff\xe0 a picture")
    house.todo.forget()
    asked: list[str] = []

    def prune(*, completed_before: str, limit: int = 2000) -> int:
        asked.append(completed_before)
        message = f"the disk of {limit} jobs is gone"
        raise OSError(message)

    def broken(ids: Collection[str]) -> set[str]:
        message = f"the list cannot say which of {len(ids)} are open"
        raise OSError(message)

    house.todo.prune = prune  # type: ignore[method-assign]  # there is no engine below this list
    whole, house.todo.open = house.todo.open, broken  # type: ignore[method-assign]  # a chore that fails
    first = Housekeeping(house.work, DestinationName.FOLDER, house.elapsed)
    first.start()
    eventually(lambda: asked)
    first.stop()
    first.join()
    assert house.todo.ids("plan"), "the move to the present archive was not planned"
    assert house.todo.ids("process") == []
    assert datetime.fromisoformat(asked[0]) == START - FORGET_JOBS_AFTER

    house.todo.open = whole  # type: ignore[method-assign]
    second = Housekeeping(house.work, DestinationName.FOLDER, house.elapsed)
    second.start()
    eventually(lambda: house.todo.ids("process"))
    eventually(lambda: asked[1:])
    second.stop()
    second.join()
