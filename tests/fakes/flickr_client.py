"""A Flickr destination that talks to the fake."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mediascream.destinations.flickr import FlickrDestination, FlickrOptions
from mediascream.destinations.flickr_api import Addresses
from mediascream.destinations.flickr_signing import Keys
from mediascream.settings.declared import FlickrPrivacy
from tests.fakes.flickr import APP_KEY, APP_SECRET, TOKEN, TOKEN_SECRET
from tests.fakes.shared import SharedInMemory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mediascream.photo import DestinationName

APP = Keys(APP_KEY, APP_SECRET)


@dataclass(slots=True)
class KeptLogIn:
    """A log-in, as the database keeps it."""

    account: str | None
    secrets: Mapping[str, str]


@dataclass(slots=True)
class LogInsInMemory:
    """The log-ins there are."""

    kept: dict[DestinationName, KeptLogIn] = field(default_factory=dict)

    def get(self, name: DestinationName) -> KeptLogIn | None:
        return self.kept.get(name)

    def put(self, name: DestinationName, account: str | None, secrets: Mapping[str, str]) -> None:
        self.kept[name] = KeptLogIn(account, dict(secrets))


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def go_on(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


def addresses_of(address: str) -> Addresses:
    """Where the fake has what Flickr has on three hosts."""
    return Addresses(f"{address}/rest/", f"{address}/upload/", f"{address}/oauth")


@contextmanager
def destination_at(
    address: str,
    *,
    app: Keys = APP,
    token: tuple[str, str] | None = (TOKEN, TOKEN_SECRET),
    privacy: FlickrPrivacy = FlickrPrivacy.PRIVATE,
    tagged: bool = True,
    converts: bool = False,
    per_hour: int = 3600,
    shared: SharedInMemory | None = None,
    clock: Clock | None = None,
) -> Iterator[FlickrDestination]:
    """A destination whose app and token the fake knows, unless others are given."""
    keys = app if token is None else Keys(app.app_key, app.app_secret, *token)
    options = FlickrOptions(keys, addresses_of(address), privacy, tagged, per_hour, converts)
    destination = FlickrDestination(options, LogInsInMemory(), shared or SharedInMemory(), now=clock or Clock())
    with closing(destination):
        yield destination
