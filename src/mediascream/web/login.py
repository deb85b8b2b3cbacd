"""`/login` and `/logout`: plain pages and forms, which need no script."""

from http import HTTPStatus
from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mediascream.errors import FieldInvalid, GuessedTooOften, LoginNeeded
from mediascream.library import passwords, sessions
from mediascream.web import openapi
from mediascream.web.access import Right
from mediascream.web.logging_in import here, log_in, set_cookie, visitor_of
from mediascream.web.login_page import login_page
from mediascream.web.paper import sheet
from mediascream.web.site import TheCaller, TheSite

router = APIRouter(tags=["Logging in"], default_response_class=HTMLResponse)


@router.get("/login", summary="The page to log in at", responses=openapi.problems(403))
async def show_login(request: Request, site: TheSite, caller: TheCaller, next: str = "/") -> Response:  # noqa: A002 - what it is called in the address
    """A form; where nobody has to log in, a page that says so."""
    is_guarded = await site.read(passwords.get_hash) is not None
    if is_guarded and caller is not None and caller.may(Right.READ):
        return RedirectResponse(here(next), HTTPStatus.SEE_OTHER)
    return await login_page(request, site, here(next))


@router.post(
    "/login",
    summary="Log in",
    status_code=303,
    response_class=Response,
    responses=openapi.problems(403, 422)
    | {401: openapi.page("Not the password"), 429: openapi.page("Wrong passwords, too often")},
    openapi_extra=openapi.LOGIN,
)
async def begin_session(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """Compare the password; a browser that knows it gets a session."""
    try:
        said = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        raise FieldInvalid("A log-in has few fields: password, username, next.") from None
    following = here(said.get("next", ["/"])[0])
    try:
        key = await log_in(site, visitor_of(request, caller), said.get("password", [""])[0])
    except (LoginNeeded, GuessedTooOften) as refused:
        return await login_page(request, site, following, refused)
    answer = RedirectResponse(following, HTTPStatus.SEE_OTHER)
    set_cookie(request, answer, key)
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
    set_cookie(request, answer, "")
    return answer
