"""From a password to a session: counted, compared in a thread of its own, and written down."""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from mediascream.errors import GuessedTooOften, LoginNeeded
from mediascream.library import guesses, passwords, sessions
from mediascream.web.site import Site


@dataclass(frozen=True, slots=True)
class Guess:
    """A password that somebody typed.

    Attributes:
        source: Where it comes from, as `guesses.source_of` has it.
        browser: What the browser calls itself.
    """

    password: str
    source: str
    browser: str | None


async def log_in(site: Site, guess: Guess) -> str:
    """A new session; the key of its cookie.

    Raises:
        GuessedTooOften: It was not looked at.
        LoginNeeded: It is not the password.
    """
    wait_s = await site.hub.database.write_async(lambda c: guesses.begin(c, guess.source, datetime.now(UTC)))
    if wait_s > 0:
        msg = f"Too many wrong passwords came; the next is looked at in {max(1, round(wait_s))} seconds."
        raise GuessedTooOften(msg, retry_after_s=wait_s)
    kept = await site.read(passwords.get_hash)
    if kept is None or not await site.slow.run(passwords.is_right, kept, guess.password):
        raise _wrong()
    newer = await site.slow.run(passwords.hash_password, guess.password) if passwords.is_outdated(kept) else None
    key = await site.hub.database.write_async(lambda connection: _begin(connection, guess, kept, newer))
    if key is None:
        raise _wrong()
    return key


def _begin(connection: sa.Connection, guess: Guess, kept: str, newer: str | None) -> str | None:
    """The session; None where the password was changed while it was compared."""
    if passwords.get_hash(connection) != kept:
        return None
    now = datetime.now(UTC)
    if newer is not None:
        passwords.put_hash(connection, newer, now)
    guesses.forget(connection, guess.source)
    return sessions.begin(connection, guess.source, guess.browser, now)


def _wrong() -> LoginNeeded:
    return LoginNeeded("That is not the password.")
