"""A strict Google on loopback, as far as logging in goes: consent page, token endpoint, revocation.

It holds a request to what Google's pages say (https://developers.google.com/identity/protocols/oauth2/native-app,
read 2026-11-24) and, where they are silent, to RFC 6749 and 7636. Beside that it has the two calls of the Photos
Library API that a fresh log-in is tried with. `consent` is the person at the browser.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CLIENT_ID, CLIENT_SECRET = "1234-abc.apps.googleusercontent.com", "GOCSPX-client-secret"
EMAIL = "petra@example.org"
PHOTOS = "https://www.googleapis.com/auth/photoslibrary"
UPLOAD_SCOPE, LIST_SCOPE, EDIT_SCOPE = (
    f"{PHOTOS}.appendonly",
    f"{PHOTOS}.readonly.appcreateddata",
    f"{PHOTOS}.edit.appcreateddata",
)
CODE_AGE_S = 600
WEEK_S = 604_799
CONSENT, TOKEN, REVOKE = "/o/oauth2/v2/auth", "/token", "/revoke"
PROJECT_DISABLED = (
    "Photos Library API has not been used in project 1234 before or it is disabled. Enable it by visiting "
    "https://console.developers.google.com/apis/api/photoslibrary.googleapis.com/overview?project=1234 then retry. "
    "If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `body` is JSON, or the text itself."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """The request is answered with this instead."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply.body))
        self.reply = reply


@dataclass(slots=True)
class Grant:
    """A code that somebody allowed, and what was asked for with it."""

    redirect_uri: str
    scopes: list[str]
    offline: bool
    challenge: str | None
    since: float
    used: bool = False


AWAY = Reply(503, "<html><body>502 Bad Gateway</body></html>", {"Retry-After": "30"})


class Google:
    """The service. Its attributes may be set at any time.

    Attributes:
        denies: The person says no.
        unticked: Scopes whose box the person unticks.
        testing: The consent screen is still in "Testing".
        desktop: The client's type: any loopback address is right for it. Else only `registered` ones are.
        enabled: Whether the project has the Photos Library API.
        checks_hash: Whether a wrong hash is refused.
        faults: Per path, the replies that come before any true one; None for a connection that is closed at once.
        lost: Per path: so many requests are carried out and never answered.
    """

    def __init__(self) -> None:
        self.denies = False
        self.unticked: set[str] = set()
        self.testing = False
        self.desktop = True
        self.registered: set[str] = set()
        self.enabled = True
        self.checks_hash = True
        self.clock_ahead_s = 0.0
        self.codes: dict[str, Grant] = {}
        self.refresh_tokens: dict[str, list[str]] = {}
        self.access_tokens: dict[str, list[str]] = {}
        self.revoked: list[str] = []
        self.exchanges: list[str] = []
        self.calls: list[str] = []
        self.faults: dict[str, list[Reply | None]] = {}
        self.lost: dict[str, int] = {}
        self._consented = False
        self._lock = threading.Lock()

    def consent(self, url: str) -> str:
        """What a person does who opens the link and allows it: the address that the browser lands on."""
        address = urlsplit(url)
        assert address.path == CONSENT
        asked = {name: value for name, (value,) in parse_qs(address.query).items()}
        self._check_request(asked)
        state = {"state": asked["state"]} if "state" in asked else {}
        if self.denies:
            return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied'} | state)}"
        code = f"4/0Af{len(self.codes)}-code"
        scopes = [scope for scope in asked["scope"].split() if scope not in self.unticked]
        offline = asked.get("access_type") == "offline" and (asked.get("prompt") == "consent" or not self._consented)
        self._consented = True
        self.codes[code] = Grant(asked["redirect_uri"], scopes, offline, asked.get("code_challenge"), time.monotonic())
        landed = state | {"code": code, "scope": " ".join(scopes), "authuser": "0", "prompt": "consent"}
        return f"{asked['redirect_uri']}?{urlencode(landed)}"

    def age(self, seconds: float) -> None:
        """Let time pass for the codes."""
        for grant in self.codes.values():
            grant.since -= seconds

    def revoke(self) -> None:
        """As the owner does in the account's settings."""
        self.refresh_tokens.clear()
        self.access_tokens.clear()

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address that it answers on."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"google": self}))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """What comes of a request; None where the answer gets lost."""
        assert headers.get("User-Agent")
        with self._lock:
            self.calls.append(path)
            if self.faults.get(path):
                return self.faults[path].pop(0)
            try:
                reply = self._carry_out(path, headers, body)
            except Refusal as refusal:
                reply = refusal.reply
            if self.lost.get(path, 0) > 0:
                self.lost[path] -= 1
                return None
            return reply

    def _check_request(self, asked: Mapping[str, str]) -> None:
        """What Google's own page refuses, before the person is asked anything."""
        assert asked["client_id"] == CLIENT_ID, "invalid_client"
        assert asked["response_type"] == "code"
        assert {UPLOAD_SCOPE, LIST_SCOPE, EDIT_SCOPE} <= set(asked["scope"].split())
        assert not set(asked) & {"client_secret", "code_verifier"}
        assert "code_challenge" not in asked or asked["code_challenge_method"] == "S256"
        if not self._may_return_to(asked["redirect_uri"]):
            raise Refusal(Reply(400, "redirect_uri_mismatch"))

    def _may_return_to(self, address: str) -> bool:
        """As in https://developers.google.com/identity/protocols/oauth2/web-server#uri-validation."""
        parts = urlsplit(address)
        loopback = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if self.desktop:
            return loopback
        return address in self.registered and (loopback or (parts.scheme == "https" and not _is_ip(parts.hostname)))

    def _carry_out(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        assert not re.search("secret|token|code|verifier", path.partition("?")[2]), "a secret in an address"
        if path in {TOKEN, REVOKE}:
            if headers.get("Content-Type") != "application/x-www-form-urlencoded":
                raise Refusal(_no("invalid_request", "the body is no form"))
            form = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
            return self._token(form) if path == TOKEN else self._revoke(form)
        scopes = self._bearer(headers)
        if path == "/v1/uploads":
            return self._upload(scopes, headers, body)
        assert path.partition("?")[0] == "/v1/albums", path
        return Reply(200, {}) if LIST_SCOPE in scopes else _not_permitted("insufficient authentication scopes.")

    def _token(self, form: dict[str, str]) -> Reply:
        if form.get("client_id") != CLIENT_ID:
            raise Refusal(_no("invalid_client", "The OAuth client was not found.", status=401))
        if form.get("client_secret") != CLIENT_SECRET:
            raise Refusal(_no("invalid_client", "The provided client secret is invalid.", status=401))
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form)
        assert form["grant_type"] == "authorization_code"
        self.exchanges.append(form["code"])
        grant = self.codes.get(form["code"])
        if grant is None or grant.used:
            raise Refusal(_no("invalid_grant", "Malformed auth code." if grant is None else "Bad Request"))
        if form.get("redirect_uri") != grant.redirect_uri:
            raise Refusal(_no("redirect_uri_mismatch", "Bad Request"))
        grant.used = True  # a wrong verifier uses it up too
        _check_verifier(grant.challenge, form.get("code_verifier"))
        if time.monotonic() - grant.since > CODE_AGE_S:
            raise Refusal(_no("invalid_grant", "Bad Request"))
        return self._give(grant)

    def _give(self, grant: Grant) -> Reply:
        said = self._access(grant.scopes)
        if "email" in grant.scopes:
            said["id_token"] = f"{_part({'alg': 'RS256'})}.{_part({'email': EMAIL, 'aud': CLIENT_ID})}.c2lnbmF0dXJl"
        if grant.offline:
            token = f"1//refresh-{len(self.refresh_tokens)}"
            self.refresh_tokens[token] = grant.scopes
            said["refresh_token"] = token
            if self.testing:
                said["refresh_token_expires_in"] = WEEK_S
        return Reply(200, said)

    def _access(self, scopes: list[str]) -> dict[str, Any]:
        token = f"ya29.access-{len(self.access_tokens)}"
        self.access_tokens[token] = scopes
        return {"access_token": token, "expires_in": 3599, "scope": " ".join(scopes), "token_type": "Bearer"}

    def _refresh(self, form: dict[str, str]) -> Reply:
        scopes = self.refresh_tokens.get(form.get("refresh_token", ""))
        if scopes is None:
            raise Refusal(_no("invalid_grant", "Token has been expired or revoked."))
        return Reply(200, self._access(scopes))

    def _revoke(self, form: dict[str, str]) -> Reply:
        scopes = self.refresh_tokens.pop(form["token"], None)
        if scopes is None:
            raise Refusal(_no("invalid_token", "Token expired or revoked"))
        self.revoked.append(form["token"])
        return Reply(200, {})

    def _bearer(self, headers: Mapping[str, str]) -> list[str]:
        scopes = self.access_tokens.get(headers.get("Authorization", "").removeprefix("Bearer "))
        if scopes is None:
            message = "Request had invalid authentication credentials."
            raise Refusal(_error(401, message, "UNAUTHENTICATED"))
        if not self.enabled:
            raise Refusal(_not_permitted(PROJECT_DISABLED))
        return scopes

    def _upload(self, scopes: list[str], headers: Mapping[str, str], body: bytes) -> Reply:
        if UPLOAD_SCOPE not in scopes:
            return _not_permitted("Request had insufficient authentication scopes.")
        assert headers["X-Goog-Upload-Protocol"] == "raw"
        assert headers["Content-Type"] == "application/octet-stream"
        if not body:
            return Reply(400, {"code": 3, "message": "Payload must not be empty"})
        right = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
        if self.checks_hash and headers.get("X-Goog-Hash", f"sha1={right}") != f"sha1={right}":
            return _error(400, "Checksum from header does not match received payload content.", "INVALID_ARGUMENT")
        return Reply(200, "CAIS" + "x" * 120, {"Content-Type": "text/plain"})


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    """RFC 7636, 4.6; a verifier without a challenge is wrong too."""
    if (challenge is None) != (verifier is None):
        raise Refusal(_no("invalid_grant", "Missing code verifier." if verifier is None else "code_verifier unneeded"))
    if verifier is None:
        return
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier)
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if made != challenge:
        raise Refusal(_no("invalid_grant", "Invalid code verifier."))


def _no(error: str, description: str, *, status: int = 400) -> Reply:
    return Reply(status, {"error": error, "error_description": description})


def _error(status: int, message: str, word: str) -> Reply:
    return Reply(status, {"error": {"code": status, "message": message, "status": word}})


def _not_permitted(message: str) -> Reply:
    return _error(403, message, "PERMISSION_DENIED")


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _is_ip(host: str | None) -> bool:
    try:
        ip_address(host or "")
    except ValueError:
        return False
    return True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    google: Google

    def do_GET(self) -> None:
        if self.path.partition("?")[0] == CONSENT:
            self._send(Reply(302, "", {"Location": self.google.consent(self.path)}))
        else:
            self._exchange()

    def do_POST(self) -> None:
        self._exchange()

    def _exchange(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        reply = self.google.answer(self.path, dict(self.headers.items()), body)
        if reply is None:
            self.close_connection = True
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        content = reply.body.encode() if isinstance(reply.body, str) else json.dumps(reply.body).encode()
        self.send_response_only(reply.status)
        self.send_header("Date", self.date_time_string(int(time.time() + self.google.clock_ahead_s)))
        for name, value in {**reply.headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing."""
