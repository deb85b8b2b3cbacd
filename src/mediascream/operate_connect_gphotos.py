"""The command `connect gphotos`: log in at Google, in a terminal, wherever the browser is.

The browser is sent back to `GPHOTOS_REDIRECT_URI`. Whoever listens there finishes the log-in: this command, where the
port is free; else the running server, which finds in the database what was begun here. Where neither can be reached
(the browser is on another machine), the person pastes the address that the browser landed on.
"""

import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import FileIO
from typing import TYPE_CHECKING, Annotated

import typer

from mediascream.errors import CannotStart, DeliveryError, DestinationBlocked, SettingsInvalid
from mediascream.operate_options import SettingsFile, settings_for
from mediascream.operate_talk import NOBODY, tell, telling_troubles
from mediascream.photo import DestinationName

if TYPE_CHECKING:
    from mediascream.destinations.gphotos_connect import Begun, GoogleAccount
    from mediascream.destinations.gphotos_http import Http
    from mediascream.destinations.gphotos_tokens import App, Grant
    from mediascream.hub import Hub
    from mediascream.library.accounts import Account
    from mediascream.settings import Settings

LOOK_EVERY_S = 0.5
LEAVE_S = 10.0
"""How long Google is waited for when taking leave."""
SERVER_PATIENCE_S = 120.0
"""How long the running server may take for what the browser brought it."""


def register(connect: typer.Typer) -> None:
    """Add the command to `connect`."""
    connect.command("gphotos")(connect_gphotos)


def connect_gphotos(
    context: typer.Context,
    settings: SettingsFile = None,
    print_url: Annotated[
        bool,
        typer.Option(
            "--print-url", help="Only print the link whose code goes into the settings as GPHOTOS_ACCESS_CODE."
        ),
    ] = False,
) -> None:
    """Log in at Google Photos, try what the log-in is good for, and keep it."""
    from mediascream.connecting_gphotos import begin_log_in
    from mediascream.destinations.gphotos_connect import begin, redirect_of
    from mediascream.hub import Hub

    chosen = settings_for(context, settings)
    app_of(chosen)
    redirect_uri = redirect_of(chosen)
    if print_url:
        print(begin(chosen, redirect_uri, challenged=False).authorise_url)
        tell(*HOW_TO_USE_THE_CODE)
        return
    with closing(Hub(chosen)) as hub:
        connected_as = Conversation(hub, begin_log_in(hub, redirect_uri)).hold()
    print(f"Connected to Google Photos as {connected_as}.")
    tell("New photos go there from now on. To send those that are here already: mediascream backfill gphotos")


def app_of(settings: "Settings") -> "App":
    """The client that the settings name.

    Raises:
        SettingsInvalid: They name none.
    """
    from mediascream.destinations.gphotos_connect import app_from

    app = app_from(settings)
    if app is None:
        msg = (
            "GPHOTOS_CLIENT_ID and GPHOTOS_SECRET are not set: make a client of your own (type: Desktop app) at "
            "https://console.cloud.google.com/auth/clients and put both into the settings (docs/connect-google-photos.md)"
        )
        raise SettingsInvalid(msg)
    return app


HOW_TO_USE_THE_CODE = (
    "",
    "1. Open this address in a browser, on any machine, and allow everything that is asked.",
    "2. The browser then lands on a page that may not open. Copy its whole address.",
    "3. Within ten minutes, put it into the settings as GPHOTOS_ACCESS_CODE: '…' and start Mediascream.",
)


@dataclass
class Conversation:
    """One log-in, from the link to what came of it.

    Attributes:
        arrivals: Lines that the person pasted, addresses that the browser brought; None where nobody will type any more.
    """

    hub: "Hub"
    begun: "Begun"
    arrivals: "queue.Queue[str | None]" = field(default_factory=queue.Queue)

    def hold(self) -> str:
        """Talk until there is a log-in; whose it is.

        Raises:
            CannotStart: None came about.
        """
        from mediascream.operate_landing import landing

        before = self._account()
        with landing(self.begun.redirect_uri, self.begun.state, self.arrivals.put):
            tell(*steps(self.begun))
            threading.Thread(target=self._listen_to_person, name="stdin", daemon=True).start()
            arrived = self._wait(before)
            if isinstance(arrived, str):
                return self._finish(arrived)
        return arrived.account or "an account whose name Google did not tell"

    def _listen_to_person(self) -> None:
        # Not through `sys.stdin`: its lock, held by a thread that still reads, can be fatal at the end.
        with FileIO(sys.stdin.fileno(), closefd=False) as typed:
            for line in typed:
                self.arrivals.put(line.decode(errors="replace"))
        self.arrivals.put(None)

    def _wait(self, before: "Account | None") -> "str | Account":
        """The code in what was pasted or brought here; or the log-in that the running server made of it."""
        from mediascream.connecting_gphotos import is_begun
        from mediascream.destinations.gphotos_connect import landed

        wrong = NOBODY
        while True:
            try:
                arrived = self.arrivals.get(timeout=LOOK_EVERY_S)
                if arrived is None:
                    raise CannotStart(wrong)
                if arrived.strip():
                    return landed(arrived, state=self.begun.state)
            except queue.Empty:
                if not is_begun(self.hub, self.begun.state):
                    return self._of_the_server(before)
            except DestinationBlocked as error:
                wrong = error.detail
                tell(wrong)

    def _of_the_server(self, before: "Account | None") -> "Account":
        tell("The browser is back at Mediascream; a moment.")
        for _ in range(int(SERVER_PATIENCE_S / LOOK_EVERY_S)):
            now = self._account()
            if now is not None and now != before:
                return now
            threading.Event().wait(LOOK_EVERY_S)
        raise CannotStart("nothing came of it: the page in the browser says why, or it took too long; begin again")

    def _account(self) -> "Account | None":
        from mediascream.library.accounts import get_account

        with self.hub.database.reading() as connection:
            return get_account(connection, DestinationName.GPHOTOS)

    def _finish(self, code: str) -> str:
        from mediascream.connecting_gphotos import buy, keep
        from mediascream.library.begun import take_begun

        self.hub.database.write(lambda c: take_begun(c, self.begun.state, now=datetime.now(UTC)))
        with telling_troubles(), google() as http:
            grant = buy(self.hub, http, code, self.begun.redirect_uri, self.begun.verifier)
            account = self._look(http, grant)
        connected = keep(self.hub, grant, account)
        tell(*connected.told)
        return connected.label

    def _look(self, http: "Http", grant: "Grant") -> "GoogleAccount":
        """Try the log-in, and again while the person puts something right: the code is used up by now."""
        from mediascream.destinations.gphotos_connect import look

        while True:
            try:
                return look(http, self.hub.settings.gphotos_api_url, grant)
            except DeliveryError as error:
                tell(error.detail, "Press Enter to try again.")
                if self.arrivals.get() is None:
                    raise


def leave(hub: "Hub") -> list[str]:
    """Forget the log-in, here first, then at Google; what a person should know of it."""
    from mediascream.access_code import AccessCode
    from mediascream.connecting import forget_log_in
    from mediascream.library.accounts import get_account

    code = AccessCode(hub.work, hub.settings)
    with hub.database.reading() as connection:
        account = get_account(connection, DestinationName.GPHOTOS)
    hub.database.write(code.give_up)
    forget_log_in(hub, DestinationName.GPHOTOS)
    told = [revoke(hub.settings, account)] if account is not None and account.secrets.get("refresh_token") else []
    if hub.settings.gphotos_access_code is not None:
        told.append("GPHOTOS_ACCESS_CODE is still in the settings; it does nothing any more, so take it out.")
    return told


def revoke(settings: "Settings", account: "Account") -> str:
    """Make the log-in worthless at Google too, if Google can be reached now; says how that went."""
    from mediascream.destinations.gphotos_tokens import TokenEndpoint

    try:
        with google(LEAVE_S) as http:
            TokenEndpoint(http, settings.gphotos_token_url, app_of(settings)).revoke(account.secrets["refresh_token"])
    except (DeliveryError, SettingsInvalid) as error:
        return f"Google was not told ({error.detail}) Do it yourself: https://myaccount.google.com/connections"
    return "Google revoked the log-in."


@contextmanager
def google(timeout_s: float | None = None) -> "Iterator[Http]":
    """Connections to Google."""
    import httpx2

    from mediascream.destinations.gphotos_http import TIMEOUT, Http

    with closing(Http(TIMEOUT if timeout_s is None else httpx2.Timeout(timeout_s))) as http:
        yield http


def steps(begun: "Begun") -> tuple[str, ...]:
    """What to click, and where."""
    return (
        "1. Open this address in a browser, on any machine, logged in as the account that is to get the copies:",
        "",
        f"   {begun.authorise_url}",
        "",
        '2. Google warns that it has not verified the app: it is your own. Choose "Advanced", then "Go to …".',
        "3. Tick every box, and continue.",
        f"4. The browser is sent to {begun.redirect_uri}. If it says that all is well, you are done.",
        "   If that page does not open (the browser is on another machine), copy its whole address and paste it here:",
    )
