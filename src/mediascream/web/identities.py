"""Who is meant by what a request carries: asked of the database each time, so that what is revoked ends at once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from mediascream.database import Database
from mediascream.library import passwords, sessions, tokens
from mediascream.web.access import OWNER, RIGHTS_OF_SCOPE, Caller
from mediascream.web.credentials import Credentials
from mediascream.web.threads import Threads

READERS: Final = 2


@dataclass(frozen=True, slots=True)
class Known:
    """What the database says.

    Attributes:
        guarded: A password is set.
        caller: None where what was shown is nobody's, or nothing was shown.
    """

    guarded: bool
    caller: Caller | None


class Identities:
    """Asks the database, in threads of its own: however long other answers take, the gate does not wait for them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._readers = Threads("web-gate", READERS)

    async def look(self, shown: Credentials) -> Known:
        """Who shows this, and whether it takes anything to come in."""
        return await self._readers.run(self._look, shown)

    def close(self) -> None:
        """Let the threads end."""
        self._readers.close()

    def _look(self, shown: Credentials) -> Known:
        now = datetime.now(UTC)
        with self._database.reading() as connection:
            guarded = passwords.get_hash(connection) is not None
            caller, stale = _identify(connection, shown, now)
        if stale is not None:
            self._database.write(lambda connection: stale.touch(connection, now))
        return Known(guarded, caller)


@dataclass(frozen=True, slots=True)
class _Stale:
    """Whose last use must be noted."""

    token: int | None = None
    session: int | None = None

    def touch(self, connection: sa.Connection, now: datetime) -> None:
        if self.token is not None:
            tokens.touch(connection, self.token, now)
        if self.session is not None:
            sessions.touch(connection, self.session, now)


def _identify(connection: sa.Connection, shown: Credentials, now: datetime) -> tuple[Caller | None, _Stale | None]:
    if shown.token is not None:
        token = tokens.find(connection, shown.token, now)
        if token is None:
            return None, None
        caller = Caller(token.name, RIGHTS_OF_SCOPE[token.scope], token=token.number)
        return caller, _Stale(token=token.number) if tokens.is_stale(token.used_at, now) else None
    if shown.session is not None:
        session = sessions.find(connection, shown.session, now)
        if session is None:
            return None, None
        caller = Caller(OWNER.name, OWNER.rights, session=session.id)
        return caller, _Stale(session=session.number) if tokens.is_stale(session.used_at, now) else None
    return None, None
