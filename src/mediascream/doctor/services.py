"""The services: connected or not, and whether a harmless real call is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediascream.destinations.base import ChecksLogIn
from mediascream.doctor.findings import Finding, note, ok, problem, warning
from mediascream.errors import DeliveryError, DestinationBlocked
from mediascream.photo import SERVICES, DestinationName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mediascream.destinations.base import Destination

ABOUT: Final = "services"
PAGES: Final = {
    DestinationName.FLICKR: "docs/connect-flickr.md",
    DestinationName.GPHOTOS: "docs/connect-google-photos.md",
}


def look_at_services(services: Mapping[DestinationName, Destination]) -> Iterator[Finding]:
    """Each service there is, set up or not."""
    for name in SERVICES:
        service = services.get(name)
        if service is None:
            yield note(
                ABOUT,
                f"{name} is not set up",
                f"to send copies there: {PAGES.get(name, 'what the package says that brings it')}",
            )
        elif not service.connected:
            yield note(ABOUT, f"{name} is set up, but not connected", f"log in: mediascream connect {name}")
        elif isinstance(service, ChecksLogIn):
            yield from _ask(name, service)
        else:
            yield note(ABOUT, f"{name} is connected; whether its log-in still works shows with the next delivery")


def _ask(name: DestinationName, service: ChecksLogIn) -> Iterator[Finding]:
    try:
        told = service.check_log_in()
    except DestinationBlocked as error:
        yield problem(ABOUT, f"{name}: {error.detail}", f"log in again: mediascream connect {name}")
    except DeliveryError as error:
        yield warning(ABOUT, f"{name}: {error.detail}", "it passes by itself, or the network is down")
    else:
        yield ok(ABOUT, f"{name}: {told}")
