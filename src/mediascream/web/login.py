"""`/login` and `/logout`: plain pages and forms, which need no script."""

from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mediascream.errors import GuessedTooOften, LoginNeeded
from mediascream.library import guesses, passwords, sessions
from mediascream.web import openapi
from mediascream.web.access import Caller, Right
from mediascream.web.credentials import COOKIE, SECURE_COOKIE
from mediascream.web.logging_in import Guess, log_in
from mediascream.web.paper import sheet
from mediascream.web.site import TheCaller, TheSite

router = APIRouter(tags=["Logging in"], default_response_class=HTMLResponse)

_FORM: Final = (
    '<form method="post" action="/login"><input type="hidden" name="next" value="{next}">'
    '<input type="hidden" name="username" value="owner" autocomplete="username">'
    '<label for="password">Password</label><input id="password" name="password" type="password" required autofocus'
    ' autocomplete="current-password" maxlength="1024">{said}<button>Log in</button></form>'
)


@router.get("/login", summary="The page to log in at", responses=openapi.problems(403))
async def show_login(site: TheSite, caller: TheCaller, next: str = "/") -> Response:  # noqa: A002 - what it is called in the address
    """A form; where nobody has to log in, a page that says so."""
    if await site.read(passwords.get_hash) is None:
        return sheet(
            "No password is set", '<p>Nobody has to log in here.</p><p><a href="/">To the photos</a></p>', small=True
        )
    if caller is not None and caller.may(Right.READ):
        return RedirectResponse(here(next), HTTPStatus.SEE_OTHER)
    return _page(here(next))


@router.post(
    "/login",
    summary="Log in",
    status_code=303,
    response_class=Response,
    responses=openapi.problems(403)
    | {401: openapi.page("Not the password"), 429: openapi.page("Wrong passwords, too often")},
    openapi_extra=openapi.LOGIN,
)
async def begin_session(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """Compare the password; a browser that knows it gets a session."""
    said = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
    following = here(said.get("next", ["/"])[0])
    guess = Guess(said.get("password", [""])[0], _source(request, caller), request.headers.get("user-agent"))
    try:
        key = await log_in(site, guess)
    except LoginNeeded as wrong:
        return _page(following, wrong.detail, HTTPStatus.UNAUTHORIZED)
    except GuessedTooOften as often:
        page = _page(following, often.detail, HTTPStatus.TOO_MANY_REQUESTS)
        page.headers["Retry-After"] = str(max(1, round(often.retry_after_s)))
        return page
    answer = RedirectResponse(following, HTTPStatus.SEE_OTHER)
    _set_cookie(request, answer, key, round(sessions.LONGEST.total_seconds()))
    return answer


@router.get("/logout", summary="The page to log out at", responses=openapi.problems(401, 403))
async def show_logout() -> Response:
    """A button: following a link must not log anybody out."""
    form = (
        '<form method="post" action="/logout"><button>Log out</button></form><p><a href="/">Back to the photos</a></p>'
    )
    return sheet("Log out", form, small=True)


@router.post(
    "/logout", summary="Log out", status_code=303, response_class=Response, responses=openapi.problems(401, 403)
)
async def end_session(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """End the session of this browser."""
    session = caller.session if caller is not None else None
    if session is not None:
        await site.hub.database.write_async(lambda connection: sessions.end(connection, session, site.now()))
    answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    _set_cookie(request, answer, "", 0)
    return answer


def here(address: str) -> str:
    """An address of this server to go on to; `/` where it is another's, or none."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_local and not address.startswith(("/login", "/logout")) else "/"


def _page(following: str, said: str = "", status: int = HTTPStatus.OK) -> HTMLResponse:
    told = f'<p class="bad" role="alert">{escape(said)}</p>' if said else ""
    return sheet("Log in", _FORM.format(next=escape(following), said=told), small=True, status=status)


def _source(request: Request, caller: Caller | None) -> str:
    if caller is not None and caller.at_home:
        return guesses.HOME
    return guesses.source_of(request.client.host if request.client is not None else "")


def _set_cookie(request: Request, answer: Response, key: str, lives_s: int) -> None:
    secure = request.url.scheme == "https"
    answer.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        key,
        max_age=lives_s,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
