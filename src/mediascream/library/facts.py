"""Single facts about this library: its id, which archive it used last."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.upsert import upsert


def get_fact(connection: sa.Connection, name: str) -> Any:
    """The value of a fact; None where it was never put."""
    return connection.scalar(sa.select(schema.facts.c.value).where(schema.facts.c.name == name))


def put_fact(connection: sa.Connection, name: str, value: Any) -> None:
    """Write a fact down, in place of an older one."""
    upsert(connection, schema.facts, {"name": name, "value": value})
