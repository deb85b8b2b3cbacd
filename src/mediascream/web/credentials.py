"""What a request carries to say who calls: a token, or the cookie of a session."""

import base64
import binascii
import re
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.types import Scope

COOKIE: Final = "mediascream-session"
SECURE_COOKIE: Final = f"__Host-{COOKIE}"
"""Its name under https: a browser takes it from this very host only, and never without encryption (RFC 6265bis)."""

BASIC: Final = re.compile(r"/dav(/.*)?")
"""Where a token may come as the password of Basic: WebDAV clients know nothing else. A browser that was once asked
for one sends it along by itself ever after, so nowhere else."""

IMMICH: Final = re.compile(r"/api/.*")
"""Where a token may come as `x-api-key`, which is all that Immich's clients know."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was shown; None where it was not. A token counts before a session."""

    token: str | None = None
    session: str | None = None


def credentials_of(scope: Scope) -> Credentials:
    """Read them from a request; what cannot be understood lets nobody in, and is not the same as nothing."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    token = _token_of(headers, scope["path"])
    cookies = [value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"]
    name = SECURE_COOKIE if scope["scheme"] == "https" else COOKIE
    return Credentials(token, _cookie("; ".join(cookies), name))


def challenge(path: str) -> str:
    """How a client is told to say who it is (RFC 9110, 11.6.1)."""
    return 'Basic realm="mediascream", charset="UTF-8"' if BASIC.fullmatch(path) else 'Bearer realm="mediascream"'


def _token_of(headers: dict[bytes, bytes], path: str) -> str | None:
    key = headers.get(b"x-api-key")
    if key is not None and IMMICH.fullmatch(path):
        return key.decode("latin-1").strip()
    written = headers.get(b"authorization")
    return None if written is None else _token(written.decode("latin-1"), path)


def _token(written: str, path: str) -> str:
    scheme, _, value = written.partition(" ")
    if scheme.lower() == "basic" and BASIC.fullmatch(path):
        return _password(value.strip())
    return value.strip() if scheme.lower() == "bearer" else ""


def _password(encoded: str) -> str:
    """The password of Basic; the name before it may be any."""
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _cookie(written: str, name: str) -> str | None:
    try:
        found = SimpleCookie(written).get(name)
    except CookieError:
        return None
    return found.value if found is not None and found.value else None
