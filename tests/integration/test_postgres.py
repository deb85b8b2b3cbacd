"""The same tables and the same writer on PostgreSQL."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from mediascream.database import Database
from mediascream.library import schema
from mediascream.library.upgrade import upgrade

pytestmark = pytest.mark.postgres


def test_every_table_is_made_once(postgres: str) -> None:
    database = Database(postgres)
    upgrade(database)
    upgrade(database)
    with database.reading() as connection:
        made = set(sa.inspect(connection).get_table_names())
    database.close()
    assert set(schema.metadata.tables) <= made
