"""Connecting Flickr from a browser.

GET /connect/flickr             asks Flickr for a request token, and shows the way to Flickr's page
GET /connect/flickr/callback    where Flickr sends the browser back to; good once, for what was begun here

The way to Flickr is a link and no redirect, so that a person sees whom the app asks for what.
"""

from contextlib import closing
from html import escape
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from mediascream.connecting import keep_log_in
from mediascream.destinations import flickr_connect
from mediascream.destinations.flickr import FlickrOptions, options_from, secrets_of
from mediascream.destinations.flickr_api import FlickrApi
from mediascream.destinations.flickr_connect import Begun, FlickrAccount
from mediascream.destinations.flickr_signing import Keys
from mediascream.errors import DeliveryError
from mediascream.hub import Hub
from mediascream.photo import DestinationName
from mediascream.web.connect_page import ANSWERS, BAD_GATEWAY, HOME, NOT_FOUND, home_of, page
from mediascream.web.site import TheSite

router = APIRouter(tags=["Connecting"], default_response_class=HTMLResponse)


@router.get("/connect/flickr", summary="Begin to connect Flickr", responses=ANSWERS)
async def begin_flickr(request: Request, site: TheSite) -> HTMLResponse:
    """A page with the link to Flickr's own page, where the owner allows uploads."""
    options = options_from(site.hub.settings)
    if options is None:
        return page("Flickr needs a key", *_HOW_TO_GET_KEYS, HOME)
    if options.app.token is not None:
        return page("Flickr is connected", "The settings have FLICKR_APP_TOKEN, so there is nothing to do.", HOME)
    try:
        begun = await site.streams.run(_begin, options, f"{home_of(request, site.hub)}/connect/flickr/callback")
    except DeliveryError as error:
        return page("Flickr was not connected", escape(error.detail), HOME, status=BAD_GATEWAY)
    site.waiting.put(begun.keys.token or "", begun.keys)
    return page(
        "Connect Flickr",
        "Flickr will ask whether the app that your key belongs to may upload. Log in there as the account that is to"
        " get the copies, and allow it; you come back here by yourself.",
        f'<a rel="noreferrer" href="{escape(begun.authorise_url)}">Go to Flickr</a>',
    )


@router.get("/connect/flickr/callback", summary="Finish connecting Flickr", responses=ANSWERS)
async def finish_flickr(site: TheSite, oauth_token: str = "", oauth_verifier: str = "") -> HTMLResponse:
    """Where Flickr sends the browser back to."""
    keys, options = site.waiting.take(oauth_token), options_from(site.hub.settings)
    if keys is None or options is None or not oauth_verifier:
        again = 'This was not begun here, or too long ago. <a href="/connect/flickr">Begin again</a>'
        return page("Flickr was not connected", again, status=NOT_FOUND)
    try:
        account = await site.streams.run(_finish, site.hub, options, keys, oauth_verifier)
    except DeliveryError as error:
        again = '<a href="/connect/flickr">Begin again</a>'
        return page("Flickr was not connected", escape(error.detail), again, status=BAD_GATEWAY)
    site.bus.noticed(set())
    told = [escape(line) for line in flickr_connect.what_it_allows(account, options.privacy)]
    follow = (
        "New photos go there from now on; <code>mediascream backfill flickr</code> sends those that are here already."
    )
    return page(f"Connected to Flickr as {account.label}", *told, follow, HOME)


def _begin(options: FlickrOptions, callback: str) -> Begun:
    with closing(FlickrApi(options.addresses)) as api:
        return flickr_connect.begin(api, options.app, callback=callback)


def _finish(hub: Hub, options: FlickrOptions, begun: Keys, verifier: str) -> FlickrAccount:
    with closing(FlickrApi(options.addresses)) as api:
        keys = flickr_connect.finish(api, begun, verifier)
        account = flickr_connect.look(api, keys)
    keep_log_in(hub, DestinationName.FLICKR, account.label, secrets_of(keys))
    return account


_HOW_TO_GET_KEYS: Final = (
    'Make one (it takes Flickr Pro) at <a rel="noreferrer" href="https://www.flickr.com/services/apps/create/noncommercial/">'
    "Flickr's App Garden</a>.",
    "Put its two lines into the settings as <code>FLICKR_API_KEY</code> and <code>FLICKR_API_SECRET</code>, start"
    " Mediascream again, and come back here.",
)
