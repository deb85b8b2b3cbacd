"""Accounts at services, in a real database; and that the migrations make the tables that the program expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from mediascream.database import Database, sqlite_url
from mediascream.library import schema
from mediascream.library.accounts import get_account, put_account, remove_account
from mediascream.library.upgrade import NEWEST, upgrade
from mediascream.photo import DestinationName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLICKR, GPHOTOS = DestinationName.FLICKR, DestinationName.GPHOTOS


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(sqlite_url(tmp_path / "mediascream.sqlite"))
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
