"""Everybody who may stand at the door of a server, for the tests of who may call."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from starlette.routing import Mount, Route

from mediascream.library import passwords, schema, sessions, tokens
from mediascream.library.scopes import Scope
from mediascream.web.app import ROUTERS, build_api
from mediascream.web.credentials import COOKIE

if TYPE_CHECKING:
    from mediascream.database import Database

PASSWORD = "correct horse battery"
VARIABLE = re.compile(r"\{(?P<name>\w+)(:\w+)?\}")


def set_password(database: Database, password: str = PASSWORD) -> None:
    """As `mediascream password` does."""
    hashed = passwords.hash_password(password)
    database.write(lambda connection: passwords.put_hash(connection, hashed, datetime.now(UTC)))


def token(database: Database, scope: Scope, name: str = "phone", *, age: timedelta = timedelta(0)) -> str:
    """As `mediascream token create` does; with an age, one that has expired."""
    now = datetime.now(UTC) - age
    expires_at = now + age / 2 if age else None
    return database.write(lambda c: tokens.make(c, name, scope, now, expires_at=expires_at))[1]


def session(database: Database, *, age: timedelta = timedelta(0)) -> str:
    """A browser that was logged in so long ago."""
    return database.write(lambda c: sessions.begin(c, "192.0.2.1", "Firefox", datetime.now(UTC) - age))


def hold_last_guess(database: Database, *, minutes: int) -> None:
    """Have every last attempt at logging in be made so long after now, or before it: no test hurries or waits."""
    at_ms = int((datetime.now(UTC) + timedelta(minutes=minutes)).timestamp() * 1000)
    database.write(lambda connection: connection.execute(schema.guesses.update().values(last_at_ms=at_ms)))


def bearer(text: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"Authorization": f"Bearer {text}"}


def cookie(key: str) -> dict[str, str]:
    """The header that shows a session."""
    return {"Cookie": f"{COOKIE}={key}"}


def everybody(database: Database) -> dict[str, dict[str, str]]:
    """Callers by what they are; what each sends along."""
    revoked, ended = token(database, Scope.ALL, "lost"), session(database)
    database.write(lambda c: tokens.revoke(c, "lost", datetime.now(UTC)))
    database.write(lambda c: sessions.end_all(c, datetime.now(UTC)))
    owner = cookie(session(database))
    return {
        "nobody": {},
        "session": owner,
        "upload token": bearer(token(database, Scope.UPLOAD)),
        "read token": bearer(token(database, Scope.READ)),
        "all token": bearer(token(database, Scope.ALL)),
        "revoked token": bearer(revoked),
        "expired token": bearer(token(database, Scope.ALL, age=timedelta(days=2))),
        "expired session": cookie(session(database, age=timedelta(days=31))),
        "ended session": cookie(ended),
        "made-up token": bearer("ms_0000000000_made-up"),
        "page of another site": owner | {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        "page of a neighbour": owner | {"Sec-Fetch-Site": "same-site"},
        "rebound name": owner | {"Host": "evil.example"},
        "unknown proxy": owner | {"X-Forwarded-For": "127.0.0.1"},
    }


def routes() -> list[tuple[str, str]]:
    """Every method and path that the router has, with what is variable filled in."""
    found: set[tuple[str, str]] = set()
    for route in [*build_api().routes, *(route for router in ROUTERS for route in router.routes)]:
        if isinstance(route, Route):
            found |= {(method, VARIABLE.sub(_filled, route.path)) for method in route.methods or ()}
        elif isinstance(route, Mount):
            found.add(("GET", f"{route.path}/x.js"))
    return sorted(found)


def _filled(variable: re.Match[str]) -> str:
    return {"id": "0" * 64, "month": "2026-11", "destination": "flickr"}.get(variable["name"], "x" * 22)
