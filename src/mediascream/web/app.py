"""The web app: routes on a site, behind the gate, inside the edge.

Edge        headers, unread bodies, what nobody foresaw
  Gate      who may call
    PlainMeaning  empty values in a query as none
      FastAPI routes of uploads (resumable ones too), photos, bytes, timeline, deliveries, connecting, status; pages
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from mediascream.hub import Hub
from mediascream.settings import Settings
from mediascream.web import (
    access_page,
    checks,
    connect_flickr,
    connect_gphotos,
    dav,
    deliveries,
    immich,
    keys,
    login,
    login_oidc,
    originals,
    pages,
    passkeys,
    photos,
    problems,
    resumable,
    status,
    tags,
    timeline,
    uploads,
)
from mediascream.web.doorkeeper import Doorkeeper, as_host
from mediascream.web.edge import Edge
from mediascream.web.gate import Gate
from mediascream.web.identities import Identities
from mediascream.web.openapi import openapi_of
from mediascream.web.peers import PeerLookup
from mediascream.web.plain import PlainMeaning
from mediascream.web.site import Site, build_site

ROUTERS = (
    originals.router,
    uploads.router,
    resumable.router,
    photos.router,
    timeline.router,
    tags.router,
    deliveries.router,
    checks.router,
    connect_flickr.router,
    connect_gphotos.router,
    dav.router,
    immich.router,
    status.router,
    login.router,
    login_oidc.router,
    passkeys.router,
    keys.router,
    access_page.router,
)
"""In this order a path is looked for; `/photos/zip` must stand before `/photos/{id}`."""


@dataclass(frozen=True, slots=True)
class WebApp:
    """What a server runs, and what it says before it stops."""

    serve: ASGIApp
    stopping: Callable[[], None]
    """Sends the listeners of events home, who would never leave by themselves. In the event loop."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, as an ASGI application."""
        await self.serve(scope, receive, send)


def build_app(hub: Hub) -> WebApp:
    """The app for a hub. The hub outlives it; everything else ends with the app's lifespan."""
    site = build_site(hub)
    peers = PeerLookup()
    identities = Identities(hub.database)
    api = build_api(lifespan=lambda _app: _life(site, peers, identities))
    api.state.site = site
    gate = Gate(
        PlainMeaning(api),
        doorkeeper=Doorkeeper(names_of(hub.settings)),
        identities=identities,
        peers=peers,
        proxies=hub.settings.trusted_proxies,
    )
    return WebApp(Edge(gate), site.bus.close)


def build_api(lifespan: Callable[[FastAPI], Any] | None = None) -> FastAPI:
    """The routes, without what they stand on."""
    api = FastAPI(
        title="Mediascream",
        version=_version(),
        description="Send a photo once: it is kept, copied exactly once to each service you like, and you can prove it.",
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    for router in ROUTERS:
        api.router.routes += router.routes  # `include_router` makes each a second time, while the first request waits
    pages.add_pages(api, asked_for_first=timeline.asked_for_first)
    problems.install(api)
    return api


def names_of(settings: Settings) -> frozenset[str]:
    """The host names that a server goes by, beside those of this machine."""
    public = urlsplit(settings.public_url or "").hostname
    return frozenset(as_host(name) for name in (public, settings.host) if name) - {"0.0.0.0", "[::]"}  # noqa: S104 - to be left out


def description() -> dict[str, Any]:
    """What `/openapi.json` says, without a server."""
    return openapi_of(build_api())


@contextlib.asynccontextmanager
async def _life(site: Site, peers: PeerLookup, identities: Identities) -> AsyncIterator[None]:
    site.bus.open()
    site.hub.database.on_change = site.bus.noticed
    site.hub.database.listen()
    tasks = [asyncio.create_task(status.tell_changes(site)), asyncio.create_task(resumable.look_after(site))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        site.bus.close()
        site.close()
        peers.close()
        identities.close()


def _version() -> str:
    try:
        return version("mediascream")
    except PackageNotFoundError:
        return "0"
