"""Logging in at Google: OAuth 2 with PKCE, by a page that sends the browser back, or by the address it landed on.

    begin     makes `authorise_url`; the owner opens it and allows uploads
    landed    reads what came of it: the address that the browser landed on, or the bare code
    finish    the code buys a log-in that lasts until it is revoked; less than all that was asked for is no log-in
    look      real calls with it: is the API enabled, and does Google refuse a wrong checksum

As described in https://developers.google.com/identity/protocols/oauth2/native-app; where a browser may be sent back to,
in https://developers.google.com/identity/protocols/oauth2/web-server#uri-validation (both read 2026-11-24): https with a
public name, or plain http on this machine's loopback address. Nothing else, so a browser on another machine lands on a
page that does not open, and its owner pastes the address.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from mediascream.destinations.gphotos_probe import Probe
from mediascream.destinations.gphotos_tokens import SCOPES, App
from mediascream.errors import DestinationBlocked
from mediascream.settings.declared import FIELDS

if TYPE_CHECKING:
    from mediascream.destinations.gphotos_http import Http
    from mediascream.destinations.gphotos_tokens import Grant, TokenEndpoint
    from mediascream.settings import Settings

IDENTITY = ("openid", "email")
"""Whose account it is; only for people to read."""

CALLBACK = "/connect/gphotos/callback"
DEFAULT_REDIRECT = str(FIELDS["GPHOTOS_REDIRECT_URI"].default)
DAY_S = 86_400.0
PRIVATE_ENDINGS = ("local", "lan", "home", "internal", "localhost", "localdomain", "arpa", "test", "example")


@dataclass(frozen=True, slots=True)
class Begun:
    """A log-in that waits for its owner.

    Attributes:
        state: Comes back with the browser, and tells that it was begun here.
        verifier: Proves that who brings the code is who asked for it; None where that cannot be kept until then.
    """

    authorise_url: str
    redirect_uri: str
    state: str = field(repr=False)
    verifier: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """Whose account it is, and what was seen of it.

    Attributes:
        email: None where Google did not tell.
        checks_hash: Google was seen to refuse bytes that came with a wrong checksum.
    """

    email: str | None
    checks_hash: bool

    @property
    def label(self) -> str:
        """What people read."""
        return self.email or "an account whose name Google did not tell"


def app_from(settings: Settings) -> App | None:
    """The client that the settings name; None where they name none."""
    if settings.gphotos_client_id is None or settings.gphotos_secret is None:
        return None
    return App(settings.gphotos_client_id, settings.gphotos_secret.reveal())


def redirect_of(settings: Settings) -> str:
    """Where Google is to send the browser back to: as set, else this server's public address where Google allows it."""
    if settings.gphotos_redirect_uri == DEFAULT_REDIRECT and settings.public_url and _is_public(settings.public_url):
        return settings.public_url.rstrip("/") + CALLBACK
    return settings.gphotos_redirect_uri


def begin(settings: Settings, redirect_uri: str, *, state: str | None = None, challenged: bool = True) -> Begun:
    """Make the address that the owner opens.

    Without a challenge where the code comes back by the settings file: nobody has the verifier by then.
    """
    state = state or secrets.token_urlsafe(24)
    verifier = secrets.token_urlsafe(48) if challenged else None
    query = {
        "client_id": settings.gphotos_client_id or "",
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(SCOPES + IDENTITY),
        "access_type": "offline",  # without these two, no token that lasts
        "prompt": "consent",
        "state": state,
    }
    if verifier is not None:
        query |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    return Begun(f"{settings.gphotos_auth_url}?{urlencode(query)}", redirect_uri, state, verifier)


def challenge(verifier: str) -> str:
    """What is shown of a verifier beforehand (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def landed(text: str, *, state: str | None = None) -> str:
    """The code in what a person pastes: the whole address that the browser landed on, its query, or the code alone.

    `state` is the one that must come back where an address is pasted; None where nobody knows it.

    Raises:
        DestinationBlocked: There is no code in it, or it belongs to another log-in.
    """
    text = "".join(text.split()).strip("'\"<>")
    if "code=" not in text and "error=" not in text:
        if not text or "://" in text:
            raise _no_code(
                "There is no code in this address: paste the whole of it, as it stands in the browser's bar."
            )
        return unquote(text)
    query = dict(parse_qsl(urlsplit(text).query or text.partition("?")[2] or text))
    if query.get("error"):
        raise _no_code(_why(query["error"]))
    if state is not None and query.get("state") not in {None, state}:
        raise _no_code("This address belongs to another attempt: begin again, and paste the newest.")
    if not query.get("code"):
        raise _no_code("There is no code in this address: paste the whole of it, as it stands in the browser's bar.")
    return query["code"]


def finish(endpoint: TokenEndpoint, code: str, redirect_uri: str, verifier: str | None = None) -> Grant:
    """What the code buys. It is used up by that, whether or not the answer arrives.

    Raises:
        DestinationBlocked: Google does not take it, or the owner did not allow all that is needed.
        TryLater: Google cannot be reached.
    """
    grant = endpoint.exchange_code(code, redirect_uri=redirect_uri, verifier=verifier)
    if grant.lacking:
        msg = (
            f"Google was not allowed to let us {', '.join(_WHAT[scope] for scope in grant.lacking)}: connect again, and"
            " tick every box on the page."
        )
        raise DestinationBlocked(msg, reason="not-allowed")
    if grant.refresh_token is None:
        msg = (
            "Google gave no log-in that lasts: remove Mediascream at https://myaccount.google.com/connections, and"
            " connect again."
        )
        raise DestinationBlocked(msg, reason="not-allowed")
    return grant


def look(http: Http, api_url: str, grant: Grant) -> GoogleAccount:
    """What a log-in is good for, by real calls.

    Raises:
        DestinationBlocked: The API is not enabled, or the log-in is not good for it.
        TryLater: Google cannot be reached, or fails.
    """
    probe = Probe(http, api_url, grant.access_token)
    probe.require_enabled()
    return GoogleAccount(email_of(grant.identity), checks_hash=probe.refuses_wrong_hash())


def email_of(identity: str | None) -> str | None:
    """The address of whoever consented.

    The statement's signature is not looked at: it came from Google itself, over TLS, and is shown to people only.
    """
    parts = (identity or "").split(".")
    if len(parts) != len(("header", "content", "signature")):
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    email = said.get("email") if isinstance(said, dict) else None
    return email if isinstance(email, str) else None


def what_it_allows(account: GoogleAccount, grant: Grant, album: str | None) -> list[str]:
    """What a person should know before thousands of photos go there."""
    told = [
        "It may upload, and see and sort what it uploaded; it cannot see your other photos, nor delete any.",
        "Copies are stored in original quality, and count against the account's storage.",
        f"They go into the album {album}." if album else "They go into no album (GPHOTOS_ALBUM names one).",
    ]
    if not account.checks_hash:
        told.append("Google took a wrong checksum, so copies will be known as listed, and no better.")
    if grant.ends_s is not None:
        told.append(
            f"This log-in ends in {grant.ends_s / DAY_S:.0f} days: your app is still in testing. Publish it (Google Auth"
            " Platform, Audience, Publish app) and connect again."
        )
    if grant.clock is not None:
        told.append(f"This machine's clock is wrong ({grant.clock}): set it (NTP).")
    return told


_WHAT = dict(zip(SCOPES, ("upload", "see what was uploaded", "put it into albums"), strict=True))


def _why(error: str) -> str:
    if error == "access_denied":
        return "It was not allowed on Google's page, so nothing was connected."
    return f"Google's page said {error[:80]}, so nothing was connected."


def _no_code(detail: str) -> DestinationBlocked:
    return DestinationBlocked(detail, reason="code-refused")


def _is_public(address: str) -> bool:
    """Whether Google lets an address stand in a client: https, and a name that the world could know."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return parts.scheme == "https" and "." in host and host.rpartition(".")[2] not in PRIVATE_ENDINGS
    return False
