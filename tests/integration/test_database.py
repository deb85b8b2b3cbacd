"""The one writer, the readers, and what two processes do to each other. On SQLite and on Postgres."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from mediascream.database import Database, sqlite_url
from mediascream.errors import DiskFull
from mediascream.library.facts import get_fact, put_fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE_S = 30.0


class HeldWriter:
    """Holds the writer inside an act, so that what is handed in meanwhile becomes one group."""

    def __init__(self, database: Database) -> None:
        self._go_on = threading.Event()
        inside = threading.Event()

        def wait(_connection: sa.Connection) -> None:
            inside.set()
            assert self._go_on.wait(PATIENCE_S)

        def hold() -> None:
            with contextlib.suppress(sa.exc.OperationalError):  # some tests break the commit of all
                database.write(wait)

        self.thread = threading.Thread(target=hold)
        self.thread.start()
        assert inside.wait(PATIENCE_S)

    def release(self) -> None:
        self._go_on.set()
        self.thread.join()


@pytest.fixture
def held(database: Database) -> Iterator[HeldWriter]:
    writer = HeldWriter(database)
    yield writer
    writer.release()


def put(name: str, value: object) -> Callable[[sa.Connection], None]:
    return lambda connection: put_fact(connection, name, value)


def fact(database: Database, name: str) -> object:
    with database.reading() as connection:
        return get_fact(connection, name)


def fail(connection: sa.Connection) -> None:
    put_fact(connection, "half", "written")
    raise LookupError("this act is broken")


def break_the_commit(connection: sa.Connection) -> None:
    """As a full disk or a lost connection does: no savepoint saves the others."""
    put_fact(connection, "half", "written")
    raise sa.exc.OperationalError("COMMIT", None, OSError("the disk went away"))


async def hand_in(database: Database, *acts: Callable[[sa.Connection], object]) -> list[object]:
    return list(await asyncio.gather(*map(database.write_async, acts), return_exceptions=True))


def hand_in_together(database: Database, held: HeldWriter, *acts: Callable[[sa.Connection], object]) -> list[object]:
    """What each of these acts ended with; all of them wait when the writer is let go on."""

    async def run() -> list[object]:
        waiting = asyncio.ensure_future(hand_in(database, *acts))
        await asyncio.sleep(0)  # `waiting` begins
        await asyncio.sleep(0)  # the acts are handed in
        held.release()
        return await waiting

    return asyncio.run(run())


def test_the_result_of_an_act_comes_back(database: Database) -> None:
    assert database.write(lambda connection: connection.scalar(sa.select(sa.literal(42)))) == 42


def test_what_was_written_is_read(database: Database) -> None:
    database.write(put("a", [1, "ü"]))
    assert fact(database, "a") == [1, "ü"]


def test_an_act_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(LookupError, match="this act is broken"):
        database.write(fail)
    assert fact(database, "half") is None


def test_an_act_that_raises_harms_only_itself(database: Database, held: HeldWriter) -> None:
    outcomes = hand_in_together(database, held, put("a", 1), fail, put("b", 2))
    assert [type(outcome) for outcome in outcomes] == [type(None), LookupError, type(None)]
    assert (fact(database, "a"), fact(database, "half"), fact(database, "b")) == (1, None, 2)


def test_acts_that_wait_share_one_commit(database: Database, held: HeldWriter) -> None:
    commits: list[object] = []
    sa.event.listen(database.engine, "commit", commits.append)
    hand_in_together(database, held, *(put(str(number), number) for number in range(20)))
    assert len(commits) == 2  # that of the act that held the writer, and one for all of these
    assert fact(database, "19") == 19


def test_an_act_that_breaks_the_commit_harms_only_itself(database: Database, held: HeldWriter) -> None:
    outcomes = hand_in_together(database, held, put("a", 1), break_the_commit, put("b", 2))
    assert [type(outcome) for outcome in outcomes] == [type(None), sa.exc.OperationalError, type(None)]
    assert (fact(database, "a"), fact(database, "half"), fact(database, "b")) == (1, None, 2)


def test_a_commit_that_fails_is_heard_by_all(database: Database, held: HeldWriter) -> None:
    def refuse(_connection: sa.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", None, OSError("the disk went away"))

    sa.event.listen(database.engine, "commit", refuse)
    outcomes = hand_in_together(database, held, put("a", 1), put("b", 2))
    sa.event.remove(database.engine, "commit", refuse)
    assert [type(outcome) for outcome in outcomes] == [sa.exc.OperationalError] * 2
    assert (fact(database, "a"), fact(database, "b")) == (None, None)


def test_a_failed_act_does_not_stop_the_writer(database: Database) -> None:
    for act in (fail, break_the_commit):
        with pytest.raises((LookupError, sa.exc.OperationalError)):
            database.write(act)
    database.write(put("a", 1))
    assert fact(database, "a") == 1


def test_a_cancelled_wait_that_had_not_begun_writes_nothing(database: Database, held: HeldWriter) -> None:
    async def run() -> None:
        waiting = asyncio.ensure_future(database.write_async(put("unwanted", 1)))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        held.release()
        await database.write_async(put("wanted", 1))

    asyncio.run(run())
    assert (fact(database, "unwanted"), fact(database, "wanted")) == (None, 1)


def test_a_wait_cancelled_in_the_middle_does_not_stop_the_writer(database: Database) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(connection: sa.Connection) -> None:
        inside.set()
        assert go_on.wait(PATIENCE_S)
        put_fact(connection, "slow", 1)

    async def run() -> None:
        waiting = asyncio.ensure_future(database.write_async(slow))
        await asyncio.to_thread(inside.wait, PATIENCE_S)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        go_on.set()
        await database.write_async(put("next", 1))

    asyncio.run(run())
    assert (fact(database, "slow"), fact(database, "next")) == (1, 1)


def test_an_act_that_waits_for_another_is_told_so_instead_of_waiting_for_ever(database: Database) -> None:
    with pytest.raises(RuntimeError, match="must not wait for another"):
        database.write(lambda _connection: database.write(put("a", 1)))


def test_closing_finishes_what_was_handed_in(database_url: str, database: Database) -> None:
    held = HeldWriter(database)
    with ThreadPoolExecutor() as threads:
        waiting = [threads.submit(database.write, put(str(number), number)) for number in range(5)]
        closing = threads.submit(database.close)
        held.release()
        closing.result(PATIENCE_S)
        ended = [one.exception(PATIENCE_S) for one in waiting]
    again = Database(database_url)
    kept = [fact(again, str(number)) for number in range(5)]
    again.close()
    # Those that came after the door was closed were told so; of the others nothing is lost.
    assert [error is None for error in ended] == [value is not None for value in kept]


def test_a_closed_database_takes_no_more_writes(database: Database) -> None:
    database.write(put("a", 1))
    database.close()
    database.close()
    with pytest.raises(RuntimeError, match="closed"):
        database.write(put("b", 1))


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    database.write(put("a", 1))
    with database.reading() as connection:
        assert get_fact(connection, "a") == 1
        database.write(put("a", 2))
        assert get_fact(connection, "a") == 1
    assert fact(database, "a") == 2


def test_a_reader_cannot_write(database: Database) -> None:
    with database.reading() as connection, pytest.raises(sa.exc.DBAPIError):
        put_fact(connection, "a", 1)
    assert fact(database, "a") is None
    database.write(put("a", 1))  # and the connection that was used for reading writes again afterwards
    assert fact(database, "a") == 1


def test_two_processes_write_one_after_the_other(database: Database, database_url: str) -> None:
    count = "for _ in range(100): database.write(lambda c: put_fact(c, 'n', (get_fact(c, 'n') or 0) + 1))"
    program = f"""
from mediascream.database import Database
from mediascream.library.facts import get_fact, put_fact
database = Database({database_url!r})
{count}
database.close()
"""
    others = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [other.wait(PATIENCE_S * 4) for other in others] == [0, 0, 0]
    assert fact(database, "n") == 300


def test_a_full_disk_is_called_so_and_nothing_of_the_write_is_kept(tmp_path: Path) -> None:
    small = Database(sqlite_url(tmp_path / "small.sqlite"))

    def limit(connection: object, _record: object) -> None:
        connection.execute("PRAGMA max_page_count=20")  # type: ignore[attr-defined]

    sa.event.listen(small.engine, "connect", limit)
    small.write(lambda connection: connection.exec_driver_sql("CREATE TABLE t (x)"))
    with pytest.raises(DiskFull):
        small.write(lambda connection: connection.exec_driver_sql("INSERT INTO t VALUES (zeroblob(1000000))"))
    small.write(lambda connection: connection.exec_driver_sql("INSERT INTO t VALUES (1)"))
    with small.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 1
    small.close()


def test_a_full_disk_of_one_act_leaves_the_acts_beside_it_whole(tmp_path: Path) -> None:
    small = Database(sqlite_url(tmp_path / "small.sqlite"))

    def limit(connection: object, _record: object) -> None:
        connection.execute("PRAGMA max_page_count=20")  # type: ignore[attr-defined]

    def insert(size: int) -> Callable[[sa.Connection], object]:
        return lambda connection: connection.exec_driver_sql("INSERT INTO t VALUES (zeroblob(?))", (size,))

    sa.event.listen(small.engine, "connect", limit)
    small.write(lambda connection: connection.exec_driver_sql("CREATE TABLE t (x)"))
    outcomes = hand_in_together(small, HeldWriter(small), insert(1), insert(1_000_000), insert(2))
    with small.reading() as connection:
        kept = connection.exec_driver_sql("SELECT length(x) FROM t ORDER BY 1").scalars().all()
    small.close()
    assert isinstance(outcomes[1], DiskFull)
    assert kept == [1, 2]


def test_every_connection_to_sqlite_is_durable(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "durable.sqlite"))
    with database.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
