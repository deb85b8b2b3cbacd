"""Passkeys in the library's tables, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mediascream.library import passkeys, sessions
from mediascream.library.passkeys import Made

if TYPE_CHECKING:
    import pytest

    from mediascream.database import Database

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def add(database: Database, credential: str, *, count: int = 0) -> bool:
    made = Made(credential, b"\x00\xffkey", count)
    return database.write(lambda connection: passkeys.add(connection, f"on {credential}", made, NOW))


def only(database: Database) -> passkeys.Passkey:
    with database.reading() as connection:
        (one,) = passkeys.listed(connection)
    return one


def use(database: Database, count: int) -> bool:
    number = only(database).id
    return database.write(lambda connection: passkeys.use(connection, number, count, LATER))


def test_a_passkey_is_kept_as_it_was_made_and_once(database: Database) -> None:
    assert add(database, "a" * 1364, count=7)
    assert not add(database, "a" * 1364)
    one = only(database)
    assert (one.public_key, one.sign_count, one.created_at, one.used_at) == (b"\x00\xffkey", 7, NOW, None)
    with database.reading() as connection:
        assert passkeys.find(connection, "a" * 1364) == one
        assert passkeys.find(connection, "b") is None


def test_a_use_is_noted_where_the_count_grows_or_is_never_told(database: Database) -> None:
    add(database, "a")
    assert use(database, 0)
    assert use(database, 2**32 - 1)
    assert (only(database).sign_count, only(database).used_at) == (2**32 - 1, LATER)


def test_a_count_that_does_not_grow_makes_a_passkey_suspect_for_good(database: Database) -> None:
    add(database, "a", count=3)
    assert not use(database, 3)
    assert only(database).suspect
    assert not use(database, 4)
    assert only(database).used_at is None


def test_a_count_that_falls_to_nothing_is_suspect_too(database: Database) -> None:
    add(database, "a", count=3)
    assert not use(database, 0)


def test_who_came_in_by_a_passkey_goes_with_it_and_nobody_else(database: Database) -> None:
    add(database, "a")
    number = only(database).id
    by_it, other = database.write(
        lambda c: (sessions.begin(c, "::1", None, NOW, passkey=number), sessions.begin(c, "::1", None, NOW))
    )
    assert database.write(lambda connection: passkeys.remove(connection, number, LATER))
    assert not database.write(lambda connection: passkeys.remove(connection, number, LATER))
    with database.reading() as connection:
        assert sessions.find(connection, by_it, LATER) is None
        assert sessions.find(connection, other, LATER) is not None
        assert passkeys.listed(connection) == []


def test_there_is_room_for_so_many(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passkeys, "MOST", 2)
    assert [add(database, name) for name in "abc"] == [True, True, False]
