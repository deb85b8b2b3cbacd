"""Which deliveries a photo gets, and what follows next for it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream.library.losses import AT_REST
from mediascream.library.records import Plan
from mediascream.photo import DeliveryState, SkipReason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from mediascream.library.progress import Leg, Progress
    from mediascream.photo import DestinationName

ON_ITS_WAY = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING})
"""States in which a delivery is about to read the original."""


def plan_deliveries(
    *,
    archive: DestinationName,
    services: Iterable[DestinationName],
    connected: Collection[DestinationName],
    skip: Collection[DestinationName],
) -> list[Plan]:
    """The deliveries of a new photo. The sender's wish goes before 'not connected': it lasts."""
    plans = [Plan(archive)]
    for service in services:
        if service in skip:
            plans.append(Plan(service, SkipReason.SENDER))
        elif service not in connected:
            plans.append(Plan(service, SkipReason.NOT_CONNECTED))
        else:
            plans.append(Plan(service))
    return plans


def to_be_processed(photo: Progress) -> bool:
    """Whether its metadata and renditions come first."""
    return not photo.processed and not photo.deleted and not photo.emptying


def due(photo: Progress, archives: Collection[DestinationName]) -> list[Leg]:
    """The deliveries that can be worked on now."""
    return [leg for leg in photo.legs if leg.state is DeliveryState.QUEUED and may_begin(photo, leg, archives)]


def may_begin(photo: Progress, leg: Leg, archives: Collection[DestinationName]) -> bool:
    """Whether the turn of a delivery has come: archives once the photo was processed, services once it is archived.

    What is in the trash moves to another archive with the rest, for it may come back, and is healed; nothing else is sent.
    """
    if photo.purged or photo.emptying or not photo.processed:
        return False
    if leg.destination in archives:
        return photo.archived or leg.lost or not photo.deleted
    return photo.archived and not photo.deleted


def behind(photo: Progress, archives: Collection[DestinationName]) -> list[DestinationName]:
    """The archives that have this photo, but a sidecar that does not tell its newest changes.

    Also those whose copy turned out wrong and is not being healed just now: lest a library that is rebuilt believe it.
    """
    return [
        leg.destination
        for leg in photo.legs
        if leg.destination in archives
        and (leg.state is DeliveryState.DELIVERED or (leg.lost and leg.state in AT_REST))
        and leg.sidecar_stored < photo.sidecar_wanted
    ]


def spool_can_go(photo: Progress) -> bool:
    """Whether nothing needs the spool file any more.

    The archive copy must be proven. A delivery that waits for days does not hold the file, it reads from
    the archive then; one that is on its way does.
    """
    return photo.spooled and photo.archived and not any(leg.state in ON_ITS_WAY for leg in photo.legs)
