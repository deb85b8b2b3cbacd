"""A Google Photos destination that talks to the fake, with a log-in and what workers share in memory."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from mediascream.destinations.gphotos import GphotosDestination, GphotosOptions
from mediascream.destinations.gphotos_tokens import App
from mediascream.photo import DestinationName
from tests.fakes.flickr_client import Clock, LogInsInMemory
from tests.fakes.google_oauth import CLIENT_ID, CLIENT_SECRET
from tests.fakes.google_photos import REFRESH_TOKEN
from tests.fakes.shared import SharedInMemory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.destinations.base import Shared

APP = App(CLIENT_ID, CLIENT_SECRET)


def log_in(*, checks_hash: bool = True, refresh_token: str = REFRESH_TOKEN, **more: str) -> dict[str, str]:
    """The secrets of a log-in that the fake knows, unless another is given."""
    return {"refresh_token": refresh_token, "checks_hash": "yes" if checks_hash else "no"} | more


@contextmanager
def destination_at(
    address: str,
    *,
    app: App = APP,
    secrets: dict[str, str] | None = None,
    connected: bool = True,
    album: str | None = None,
    per_day: int = 10_000,
    shared: Shared | None = None,
    clock: Clock | None = None,
) -> Iterator[GphotosDestination]:
    """A destination whose client and log-in the fake knows, unless others are given."""
    log_ins = LogInsInMemory()
    if connected:
        log_ins.put(DestinationName.GPHOTOS, "petra", log_in() if secrets is None else secrets)
    options = GphotosOptions(app, address, f"{address}/token", album=album, per_day=per_day)
    destination = GphotosDestination(options, log_ins, shared or SharedInMemory(), now=clock or Clock())
    with closing(destination):
        yield destination
