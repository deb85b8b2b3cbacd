"""Archive copies read again, for those who are about to delete their own."""

import hashlib

from mediascream.errors import NotInArchive
from mediascream.hub import Hub
from mediascream.library import reading
from mediascream.photo import DeliveryState, PhotoId


def is_whole(hub: Hub, photo_id: PhotoId) -> bool:
    """Whether an archive holds the original, byte for byte. Blocking, for as long as reading it takes.

    Raises:
        TryLater: The archive cannot be reached now.
        DestinationBlocked: A person must act.
    """
    with hub.database.reading() as connection:
        photo = reading.get(connection, photo_id)
    receipts = photo.receipts if photo is not None else ()
    keys = [
        (hub.archives[receipt.destination], receipt.remote_id)
        for receipt in receipts
        if receipt.destination in hub.archives and receipt.state is DeliveryState.DELIVERED and receipt.remote_id
    ]
    for archive, key in keys:
        digest = hashlib.sha256()
        try:
            for chunk in archive.read(key):
                digest.update(chunk)
        except NotInArchive:
            continue
        if digest.hexdigest() == photo_id:
            return True
    return False
