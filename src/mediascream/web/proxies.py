"""What a trusted proxy tells of a request: who asked, how, and under which name.

`X-Forwarded-For` is read from its right end, where the nearest proxy has written; the first address that is not
a trusted proxy's is the caller's, and what stands left of it may be anybody's invention. Of `X-Forwarded-Proto`
and `X-Forwarded-Host` the last value counts for the same reason. `Forwarded` (RFC 7239) is not read: the three
proxies that `docs/security.md` names do not write it by themselves.
"""

import ipaddress
from collections.abc import Sequence
from typing import Final

from starlette.types import Scope

from mediascream.settings import Network
from mediascream.web.doorkeeper import tells_of_proxy

_SCHEMES: Final = frozenset({"http", "https"})


def is_trusted(address: str, proxies: Sequence[Network]) -> bool:
    """Whether an address is that of a proxy whose word is believed."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in proxies)


def behind_proxy(scope: Scope, proxies: Sequence[Network]) -> Scope:
    """The request as the caller made it, where the other end is a trusted proxy; otherwise as it came."""
    client = scope.get("client")
    if client is None or not is_trusted(client[0], proxies):
        return scope
    said = {name: _last(scope, name) for name in (b"x-forwarded-proto", b"x-forwarded-host")}
    headers = [(name, value) for name, value in scope["headers"] if not tells_of_proxy(name) and name != b"via"]
    if host := said[b"x-forwarded-host"]:
        headers = [(name, value) for name, value in headers if name != b"host"] + [(b"host", host.encode("latin-1"))]
    scheme = (said[b"x-forwarded-proto"] or "").lower()
    caller = _caller(_values(scope, b"x-forwarded-for"), proxies)
    return {
        **scope,
        "headers": headers,
        "client": client if caller is None else (caller, 0),
        "scheme": scheme if scheme in _SCHEMES else scope["scheme"],
    }


def _caller(passed: Sequence[str], proxies: Sequence[Network]) -> str | None:
    """The nearest address that is no proxy of ours; where all are, the farthest."""
    addresses = [_bare(one) for one in passed]
    strangers = (one for one in reversed(addresses) if not is_trusted(one, proxies))
    return next(strangers, addresses[0] if addresses else None)


def _bare(address: str) -> str:
    """Without the port that some proxies write."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _values(scope: Scope, name: bytes) -> list[str]:
    values = ",".join(value.decode("latin-1") for header, value in scope["headers"] if header == name)
    return [one.strip() for one in values.split(",") if one.strip()]


def _last(scope: Scope, name: bytes) -> str | None:
    return next(reversed(_values(scope, name)), None)
