"""Flickr: originals as they are, private unless the settings say otherwise, each photo once.

What a person should know: an app key needs Flickr Pro; a free account holds 1,000 items, of which 50 may be
not public (https://www.flickrhelp.com/hc/en-us/articles/13690320471060). Photos up to 200 MB, videos up to 1 GB;
JPEG, PNG and GIF are kept as they are; what Flickr does not take is `refused` with its reason, or sent as a JPEG
made from it where `FLICKR_CONVERT: jpeg` says so. Then the receipt has `derivative`, the machine tag
`mediascream:id=` is the original's, and `checksum:sha1=` that of the file which is there. Flickr allows
3,600 calls an hour and app key (https://www.flickr.com/services/developer/api/). All read 2026-11-24.

The proof is `listed`: Flickr shows the photo under its id. It never tells a hash, so only reading the copy back
proves more; that is done when a copy is checked, for it costs as much as the upload, and a free account gets no
originals. A derivative, and what Flickr converted itself, stays `listed`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mediascream.destinations.base import Delivered, Destination, Limit
from mediascream.destinations.flickr_api import Addresses, FlickrApi
from mediascream.destinations.flickr_choice import Choice
from mediascream.destinations.flickr_connect import look
from mediascream.destinations.flickr_originals import read_original, reads_back_equal
from mediascream.destinations.flickr_quota import CALLS_A_DELIVERY, Meter
from mediascream.destinations.flickr_sending import Sending, shown
from mediascream.destinations.flickr_signing import Keys
from mediascream.errors import DestinationBlocked, FileRefused, TryLater
from mediascream.photo import DestinationName, Proof
from mediascream.settings.declared import FlickrConvert, FlickrPrivacy

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from mediascream.destinations.base import Attempt, LogIns, Outgoing, Quota, Shared
    from mediascream.settings import Settings

BURST = 10
HOUR_S = 3600.0
SHORTEST_PERIOD_S = 4.0
"""The queue looks four times a second what may begin; in shorter periods that would cost some of what is allowed."""

FEWEST_AT_ONCE, MOST_AT_ONCE, CALLS_FOR_EACH_HAND = 4, 16, 6000

_WHO = {
    FlickrPrivacy.PRIVATE: (0, 0, 0),
    FlickrPrivacy.FRIENDS: (0, 1, 0),
    FlickrPrivacy.FAMILY: (0, 0, 1),
    FlickrPrivacy.FRIENDS_FAMILY: (0, 1, 1),
    FlickrPrivacy.PUBLIC: (1, 0, 0),
}


@dataclass(frozen=True, slots=True)
class FlickrOptions:
    """What the settings say.

    Attributes:
        app: The app's keys; with a token where the settings give one, which then goes before a log-in.
        tagged: Whether copies get machine tags.
        per_hour: Calls in an hour.
        converts: Whether a JPEG is sent of what Flickr does not take.
    """

    app: Keys
    addresses: Addresses
    privacy: FlickrPrivacy = FlickrPrivacy.PRIVATE
    tagged: bool = True
    per_hour: int = 3600
    converts: bool = False


def options_from(settings: Settings) -> FlickrOptions | None:
    """The options; None where the settings name no app."""
    if settings.flickr_api_key is None or settings.flickr_api_secret is None:
        return None
    token, secret = settings.flickr_app_token, settings.flickr_app_secret
    return FlickrOptions(
        app=Keys(
            settings.flickr_api_key,
            settings.flickr_api_secret.reveal(),
            token.reveal() if token is not None else None,
            secret.reveal() if secret is not None else None,
        ),
        addresses=Addresses(settings.flickr_rest_url, settings.flickr_upload_url, settings.flickr_oauth_url),
        privacy=settings.flickr_privacy,
        tagged=settings.flickr_checksum_tag,
        per_hour=settings.flickr_per_hour,
        converts=settings.flickr_convert is FlickrConvert.JPEG,
    )


def build(settings: Settings, log_ins: LogIns, shared: Shared) -> FlickrDestination | None:
    """The destination; None where the settings name no app."""
    options = options_from(settings)
    return None if options is None else FlickrDestination(options, log_ins, shared)


def privacy_fields(privacy: FlickrPrivacy) -> dict[str, str]:
    """Who may see a copy, as Flickr asks it."""
    names = ("is_public", "is_friend", "is_family")
    return {name: str(flag) for name, flag in zip(names, _WHO[privacy], strict=True)}


class FlickrDestination(Destination):
    """An account at Flickr.

    Args:
        log_ins: Where the log-in is found that `mediascream connect flickr` made.
        shared: Where all workers count their calls.
    """

    name = DestinationName.FLICKR

    def __init__(
        self,
        options: FlickrOptions,
        log_ins: LogIns,
        shared: Shared,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._options = options
        self._log_ins = log_ins
        self._now = now
        self._meter = Meter(shared, options.app.app_key, options.per_hour, now=now)
        self._api = FlickrApi(options.addresses, spend=self._meter.spend)

    @property
    def connected(self) -> bool:
        """Whether the settings or a log-in give a token."""
        return self._find_keys() is not None

    @property
    def limit(self) -> Limit:
        """Such that the calls stay below what an hour allows, in small bursts."""
        a_second = self._options.per_hour / CALLS_A_DELIVERY / HOUR_S
        burst = max(BURST, math.ceil(a_second * SHORTEST_PERIOD_S))
        return Limit(burst, burst / a_second)

    @property
    def at_once(self) -> int:
        """Four are enough for what Flickr allows, though an upload may take eight seconds; more where more is allowed."""
        return min(MOST_AT_ONCE, max(FEWEST_AT_ONCE, self._options.per_hour // CALLS_FOR_EACH_HAND))

    def quota(self) -> Quota:
        """The calls of this hour."""
        return self._meter.quota()

    def deliver(self, photo: Outgoing, attempt: Attempt) -> Delivered:
        """Bring one copy to Flickr, or find the one that is there, and see it shown."""
        choice = Choice(photo, attempt, self._options.converts)
        sending = self._sending(photo, choice.file(), attempt)
        try:
            copy = sending.bring()
        except FileRefused as refusal:
            copy = self._sending(photo, choice.instead(refusal), attempt).bring()
        sending.date(copy.remote_id)
        page = shown(self._api, sending.keys, copy.remote_id)
        if page is None:
            msg = f"Flickr took {photo.file_name} as {copy.remote_id}, but does not show it yet."
            raise TryLater(msg, reason="not-shown")
        return Delivered(copy.remote_id, Proof.LISTED, remote_url=page, derivative=choice.is_jpeg, found=copy.found)

    def check(self, photo: Outgoing, remote_id: str) -> Proof | None:
        """Whether Flickr still shows the copy; and where it gives the original back, whether that is ours."""
        keys = self._keys()
        if shown(self._api, keys, remote_id) is None:
            return None
        return Proof.BYTES if reads_back_equal(self._api, keys, photo, remote_id) else Proof.LISTED

    def read_original(self, remote_id: str) -> Generator[bytes]:
        """The copy's own bytes, where the account gives them."""
        return read_original(self._api, self._keys(), remote_id)

    def check_log_in(self) -> str:
        """Whose account the token opens, by three calls."""
        account = look(self._api, self._keys())
        return f"logged in as {account.label}, {'Pro' if account.pro else 'a free account'}"

    def close(self) -> None:
        """Let go of connections."""
        self._api.close()

    def _sending(self, photo: Outgoing, file: Outgoing, attempt: Attempt) -> Sending:
        return Sending(
            api=self._api,
            keys=self._keys(),
            photo=photo,
            file=file,
            attempt=attempt,
            privacy=privacy_fields(self._options.privacy),
            tagged=self._options.tagged,
            now=self._now,
        )

    def _keys(self) -> Keys:
        keys = self._find_keys()
        if keys is None:
            msg = "Flickr is not connected: run `mediascream connect flickr`."
            raise DestinationBlocked(msg, reason="not-connected")
        return keys

    def _find_keys(self) -> Keys | None:
        app = self._options.app
        if app.token is not None:
            return app
        log_in = self._log_ins.get(self.name)
        return None if log_in is None else keys_of(app, log_in.secrets)


def keys_of(app: Keys, secrets: Mapping[str, str]) -> Keys:
    """The app's keys together with a log-in's token."""
    return Keys(app.app_key, app.app_secret, secrets["token"], secrets["token_secret"])


def secrets_of(keys: Keys) -> dict[str, str]:
    """What is kept of a log-in."""
    return {"token": keys.token or "", "token_secret": keys.token_secret or ""}
