"""The accounts at services: who is logged in, and the secrets that let us in.

The secrets stay in this table: they are never printed, logged, served or copied into the archive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mediascream.library import schema
from mediascream.library.moments import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediascream.database import Database
    from mediascream.photo import DestinationName

table = schema.accounts


@dataclass(frozen=True, slots=True)
class Account:
    """A log-in at a service.

    Attributes:
        account: What the service calls its owner, for people to read; None where it was not told.
        secrets: Tokens by names that only the service's own code knows.
    """

    account: str | None
    secrets: Mapping[str, str] = field(repr=False)
    connected_at: datetime


def put_account(
    connection: sa.Connection, name: DestinationName, account: str | None, secrets: Mapping[str, str]
) -> None:
    """Keep a log-in, in place of an older one; `connected_at` stays where the owner stays the same."""
    values = {"destination": name, "account": account, "secrets": dict(secrets)}
    now_ms = to_ms(datetime.now(UTC))
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(values | {"connected_at_ms": now_ms})
    same = table.c.account == statement.excluded.account
    kept = sa.case((same, table.c.connected_at_ms), else_=statement.excluded.connected_at_ms)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["destination"], set_=values | {"connected_at_ms": kept})
    )


def get_account(connection: sa.Connection, name: DestinationName) -> Account | None:
    """The log-in at a service; None where there is none."""
    row = connection.execute(sa.select(table).where(table.c.destination == name)).first()
    return Account(row.account, row.secrets, from_ms(row.connected_at_ms)) if row is not None else None


def remove_account(connection: sa.Connection, name: DestinationName) -> None:
    """Forget a log-in, if there is one."""
    connection.execute(sa.delete(table).where(table.c.destination == name))


class Accounts:
    """The same, each call in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: DestinationName) -> Account | None:
        """The log-in at a service; None where there is none."""
        with self._database.reading() as connection:
            return get_account(connection, name)

    def put(self, name: DestinationName, account: str | None, secrets: Mapping[str, str]) -> None:
        """Keep a log-in, in place of an older one."""
        self._database.write(lambda connection: put_account(connection, name, account, secrets))
