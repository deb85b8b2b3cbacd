"""Real databases of both kinds, empty and up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediascream.database import Database, sqlite_url
from tests.made_databases import put_database
from tests.postgres import create_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


DATABASE = "mediascream.sqlite"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that nobody has opened yet; a test that asks for `database` finds its tables there."""
    wants_tables = "database" in request.fixturenames
    if request.param == "sqlite":
        if wants_tables:
            put_database(tmp_path / DATABASE)
        return sqlite_url(tmp_path / DATABASE)
    if wants_tables:
        server: str = request.getfixturevalue("postgres_server")
        return server + create_database(server, request.getfixturevalue("postgres_template"))
    url: str = request.getfixturevalue("postgres")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with the library's tables; each test runs once on SQLite and once on Postgres."""
    opened = Database(database_url)
    yield opened
    opened.close()
