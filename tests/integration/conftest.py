"""Real databases of both kinds, empty and up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediascream.database import Database, sqlite_url
from mediascream.library.upgrade import upgrade
from tests.made_databases import put_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


DATABASE = "mediascream.sqlite"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that nobody has opened yet."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / DATABASE)
    url: str = request.getfixturevalue("postgres")
    return url


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """A database with the library's tables; each test runs once on SQLite and once on Postgres."""
    if database_url.startswith("sqlite"):
        put_database(tmp_path / DATABASE)
    opened = Database(database_url)
    upgrade(opened)
    yield opened
    opened.close()
