"""Bringing the tables to the shape that this version of the program expects.

Alembic is imported only where something is to be done: a start on an up-to-date database asks one
question instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.errors import DatabaseTooNew

if TYPE_CHECKING:
    from mediascream.database import Database

NEWEST = "0002"
"""The revision of the newest migration; a test keeps it true."""

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Run the migrations that this database lacks.

    Raises:
        DatabaseTooNew: A newer version of the program wrote it.
    """
    revision = _revision(database)
    if revision == NEWEST:
        return
    from alembic import command  # noqa: PLC0415 - costs half a second and 12 MB, once per upgrade
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        msg = (
            f"The database ({database.engine.url.render_as_string()}) was written by a newer version of Mediascream "
            f"(its tables are at revision {revision}, this version knows {NEWEST}). Install the newer version again."
        )
        raise DatabaseTooNew(msg)
    with database.engine.begin() as connection:
        if database.dialect == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(database: Database) -> str | None:
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
