"""Single facts about this library: its id, which archive it used last."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mediascream.library import schema


def get_fact(connection: sa.Connection, name: str) -> Any:
    """The value of a fact; None where it was never put."""
    return connection.scalar(sa.select(schema.facts.c.value).where(schema.facts.c.name == name))


def put_fact(connection: sa.Connection, name: str, value: Any) -> None:
    """Write a fact down, in place of an older one."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(schema.facts).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
