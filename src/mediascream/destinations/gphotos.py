"""Google Photos: originals as they are, each photo once, into an album where one is named.

What a person should know: everything counts against the account's storage; a photo may have 200 MB, a video 20 GB; what
Google cannot read is `refused` with its reason. Nothing can be deleted through the API, tags and dates cannot be set: tags
go behind the description. A project may make 10,000 calls in a day
(https://developers.google.com/photos/overview/api-limits-quotas), about 9,600 photos. We see only what we sent
(https://developers.google.com/photos/support/updates). All read 2026-11-24.

The proof is `checksum` for what went there in one piece, if Google was seen to refuse a wrong one when it was connected;
else `listed`: Google shows the item under its id. It tells no hash and gives no originals back.

A delivery brings the bytes there, each in its own thread, and then joins the next batch that makes items of them. Google
makes one item of the same bytes, however often they come (https://rclone.org/googlephotos/, read 2026-11-24): so what may
have happened is simply done again, with the upload token that was written down, where it still lives.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mediascream.destinations.base import Delivered, Destination
from mediascream.destinations.gatherer import Gatherer
from mediascream.destinations.gphotos_album import Album
from mediascream.destinations.gphotos_answers import UNKNOWN
from mediascream.destinations.gphotos_api import PhotosApi
from mediascream.destinations.gphotos_http import Http
from mediascream.destinations.gphotos_items import MOST, Items
from mediascream.destinations.gphotos_quota import Meter
from mediascream.destinations.gphotos_sending import Sending, refuse_what_is_not_taken, shown
from mediascream.destinations.gphotos_tokens import AWAITED, AccessTokens, App, TokenEndpoint, require_log_in
from mediascream.destinations.gphotos_upload import LARGEST_RAW
from mediascream.errors import DeliveryError
from mediascream.photo import DestinationName, Proof

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediascream.destinations.base import Attempt, LogIns, Outgoing, Quota, Shared
    from mediascream.destinations.gphotos_items import Outcome, Wish
    from mediascream.settings import Settings

SMALL_AT_ONCE, LARGE_AT_ONCE = 16, 3
"""So many files are on the wire at the same time; the other deliveries wait for them, or in a batch."""


@dataclass(frozen=True, slots=True)
class GphotosOptions:
    """What the settings say.

    Attributes:
        redirect_uri: Where the consent page sends the browser back to.
        per_day: Calls in a day.
    """

    app: App
    api_url: str
    token_url: str
    auth_url: str = ""
    redirect_uri: str = ""
    album: str | None = None
    per_day: int = 10_000


def options_from(settings: Settings) -> GphotosOptions | None:
    """The options; None where the settings name no client."""
    if settings.gphotos_client_id is None or settings.gphotos_secret is None:
        return None
    return GphotosOptions(
        app=App(settings.gphotos_client_id, settings.gphotos_secret.reveal()),
        api_url=settings.gphotos_api_url,
        token_url=settings.gphotos_token_url,
        auth_url=settings.gphotos_auth_url,
        redirect_uri=settings.gphotos_redirect_uri,
        album=settings.gphotos_album,
        per_day=settings.gphotos_per_day,
    )


def build(settings: Settings, log_ins: LogIns, shared: Shared) -> GphotosDestination | None:
    """The destination; None where the settings name no client."""
    options = options_from(settings)
    return None if options is None else GphotosDestination(options, log_ins, shared)


class GphotosDestination(Destination):
    """An account at Google Photos.

    Args:
        log_ins: Where the log-in is found that `mediascream connect gphotos` made.
    """

    name = DestinationName.GPHOTOS

    def __init__(
        self,
        options: GphotosOptions,
        log_ins: LogIns,
        shared: Shared,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._log_ins = log_ins
        self._now = now
        self._http = Http()
        project = options.app.project
        self._meter = Meter(shared, f"gphotos.calls.{project[:32]}", options.per_day, now=now)
        tokens = AccessTokens(log_ins, TokenEndpoint(self._http, options.token_url, options.app))
        self._api = PhotosApi(options.api_url, http=self._http, tokens=tokens, meter=self._meter)
        album = Album(self._api, shared, options.album, key=project, now=now) if options.album else None
        self._items = Items(self._api, shared, turn="gphotos.writing", album=album)
        self._gatherer: Gatherer[Wish, Outcome] = Gatherer(self._items.make, most=MOST)
        self._lookers: Gatherer[str, bool] = Gatherer(self._items.shown, most=MOST)
        self._small = threading.BoundedSemaphore(SMALL_AT_ONCE)
        self._large = threading.BoundedSemaphore(LARGE_AT_ONCE)

    @property
    def connected(self) -> bool:
        """Whether there is a log-in, or a code in the settings is about to become one."""
        log_in = self._log_ins.get(self.name)
        return log_in is not None and (bool(log_in.secrets.get("refresh_token")) or AWAITED in log_in.secrets)

    @property
    def at_once(self) -> int:
        """Enough to fill a batch while another is under way; most of them only wait."""
        return 2 * MOST

    def quota(self) -> Quota:
        """The calls of this day."""
        return self._meter.quota()

    def deliver(self, photo: Outgoing, attempt: Attempt) -> Delivered:
        """Bring one copy to Google Photos, or find the one that is there, and see it shown."""
        refuse_what_is_not_taken(photo)
        log_in = require_log_in(self._log_ins)
        door = self._small if photo.size_bytes < LARGEST_RAW else self._large
        sending = Sending(self._api, photo, attempt, self._gatherer, door, self._now)
        # Notes may be lost, where a database is restored from a copy; then nobody knows.
        found = attempt.number > 1 and (not attempt.notes or "sent" in attempt.notes)
        item = sending.known() or sending.bring()
        checked = log_in.secrets.get("checks_hash") == "yes" and attempt.notes.get("token_checked") == "yes"
        return Delivered(item.id, Proof.CHECKSUM if checked else Proof.LISTED, remote_url=item.url, found=found)

    def check(self, photo: Outgoing, remote_id: str) -> Proof | None:  # noqa: ARG002 - Google tells nothing of the bytes
        """Whether Google still shows the copy; many that are asked side by side are one call. A missing one is asked twice."""
        return Proof.LISTED if self._is_listed(remote_id) or shown(self._api, remote_id) is not None else None

    def _is_listed(self, remote_id: str) -> bool:
        try:
            return self._lookers.join(remote_id)
        except DeliveryError as error:
            if error.reason != UNKNOWN:
                raise
            return False  # one odd id may have spoilt the question for all

    def check_log_in(self) -> str:
        """Whether Google still lets us see what we sent: one page of albums."""
        account = require_log_in(self._log_ins).account
        self._api.get("albums?pageSize=1&excludeNonAppCreatedData=true")
        return f"logged in as {account or 'an account whose name it did not tell'}"

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()
