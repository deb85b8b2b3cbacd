"""Writers of one process wait in a line, and each has its turn."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from mediascream.turns import Turns, TurnTaking, take_turns
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def engine(tmp_path: Path, turns: Turns) -> Iterator[sa.Engine]:
    made = sa.create_engine(
        f"sqlite:///{tmp_path / 'db'}", connect_args={"check_same_thread": False, "factory": TurnTaking}
    )
    take_turns(made, turns)
    with made.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE marks (mark INTEGER PRIMARY KEY)")
    yield made
    made.dispose()


def is_free(turns: Turns) -> bool:
    """Whether somebody who comes now has the turn at once."""
    return turns._taken_by is None


def test_those_who_wait_are_served_in_the_order_they_came(turns: Turns) -> None:
    served: list[int] = []

    def come(number: int) -> None:
        turns.take()
        served.append(number)
        turns.give()

    turns.take()
    threads = []
    for number in range(20):
        threads.append(threading.Thread(target=come, args=(number,)))
        threads[-1].start()
        eventually(lambda: len(turns._line) == len(threads))
    turns.give()
    for thread in threads:
        thread.join()
    assert served == list(range(20))
    assert is_free(turns)


def test_a_thread_that_gives_its_turn_and_wants_it_again_waits_behind_the_others(turns: Turns) -> None:
    served: list[str] = []

    def come() -> None:
        turns.take()
        served.append("other")
        turns.give()

    turns.take()
    other = threading.Thread(target=come)
    other.start()
    eventually(lambda: turns._line)
    turns.give()
    turns.take()
    served.append("again")
    turns.give()
    other.join()
    assert served == ["other", "again"]


def test_a_thread_does_not_wait_for_itself(turns: Turns) -> None:
    assert turns.take()
    assert not turns.take()
    turns.give()
    assert is_free(turns)


def test_a_turn_that_is_never_given_back_stops_nobody_for_ever(turns: Turns) -> None:
    turns.take()
    taken: list[bool] = []

    def come() -> None:
        taken.append(turns.take(longest_s=0.01))
        turns.give()

    late = threading.Thread(target=come)
    late.start()
    late.join()
    assert taken == [True]
    assert is_free(turns)


def test_a_turn_lasts_from_the_first_write_to_the_end_of_the_transaction(engine: sa.Engine, turns: Turns) -> None:
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT count(*) FROM marks"))
        assert is_free(turns)
        connection.execute(sa.text("INSERT INTO marks VALUES (1)"))
        assert not is_free(turns)
        connection.execute(sa.text("INSERT INTO marks VALUES (2)"))
        connection.commit()
        assert is_free(turns)


@pytest.mark.parametrize("fail", ["by an error of the database", "by an error of ours"])
def test_a_transaction_that_fails_gives_its_turn_back(engine: sa.Engine, turns: Turns, fail: str) -> None:
    def write() -> None:
        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO marks VALUES (1)"))
            if fail == "by an error of ours":
                raise LookupError
            connection.execute(sa.text("INSERT INTO marks VALUES (1)"))

    with pytest.raises((sa.exc.IntegrityError, LookupError)):
        write()
    assert is_free(turns)


def test_a_connection_that_is_thrown_away_gives_its_turn_back(engine: sa.Engine, turns: Turns) -> None:
    connection = engine.connect()
    connection.execute(sa.text("INSERT INTO marks VALUES (1)"))
    connection.invalidate()
    connection.close()
    assert is_free(turns)


def test_many_threads_on_two_engines_write_all_they_have(engine: sa.Engine, turns: Turns, tmp_path: Path) -> None:
    second = sa.create_engine(f"sqlite:///{tmp_path / 'db'}", connect_args={"factory": TurnTaking, "timeout": 0})
    take_turns(second, turns)
    failures: list[Exception] = []

    def write(first: int) -> None:
        try:
            for number in range(first, first + 25):
                with (engine if number % 2 else second).begin() as connection:
                    connection.execute(sa.text("INSERT INTO marks VALUES (:mark)"), {"mark": number})
        except sa.exc.OperationalError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(first,)) for first in range(0, 200, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    second.dispose()
    assert failures == []
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM marks")) == 200
