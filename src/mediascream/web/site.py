"""What the routes stand on: the hub, the spool, and the threads in which blocking work runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import sqlalchemy as sa
from fastapi import Depends
from starlette.requests import Request

from mediascream.destinations.flickr_signing import Keys
from mediascream.hub import Hub
from mediascream.intake.resumables import Resumables
from mediascream.intake.spool import Spool
from mediascream.library.senders import key_of
from mediascream.web.access import CALLER, Caller
from mediascream.web.dav_locks import Locks
from mediascream.web.events import Bus
from mediascream.web.meters import Meters
from mediascream.web.pending import AtProvider, Challenge
from mediascream.web.threads import Threads
from mediascream.web.waiting import Waiting

T = TypeVar("T")

READERS = 6
"""Fewer than the database has connections for readers: the worker reads too."""
STREAMS = 16
"""Archives may be slow; their readers must not hold up the pages."""


@dataclass(frozen=True, slots=True)
class Site:
    """All parts of the running web server, built once by `app.py`."""

    hub: Hub
    spool: Spool
    resumables: Resumables
    bus: Bus
    meters: Meters
    waiting: Waiting[Keys] = field(default_factory=Waiting)
    """Log-ins at Flickr that wait for their owner, by request token."""
    challenges: Waiting[Challenge] = field(default_factory=lambda: Waiting(patience_s=300, most=10_000))
    """What browsers were given to sign with a passkey. Anybody may ask for one, so there is room for many."""
    begun_at_provider: Waiting[AtProvider] = field(default_factory=lambda: Waiting(patience_s=900, most=10_000))
    """Log-ins at the owner's OIDC provider that wait for their browser, by state."""
    locks: Locks = field(default_factory=Locks)
    """Of the inbox."""
    readers: Threads = field(default_factory=lambda: Threads("web-read", READERS))
    streams: Threads = field(default_factory=lambda: Threads("web-stream", STREAMS))
    slow: Threads = field(default_factory=lambda: Threads("web-password", 1))
    """Passwords are compared one at a time, each with 64 MB."""

    async def read(self, act: Callable[[sa.Connection], T]) -> T:
        """Ask the database something, in one hop to a thread."""
        return await self.readers.run(self._read, act)

    @staticmethod
    def now() -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC)

    def close(self) -> None:
        """Let the threads end. The hub is closed by whoever built it."""
        self.readers.close()
        self.streams.close()
        self.slow.close()
        self.spool.close()
        self.resumables.close()

    def _read(self, act: Callable[[sa.Connection], T]) -> T:
        with self.hub.database.reading() as connection:
            return act(connection)


def build_site(hub: Hub) -> Site:
    """Put the web's own parts beside the hub's."""
    spool = Spool(hub.settings.upload_folder, needed=hub.needed_in_spool)
    limit_bytes = hub.settings.max_upload_bytes
    resumables = Resumables(spool, hub.database, hub.acceptance, limit_bytes=limit_bytes)
    return Site(hub, spool, resumables, Bus(), Meters())


async def site_of(request: Request) -> Site:
    """The site that the app of a request was built with."""
    site: Site = request.app.state.site
    return site


async def caller_of(request: Request) -> Caller | None:
    """Who calls; None where the gate let nobody in and the route is open to all."""
    caller: Caller | None = request.scope.get("state", {}).get(CALLER)
    return caller


def sender_of(caller: Caller | None) -> str:
    """Whose turn it takes, where turns are taken."""
    return "" if caller is None else key_of(caller.token)


TheSite = Annotated[Site, Depends(site_of)]
TheCaller = Annotated[Caller | None, Depends(caller_of)]
