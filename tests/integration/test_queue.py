"""The to-do list and its worker, with the real engine on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from mediascream.database import Database, sqlite_url
from mediascream.queue.jobs import Job, Jobs
from mediascream.queue.reaper import Reaper
from mediascream.queue.worker import Handler, Lane, Patience, Worker
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

LANES = (Lane("wide", 8), Lane("narrow", 2))


class Seen:
    """What jobs did: their arguments, in order, and how many ran at the same time at most."""

    def __init__(self) -> None:
        self.calls: list[tuple[str | int, ...]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self.gate = threading.Event()
        self.gate.set()

    def act(self, *args: str | int) -> None:
        """Note the call; stay inside while the gate is closed."""
        with self._lock:
            self.calls.append(args)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        self.gate.wait(timeout=30)
        with self._lock:
            self._at_once -= 1


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = sqlite_url(tmp_path / "db")
    if request.param == "postgres":
        url = request.getfixturevalue("postgres")
    opened = Database(url)
    with opened.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE marks (mark INTEGER)"))
    yield opened
    opened.close()


@pytest.fixture
def jobs(database: Database) -> Iterator[Jobs]:
    opened = Jobs(database)
    opened.prepare()
    yield opened
    opened.close()


@pytest.fixture
def start(jobs: Jobs) -> Iterator[Callable[..., Worker]]:
    """Starts a worker whose jobs of kind `work` are done by a function; it is stopped in the end."""
    started: list[Worker] = []

    def begin(handlers: Mapping[str, Callable[..., None] | Handler], lanes: tuple[Lane, ...] = LANES) -> Worker:
        known = {kind: act if isinstance(act, Handler) else Handler(act) for kind, act in handlers.items()}
        jobs.at_once = {lane.name: lane.at_once for lane in lanes}
        worker = Worker(jobs, known, lanes, patience=Patience(first_s=0.05, unwritable_s=0.05))
        started.append(worker)
        worker.start()
        return worker

    yield begin
    for worker in started:
        worker.stop()


def put(jobs: Jobs, *names: str, queue: str = "wide", delay_s: float = 0.0) -> None:
    """Put jobs of kind `work` on the list, called with their own name."""
    for name in names:
        jobs.database.write(partial(jobs.enqueue, job=Job(queue, "work", name, (name,)), delay_s=delay_s))


def ended(jobs: Jobs, *names: str) -> bool:
    return not jobs.open(names)


def test_a_job_is_done_once(jobs: Jobs, start: Callable[..., Worker]) -> None:
    seen = Seen()
    start({"work": seen.act})
    put(jobs, "one")
    eventually(lambda: seen.calls and ended(jobs, "one"))
    assert seen.calls == [("one",)]


def test_the_same_id_is_the_same_job_before_and_after_it_was_done(jobs: Jobs, start: Callable[..., Worker]) -> None:
    seen = Seen()
    put(jobs, "one", "one")
    start({"work": seen.act})
    eventually(lambda: seen.calls and ended(jobs, "one"))
    put(jobs, "one", "two")
    eventually(lambda: ("two",) in seen.calls)
    assert seen.calls == [("one",), ("two",)]


def test_a_transaction_that_is_rolled_back_leaves_no_job(jobs: Jobs, database: Database) -> None:
    def change_of_mind(connection: sa.Connection) -> None:
        connection.execute(sa.text("INSERT INTO marks VALUES (1)"))
        jobs.enqueue(connection, Job("wide", "work", "one", ()))
        raise LookupError

    with pytest.raises(LookupError):
        database.write(change_of_mind)
    with database.reading() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM marks")) == 0
    assert jobs.open(["one"]) == set()


def test_a_transaction_that_is_committed_leaves_both(jobs: Jobs, database: Database) -> None:
    def act(connection: sa.Connection) -> None:
        connection.execute(sa.text("INSERT INTO marks VALUES (1)"))
        jobs.enqueue(connection, Job("wide", "work", "one", ()))

    database.write(act)
    with database.reading() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM marks")) == 1
    assert jobs.open(["one", "two"]) == {"one"}


def test_a_delayed_job_waits_while_others_go_on(jobs: Jobs, start: Callable[..., Worker]) -> None:
    seen = Seen()
    put(jobs, "far", delay_s=3600)
    put(jobs, "near", delay_s=0.1)
    put(jobs, "now")
    start({"work": seen.act})
    eventually(lambda: {("now",), ("near",)} <= set(seen.calls))
    assert ("far",) not in seen.calls
    assert jobs.open(["far"]) == {"far"}


def test_a_lane_runs_no_more_at_once_than_its_limit(jobs: Jobs, start: Callable[..., Worker]) -> None:
    seen = Seen()
    seen.gate.clear()
    put(jobs, *(f"n{i}" for i in range(6)), queue="narrow")
    worker = start({"work": seen.act})
    eventually(lambda: len(worker.running()) == 2)
    seen.gate.set()
    eventually(lambda: len(seen.calls) == 6)
    assert seen.most_at_once == 2


def test_lower_priorities_go_first(jobs: Jobs, start: Callable[..., Worker], database: Database) -> None:
    seen = Seen()
    for name, priority in (("old", 20), ("new", 10), ("first", 1)):
        database.write(partial(jobs.enqueue, job=Job("single", "work", name, (name,), priority)))
    start({"work": seen.act}, (Lane("single", 1),))
    eventually(lambda: len(seen.calls) == 3)
    assert seen.calls == [("first",), ("new",), ("old",)]


def test_a_paused_lane_stays_paused_over_a_restart_and_goes_on_when_resumed(
    jobs: Jobs, start: Callable[..., Worker]
) -> None:
    seen = Seen()
    first = start({"work": seen.act})
    jobs.pause("narrow")
    put(jobs, "early")
    eventually(lambda: ("early",) in seen.calls)  # whoever looked for work as it was paused has looked
    put(jobs, "held", queue="narrow")
    put(jobs, "free")
    eventually(lambda: ("free",) in seen.calls)
    first.stop()
    start({"work": seen.act}, (Lane("wide", 8), Lane("narrow", 2, paused=True)))
    put(jobs, "free too")
    eventually(lambda: ("free too",) in seen.calls)
    assert ("held",) not in seen.calls
    jobs.resume("narrow")
    eventually(lambda: ("held",) in seen.calls)


def test_a_job_that_raises_is_run_again(jobs: Jobs, start: Callable[..., Worker]) -> None:
    calls: list[str] = []

    def act(name: str) -> None:
        calls.append(name)
        if len(calls) < 3:
            raise ZeroDivisionError

    start({"work": act})
    put(jobs, "one")
    eventually(lambda: len(calls) == 3)
    eventually(lambda: ended(jobs, "one", "one~2", "one~3", "one~4"))
    assert calls == ["one"] * 3


def test_what_follows_from_a_failure_is_the_handlers_own_to_say(jobs: Jobs, start: Callable[..., Worker]) -> None:
    told: list[tuple[str, str]] = []

    def act(_name: str) -> None:
        raise ZeroDivisionError

    start({"work": Handler(act, lambda error, name: told.append((type(error).__name__, name)))})
    put(jobs, "one")
    eventually(lambda: told and ended(jobs, "one", "one~2"))
    assert told == [("ZeroDivisionError", "one")]


def test_a_handler_that_cannot_tell_what_follows_has_its_job_run_again(
    jobs: Jobs, start: Callable[..., Worker]
) -> None:
    calls: list[str] = []

    def act(name: str) -> None:
        calls.append(name)
        if len(calls) == 1:
            raise ZeroDivisionError

    def failed(_error: Exception, _name: str) -> None:
        raise OSError

    start({"work": Handler(act, failed)})
    put(jobs, "one")
    eventually(lambda: len(calls) == 2)


def test_a_stop_waits_for_running_jobs(jobs: Jobs, start: Callable[..., Worker]) -> None:
    seen = Seen()
    seen.gate.clear()
    worker = start({"work": seen.act})
    put(jobs, "one")
    eventually(lambda: seen.calls)
    threading.Timer(0.2, seen.gate.set).start()
    assert worker.stop() == 0
    assert ended(jobs, "one")


def test_a_job_that_a_stop_cut_short_runs_again_at_the_next_start(jobs: Jobs, start: Callable[..., Worker]) -> None:
    seen = Seen()
    seen.gate.clear()
    worker = start({"work": seen.act})
    put(jobs, "one")
    eventually(lambda: seen.calls)
    assert worker.stop(patience_s=0.05) == 1
    seen.gate.set()
    eventually(lambda: not worker.running())
    assert jobs.open(["one"]) == {"one"}
    start({"work": seen.act})
    eventually(lambda: ended(jobs, "one"))
    assert seen.calls == [("one",), ("one",)]


def test_a_failure_after_the_stop_counts_for_nothing(jobs: Jobs, start: Callable[..., Worker]) -> None:
    seen, told = Seen(), []
    seen.gate.clear()

    def act(name: str) -> None:
        seen.act(name)
        raise ZeroDivisionError

    worker = start({"work": Handler(act, lambda *_: told.append("failed"))})
    put(jobs, "one")
    eventually(lambda: seen.calls)
    worker.stop(patience_s=0.05)
    seen.gate.set()
    eventually(lambda: not worker.running())
    assert told == []
    assert jobs.open(["one"]) == {"one"}


def test_jobs_that_ended_are_forgotten_after_their_time(jobs: Jobs, start: Callable[..., Worker]) -> None:
    seen = Seen()
    start({"work": seen.act})
    put(jobs, "one", "two")
    put(jobs, "far", delay_s=3600)
    eventually(lambda: len(seen.calls) == 2 and ended(jobs, "one", "two"))
    assert jobs.prune(completed_before=(datetime.now(UTC) - timedelta(hours=1)).isoformat()) == 0
    assert jobs.prune(completed_before=(datetime.now(UTC) + timedelta(hours=1)).isoformat()) == 2
    assert jobs.open(["far"]) == {"far"}
    put(jobs, "one")
    eventually(lambda: len(seen.calls) == 3)


def test_a_job_of_an_unknown_kind_holds_nothing_up(jobs: Jobs, start: Callable[..., Worker]) -> None:
    seen = Seen()
    start({"work": seen.act})
    jobs.database.write(lambda connection: jobs.enqueue(connection, Job("narrow", "of the future", "odd", (1,))))
    put(jobs, "one", queue="narrow")
    eventually(lambda: seen.calls and ended(jobs, "odd", "one"))


def test_a_job_whose_end_could_not_be_written_down_is_picked_up(jobs: Jobs, start: Callable[..., Worker]) -> None:
    seen = Seen()
    worker = start({"work": seen.act})
    put(jobs, "one")
    eventually(lambda: seen.calls and ended(jobs, "one"))
    table = "dbos.workflow_status" if jobs.database.dialect == "postgresql" else "workflow_status"
    drop = sa.text(f"UPDATE {table} SET status = 'PENDING', owner_xid = 'lost' WHERE workflow_uuid = 'one'")  # noqa: S608
    jobs.database.write(lambda connection: connection.execute(drop).rowcount)
    reaper = Reaper(jobs.database, "single", worker.running)
    assert reaper.pick_up_dropped() == 0
    assert reaper.pick_up_dropped() == 1
    eventually(lambda: len(seen.calls) == 2 and ended(jobs, "one"))


def test_running_jobs_are_not_taken_for_dropped(jobs: Jobs, start: Callable[..., Worker]) -> None:
    seen = Seen()
    seen.gate.clear()
    worker = start({"work": seen.act})
    put(jobs, "one")
    eventually(lambda: seen.calls)
    reaper = Reaper(jobs.database, "single", worker.running)
    assert [reaper.pick_up_dropped() for _ in range(3)] == [0, 0, 0]
    seen.gate.set()


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=3653)], ids=["an hour", "ten years"])
def test_a_clock_that_was_set_back_leaves_no_job_waiting_for_years(
    database: Database, jobs: Jobs, start: Callable[..., Worker], back: timedelta
) -> None:
    seen = Seen()
    delays = {"soon": 0.2, "tomorrow": 3600.0 * 20, "astray": (back + timedelta(days=2)).total_seconds() + 60}
    for name, delay_s in delays.items():
        job = Job("wide", "work", name, (name,))
        database.write(partial(jobs.enqueue, job=job, delay_s=delay_s))
    assert jobs.heed_clock(datetime.now(UTC), longest=timedelta(days=2)) == 1
    start({"work": seen.act})
    eventually(lambda: len(seen.calls) == 2)
    assert sorted(seen.calls) == [("astray",), ("soon",)]


def test_jobs_that_ended_in_the_future_are_forgotten(
    database: Database, jobs: Jobs, start: Callable[..., Worker]
) -> None:
    seen = Seen()
    start({"work": seen.act})
    database.write(lambda connection: jobs.enqueue(connection, Job("wide", "work", "one", (1,))))
    eventually(lambda: seen.calls and not jobs.open(["one"]))
    jobs.heed_clock(datetime.now(UTC), longest=timedelta(days=2))
    assert jobs.prune(completed_before=(datetime.now(UTC) - timedelta(days=1)).isoformat()) == 0
    jobs.heed_clock(datetime.now(UTC) - timedelta(days=3653), longest=timedelta(days=2))
    assert jobs.prune(completed_before=(datetime.now(UTC) + timedelta(days=1)).isoformat()) == 0
