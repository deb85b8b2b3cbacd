"""Connecting Google Photos from a browser.

GET /connect/gphotos             makes a one-time state, and shows the way to Google's page
POST /connect/gphotos            takes the address that a browser landed on, where that is not here
GET /connect/gphotos/callback    where Google sends the browser back to; good once, for what was begun on this library,
                                 here or in a terminal

Google sends a browser back only to https with a public name, or to the loopback address of the machine that the browser
runs on. From a phone, or at a NAS, it lands on a page that does not open; its address holds all that is needed.
"""

from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse

from mediascream.connecting_gphotos import Connected, begin_log_in, finish_log_in, is_begun
from mediascream.destinations.gphotos_connect import CALLBACK, DEFAULT_REDIRECT, app_from, landed, redirect_of
from mediascream.errors import DeliveryError, DestinationBlocked
from mediascream.hub import Hub
from mediascream.web.connect_page import ANSWERS, BAD_GATEWAY, HOME, NOT_FOUND, UNPROCESSABLE, page
from mediascream.web.doorkeeper import LOOPBACK_NAMES
from mediascream.web.site import Site, TheSite

router = APIRouter(tags=["Connecting"], default_response_class=HTMLResponse)

_AGAIN: Final = '<a href="/connect/gphotos">Begin again</a>'
_NOT: Final = "Google Photos was not connected"


@router.get("/connect/gphotos", summary="Begin to connect Google Photos", responses=ANSWERS)
async def begin_gphotos(request: Request, site: TheSite) -> HTMLResponse:
    """A page with the link to Google's own page, where the owner allows uploads."""
    settings = site.hub.settings
    if app_from(settings) is None:
        return page("Google Photos needs a client of your own", *_HOW_TO_GET_KEYS, HOME)
    begun = await site.readers.run(begin_log_in, site.hub, way_back(request, site.hub))
    return page(
        "Connect Google Photos",
        "Log in at Google as the account that is to get the copies. Google warns that it has not verified the app: it"
        " is your own. Choose <b>Advanced</b>, then <b>Go to …</b>, and tick every box.",
        f'<a rel="noreferrer" href="{escape(begun.authorise_url)}">Go to Google</a>',
        f"Google then sends the browser to <code>{escape(begun.redirect_uri)}</code>. If that page does not open, which"
        " is so on a phone or where Mediascream runs on another machine, copy its whole address from the browser's bar"
        " and paste it here:",
        _form(begun.state),
    )


@router.post("/connect/gphotos", summary="Finish with the address that the browser landed on", responses=ANSWERS)
async def paste_gphotos(
    site: TheSite, address: Annotated[str, Form()] = "", state: Annotated[str, Form()] = ""
) -> HTMLResponse:
    """For browsers that Google cannot send back here."""
    if not await site.readers.run(is_begun, site.hub, state):
        return page(_NOT, f"This was not begun here, or too long ago. {_AGAIN}", status=NOT_FOUND)
    try:
        code = landed(address, state=state)
    except DestinationBlocked as error:
        return page(_NOT, escape(error.detail), _form(state), _AGAIN, status=UNPROCESSABLE)
    return await _finish(site, state, code)


@router.get(CALLBACK, summary="Finish connecting Google Photos", responses=ANSWERS)
async def finish_gphotos(request: Request, site: TheSite, state: str = "") -> HTMLResponse:
    """Where Google sends the browser back to."""
    if not await site.readers.run(is_begun, site.hub, state):
        return page(_NOT, *_NOT_BEGUN, _AGAIN, status=NOT_FOUND)
    try:
        code = landed(str(request.url), state=state)
    except DestinationBlocked as error:
        return page(_NOT, escape(error.detail), _AGAIN, status=BAD_GATEWAY)
    return await _finish(site, state, code)


def way_back(request: Request, hub: Hub) -> str:
    """Where Google sends this browser back to. On this machine that is where the browser found us, whatever the port."""
    redirect_uri, here = redirect_of(hub.settings), request.base_url
    if redirect_uri != DEFAULT_REDIRECT or here.scheme != "http" or here.hostname not in LOOPBACK_NAMES:
        return redirect_uri
    return f"http://127.0.0.1:{here.port or 80}{CALLBACK}"


async def _finish(site: Site, state: str, code: str) -> HTMLResponse:
    try:
        connected = await site.streams.run(finish_log_in, site.hub, state, code)
    except DeliveryError as error:
        return page(_NOT, escape(error.detail), _AGAIN, status=BAD_GATEWAY)
    if connected is None:
        return page(_NOT, f"This was not begun here, or too long ago. {_AGAIN}", status=NOT_FOUND)
    site.bus.noticed(set())
    return _welcome(connected)


def _welcome(connected: Connected) -> HTMLResponse:
    follow = (
        "New photos go there from now on; <code>mediascream backfill gphotos</code> sends those that are here already."
    )
    told = [escape(line) for line in connected.told]
    return page(f"Connected to Google Photos as {connected.label}", *told, follow, HOME)


def _form(state: str) -> str:
    return (
        '<form method="post" action="/connect/gphotos">'
        f'<input type="hidden" name="state" value="{escape(state)}">'
        '<input name="address" autocomplete="off" placeholder="http://127.0.0.1:…?state=…&amp;code=…"'
        ' aria-label="The address that the browser landed on"><button>Connect</button></form>'
    )


_NOT_BEGUN: Final = (
    "This was not begun on this library, or too long ago.",
    "If you began it in a terminal, copy the whole address of this page and paste it there; if you made the link with"
    " <code>--print-url</code>, put the address into the settings as <code>GPHOTOS_ACCESS_CODE</code>.",
)
_HOW_TO_GET_KEYS: Final = (
    'Make one at <a rel="noreferrer" href="https://console.cloud.google.com/auth/clients">Google\'s console</a>: its type'
    " is <b>Desktop app</b>, its project has the <b>Photos Library API</b>, and its audience is <b>in production</b>"
    " (docs/connect-google-photos.md has every step).",
    "Put its two lines into the settings as <code>GPHOTOS_CLIENT_ID</code> and <code>GPHOTOS_SECRET</code>, start"
    " Mediascream again, and come back here.",
)
