"""What a caller may see of one photo."""

import sqlalchemy as sa

from mediascream.library.senders import has_sent
from mediascream.photo import PhotoId
from mediascream.web.access import Caller, Right


def may_see(connection: sa.Connection, caller: Caller | None, photo_id: PhotoId) -> bool:
    """Whether a caller may know that this photo is there: one that may not read knows what it sent itself."""
    if caller is None:
        return False
    return caller.may(Right.READ) or has_sent(connection, caller.token, photo_id)
