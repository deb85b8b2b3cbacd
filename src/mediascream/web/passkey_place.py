"""Where passkeys are good.

A passkey belongs to one name (its RP ID) for ever, and browsers hand it to pages of that name only: not to an address of
digits, and not over http unless the page is of the browser's own machine.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import URL

from mediascream.settings import Settings

_DIGITS: Final = re.compile(r"[0-9.]+|.*:.*")
_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Place:
    """A page's own address, as a browser tells it.

    Attributes:
        name: Its host, the RP ID.
        origin: Scheme, host and port, where that is not the usual one.
    """

    name: str
    origin: str


def place_of(settings: Settings, asked: URL) -> Place | None:
    """Where the passkeys of this library are good; None where the page that asks is at another address."""
    place = home_of_passkeys(settings, asked)
    return place if place is not None and asked.hostname == place.name else None


def home_of_passkeys(settings: Settings, asked: URL) -> Place | None:
    """Where the passkeys of this library are good, wherever one asks; None where they can be good nowhere.

    That is `PUBLIC_URL`, or `localhost` at the port that was asked at.
    """
    if settings.public_url is None:
        port = asked.port or _PORTS.get(asked.scheme)
        return _place(asked.scheme, "localhost", port)
    public = urlsplit(settings.public_url)
    return _place(public.scheme, public.hostname or "", public.port)


def _place(scheme: str, name: str, port: int | None) -> Place | None:
    if _DIGITS.fullmatch(name) or (scheme != "https" and name != "localhost"):
        return None
    usual = port is None or port == _PORTS.get(scheme)
    return Place(name, f"{scheme}://{name}" if usual else f"{scheme}://{name}:{port}")
