"""Who may come to the door at all, whatever they carry.

Turned away with 403, and told what to do:

- a Host header of another name: a page elsewhere whose name was made to point here (DNS rebinding);
- another site's page, by Origin and Sec-Fetch-Site, the rule of Go's http.CrossOriginProtection
  (https://pkg.go.dev/net/http#CrossOriginProtection, read 2026-11-24); following a link to a page is fine;
- what came through a proxy that is not in `TRUSTED_PROXIES`: it could be anyone;
- where no password is set, whoever is not on this machine, and on Linux a connection of another of its users.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.types import Scope

from mediascream.errors import CallerRefused
from mediascream.web.peers import Address, Peer

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
PROXY_PREFIX: Final = b"x-forwarded-"

PAGES: Final = re.compile(r"/|/docs|/login|/login/oidc/callback|/access|/connect/[a-z0-9]+/callback")
"""Where a link on another site may lead."""


class Lookup(Protocol):
    """Tells whose the other end of a connection is."""

    def who(self, client: Address, server: Address) -> Peer:
        """Who is at the `client` end."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What the door looks at in a request.

    Attributes:
        navigates: A browser opens the address as a page of its own, because somebody followed a link.
        forwarded_by: A header by which a proxy tells for whom it asks.
        via: Whether a proxy has put itself on the list of those it passed.
    """

    method: str
    path: str
    scheme: str
    hosts: tuple[str, ...]
    origin: str | None
    fetch_site: str | None
    navigates: bool
    forwarded_by: str | None
    via: bool


def asked(scope: Scope) -> Asked:
    """Read what matters from an ASGI scope."""
    found: dict[bytes, str] = {}
    hosts: list[str] = []
    forwarded_by = None
    for name, value in scope["headers"]:
        if name == b"host":
            hosts.append(value.decode("latin-1"))
        elif tells_of_proxy(name):
            forwarded_by = name.decode("latin-1")
        elif name in {b"origin", b"via"} or name.startswith(b"sec-fetch-"):
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
        forwarded_by,
        via=b"via" in found,
    )


def tells_of_proxy(header: bytes) -> bool:
    """Whether a proxy tells by this header for whom it asks."""
    return header == b"forwarded" or header.startswith(PROXY_PREFIX)


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Decides, without I/O, whether a request may come in at all.

    Args:
        names: The host names that this server goes by beside those of this machine, lower case, without a port.
    """

    names: frozenset[str] = frozenset()

    def check_open_house(self, request: Asked, client: Address | None, server: Address | None) -> None:
        """Turn away what must not come in where no password is set.

        Raises:
            CallerRefused: With what to do about it.
        """
        _check_here(client, server)
        _check_host(request.hosts, LOOPBACK_NAMES)
        if request.forwarded_by is not None or request.via:
            raise CallerRefused(
                f"The request came through a proxy (it has the header {request.forwarded_by or 'via'}), so it could be"
                " anyone's. Set a password and TRUSTED_PROXIES first, or call the server directly."
            )
        _check_site(request)

    def check_guarded(self, request: Asked, server: Address | None) -> None:
        """Turn away what must not come in where everybody has to say who they are.

        Raises:
            CallerRefused: With what to do about it.
        """
        own = frozenset() if server is None else frozenset({as_host(server[0])})
        if request.forwarded_by is not None:
            raise CallerRefused(
                f"The request has the header {request.forwarded_by} and does not come from a proxy that is trusted."
                " Put the proxy's address into TRUSTED_PROXIES, or call without that header."
            )
        _check_host(request.hosts, LOOPBACK_NAMES | self.names | own)
        _check_site(request)


def as_host(address: str) -> str:
    """An address or a name as a Host header has it."""
    return f"[{address}]".lower() if ":" in address and not address.startswith("[") else address.lower()


def is_here(address: str) -> bool:
    """Whether an address is of this machine only."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


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


def _check_here(*ends: Address | None) -> None:
    if any(end is not None and not is_here(end[0]) for end in ends):
        raise CallerRefused("No password is set, so only this machine itself is answered (mediascream password).")


def _check_host(hosts: tuple[str, ...], names: frozenset[str]) -> None:
    host = hosts[0].lower() if len(hosts) == 1 else ""
    if re.sub(r":\d{1,5}\Z", "", host) not in names:
        raise CallerRefused(
            "This server does not go by the name in the Host header. Use http://localhost with its port,"
            " or set a password and PUBLIC_URL to use another name."
        )


def _check_site(request: Asked) -> None:
    follows_link = request.method == "GET" and request.navigates and PAGES.fullmatch(request.path) is not None
    foreign_origin = (
        request.origin is not None and request.origin.lower() != f"{request.scheme}://{request.hosts[0]}".lower()
    )
    foreign_site = request.fetch_site not in {None, "same-origin", "none"}
    if (foreign_origin or foreign_site) and not follows_link:
        raise CallerRefused("The request comes from another site's page. Open this server's own page instead.")
