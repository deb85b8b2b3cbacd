"""Who may do what: the rights of callers, and what each route takes.

A route that is not named in `NEEDS` is its owner's alone, and a test fails until somebody has thought about it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mediascream.library.scopes import Scope

CALLER: Final = "caller"
"""The key in a request's `state` under which the `Caller` is found; absent where the gate let nobody in."""


class Right(StrEnum):
    """What a caller may do."""

    KNOCK = "knock"
    """Try to log in; whoever may come to the door at all."""
    ASK = "ask"
    """Ask about the state of what is known by its id, and see what one sent oneself."""
    UPLOAD = "upload"
    READ = "read"
    OWNER = "owner"
    """Change, delete, steer."""
    KEYS = "keys"
    """Make and revoke tokens and passkeys, see and end sessions: no token may, or whoever finds one could never be
    shut out."""


RIGHTS_OF_SCOPE: Final = {
    Scope.UPLOAD: frozenset({Right.KNOCK, Right.ASK, Right.UPLOAD}),
    Scope.READ: frozenset({Right.KNOCK, Right.ASK, Right.READ}),
    Scope.ALL: frozenset(Right) - {Right.KEYS},
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the gate knows.

    Attributes:
        name: For logs: `owner`, or the name of a token.
        token: The number of the token that was shown.
        session: The id of the session that the browser is logged in by.
        at_home: A stranger who calls as this machine's own user.
    """

    name: str
    rights: frozenset[Right]
    token: int | None = None
    session: str | None = None
    at_home: bool = False

    def may(self, right: Right) -> bool:
        """Whether the caller has this right."""
        return right in self.rights


OWNER: Final = Caller("owner", frozenset(Right))
STRANGER: Final = Caller("stranger", frozenset({Right.KNOCK}))


@dataclass(frozen=True, slots=True)
class Need:
    """What it takes to use some routes.

    Attributes:
        path: Matched against the whole path.
        right: None where everybody may, without passing the gate.
    """

    methods: frozenset[str]
    path: re.Pattern[str]
    right: Right | None


def _need(methods: str, path: str, right: Right | None) -> Need:
    return Need(frozenset(methods.split()), re.compile(path), right)


PHOTO: Final = r"/photos/[^/]+"

NEEDS: Final = (
    _need("GET HEAD", r"/health", None),
    _need("POST", r"/photos/?", Right.UPLOAD),
    _need("POST", r"/photos/check/?", Right.ASK),
    _need("POST", r"/photos/zip", Right.READ),
    _need("POST OPTIONS", r"/uploads/?", Right.UPLOAD),
    _need("HEAD PATCH DELETE POST OPTIONS", r"/uploads/[^/]+", Right.UPLOAD),
    _need("PUT", PHOTO, Right.UPLOAD),
    _need("GET HEAD", PHOTO, Right.ASK),
    _need(
        "GET HEAD",
        r"/(|photos/?|photos/[^/]+/.+|timeline(/.*)?|tags|deliveries|checks|destinations|events|metrics)",
        Right.READ,
    ),
    _need("OPTIONS GET HEAD PUT DELETE PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK", r"/dav(/.*)?", Right.UPLOAD),
    _need("GET HEAD", r"/\.well-known/immich|/api/server/(ping|version|about|media-types)", None),
    _need("GET HEAD", r"/api/(users/me|api-keys/me|assets/statistics)", Right.UPLOAD),
    _need("POST", r"/api/(assets|assets/bulk-upload-check|search/metadata)", Right.UPLOAD),
    _need("GET HEAD", r"/(docs|openapi\.json|assets/.*|favicon\.ico|[^/]+\.(webmanifest|png|js))", Right.READ),
    _need("PATCH DELETE", PHOTO, Right.OWNER),
    _need("POST", rf"{PHOTO}/(retry|skip|restore)", Right.OWNER),
    _need("POST", r"/destinations/[^/]+/(pause|resume|backfill|retry)", Right.OWNER),
    _need("GET HEAD POST", r"/connect/[^/]+", Right.OWNER),
    _need("GET HEAD", r"/connect/[^/]+/callback", Right.OWNER),
    _need("GET HEAD POST", r"/login", Right.KNOCK),
    _need("GET HEAD", r"/login/(passkeys\.js|oidc|oidc/callback)", Right.KNOCK),
    _need("POST", r"/login/passkey(/options)?", Right.KNOCK),
    _need("GET HEAD POST", r"/logout", Right.KNOCK),
    _need("GET HEAD", r"/access", Right.KEYS),
    _need("POST", r"/access/(tokens(/[^/]+/revoke)?|sessions/[^/]+/end|passkeys(/options|/[^/]+/remove)?)", Right.KEYS),
    _need("GET HEAD POST", r"/tokens", Right.KEYS),
    _need("DELETE", r"/tokens/[^/]+", Right.KEYS),
    _need("GET HEAD", r"/sessions", Right.KEYS),
    _need("DELETE", r"/sessions/[^/]+", Right.KEYS),
)
"""First match wins. What `Right.ASK` shows of one photo is the route's to decide."""

UNKNOWN: Final = Right.KEYS
"""What a path or method takes that nobody has thought about."""


def named_need(method: str, path: str) -> Need | None:
    """The entry of `NEEDS` for a request; None where nobody has thought about it."""
    return next((need for need in NEEDS if method in need.methods and need.path.fullmatch(path)), None)


def need_of(method: str, path: str) -> Right | None:
    """The right that a request takes; None: none at all."""
    need = named_need(method, path)
    return UNKNOWN if need is None else need.right
