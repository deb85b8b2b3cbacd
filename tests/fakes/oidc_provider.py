"""A strict OpenID Connect provider on loopback, which lies when told: what no real one does.

It holds a request to OpenID Connect Core 1.0 (3.1.2 and 3.1.3), RFC 6749 and RFC 7636, and signs with ES256. `consent` is the
person at the browser. `tests/e2e/test_oidc_provider.py` logs in at a real one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT_ID, CLIENT_SECRET = "mediascream: photos", "s3cret+/ & more"
SUBJECT = "248289761001"


@dataclass
class Lies:
    """What is said in place of the truth.

    Attributes:
        document: Of what it publishes; a value of None leaves a name out.
        claims: Of its statement; the same.
        key: What the statement is signed with; None: its own.
        algorithm: With `none` nobody signs; with HS256, whoever takes the public key for a secret; other words stand in the
            header of a statement without a signature.
        statement: The whole statement.
        sent_back: Of the address that the browser is sent back to.
    """

    document: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "ES256"
    key: ECKey | None = None
    statement: str | None = None
    sent_back: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Code:
    """What a code stands for."""

    redirect_uri: str
    nonce: str
    challenge: str


class Provider:
    """The service.

    Attributes:
        lies: May be set at any time.
        basic: It wants the client's secret in a header; otherwise in the form.
        down: It answers 503 to everything.
        asked: The paths that were asked for.
    """

    def __init__(self) -> None:
        self.lies = Lies()
        self.basic = True
        self.down = False
        self.address = ""
        self.asked: list[str] = []
        self.codes: dict[str, Code] = {}
        self.key = ECKey.generate_key("P-256", {"kid": "first", "use": "sig"})

    def change_keys(self) -> None:
        """As providers do every few weeks."""
        self.key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})

    def public_key(self) -> bytes:
        """What everybody can know."""
        return self.key.as_pem(private=False)

    def consent(self, url: str) -> str:
        """What comes of the page where a person logs in: the address that the browser is sent back to."""
        assert url.startswith(f"{self.address}/authorize?")
        asked = {name: value for name, (value,) in parse_qs(urlsplit(url).query, strict_parsing=True).items()}
        assert asked["client_id"] == CLIENT_ID
        assert (asked["response_type"], asked["scope"]) == ("code", "openid")
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["nonce"]) >= 32
        code = secrets.token_urlsafe(16)
        self.codes[code] = Code(asked["redirect_uri"], asked["nonce"], asked["code_challenge"])
        back = {"state": asked["state"], "code": code, "iss": self.address} | self.lies.sent_back
        return (
            f"{asked['redirect_uri']}?{urlencode({name: value for name, value in back.items() if value is not None})}"
        )

    def document(self) -> dict[str, Any]:
        true = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic" if self.basic else "client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
        }
        return {name: value for name, value in (true | self.lies.document).items() if value is not None}

    def token(self, headers: dict[str, str], form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self._shown(headers, form) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or form.get("redirect_uri") != code.redirect_uri:
            return 400, {"error": "invalid_grant", "error_description": "that code is used, or another's"}
        verifier = form.get("code_verifier", "")
        assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier)
        if _part(hashlib.sha256(verifier.encode()).digest()) != code.challenge:
            return 400, {"error": "invalid_grant", "error_description": "wrong verifier"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self._statement(code.nonce)}

    def _shown(self, headers: dict[str, str], form: dict[str, str]) -> tuple[str, str] | None:
        if not self.basic:
            assert "authorization" not in headers
            return form.get("client_id", ""), form.get("client_secret", "")
        assert "client_secret" not in form
        words = base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode().split(":")
        return unquote_plus(words[0]), unquote_plus(words[1])

    def _statement(self, nonce: str) -> str:
        if self.lies.statement is not None:
            return self.lies.statement
        now = int(time.time())
        true = {"iss": self.address, "sub": SUBJECT, "aud": CLIENT_ID, "exp": now + 300, "iat": now, "nonce": nonce}
        said = {name: value for name, value in (true | self.lies.claims).items() if value is not None}
        header = {"alg": self.lies.algorithm, "kid": self.key.kid}
        if self.lies.algorithm == "ES256":
            return jwt.encode(header, said, self.lies.key or self.key, algorithms=["ES256"])
        signed = f"{_part(json.dumps(header).encode())}.{_part(json.dumps(said).encode())}"
        forged = hmac.digest(self.public_key(), signed.encode(), "sha256") if self.lies.algorithm == "HS256" else b""
        return f"{signed}.{_part(forged)}"

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """What comes of a request."""
        self.asked.append(path)
        if self.down:
            return 503, "<html>later</html>"
        if path == "/.well-known/openid-configuration":
            return 200, self.document()
        if path == "/keys":
            odd = {"kty": "PQ", "kid": "odd", "use": "sig"}
            return 200, {"keys": [odd, self.key.as_dict(private=False)]}
        assert path == "/token"
        assert headers["content-type"] == "application/x-www-form-urlencoded"
        return self.token(headers, dict(parse_qsl(body.decode(), strict_parsing=True)))

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address that it answers on."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": self}))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.address = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self.address
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, said = self.provider.answer(self.path, headers, body)
        content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""
