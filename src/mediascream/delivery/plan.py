"""Which deliveries a photo gets, and what follows next for it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream.library.records import Plan
from mediascream.photo import DeliveryState, SkipReason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from mediascream.library.records import PhotoRecord
    from mediascream.photo import DestinationName, Receipt

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


def spool_can_go(photo: PhotoRecord) -> bool:
    """Whether nothing needs the spool file any more.

    The archive copy must be proven. A delivery that waits for days does not hold the file, it reads from
    the archive then; one that is on its way does.
    """
    return photo.spooled and photo.archived and not any(receipt.state in ON_ITS_WAY for receipt in photo.receipts)


def due(photo: PhotoRecord, archives: Collection[DestinationName]) -> list[Receipt]:
    """The deliveries that can be worked on now: archives once it was processed, services once it is archived."""
    if photo.deleted_at is not None or not photo.processed:
        return []
    queued = [receipt for receipt in photo.receipts if receipt.state is DeliveryState.QUEUED]
    return [receipt for receipt in queued if receipt.destination in archives or photo.archived]
