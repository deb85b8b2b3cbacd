"""The accounts at services: who is logged in, and the secrets that let us in.

The secrets stay in this table: they are never printed, logged, served or copied into the archive. They are sealed
with a key that lies outside the database (`sealing.py`); a log-in whose key is lost counts as none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mediascream.database import SEAL
from mediascream.library import schema
from mediascream.library.moments import from_ms, to_ms
from mediascream.sealing import SealBroken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediascream.database import Database
    from mediascream.photo import DestinationName
    from mediascream.sealing import Seal

table = schema.accounts

_SEALED = "sealed"


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
    values = {"destination": name, "account": account, "secrets": _closed(connection, secrets)}
    now_ms = to_ms(datetime.now(UTC))
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(values | {"connected_at_ms": now_ms})
    same = table.c.account == statement.excluded.account
    kept = sa.case((same, table.c.connected_at_ms), else_=statement.excluded.connected_at_ms)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["destination"], set_=values | {"connected_at_ms": kept})
    )


def get_account(connection: sa.Connection, name: DestinationName) -> Account | None:
    """The log-in at a service; None where there is none, or it cannot be opened any more."""
    row = connection.execute(sa.select(table).where(table.c.destination == name)).first()
    if row is None:
        return None
    try:
        return Account(row.account, _opened(connection, row.secrets), from_ms(row.connected_at_ms))
    except SealBroken:
        return None


def seal_all(connection: sa.Connection) -> list[str]:
    """Seal what an older version kept in the open; one line for each log-in that cannot be opened any more."""
    told = []
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("PRAGMA secure_delete = ON"))  # what was in the open is written over
    for row in connection.execute(sa.select(table)).all():
        if _SEALED not in row.secrets:
            closed = _closed(connection, row.secrets)
            same = table.c.destination == row.destination
            connection.execute(sa.update(table).where(same).values(secrets=closed))
        elif get_account(connection, row.destination) is None:
            told.append(
                f"The log-in at {row.destination} cannot be opened: its key ({_seal(connection).file}) is lost or another."
                f" Put the key back, or log in again: mediascream connect {row.destination}"
            )
    return told


def _closed(connection: sa.Connection, secrets: Mapping[str, str]) -> dict[str, str]:
    return {_SEALED: _seal(connection).close(json.dumps(dict(secrets)))}


def _opened(connection: sa.Connection, secrets: Mapping[str, str]) -> dict[str, str]:
    if _SEALED not in secrets:
        return dict(secrets)
    opened: dict[str, str] = json.loads(_seal(connection).open(secrets[_SEALED]))
    return opened


def _seal(connection: sa.Connection) -> Seal:
    """What the database was opened with."""
    seal: Seal = connection.get_execution_options()[SEAL]
    return seal


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
