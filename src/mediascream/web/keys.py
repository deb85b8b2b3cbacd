"""`/tokens` and `/sessions`: who can come in, for the owner alone.

A token's text is in the answer that makes it, and nowhere else.
"""

from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from mediascream import wire
from mediascream.errors import KeyUnknown
from mediascream.library import sessions, tokens
from mediascream.library.scopes import Scope
from mediascream.web import openapi
from mediascream.web.site import Site, TheCaller, TheSite

router = APIRouter(tags=["Who may call"])


@router.get("/tokens", summary="List the tokens", responses=openapi.problems(401, 403))
async def list_tokens(site: TheSite) -> wire.TokensAnswer:
    """Those that let somebody in, the oldest first."""
    found = await site.read(lambda connection: tokens.listed(connection, site.now()))
    return wire.TokensAnswer(tokens=tuple(_token(one) for one in found))


@router.post("/tokens", summary="Make a token", status_code=201, responses=openapi.problems(401, 403, 422))
async def make_token(wanted: wire.TokenRequest, site: TheSite) -> wire.NewToken:
    """The only answer that has its text."""
    made, text = await make(site, wanted)
    return wire.NewToken(token=text, **_token(made).model_dump())


@router.delete("/tokens/{id}", summary="Revoke a token", status_code=204, responses=openapi.problems(401, 403, 404))
async def revoke_token(id: str, site: TheSite) -> Response:  # noqa: A002 - what it is called in the address
    """It lets nobody in from now on."""
    if not await site.hub.database.write_async(lambda connection: tokens.revoke(connection, id, site.now())):
        raise KeyUnknown("No token has this id.")
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/sessions", summary="List the browsers that are logged in", responses=openapi.problems(401, 403))
async def list_sessions(site: TheSite, caller: TheCaller) -> wire.SessionsAnswer:
    """The one used last first."""
    own = caller.session if caller is not None else None
    found = await site.read(lambda connection: sessions.listed(connection, site.now()))
    return wire.SessionsAnswer(
        sessions=tuple(
            wire.Session(
                id=one.id,
                address=one.address,
                browser=one.browser,
                begun_at=one.begun_at,
                used_at=one.used_at,
                present=one.id == own,
            )
            for one in found
        )
    )


@router.delete(
    "/sessions/{id}", summary="Log a browser out", status_code=204, responses=openapi.problems(401, 403, 404)
)
async def end_session(id: str, site: TheSite) -> Response:  # noqa: A002 - what it is called in the address
    """Its cookie lets nobody in from now on."""
    if not await site.hub.database.write_async(lambda connection: sessions.end(connection, id, site.now())):
        raise KeyUnknown("No session has this id.")
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def make(site: Site, wanted: wire.TokenRequest) -> tuple[tokens.Token, str]:
    """A new token, and its text."""
    now = site.now()
    expires_at = None if wanted.days is None else now + timedelta(days=wanted.days)
    return await site.hub.database.write_async(
        lambda connection: tokens.make(
            connection, wanted.name, Scope(wanted.scope), now, member=wanted.member, expires_at=expires_at
        )
    )


def _token(one: tokens.Token) -> wire.Token:
    return wire.Token(
        id=one.id,
        name=one.name,
        scope=one.scope.value,
        member=one.member,
        created_at=one.created_at,
        expires_at=one.expires_at,
        used_at=one.used_at,
    )
