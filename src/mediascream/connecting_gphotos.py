"""Logging in at Google, begun in one place and perhaps finished in another: a terminal, a page, the running server.

What is needed to finish (the verifier) waits in the database under the state that comes back with the browser.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mediascream.connecting import keep_log_in
from mediascream.destinations.gphotos_connect import app_from, begin, finish, look, what_it_allows
from mediascream.destinations.gphotos_http import Http
from mediascream.destinations.gphotos_tokens import TokenEndpoint, secrets_of
from mediascream.errors import DestinationBlocked
from mediascream.library.begun import put_begun, take_begun, waits
from mediascream.photo import DestinationName

if TYPE_CHECKING:
    from mediascream.destinations.gphotos_connect import Begun, GoogleAccount
    from mediascream.destinations.gphotos_tokens import Grant
    from mediascream.hub import Hub


@dataclass(frozen=True, slots=True)
class Connected:
    """What came of a log-in; `told` is what a person should know of it."""

    label: str
    told: tuple[str, ...]


def begin_log_in(hub: Hub, redirect_uri: str) -> Begun:
    """Make the address that the owner opens, and remember what it takes to finish."""
    begun = begin(hub.settings, redirect_uri)
    kept = {"verifier": begun.verifier or "", "redirect_uri": redirect_uri}
    hub.database.write(lambda connection: put_begun(connection, begun.state, kept, now=datetime.now(UTC)))
    return begun


def is_begun(hub: Hub, state: str) -> bool:
    """Whether something that was begun with this state waits for its owner still."""
    with hub.database.reading() as connection:
        return waits(connection, state, now=datetime.now(UTC))


def finish_log_in(hub: Hub, state: str, code: str) -> Connected | None:
    """Exchange the code, try what it bought, and keep it; None where nothing was begun with this state.

    Raises:
        DeliveryError: Google cannot be reached, or does not take it, or the API is not enabled; nothing was kept.
    """
    begun = hub.database.write(lambda connection: take_begun(connection, state, now=datetime.now(UTC)))
    if begun is None:
        return None
    with closing(Http()) as http:
        grant = buy(hub, http, code, begun["redirect_uri"], begun["verifier"])
        account = look(http, hub.settings.gphotos_api_url, grant)
    return keep(hub, grant, account)


def buy(hub: Hub, http: Http, code: str, redirect_uri: str, verifier: str | None) -> Grant:
    """What a code buys.

    Raises:
        DeliveryError: Google cannot be reached, or does not take it.
    """
    app = app_from(hub.settings)
    if app is None:
        msg = "GPHOTOS_CLIENT_ID and GPHOTOS_SECRET are not set any more."
        raise DestinationBlocked(msg, reason="key-refused")
    return finish(TokenEndpoint(http, hub.settings.gphotos_token_url, app), code, redirect_uri, verifier or None)


def keep(hub: Hub, grant: Grant, account: GoogleAccount) -> Connected:
    """Keep a log-in that was tried."""
    kept = secrets_of(grant, checks_hash=account.checks_hash, now=datetime.now(UTC))
    keep_log_in(hub, DestinationName.GPHOTOS, account.email, kept)
    return Connected(account.label, tuple(what_it_allows(account, grant, hub.settings.gphotos_album)))
