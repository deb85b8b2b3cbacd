"""Archive copies read again, for those who are about to delete their own; and copies that were missed as they were read."""

from collections.abc import Iterator
from functools import partial

from mediascream.errors import NotInArchive
from mediascream.hub import Hub
from mediascream.library import checks, reading
from mediascream.library.checks import By
from mediascream.library.records import PhotoRecord
from mediascream.photo import DeliveryState, PhotoId


def read_original(hub: Hub, photo: PhotoRecord, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes from `start` up to `end`. Where they are missed, the audit looks at the archive's copy before all others.

    Raises:
        NotInArchive: The bytes are nowhere.
        DeliveryError: The archive cannot be read now.
    """
    try:
        return hub.originals.read(photo, start=start, end=end)
    except NotInArchive:
        for receipt in photo.receipts:
            if receipt.destination in hub.archives and receipt.state is DeliveryState.DELIVERED:
                hub.database.write(partial(checks.suspect, photo=photo.number, destination=receipt.destination))
        raise


def is_whole(hub: Hub, photo_id: PhotoId) -> bool:
    """Whether an archive was seen to hold the original, byte for byte. Blocking, for as long as reading it takes.

    What is found wrong is healed, or told of the photo, as by any other check. An archive that cannot be asked now
    is not taken for one that has it.
    """
    with hub.database.reading() as connection:
        photo = reading.get(connection, photo_id)
    if photo is None:
        return False
    copies = [one.destination for one in photo.receipts if one.state is DeliveryState.DELIVERED]
    checked = (hub.auditor.check(photo.number, name, By.DEEP) for name in copies if name in hub.archives)
    return any(check is not None and check.original_is_there for check in checked)
