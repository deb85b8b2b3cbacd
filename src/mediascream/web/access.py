"""Who may call: one gate in front of everything, closed to whatever is not named here.

Without a password the server is for this machine's own user alone. These are turned away with 403:

- a Host header of another name: a page elsewhere whose name was made to point here (DNS rebinding);
- another site's page, by Origin and Sec-Fetch-Site, the rule of Go's http.CrossOriginProtection
  (https://pkg.go.dev/net/http#CrossOriginProtection, read 2026-11-24); following a link to a page is fine;
- what came through a proxy: it could be anyone;
- on Linux, a connection that another user of this machine opened.

What a caller may do is a set of scopes; what a route needs is in `NEEDS`. A route that is not named there
is its owner's alone.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from mediascream.errors import CallerRefused
from mediascream.web.peers import Address, Peer
from mediascream.web.problems import error_response

CALLER: Final = "caller"
"""The key in a request's `state` under which the `Caller` is found; absent where the gate let nobody in."""

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
PROXY_HEADERS: Final = frozenset({b"forwarded", b"via"})
PROXY_PREFIX: Final = b"x-forwarded-"


class Right(StrEnum):
    """What a caller may do."""

    UPLOAD = "upload"
    """Send, and ask about the state of what is known by its id."""
    READ = "read"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the gate knows.

    Attributes:
        name: For logs: `owner`, or the name of a token.
    """

    name: str
    rights: frozenset[Right]

    def may(self, right: Right) -> bool:
        """Whether the caller has this right; an owner has every one."""
        return right in self.rights or Right.OWNER in self.rights


OWNER: Final = Caller("owner", frozenset(Right))


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


NEEDS: Final = (
    _need("GET HEAD", r"/health", None),
    _need("POST", r"/photos/?", Right.UPLOAD),
    _need("POST", r"/photos/check/?", Right.UPLOAD),
    _need("POST", r"/photos/zip", Right.READ),
    _need("PUT", r"/photos/[^/]+", Right.UPLOAD),
    _need("GET HEAD", r"/photos/[^/]+", Right.UPLOAD),
    _need("POST OPTIONS", r"/uploads/?", Right.UPLOAD),
    _need("HEAD PATCH DELETE POST OPTIONS", r"/uploads/[^/]+", Right.UPLOAD),
    _need(
        "GET HEAD", r"/(|photos/?|photos/[^/]+/.+|timeline(/.*)?|deliveries|destinations|events|metrics)", Right.READ
    ),
    _need("OPTIONS GET HEAD PUT DELETE PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK", r"/dav(/.*)?", Right.UPLOAD),
    _need("GET HEAD", r"/(docs|openapi\.json|assets/.*|favicon\.ico|[^/]+\.(webmanifest|png|js))", Right.READ),
)
"""First match wins. `GET /photos/{id}` shows an `upload` token only what it may see; the route looks after that."""

PAGES: Final = re.compile(r"/|/docs|/login|/connect/[a-z0-9]+/callback")
"""Where a link on another site may lead."""


def need_of(method: str, path: str) -> Right | None:
    """The right that a request takes; None: none at all."""
    for need in NEEDS:
        if method in need.methods and need.path.fullmatch(path):
            return need.right
    return Right.OWNER


class Lookup(Protocol):
    """Tells whose the other end of a connection is."""

    def who(self, client: Address, server: Address) -> Peer:
        """Who is at the `client` end."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gate looks at in a request."""

    method: str
    path: str
    scheme: str
    hosts: tuple[str, ...]
    origin: str | None
    fetch_site: str | None
    navigates: bool
    """A browser opens the address as a page of its own, because somebody followed a link."""
    proxied_by: str | None
    """The header that gives a proxy away."""


def asked(scope: Scope) -> Asked:
    """Read what matters from an ASGI scope."""
    found: dict[bytes, str] = {}
    hosts: list[str] = []
    proxied_by = None
    for name, value in scope["headers"]:
        if name == b"host":
            hosts.append(value.decode("latin-1"))
        elif name in PROXY_HEADERS or name.startswith(PROXY_PREFIX):
            proxied_by = name.decode("latin-1")
        elif name == b"origin" or name.startswith(b"sec-fetch-"):
            found[name] = value.decode("latin-1")
    navigates = found.get(b"sec-fetch-mode") == "navigate" and found.get(b"sec-fetch-dest") == "document"
    return Asked(
        scope["method"],
        scope["path"],
        scope["scheme"],
        tuple(hosts),
        found.get(b"origin"),
        found.get(b"sec-fetch-site"),
        navigates,
        proxied_by,
    )


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Decides, without I/O, whether a request may come in at all.

    Args:
        names: The host names that this server goes by, lower case, without a port.
    """

    names: frozenset[str] = LOOPBACK_NAMES

    def check(self, request: Asked) -> None:
        """Turn away what must not come in.

        Raises:
            CallerRefused: With what to do about it.
        """
        self._check_host(request.hosts)
        _check_proxy(request.proxied_by)
        _check_site(request)

    def _check_host(self, hosts: tuple[str, ...]) -> None:
        host = hosts[0].lower() if len(hosts) == 1 else ""
        if re.sub(r":\d{1,5}\Z", "", host) not in self.names:
            raise CallerRefused(
                "This server does not go by the name in the Host header. Use http://localhost with its port,"
                " or set a password and PUBLIC_URL to use another name."
            )


def _check_proxy(header: str | None) -> None:
    if header is not None:
        raise CallerRefused(
            f"The request came through a proxy (it has the header {header}), so it could be anyone's."
            " Set a password and TRUSTED_PROXIES first, or call the server directly."
        )


def _check_site(request: Asked) -> None:
    follows_link = request.method == "GET" and request.navigates and PAGES.fullmatch(request.path) is not None
    foreign_origin = (
        request.origin is not None and request.origin.lower() != f"{request.scheme}://{request.hosts[0]}".lower()
    )
    foreign_site = request.fetch_site not in {None, "same-origin", "none"}
    if (foreign_origin or foreign_site) and not follows_link:
        raise CallerRefused("The request comes from another site's page. Open this server's own page instead.")


def check_peer(peer: Peer) -> None:
    """Turn away the connections of other users.

    Raises:
        CallerRefused: Of another user, or of one that is gone already.
    """
    if peer in {Peer.FOREIGN, Peer.GONE}:
        raise CallerRefused(
            "The connection belongs to another user of this machine, and no password is set."
            " Call as the user that runs the server, or set a password (mediascream password)."
        )


class Gate:
    """Lets in whom it may, and tells the app who that is.

    Args:
        peers: None where every connection on a loopback address may come in.
    """

    def __init__(self, app: ASGIApp, *, doorkeeper: Doorkeeper, peers: Lookup | None) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._peers = peers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the app, or hand on to it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        need = need_of(scope["method"], scope["path"])
        try:
            caller = self._admit(scope, need)
        except CallerRefused as refused:
            if need is not None:
                await error_response(refused)(scope, receive, send)
                return
        else:
            scope.setdefault("state", {})[CALLER] = caller
        await self._app(scope, receive, send)

    def _admit(self, scope: Scope, need: Right | None) -> Caller:
        self._doorkeeper.check(asked(scope))
        client, server = scope.get("client"), scope.get("server")
        if self._peers is not None and client and server:
            check_peer(self._peers.who((client[0], client[1]), (server[0], server[1])))
        caller = OWNER
        if need is not None and not caller.may(need):
            raise CallerRefused(f"This takes the right to {need}, which {caller.name} does not have.")
        return caller
