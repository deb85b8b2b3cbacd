"""Connecting services and taking leave of them: what follows for the photos.

The services' own steps of logging in are beside them (`destinations/flickr_connect.py`); both the commands and the
web pages bring what came of them here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream.delivery import hand
from mediascream.delivery.troubles import end_trouble
from mediascream.library.accounts import put_account, remove_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy as sa

    from mediascream.hub import Hub
    from mediascream.photo import DestinationName


def keep_log_in(hub: Hub, name: DestinationName, account: str | None, secrets: Mapping[str, str]) -> None:
    """Keep a log-in that was seen to work; what was blocked for want of one goes on."""

    def act(connection: sa.Connection) -> None:
        put_account(connection, name, account, secrets)
        end_trouble(connection, hub.work, name)

    hub.database.write(act)


def forget_log_in(hub: Hub, name: DestinationName) -> None:
    """Forget a log-in. What was still to go there is skipped, as not connected; the copies there stay."""
    hub.database.write(lambda connection: remove_account(connection, name))
    hand.skip_unconnected(hub.work, name)
