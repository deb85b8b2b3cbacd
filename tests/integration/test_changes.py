"""Word of changes between processes that share one PostgreSQL: here two databases with one URL."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

import pytest

from mediascream.changes import CHANNEL, Word
from mediascream.database import Database
from mediascream.library.upgrade import upgrade
from mediascream.writer import note_change
from tests.integration.library_data import add
from tests.postgres import connected
from tests.waiting import PATIENCE_S, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

pytestmark = pytest.mark.postgres


class Pair:
    """The server's side, which listens, and a worker's."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.heard: queue.SimpleQueue[set[int]] = queue.SimpleQueue()
        self.server, self.worker = Database(url), Database(url)
        upgrade(self.server)
        self.server.on_change = self.heard.put
        self.server.listen()
        self.wait_until_heard()

    def wait_until_heard(self) -> None:
        """Until the server's connection listens."""
        with connected(self.url) as connection:
            found = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query = %s"
            eventually(lambda: connection.execute(found, (f"LISTEN {CHANNEL}",)).fetchone())

    def next(self) -> set[int]:
        return self.heard.get(timeout=PATIENCE_S)

    def close(self) -> None:
        self.worker.close()
        self.server.close()


@pytest.fixture
def pair(postgres: str) -> Iterator[Pair]:
    made = Pair(postgres)
    yield made
    made.close()


def told(database: Database, *numbers: int, then: Exception | None = None) -> None:
    """A transaction that leaves word of these photos."""

    def act(connection: sa.Connection) -> None:
        for number in numbers:
            note_change(connection, number)
        if then is not None:
            raise then

    database.write(act)


def test_a_server_hears_once_of_what_a_worker_committed(pair: Pair) -> None:
    record, _ = add(pair.worker, 1)
    assert pair.next() == {record.number}
    told(pair.worker, 7)
    assert pair.next() == {7}


def test_of_its_own_commits_it_hears_from_itself_alone(pair: Pair) -> None:
    told(pair.server, 1)
    told(pair.worker, 2)
    assert [pair.next(), pair.next()] == [{1}, {2}]


def test_of_what_is_not_committed_nobody_hears(pair: Pair) -> None:
    with pytest.raises(ValueError, match="no"):
        told(pair.worker, 1, then=ValueError("no"))
    told(pair.worker, 2)
    assert pair.next() == {2}


def test_a_commit_of_thousands_of_photos_is_heard_whole(pair: Pair) -> None:
    first = 2**62
    numbers = set(range(first, first + 2500))
    told(pair.worker, *numbers)
    heard: set[int] = set()
    while heard != numbers:
        heard |= pair.next()


def test_after_a_lost_connection_it_listens_again(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediascream.changes.AGAIN_S", 0.05)
    with connected(pair.url) as connection:
        lost = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query = %s"
        )
        connection.execute(lost, (f"LISTEN {CHANNEL}",))
    pair.wait_until_heard()
    told(pair.worker, 3)
    assert pair.next() == {3}


@pytest.mark.parametrize("message", ["", "x", ":", "a:b", "a:-1", "a:\u0663", ",", "a:,,"])
def test_a_message_that_is_none_of_ours_changes_nothing(message: str) -> None:
    assert Word().of_another(message) == set()
