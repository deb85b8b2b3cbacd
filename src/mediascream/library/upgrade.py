"""Bringing the tables to the shape that this version of the program expects.

Alembic is imported only where something is to be done: a start on an up-to-date database asks one
question instead. Before a SQLite file is changed it is copied, so that the version before can be gone back to.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.errors import DatabaseTooNew, DatabaseUnusable
from mediascream.library.copying import copy_database
from mediascream.writer import begin_writing

if TYPE_CHECKING:
    from alembic.config import Config

    from mediascream.database import Database

NEWEST = "0007"
"""The revision of the newest migration; a test keeps it true."""

KEPT = ".before-upgrade-from-"
COPIES_KEPT = 2

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Run the migrations that this database lacks, all or none; two processes may do so at once.

    Raises:
        DatabaseTooNew: A newer version of the program wrote it.
        DatabaseUnusable: It cannot be opened or reached, or is no database.
    """
    try:
        if _revision(database) != NEWEST:
            _migrate(database)
    except sa.exc.DatabaseError as error:
        msg = f"The database ({_shown(database)}) cannot be used: {str(error.orig).strip().splitlines()[0]}"
        raise DatabaseUnusable(msg) from error


def alembic_config() -> Config:
    """Alembic, told where the migrations are."""
    from alembic.config import Config  # noqa: PLC0415 - costs half a second and 12 MB, once per upgrade

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _migrate(database: Database) -> None:
    from alembic import command  # noqa: PLC0415 - as above

    config = alembic_config()
    with database.engine.connect() as connection:
        _refuse_newer(connection, config, database)
        connection.rollback()
        if database.dialect == "sqlite":
            # Making a table anew (SQLite changes a column no other way) would break references to it half-way.
            # It has no effect inside a transaction, and must be asked for on the driver's own connection.
            _pragma(connection, "foreign_keys=OFF")
        with connection.begin():
            begin_writing(connection)
            _refuse_newer(connection, config, database)
            if revision_of(connection) != NEWEST:
                keep_a_copy(database, revision_of(connection))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        if database.dialect == "sqlite":
            _pragma(connection, "foreign_keys=ON")


def keep_a_copy(database: Database, revision: str | None) -> None:
    """Before the tables of a SQLite file change, keep it as it is, beside it; the copies of the last two upgrades stay.

    Whoever calls holds the turn to write: nobody else makes a copy at the same time, and what a killed one left goes.

    Raises:
        DatabaseUnusable: There is no room for it.
    """
    file = database.engine.url.database
    if database.dialect != "sqlite" or revision is None or not file:
        return
    path = Path(file)
    kept, part = path.with_name(f"{path.name}{KEPT}{revision}"), path.with_name(f"{path.name}.upgrade-part")
    try:
        for litter in (part, part.with_name(f"{part.name}-journal")):
            litter.unlink(missing_ok=True)
        copy_database(path, part)
        part.replace(kept)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        need = path.stat().st_size >> 20
        msg = (
            f"Before its upgrade the database is copied to {kept}, which takes {need + 1} MB, and that could not be done "
            f"({getattr(error, 'strerror', None) or error}): make room, then start again. Nothing was changed."
        )
        raise DatabaseUnusable(msg) from error
    for older in sorted(path.parent.glob(f"{path.name}{KEPT}*"))[:-COPIES_KEPT]:
        older.unlink(missing_ok=True)


def _refuse_newer(connection: sa.Connection, config: Config, database: Database) -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    revision = revision_of(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        msg = (
            f"The database ({_shown(database)}) was written by a newer version of Mediascream "
            f"(its tables are at revision {revision}, this version knows {NEWEST}). Install the newer version again."
        )
        raise DatabaseTooNew(msg)


def _pragma(connection: sa.Connection, pragma: str) -> None:
    raw = connection.connection.dbapi_connection
    if raw is not None:
        raw.cursor().execute(f"PRAGMA {pragma}")


def _revision(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return revision_of(connection)


def revision_of(connection: sa.Connection) -> str | None:
    """The revision that the tables are at; None where there are none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision


def _shown(database: Database) -> str:
    """The address without its password."""
    return database.engine.url.render_as_string()
