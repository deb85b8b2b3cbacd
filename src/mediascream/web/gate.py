"""The one gate in front of everything, closed to whatever is not named in `access.NEEDS`.

Without a password the server is for this machine's own user alone, who needs no login. With one, everybody has to
say who they are: browsers by a session, programs by a token. A token means what it means either way: whoever shows
one has its rights and no others.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Protocol
from urllib.parse import quote

import sqlalchemy as sa
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mediascream.errors import CallerRefused, LoginNeeded, RequestRefused
from mediascream.settings import Network
from mediascream.web.access import CALLER, OWNER, RIGHTS_OF_SCOPE, STRANGER, Caller, Right, need_of
from mediascream.web.credentials import Credentials, challenge, credentials_of
from mediascream.web.doorkeeper import Doorkeeper, Lookup, asked, check_peer, is_here
from mediascream.web.identities import Known
from mediascream.web.peers import Peer
from mediascream.web.problems import error_response
from mediascream.web.proxies import behind_proxy


class Knowing(Protocol):
    """Tells who is meant by what a request carries."""

    def look(self, shown: Credentials) -> Awaitable[Known]:
        """Who shows this, and whether it takes anything to come in."""
        ...


class Gate:
    """Lets in whom it may, and tells the app who that is.

    Args:
        peers: None where every connection on a loopback address may come in.
        proxies: Whose word about the caller is believed, once a password is set.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        doorkeeper: Doorkeeper,
        identities: Knowing,
        peers: Lookup | None,
        proxies: Sequence[Network] = (),
    ) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._identities = identities
        self._peers = peers
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the app, or hand on to it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        need = need_of(scope["method"], scope["path"])
        scope.setdefault("state", {})
        try:
            scope, caller = await self._admit(scope, need)
            scope["state"][CALLER] = caller
        except RequestRefused as refused:
            if need is not None:
                await _answer(scope, refused)(scope, receive, send)
                return
        except sa.exc.SQLAlchemyError:
            if need is not None:
                raise  # what is open to all can tell how the database is
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope, need: Right | None) -> tuple[Scope, Caller]:
        """The request as its caller made it, and who that is."""
        through = behind_proxy(scope, self._proxies)
        shown = credentials_of(through)
        known = await self._identities.look(shown)
        if known.guarded:
            self._doorkeeper.check_guarded(asked(through), scope.get("server"))
            if known.caller is None:
                if need is not Right.KNOCK:
                    raise _login_needed(shown)
                return through, replace(STRANGER, at_home=through is scope and self._is_ours(scope))
            scope = through
        else:
            self._check_open_house(scope)
            if known.caller is None and shown.token is not None:
                raise _login_needed(shown)
        caller = known.caller or OWNER
        if need is not None and not caller.may(need):
            raise _not_enough(need, caller)
        return scope, caller

    def _check_open_house(self, scope: Scope) -> None:
        client, server = scope.get("client"), scope.get("server")
        self._doorkeeper.check_open_house(asked(scope), client, server)
        if self._peers is not None and client and server:
            check_peer(self._peers.who((client[0], client[1]), (server[0], server[1])))

    def _is_ours(self, scope: Scope) -> bool:
        client, server = scope.get("client"), scope.get("server")
        if self._peers is None or not client or not server or not is_here(client[0]):
            return False
        return self._peers.who((client[0], client[1]), (server[0], server[1])) is Peer.OURS


def _login_needed(shown: Credentials) -> LoginNeeded:
    if shown.token is not None:
        return LoginNeeded(
            "The token is not valid: it was revoked or has expired, or is no token of this server."
            " Make another with: mediascream token create NAME"
        )
    return LoginNeeded(
        "Log in first: a browser at /login, a program with a token (Authorization: Bearer TOKEN;"
        " mediascream token create NAME makes one)."
    )


def _not_enough(need: Right, caller: Caller) -> CallerRefused:
    scopes = [scope for scope, rights in RIGHTS_OF_SCOPE.items() if need in rights]
    if not scopes:
        return CallerRefused("No token is good for this: log in at /login, with the password.")
    return CallerRefused(
        f"This takes a token of the scope {' or '.join(scopes)}, which {caller.name!r} is not"
        f" (mediascream token create NAME --scope {scopes[0]})."
    )


def _answer(scope: Scope, refused: RequestRefused) -> Response:
    if not isinstance(refused, LoginNeeded):
        return error_response(refused)
    if scope["method"] == "GET" and _wants_page(scope):
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        address = f"/login?next={quote(scope['path'] + query, safe='/')}"
        return RedirectResponse(address, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
    return error_response(refused, {"WWW-Authenticate": challenge(scope["path"])})


def _wants_page(scope: Scope) -> bool:
    """Whether a browser is about to show the answer to a person."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return b"text/html" in headers.get(b"accept", b"") and b"authorization" not in headers
