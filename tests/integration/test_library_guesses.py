"""Guesses at the password: slowed down, bounded, and never in the owner's way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from mediascream.library import guesses, schema, sessions
from mediascream.library.guesses import HOME, OF_ACCOUNT, OF_ADDRESS, source_of

if TYPE_CHECKING:
    from mediascream.database import Database

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def guess(database: Database, source: str, after_s: float = 0) -> float:
    """A guess, so long after noon; what it must wait."""
    return database.write(lambda c: guesses.begin(c, source, NOW + timedelta(seconds=after_s)))


def test_an_address_waits_twice_as_long_each_time_and_begins_anew_once_it_was_right(database: Database) -> None:
    assert [guess(database, "198.51.100.7") for _ in range(5)] == [0] * 5
    assert guess(database, "198.51.100.7") == 1
    assert guess(database, "198.51.100.7", after_s=1) == 0
    assert guess(database, "198.51.100.7", after_s=1) == 2
    assert guess(database, "203.0.113.9", after_s=1) == 0
    database.write(lambda c: guesses.forget(c, "198.51.100.7"))
    assert guess(database, "198.51.100.7", after_s=1) == 0


def test_a_wait_is_never_longer_than_a_quarter_of_an_hour_and_a_day_forgets(database: Database) -> None:
    assert OF_ADDRESS.wait_s(10_000) == 900
    for _ in range(6):
        guess(database, "198.51.100.7")
    assert guess(database, "198.51.100.7", after_s=86_401) == 0
    assert guess(database, "198.51.100.7", after_s=86_401) == 0


def test_guesses_from_everywhere_slow_down_strangers_and_not_the_owner(database: Database) -> None:
    database.write(lambda c: sessions.begin(c, "203.0.113.9", None, NOW))
    for number in range(OF_ACCOUNT.free):
        assert guess(database, f"198.51.100.{number}") == 0
    assert guess(database, "192.0.2.1") > 0
    assert guess(database, "203.0.113.9") == 0
    assert guess(database, HOME) == 0


def test_what_is_remembered_stays_small(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "MOST_ROWS", 5)
    monkeypatch.setattr(guesses, "OF_ACCOUNT", guesses.Brake(free=1000, longest_s=1))
    for number in range(20):
        guess(database, f"198.51.100.{number}", after_s=number)
    with database.reading() as connection:
        kept = set(connection.scalars(sa.select(schema.guesses.c.source)))
    assert len(kept) <= 5 + 2, "five, and what the last guess added"
    assert "198.51.100.19" in kept


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unix:" + "x" * 100, "unix:" + "x" * 55),
    ],
)
def test_an_address_is_what_one_household_has(address: str, source: str) -> None:
    assert source_of(address) == source
