"""How the tables come to be, and what keeps a wrong database from being used. On SQLite and on Postgres."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from mediascream.database import Database, sqlite_url
from mediascream.errors import DatabaseTooNew, DatabaseUnusable
from mediascream.library import schema
from mediascream.library.upgrade import NEWEST, alembic_config, upgrade
from tests.integration.library_data import add, counted_queries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 120


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """A database without tables."""
    opened = Database(database_url)
    yield opened
    opened.close()


def revision(database: Database) -> str | None:
    with database.reading() as connection:
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def test_the_newest_migration_is_known_by_name() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [NEWEST]


def test_the_migrations_make_what_the_schema_says(database: Database) -> None:
    ours = set(schema.metadata.tables)

    def of_us(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name in ours

    options = {"include_name": of_us, "compare_type": True, "compare_server_default": True}
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def test_the_migrations_make_the_indexes_of_a_few_rows_as_the_schema_says(database: Database) -> None:
    """Alembic does not compare their conditions; and a query finds such an index only by the same words."""
    table = {
        "sqlite": "SELECT name, sql FROM sqlite_master",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes",
    }
    with database.reading() as connection:
        made: dict[str | None, str] = {name: sql for name, sql in connection.execute(sa.text(table[database.dialect]))}
    for index in schema.photos.indexes:
        condition = index.dialect_options["sqlite"]["where"]
        words = re.findall(r"\w+", "" if condition is None else str(condition).lower())
        assert re.findall(r"\w+", made[index.name].lower().partition(" where ")[2]) == words


@pytest.mark.parametrize(
    "condition",
    [schema.LIVE, schema.IN_TRASH, schema.SPOOLED, schema.UNPROCESSED],
    ids=["live", "trash", "spool", "new"],
)
def test_sqlite_finds_the_indexes_of_a_few_rows(tmp_path: Path, condition: sa.TextClause) -> None:
    database = Database(sqlite_url(tmp_path / "mediascream.sqlite"))
    upgrade(database)
    order = schema.photos.c.sort_key if condition is schema.LIVE else schema.photos.c.number
    query = sa.select(schema.photos.c.number).where(condition, order > 0)
    if condition is schema.IN_TRASH:
        query = query.where(schema.photos.c.deleted_at_ms < 1)
    with database.reading() as connection:
        text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
    database.close()
    assert "USING" in plan[0].detail
    assert "ix_photos_" in plan[0].detail


def test_an_up_to_date_database_is_asked_and_left_alone(database: Database) -> None:
    with counted_queries(database) as statements:
        upgrade(database)
    assert [statement for statement in statements if not re.match(r"\s*(SELECT|PRAGMA)", statement)] == []
    assert revision(database) == NEWEST


def test_several_processes_may_start_at_once(empty: Database, database_url: str) -> None:
    program = (
        "from mediascream.database import Database\n"
        "from mediascream.library.upgrade import upgrade\n"
        f"database = Database({database_url!r})\n"
        "upgrade(database)\n"
        "database.close()\n"
    )
    starts = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(4)]
    assert [start.wait(PATIENCE_S) for start in starts] == [0] * 4
    assert revision(empty) == NEWEST
    add(empty, 1)


def test_a_migration_that_fails_leaves_the_database_as_it_was(empty: Database) -> None:
    with empty.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE photos (mine integer)"))
    with pytest.raises(DatabaseUnusable, match="photos"):
        upgrade(empty)
    with empty.engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["photos"]


def test_references_are_watched_over_again_after_an_upgrade(database: Database) -> None:
    for _ in range(10):  # whichever connection of the pool it is
        with pytest.raises(sa.exc.IntegrityError):
            database.write(
                lambda connection: connection.execute(sa.insert(schema.photo_tags).values(tag=1, sort_key=1, photo=1))
            )


def test_a_database_of_a_newer_version_is_refused_with_one_line_that_says_what_to_do(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew) as refusal:
        upgrade(database)
    line = str(refusal.value)
    assert "\n" not in line
    assert all(words in line for words in ("newer version", "9999", NEWEST, "Install the newer version"))
    assert revision(database) == "9999"


@pytest.mark.parametrize(
    "content", [b"this is no database, however long it goes on" * 200, b"SQLite format 3\0broken" * 200]
)
def test_a_file_that_is_no_database_is_refused_with_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mediascream.sqlite"
    file.write_bytes(content)
    database = Database(sqlite_url(file))
    with pytest.raises(DatabaseUnusable, match=r"mediascream\.sqlite.*cannot be used: .*not a database") as refusal:
        upgrade(database)
    database.close()
    assert "\n" not in str(refusal.value)
    assert file.read_bytes() == content


def test_a_folder_that_is_not_there_is_refused_with_one_line(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "absent" / "mediascream.sqlite"))
    with pytest.raises(DatabaseUnusable, match="unable to open database file"):
        upgrade(database)
    database.close()


def test_a_server_that_is_not_there_is_refused_with_one_line_that_hides_the_password() -> None:
    database = Database("postgresql://me:secret@127.0.0.1:9/photos")
    with pytest.raises(DatabaseUnusable, match=r"127\.0\.0\.1") as refusal:
        upgrade(database)
    database.close()
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)
