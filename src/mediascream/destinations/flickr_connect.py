"""Logging in at Flickr: OAuth 1.0a, by a page that sends the browser back or by a code that is typed.

    begin     Flickr gives a request token; the owner opens `authorise_url` and allows it
    finish    the code that came of it (`oauth_verifier`) buys a token that lasts until it is revoked
    look      a real call with the token: whose it is, and what the account allows

As described in https://www.flickr.com/services/api/auth.oauth.html; what a free account holds, in
https://www.flickrhelp.com/hc/en-us/articles/13690320471060 (both read 2026-11-24).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from mediascream.errors import DestinationBlocked, TryLater
from mediascream.settings.declared import FlickrPrivacy

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from mediascream.destinations.flickr_api import FlickrApi
    from mediascream.destinations.flickr_signing import Keys

OUT_OF_BAND = "oob"
"""Instead of an address to come back to: Flickr shows a code, which the owner types."""

ENOUGH = {"write", "delete"}


@dataclass(frozen=True, slots=True)
class Begun:
    """A log-in that waits for its owner.

    Attributes:
        keys: The app's keys with the request token, which is good once and for some minutes.
    """

    keys: Keys
    authorise_url: str


@dataclass(frozen=True, slots=True)
class FlickrAccount:
    """Whose account it is, and what it allows.

    Attributes:
        largest_bytes: The largest photo; None where Flickr does not say.
    """

    nsid: str
    user_name: str
    pro: bool
    largest_bytes: int | None = None

    @property
    def label(self) -> str:
        """What people read."""
        return f"{self.user_name} ({self.nsid})"


def begin(api: FlickrApi, app: Keys, *, callback: str = OUT_OF_BAND) -> Begun:
    """Ask for a request token, and make the address that the owner opens.

    Raises:
        DeliveryError: Flickr cannot be reached, or does not take the app's keys.
    """
    app = replace(app, token=None, token_secret=None)
    keys = _with_token(app, api.oauth(app, "request_token", callback=callback))
    query = urlencode({"oauth_token": keys.token, "perms": "write"})
    return Begun(keys, f"{api.addresses.oauth.rstrip('/')}/authorize?{query}")


def finish(api: FlickrApi, begun: Keys, verifier: str) -> Keys:
    """The app's keys with a token that lasts.

    `begun` are `Begun.keys`; spaces around the code do no harm.

    Raises:
        DeliveryError: Flickr cannot be reached, or does not take the code.
    """
    return _with_token(begun, api.oauth(begun, "access_token", verifier=verifier.strip()))


def look(api: FlickrApi, keys: Keys) -> FlickrAccount:
    """What a token is good for, by real calls.

    Raises:
        DestinationBlocked: It does not allow to upload, or is none.
        TryLater: Flickr cannot be reached.
    """
    user = _only(api.ask(keys, "test.login").content, "user")
    permission = api.ask(keys, "auth.oauth.checkToken").content.findtext(".//perms")
    if permission not in ENOUGH:
        msg = "Flickr was not allowed to take uploads: connect again, and allow to write."
        raise DestinationBlocked(msg, reason="not-allowed")
    status = _only(api.ask(keys, "people.getUploadStatus").content, "user")
    size = status.find("filesize")
    largest = size.get("maxbytes", "") if size is not None else ""
    return FlickrAccount(
        nsid=user.get("id", ""),
        user_name=user.findtext("username", "").strip() or user.get("id", ""),
        pro=status.get("ispro") == "1",
        largest_bytes=int(largest) if largest.isdecimal() else None,
    )


def what_it_allows(account: FlickrAccount, privacy: FlickrPrivacy) -> list[str]:
    """What a person should know of the account before thousands of photos go there."""
    told = [f"The account is {'Pro: there is no limit to the number of items' if account.pro else 'free'}."]
    if not account.pro:
        told.append("A free account holds 1,000 photos and videos, and at most 50 of them that are not public.")
        if privacy is not FlickrPrivacy.PUBLIC:
            told.append(
                f"Copies are sent as FLICKR_PRIVACY: {privacy}, so Flickr will stop taking them after 50; "
                "a library needs Flickr Pro."
            )
        told.append("A free account cannot download originals again; your archive keeps them.")
    if account.largest_bytes is not None:
        told.append(f"The largest photo it takes is {account.largest_bytes // 2**20} MiB.")
    return told


def _with_token(app: Keys, answer: dict[str, str]) -> Keys:
    token, secret = answer.get("oauth_token"), answer.get("oauth_token_secret")
    if not token or not secret:
        msg = "Flickr answered without a token; check FLICKR_OAUTH_URL, or try again."
        raise TryLater(msg, reason="answer-unreadable")
    return replace(app, token=token, token_secret=secret)


def _only(content: Element, name: str) -> Element:
    found = content.find(name)
    if found is None:
        msg = f"Flickr answered without a {name}; check FLICKR_REST_URL, or try again."
        raise TryLater(msg, reason="answer-unreadable")
    return found
