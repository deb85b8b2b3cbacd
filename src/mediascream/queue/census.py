"""How many jobs there are: one question to DBOS's own table, for people who want to know whether work gets done."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from mediascream.queue.jobs import GIVEN_UP, OPEN

_SCHEMA = {"postgresql": "dbos"}


@dataclass(frozen=True, slots=True)
class Census:
    """Jobs by what is to become of them.

    Attributes:
        to_do: Waiting, put off, or running.
        given_up: Cut short with their worker so often that they are not run any more.
    """

    to_do: int = 0
    given_up: int = 0


def take_census(connection: sa.Connection) -> Census:
    """Count them; none where the list was never made."""
    schema = _SCHEMA.get(connection.dialect.name)
    if not sa.inspect(connection).has_table("workflow_status", schema=schema):
        return Census()
    table = sa.table("workflow_status", sa.column("status"), schema=schema)
    query = sa.select(table.c.status, sa.func.count()).where(table.c.status.in_([*OPEN, GIVEN_UP]))
    counted = {status: count for status, count in connection.execute(query.group_by(table.c.status))}
    return Census(sum(counted.get(status, 0) for status in OPEN), counted.get(GIVEN_UP, 0))
