"""Google's OAuth 2: a code becomes a log-in that is kept, and that gives access tokens, each for an hour.

What is kept of a log-in (`secrets_of`): the refresh token, the scopes, when the owner consented, and whether Google
was seen to refuse a wrong checksum. Access tokens stay in memory. They are renewed early, by one thread while the
others wait, and once more where Google refuses one before its time.

A refresh token that Google does not take any more blocks the destination and is not tried again: only the owner can
end that. In an OAuth app that is still in "Testing" each dies after seven days
(https://developers.google.com/identity/protocols/oauth2#expiration, read 2026-11-24).
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

from mediascream.destinations.gphotos_http import PAUSE_S, SHOWN
from mediascream.destinations.retry_after import skew
from mediascream.errors import DestinationBlocked, TryLater
from mediascream.photo import DestinationName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mediascream.destinations.base import LogIn, LogIns
    from mediascream.destinations.gphotos_http import Http
    from mediascream.errors import DeliveryError

_PREFIX = "https://www.googleapis.com/auth/photoslibrary"
SCOPES = (f"{_PREFIX}.appendonly", f"{_PREFIX}.readonly.appcreateddata", f"{_PREFIX}.edit.appcreateddata")
"""All three are needed; a person may untick one on the consent page.
https://developers.google.com/photos/overview/authorization (read 2026-11-24)"""

EARLY_S = 300.0
TESTING_LIFE = timedelta(days=8)
"""A log-in that dies sooner than this was most likely made while the app was in "Testing"."""

FORM = "application/x-www-form-urlencoded"
OK, BAD_REQUEST, SERVER_ERROR, TOO_MANY = 200, 400, 500, 429
AGAIN = "run `mediascream connect gphotos`"

AWAITED = "awaited"
"""Kept in place of a token, while a code that stands in the settings is to be exchanged (`access_code.py`)."""


@dataclass(frozen=True, slots=True)
class App:
    """The OAuth client in the owner's Google Cloud project."""

    client_id: str
    secret: str = field(repr=False)

    @property
    def project(self) -> str:
        """The number of the project, with which a client's id begins; quotas are counted by it."""
        return self.client_id.partition("-")[0]


@dataclass(frozen=True, slots=True)
class Grant:
    """What Google gave.

    Attributes:
        refresh_token: Comes with a code, and not with a renewal.
        lives_s: How long the access token lives.
        ends_s: How long the log-in itself lives; None where nothing limits it.
        identity: Who consented, as a signed statement (a JWT), where that was asked for.
        clock: How wrong this machine's clock is beside Google's, in words; None where it is right.
    """

    access_token: str = field(repr=False)
    lives_s: float
    scopes: frozenset[str]
    refresh_token: str | None = field(default=None, repr=False)
    ends_s: float | None = None
    identity: str | None = field(default=None, repr=False)
    clock: str | None = None

    @property
    def lacking(self) -> list[str]:
        """The scopes that were asked for and not granted."""
        return [scope for scope in SCOPES if scope not in self.scopes]


class TokenEndpoint:
    """Where Google gives tokens.

    Args:
        url: As in `GPHOTOS_TOKEN_URL`.
    """

    def __init__(self, http: Http, url: str, app: App) -> None:
        self._http = http
        self._url = url
        self._app = app

    def exchange_code(self, code: str, *, redirect_uri: str, verifier: str | None = None) -> Grant:
        """What the owner granted on the consent page. A code is good once, for some minutes.

        `redirect_uri` must be the very same that the consent page was asked for; `verifier` is PKCE's, None for a
        code that was got without a challenge.

        Raises:
            DestinationBlocked: Google does not take the code (`code-refused`) or the client.
            TryLater: There is no answer.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return self._ask(form | ({"code_verifier": verifier} if verifier is not None else {}), dead=_code_refused)

    def refresh(self, refresh_token: str, *, consented_at: datetime | None = None) -> Grant:
        """A new access token; when the owner consented helps to tell why there is none any more.

        Raises:
            DestinationBlocked: Google does not take the log-in any more (`log-in-refused`), or the client.
            TryLater: There is no answer.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._ask(form, dead=lambda said: _log_in_refused(said, consented_at))

    def revoke(self, token: str) -> None:
        """Make a log-in worthless, here and everywhere. One that is so already is fine.

        Raises:
            TryLater: Google cannot be reached, or does not do it now.
        """
        url = urljoin(self._url, "revoke")
        response = self._http.send(
            "POST", url, headers={"Content-Type": FORM}, body=urlencode({"token": token}).encode()
        )
        if response.status_code not in {OK, BAD_REQUEST}:
            msg = f"Google does not revoke the log-in now (HTTP {response.status_code})."
            raise TryLater(msg, reason="unreachable")

    def _ask(self, form: Mapping[str, str], *, dead: Callable[[str], DestinationBlocked]) -> Grant:
        body = urlencode({**form, "client_id": self._app.client_id, "client_secret": self._app.secret}).encode()
        response = self._http.send("POST", self._url, headers={"Content-Type": FORM}, body=body)
        said = _read(response.content)
        if response.status_code != OK:
            raise _refusal(response.status_code, said, dead)
        token, lives_s = said.get("access_token"), said.get("expires_in", 3600)
        if not isinstance(token, str) or not token or not isinstance(lives_s, int | float):
            msg = "Google answered without an access token; check GPHOTOS_TOKEN_URL, or try again."
            raise TryLater(msg, reason="answer-unreadable")
        ends_s = said.get("refresh_token_expires_in")
        return Grant(
            access_token=token,
            lives_s=float(lives_s),
            scopes=frozenset(str(said.get("scope", "")).split()),
            refresh_token=_text(said.get("refresh_token")),
            ends_s=float(ends_s) if isinstance(ends_s, int | float) else None,
            identity=_text(said.get("id_token")),
            clock=skew(response.headers.get("Date")),
        )


def secrets_of(grant: Grant, *, checks_hash: bool, now: datetime) -> dict[str, str]:
    """What is kept of a log-in; `checks_hash`: Google was seen to refuse bytes that came with a wrong checksum."""
    return {
        "refresh_token": grant.refresh_token or "",
        "scope": " ".join(sorted(grant.scopes)),
        "checks_hash": "yes" if checks_hash else "no",
        "consented_at": now.astimezone(UTC).isoformat(),
    }


def require_log_in(log_ins: LogIns) -> LogIn:
    """The log-in, with a token.

    Raises:
        DestinationBlocked: There is none, or the code in the settings was refused.
        TryLater: The code in the settings is still to be exchanged.
    """
    log_in = log_ins.get(DestinationName.GPHOTOS)
    if log_in is not None and log_in.secrets.get("refresh_token"):
        return log_in
    awaited = log_in.secrets.get(AWAITED) if log_in is not None else None
    if awaited == "yes":
        msg = "GPHOTOS_ACCESS_CODE is still to be exchanged for a log-in; this goes on by itself."
        raise TryLater(msg, reason="unreachable", retry_after_s=PAUSE_S)
    if awaited is not None:
        msg = f"GPHOTOS_ACCESS_CODE connected nothing: put a new code there, or {AGAIN}."
        raise DestinationBlocked(msg, reason="code-refused")
    msg = f"Google Photos is not connected: {AGAIN}."
    raise DestinationBlocked(msg, reason="not-connected")


@dataclass(frozen=True, slots=True)
class _Access:
    token: str = field(repr=False)
    until: float
    """By the clock that only grows."""
    refresh_token: str = field(repr=False)


class AccessTokens:
    """The access token of the log-in that is kept now; one request at a time renews it.

    Args:
        clock: Seconds that only ever grow.
    """

    def __init__(
        self, log_ins: LogIns, endpoint: TokenEndpoint, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log_ins = log_ins
        self._endpoint = endpoint
        self._clock = clock
        self._lock = threading.Lock()
        self._access: _Access | None = None
        self._dead: tuple[str, DestinationBlocked] | None = None

    def current(self, *, instead_of: str | None = None) -> str:
        """An access token that lives for a while; never the one that Google refused (`instead_of`).

        Raises:
            DestinationBlocked: There is no log-in, or Google does not take it any more.
            TryLater: Google cannot be asked for one now.
        """
        secrets = self._secrets()
        with self._lock:
            access = self._access
            if access is None or not self._good(access, secrets["refresh_token"], instead_of):
                access = self._access = self._renewed(secrets)
            return access.token

    def _good(self, access: _Access, refresh_token: str, instead_of: str | None) -> bool:
        same = access.refresh_token == refresh_token
        return same and access.token != instead_of and self._clock() < access.until

    def _renewed(self, secrets: Mapping[str, str]) -> _Access:
        refresh_token = secrets["refresh_token"]
        if self._dead is not None and self._dead[0] == refresh_token:
            raise self._dead[1]
        try:
            grant = self._endpoint.refresh(refresh_token, consented_at=_moment(secrets.get("consented_at")))
        except DestinationBlocked as error:
            if error.reason == "log-in-refused":
                self._dead = (refresh_token, error)
            raise
        early_s = min(EARLY_S, grant.lives_s / 2)
        return _Access(grant.access_token, self._clock() + grant.lives_s - early_s, refresh_token)

    def _secrets(self) -> Mapping[str, str]:
        return require_log_in(self._log_ins).secrets


def _refusal(status: int, said: Mapping[str, object], dead: Callable[[str], DestinationBlocked]) -> DeliveryError:
    error = str(said.get("error", ""))
    seen = f"HTTP {status}: {error} {said.get('error_description', '')}".strip()[:SHOWN]
    if error == "invalid_grant":
        return dead(seen)
    if error in {"invalid_client", "unauthorized_client"}:
        msg = f"Google does not know the app: check {_suspects(seen)} ({seen})."
        return DestinationBlocked(msg, reason="key-refused")
    if error == "redirect_uri_mismatch":
        msg = f"The redirect address is not the one that the consent page knew: check GPHOTOS_REDIRECT_URI ({seen})."
        return DestinationBlocked(msg, reason="address-refused")
    if status >= SERVER_ERROR or status == TOO_MANY or not error:
        msg = f"Google gives no tokens now ({seen})."
        return TryLater(msg, reason="unreachable", retry_after_s=PAUSE_S)
    msg = f"Google does not understand the request for a token: check GPHOTOS_TOKEN_URL ({seen})."
    return DestinationBlocked(msg, reason="not-understood")


def _suspects(seen: str) -> str:
    """The setting that is wrong, as far as Google's words tell."""
    if "secret" in seen:
        return "GPHOTOS_SECRET"
    return "GPHOTOS_CLIENT_ID" if "not found" in seen else "GPHOTOS_CLIENT_ID and GPHOTOS_SECRET"


def _code_refused(seen: str) -> DestinationBlocked:
    msg = f"Google does not take this code: it is good once and for a few minutes. Begin again: {AGAIN} ({seen})."
    return DestinationBlocked(msg, reason="code-refused")


def _log_in_refused(seen: str, consented_at: datetime | None) -> DestinationBlocked:
    why = "It was revoked, or not used for six months."
    if consented_at is not None and datetime.now(UTC) - consented_at < TESTING_LIFE:
        why = (
            'The app is probably still in "Testing", where log-ins die after seven days: publish it '
            "(docs/connect-google-photos.md)."
        )
    msg = f"Google does not take the log-in any more. {why} Then {AGAIN} ({seen})."
    return DestinationBlocked(msg, reason="log-in-refused")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _read(body: bytes) -> dict[str, object]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
