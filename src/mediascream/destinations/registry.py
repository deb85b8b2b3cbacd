"""The services there are. One more is one file beside this, and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream.destinations import flickr, gphotos

if TYPE_CHECKING:
    from mediascream.destinations.base import Destination, LogIns, Shared
    from mediascream.photo import DestinationName
    from mediascream.settings import Settings


def build_services(settings: Settings, log_ins: LogIns, shared: Shared) -> dict[DestinationName, Destination]:
    """The services that are set up, connected or not; deliveries to others are skipped as not connected."""
    found: list[Destination | None] = [
        flickr.build(settings, log_ins, shared),
        gphotos.build(settings, log_ins, shared),
    ]
    return {destination.name: destination for destination in found if destination is not None}
