"""Archive copies read again, for those who are about to delete their own."""

from mediascream.hub import Hub
from mediascream.library import reading
from mediascream.library.checks import By
from mediascream.photo import DeliveryState, PhotoId


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
