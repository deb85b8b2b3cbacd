"""What workers know together, on both databases; on PostgreSQL also across processes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from mediascream.database import Database, sqlite_url
from mediascream.library.sharing import Sharing
from mediascream.library.upgrade import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG_S = 30.0


@pytest.fixture(params=["sqlite", "postgres"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """The same database as two processes see it."""
    url = sqlite_url(tmp_path / "db") if request.param == "sqlite" else request.getfixturevalue("postgres")
    first, second = Database(url), Database(url)
    upgrade(first)
    yield first, second
    first.close()
    second.close()


def test_what_one_puts_the_other_sees(databases: tuple[Database, Database]) -> None:
    one, other = map(Sharing, databases)
    assert other.get("album") is None
    one.put("album", "a1")
    assert other.get("album") == "a1"


def test_no_call_is_counted_twice_or_forgotten_and_none_beyond_the_most(databases: tuple[Database, Database]) -> None:
    both = [Sharing(database) for database in databases]
    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda number: both[number % 2].count("calls", "Tuesday", 1, most=30), range(40)))
    assert counted.count(True) == 30
    assert [one.counted("calls", "Tuesday") for one in both] == [30, 30]


def test_a_new_day_begins_at_none(databases: tuple[Database, Database]) -> None:
    sharing = Sharing(databases[0])
    assert sharing.count("calls", "Tuesday", 5, most=5)
    assert not sharing.count("calls", "Tuesday", 1, most=5)
    assert sharing.counted("calls", "Wednesday") == 0
    assert sharing.count("calls", "Wednesday", 1, most=5)


def test_a_turn_is_held_by_one_thread(databases: tuple[Database, Database]) -> None:
    sharing = Sharing(databases[0])
    assert not can_enter(sharing, sharing)


def test_a_turn_is_held_by_one_worker_and_ends_with_it(postgres: str) -> None:
    first, second = Database(postgres), Database(postgres)
    upgrade(first)
    try:
        assert not can_enter(Sharing(first), Sharing(second))
        holder = first.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        holder.execute(sa.text("SELECT pg_advisory_lock(hashtextextended('writing', 0))"))
        holder.invalidate()  # as a process that is killed leaves it
        with Sharing(second).one_at_a_time("writing"):
            pass
    finally:
        first.close()
        second.close()


def can_enter(holder: Sharing, other: Sharing) -> bool:
    """Whether another gets the turn while it is held; and it must get it afterwards."""
    entered = threading.Event()

    def enter() -> None:
        with other.one_at_a_time("writing"):
            entered.set()

    thread = threading.Thread(target=enter)
    with holder.one_at_a_time("writing"):
        thread.start()
        meanwhile = entered.wait(0.3)
    assert entered.wait(LONG_S)
    thread.join()
    return meanwhile
