"""From a proof to a session: counted, looked at, written down, and told to the browser by a cookie.

The proof is a password here; passkeys and an OIDC provider's statements have files of their own, and the rest is the same.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from mediascream.errors import GuessedTooOften, LogInFailed, LoginNeeded
from mediascream.library import guesses, passwords, sessions
from mediascream.web.access import Caller
from mediascream.web.credentials import COOKIE, SECURE_COOKIE
from mediascream.web.site import Site


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who tries to log in.

    Attributes:
        source: Where it comes from, as `guesses.source_of` has it.
        browser: What the browser calls itself.
    """

    source: str
    browser: str | None


def visitor_of(request: Request, caller: Caller | None) -> Visitor:
    """Who tries to log in by a request."""
    at_home = caller is not None and caller.at_home
    address = request.client.host if request.client is not None else ""
    return Visitor(guesses.HOME if at_home else guesses.source_of(address), request.headers.get("user-agent"))


async def count(site: Site, visitor: Visitor) -> None:
    """Count an attempt, before it is looked at.

    Raises:
        GuessedTooOften: It must not be looked at.
    """
    wait_s = await site.hub.database.write_async(lambda c: guesses.begin(c, visitor.source, datetime.now(UTC)))
    if wait_s > 0:
        msg = f"Too many attempts came; the next is looked at in {max(1, round(wait_s))} seconds."
        raise GuessedTooOften(msg, retry_after_s=wait_s)


async def require_password(site: Site) -> None:
    """Let nobody in by another way where nobody has to log in.

    Raises:
        LogInFailed: No password is set.
    """
    if await site.read(passwords.get_hash) is None:
        raise LogInFailed("No password is set, so nobody has to log in (mediascream password).")


async def log_in(site: Site, visitor: Visitor, password: str) -> str:
    """A new session; the key of its cookie.

    Raises:
        GuessedTooOften: It was not looked at.
        LoginNeeded: It is not the password.
    """
    await count(site, visitor)
    kept = await site.read(passwords.get_hash)
    if kept is None or not await site.slow.run(passwords.is_right, kept, password):
        raise _wrong()
    newer = await site.slow.run(passwords.hash_password, password) if passwords.is_outdated(kept) else None
    key = await site.hub.database.write_async(lambda connection: _begin(connection, visitor, kept, newer))
    if key is None:
        raise _wrong()
    return key


def begin_session(connection: sa.Connection, visitor: Visitor, *, passkey: str | None = None) -> str:
    """A session for who has proven to be the owner; the key of its cookie."""
    guesses.forget(connection, visitor.source)
    return sessions.begin(connection, visitor.source, visitor.browser, datetime.now(UTC), passkey=passkey)


def here(address: str) -> str:
    """An address of this server to go on to; `/` where it is another's, or none."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_local and not address.startswith(("/login", "/logout")) else "/"


def set_cookie(request: Request, answer: Response, key: str) -> None:
    """Hand the key of a session to the browser; an empty one takes it away."""
    secure = request.url.scheme == "https"
    answer.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        key,
        max_age=round(sessions.LONGEST.total_seconds()) if key else 0,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def _begin(connection: sa.Connection, visitor: Visitor, kept: str, newer: str | None) -> str | None:
    """The session; None where the password was changed while it was compared."""
    if passwords.get_hash(connection) != kept:
        return None
    if newer is not None:
        passwords.put_hash(connection, newer, datetime.now(UTC))
    return begin_session(connection, visitor)


def _wrong() -> LoginNeeded:
    return LoginNeeded("That is not the password.")
