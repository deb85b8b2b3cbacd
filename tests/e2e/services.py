"""A server whose Flickr and Google Photos are the fakes, both connected."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediascream.database import Database, sqlite_url
from mediascream.library.accounts import Accounts
from mediascream.library.upgrade import upgrade
from mediascream.photo import DestinationName
from mediascream.sealing import Seal
from tests.e2e.running import Running
from tests.fakes.flickr import APP_KEY, APP_SECRET, TOKEN, TOKEN_SECRET, Flickr
from tests.fakes.google_oauth import CLIENT_ID, CLIENT_SECRET
from tests.fakes.google_photos import GooglePhotos
from tests.fakes.google_photos_client import log_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Services:
    """Both services, and the server that sends to them; it is not started yet."""

    flickr: Flickr
    google: GooglePhotos
    server: Running

    def shown(self, name: str) -> dict[str, Any]:
        """How a destination stands."""
        answer = self.server.http.get("/destinations")
        answer.raise_for_status()
        return next(one for one in answer.json()["destinations"] if one["name"] == name)

    def delivered(self, name: str) -> int:
        """How many photos a destination has."""
        return int(self.shown(name)["counts"].get("delivered", 0))

    def act(self, verb: str, name: str) -> None:
        """Pause, resume, retry or backfill."""
        self.server.http.post(f"/destinations/{name}/{verb}").raise_for_status()


@contextmanager
def both_services(folder: Path, *, per_hour: int = 360_000, **settings: object) -> Iterator[Services]:
    """Both, and a server on a new data folder that knows them."""
    flickr, google = Flickr(), GooglePhotos()
    with ExitStack() as stack:
        at_flickr, at_google = stack.enter_context(flickr.serving()), stack.enter_context(google.serving())
        known = _settings(at_flickr, at_google) | {"FLICKR_PER_HOUR": per_hour} | settings
        server = stack.enter_context(closing(Running(folder / "data", known)))
        _connect_google(server)
        yield Services(flickr, google, server)


def _settings(flickr: str, google: str) -> dict[str, object]:
    return {
        "FLICKR_API_KEY": APP_KEY,
        "FLICKR_API_SECRET": APP_SECRET,
        "FLICKR_APP_TOKEN": TOKEN,
        "FLICKR_APP_SECRET": TOKEN_SECRET,
        "FLICKR_REST_URL": f"{flickr}/rest/",
        "FLICKR_UPLOAD_URL": f"{flickr}/upload/",
        "FLICKR_OAUTH_URL": f"{flickr}/oauth",
        "GPHOTOS_CLIENT_ID": CLIENT_ID,
        "GPHOTOS_SECRET": CLIENT_SECRET,
        "GPHOTOS_API_URL": google,
        "GPHOTOS_TOKEN_URL": f"{google}/token",
    }


def _connect_google(server: Running) -> None:
    """As `mediascream connect gphotos` leaves it."""
    if "DATABASE_URL" not in server.settings:
        server.furnish()
    url = server.settings.get("DATABASE_URL") or sqlite_url(server.data / "mediascream.sqlite")
    with closing(Database(str(url), seal=Seal(server.data / "secret.key"))) as database:
        upgrade(database)
        Accounts(database).put(DestinationName.GPHOTOS, "petra", log_in())
