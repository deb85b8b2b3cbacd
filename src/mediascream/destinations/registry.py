"""The services there are. One more is one file beside this, and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediascream.destinations.base import Destination, LogIns
    from mediascream.photo import DestinationName
    from mediascream.settings import Settings


def build_services(settings: Settings, log_ins: LogIns) -> dict[DestinationName, Destination]:  # noqa: ARG001 - Flickr and Google Photos will read them
    """The services that are set up, connected or not; deliveries to others are skipped as not connected."""
    return {}
