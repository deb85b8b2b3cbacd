"""Logging in at the owner's OIDC provider, beside the password.

GET /login/oidc            remembers the browser, and sends it to the provider
GET /login/oidc/callback   where the provider sends it back to; good once, for the browser that was sent

Who comes back as `OIDC_SUBJECT` gets a session, and nobody else. Whoever else comes is told what the provider calls them,
which is how an owner finds out.
"""

import hmac
from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mediascream import extras
from mediascream.errors import LogInFailed, LoginNeeded, RequestRefused
from mediascream.web import oidc, openapi
from mediascream.web.connect_page import home_of
from mediascream.web.logging_in import begin_session, count, here, require_password, set_cookie, visitor_of
from mediascream.web.login_page import login_page
from mediascream.web.paper import sheet
from mediascream.web.pending import AtProvider
from mediascream.web.site import Site, TheCaller, TheSite

router = APIRouter(tags=["Logging in"], default_response_class=HTMLResponse)

COOKIE: Final = "mediascream-at-provider"
SECURE_COOKIE: Final = f"__Host-{COOKIE}"
LIVES_S: Final = 900
SAFE: Final = "%/:?#[]@!$&'()*+,;="
"""What stands in an address as it is."""

_ANSWERS: Final = openapi.problems(403) | {
    400: openapi.page("It was not begun here, or the provider says no"),
    401: openapi.page("Somebody else than the owner"),
    429: openapi.page("Attempts, too often"),
    502: openapi.page("The provider cannot be reached, or is not to be believed"),
}


@router.get(
    "/login/oidc",
    summary="Log in at the owner's OIDC provider",
    status_code=303,
    response_class=Response,
    responses=_ANSWERS,
)
async def begin(request: Request, site: TheSite, caller: TheCaller, next: str = "/") -> Response:  # noqa: A002 - what it is called in the address
    """Send the browser there; `next` is where it goes on to afterwards, a path of this server."""
    following = here(next)
    try:
        client = await _require_client(site)
        await count(site, visitor_of(request, caller))
        async with oidc.calling() as calls:
            provider = await calls.discover(client.issuer)
    except RequestRefused as refused:
        return await login_page(request, site, following, refused)
    state, begun = oidc.begin(home_of(request, site.hub) + oidc.CALLBACK, following)
    site.begun_at_provider.put(state, begun)
    answer = RedirectResponse(oidc.authorize_url(provider, client, state, begun), HTTPStatus.SEE_OTHER)
    answer.headers["Cache-Control"] = "no-store"
    _set_cookie(request, answer, begun.browser)
    return answer


@router.get(oidc.CALLBACK, summary="Finish logging in at the owner's OIDC provider", responses=_ANSWERS)
async def finish(request: Request, site: TheSite, caller: TheCaller, state: str = "") -> Response:
    """A session, where the owner came."""
    following = "/"
    try:
        client = await _require_client(site)
        begun = _begun(request, site, state)
        following = begun.following
        await _require_owner(request, client, begun)
    except RequestRefused as refused:
        answer = await login_page(request, site, following, refused)
    else:
        answer = _welcome(following)
        visitor = visitor_of(request, caller)
        set_cookie(request, answer, await site.hub.database.write_async(lambda c: begin_session(c, visitor)))
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address holds a code
    _set_cookie(request, answer, "")
    return answer


async def _require_owner(request: Request, client: oidc.Client, begun: AtProvider) -> None:
    """Find out who came.

    Raises:
        LogInFailed: The provider did not let them in, cannot be reached, or is not to be believed.
        LoginNeeded: It is not the owner.
    """
    from mediascream.web.id_token import subject_of

    async with oidc.calling() as calls:
        provider = await calls.discover(client.issuer)
        code = oidc.code_in(request.query_params, provider)
        statement = await calls.exchange(provider, client, code, begun)
        subject = subject_of(statement, await calls.keys(provider), provider, client, begun.nonce)
    if client.subject is None or not hmac.compare_digest(subject.encode(), client.subject.encode()):
        raise LoginNeeded(
            f"The provider calls you {subject!r}, which is not the owner of these photos. If it is you, put it into the"
            " settings as OIDC_SUBJECT, and start Mediascream again."
        )


async def _require_client(site: Site) -> oidc.Client:
    """The provider that the settings name.

    Raises:
        LogInFailed: There is none, or it takes what is not installed, or nobody has to log in.
    """
    client = oidc.client_from(site.hub.settings)
    if client is None:
        raise LogInFailed("No provider is set up to log in at (OIDC_ISSUER).")
    if not extras.OIDC.is_installed:
        raise LogInFailed(f"Logging in at a provider is an extra that is not installed: {extras.OIDC.how_to_get}.")
    await require_password(site)
    return client


def _begun(request: Request, site: Site, state: str) -> AtProvider:
    """What was begun with this state, by this browser; it cannot be finished again.

    Raises:
        LogInFailed: Nothing was.
    """
    begun = site.begun_at_provider.take(state)
    own = request.cookies.get(_cookie_name(request), "")
    if begun is None or not hmac.compare_digest(own.encode(), begun.browser.encode()):
        raise LogInFailed("This was not begun in this browser, or too long ago. Try again.")
    return begun


def _welcome(following: str) -> HTMLResponse:
    """A page that goes on by itself.

    A redirect would count as a step from the provider's page, and other sites may lead to few pages here; this is a step
    from a page of this server.
    """
    answer = sheet("You are logged in", f'<p><a href="{escape(following)}">Go on</a></p>', small=True)
    answer.headers["Refresh"] = f"0; url={quote(following, safe=SAFE)}"
    return answer


def _set_cookie(request: Request, answer: Response, value: str) -> None:
    answer.set_cookie(
        _cookie_name(request),
        value,
        max_age=LIVES_S if value else 0,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def _cookie_name(request: Request) -> str:
    return SECURE_COOKIE if request.url.scheme == "https" else COOKIE
