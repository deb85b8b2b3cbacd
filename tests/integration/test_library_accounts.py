"""Accounts at services, in a real database; and that the migrations make the tables that the program expects."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from mediascream.database import Database, sqlite_url
from mediascream.library import schema
from mediascream.library.accounts import get_account, put_account, remove_account, seal_all
from mediascream.library.upgrade import NEWEST, upgrade
from mediascream.photo import DestinationName
from mediascream.sealing import Seal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLICKR, GPHOTOS = DestinationName.FLICKR, DestinationName.GPHOTOS


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(sqlite_url(tmp_path / "mediascream.sqlite"), seal=Seal(tmp_path / "secret.key"))
    upgrade(database)
    yield database
    database.close()


def test_a_log_in_is_kept_until_it_is_removed(database: Database) -> None:
    database.write(lambda connection: put_account(connection, FLICKR, "petra", {"token": "t", "secret": "s"}))
    with database.reading() as connection:
        known = get_account(connection, FLICKR)
        assert known is not None
        assert (known.account, dict(known.secrets)) == ("petra", {"token": "t", "secret": "s"})
        assert get_account(connection, GPHOTOS) is None
    database.write(lambda connection: remove_account(connection, FLICKR))
    with database.reading() as connection:
        assert get_account(connection, FLICKR) is None


def test_a_log_in_replaces_the_one_before_and_shows_no_secret(database: Database) -> None:
    database.write(lambda connection: put_account(connection, FLICKR, None, {"token": "old"}))
    database.write(lambda connection: put_account(connection, FLICKR, None, {"token": "new"}))
    with database.reading() as connection:
        known = get_account(connection, FLICKR)
    assert known is not None
    assert known.secrets["token"] == "new"
    assert "new" not in repr(known)


def test_a_new_token_of_the_same_owner_keeps_the_day_of_connecting(database: Database) -> None:
    def connected_at_ms(owner: str) -> int | None:
        database.write(lambda connection: put_account(connection, GPHOTOS, owner, {}))
        with database.reading() as connection:
            return connection.scalar(sa.select(schema.accounts.c.connected_at_ms))

    connected_at_ms("petra")
    database.write(lambda connection: connection.execute(sa.update(schema.accounts).values(connected_at_ms=1000)))
    assert connected_at_ms("petra") == 1000
    assert connected_at_ms("paul") != 1000


def test_the_migrations_make_the_tables_of_the_schema(database: Database) -> None:
    inspector = sa.inspect(database.engine)
    for table in schema.metadata.tables.values():
        made = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
        assert made == {column.name: bool(column.nullable) for column in table.columns}
    with database.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == NEWEST


def on_disk(folder: Path) -> bytes:
    """Every byte of the database, and of what SQLite keeps beside it."""
    return b"".join(file.read_bytes() for file in folder.glob("mediascream.sqlite*"))


def test_a_log_in_lies_sealed_in_the_database_and_its_key_outside_for_this_user_alone(
    database: Database, tmp_path: Path
) -> None:
    database.write(lambda connection: put_account(connection, FLICKR, "petra", {"token": "very-secret-token"}))
    assert b"very-secret-token" not in on_disk(tmp_path)
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert (tmp_path / "secret.key").read_bytes().strip() not in on_disk(tmp_path)


def test_what_an_older_version_kept_in_the_open_is_sealed(database: Database, tmp_path: Path) -> None:
    secrets = {"token": "very-secret-token"}
    row = {"destination": FLICKR, "account": "petra", "secrets": secrets, "connected_at_ms": 1000}
    database.write(lambda connection: connection.execute(sa.insert(schema.accounts).values(row)))
    assert database.write(seal_all) == []
    with database.reading() as connection:
        known = get_account(connection, FLICKR)
    assert known is not None
    assert (dict(known.secrets), known.connected_at.timestamp()) == (secrets, 1)
    database.close()
    assert b"very-secret-token" not in on_disk(tmp_path)


@pytest.mark.parametrize("key", [None, b"", b"no key", b"8ZsAYUFPlRE2a5dWxqXhyS4SFPqTqOJNtQSqJ0eBJZw=\n"])
def test_a_log_in_whose_key_is_lost_counts_as_none_and_says_so(
    database: Database, tmp_path: Path, key: bytes | None
) -> None:
    database.write(lambda connection: put_account(connection, FLICKR, "petra", {"token": "t"}))
    file = tmp_path / "secret.key"
    real = file.read_bytes()
    file.unlink() if key is None else file.write_bytes(key)
    later = Database(database.url, seal=Seal(file))
    try:
        (line,) = later.write(seal_all)
        assert "flickr" in line
        assert str(file) in line
        with later.reading() as connection:
            assert get_account(connection, FLICKR) is None
        file.write_bytes(real)
        with Database(database.url, seal=Seal(file)).reading() as connection:
            assert get_account(connection, FLICKR) is not None
    finally:
        later.close()


def test_a_key_is_made_once_however_many_need_it(tmp_path: Path) -> None:
    first, second = Seal(tmp_path / "secret.key"), Seal(tmp_path / "secret.key")
    assert second.open(first.close("a")) == first.open(second.close("a")) == "a"
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
