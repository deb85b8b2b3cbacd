"""The commands that log in at services: `connect flickr`, `connect gphotos` and `disconnect`.

They work beside a running server, which sees at once what they did, and in a terminal without a browser.
"""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from mediascream import operate_connect_gphotos
from mediascream.errors import SettingsInvalid
from mediascream.operate_options import SettingsFile, settings_for
from mediascream.operate_talk import ask, tell, telling_troubles
from mediascream.photo import ARCHIVES, SERVICES, DestinationName

if TYPE_CHECKING:
    from mediascream.destinations.flickr import FlickrOptions
    from mediascream.destinations.flickr_api import FlickrApi
    from mediascream.destinations.flickr_connect import FlickrAccount
    from mediascream.destinations.flickr_signing import Keys
    from mediascream.settings import Settings

connect = typer.Typer(
    help="Log in at a service, step by step; a browser on another machine will do.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the program."""
    operate_connect_gphotos.register(connect)
    app.add_typer(connect, name="connect")
    app.command()(disconnect)


@connect.command("flickr")
def connect_flickr(context: typer.Context, settings: SettingsFile = None) -> None:
    """Log in at Flickr, look what the account allows, and keep the log-in."""
    from mediascream.connecting import keep_log_in
    from mediascream.destinations.flickr import secrets_of
    from mediascream.destinations.flickr_api import FlickrApi
    from mediascream.destinations.flickr_connect import what_it_allows
    from mediascream.hub import Hub

    chosen = settings_for(context, settings)
    options = flickr_options(chosen)
    api = FlickrApi(options.addresses)
    with telling_troubles():
        keys, account = log_in_at_flickr(api, options)
    hub = Hub(chosen)
    try:
        keep_log_in(hub, DestinationName.FLICKR, account.label, secrets_of(keys))
    finally:
        hub.close()
        api.close()
    print(f"Connected to Flickr as {account.label}.")
    tell(*what_it_allows(account, options.privacy))
    tell("New photos go there from now on. To send those that are here already: mediascream backfill flickr")


def flickr_options(settings: "Settings") -> "FlickrOptions":
    """What the settings say of Flickr.

    Raises:
        SettingsInvalid: They name no app, or have a token already.
    """
    from mediascream.destinations.flickr import options_from

    options = options_from(settings)
    if options is None:
        msg = (
            "FLICKR_API_KEY and FLICKR_API_SECRET are not set: make a key (it needs Flickr Pro) at "
            "https://www.flickr.com/services/apps/create/noncommercial/ and put both into the settings "
            "(docs/connect-flickr.md)"
        )
        raise SettingsInvalid(msg)
    if options.app.token is not None:
        msg = (
            "FLICKR_APP_TOKEN is set, so Flickr is connected by the settings; take it and FLICKR_APP_SECRET out to log "
            "in another way"
        )
        raise SettingsInvalid(msg)
    return options


def log_in_at_flickr(api: "FlickrApi", options: "FlickrOptions") -> tuple["Keys", "FlickrAccount"]:
    """The conversation with the owner.

    Raises:
        DeliveryError: Flickr cannot be reached, or does not take keys or code.
    """
    from mediascream.destinations.flickr_connect import begin, finish, look

    begun = begin(api, options.app)
    tell(
        "1. Open this address in a browser, on any machine, logged in as the account that is to get the copies:",
        "",
        f"   {begun.authorise_url}",
        "",
        "2. Flickr asks whether the app may upload. Allow it; a code of nine digits appears.",
    )
    keys = finish(api, begun.keys, ask("3. Type the code here: "))
    return keys, look(api, keys)


def disconnect(
    context: typer.Context,
    destination: Annotated[DestinationName, typer.Argument(help=f"One of {', '.join(SERVICES)}.")],
    settings: SettingsFile = None,
) -> None:
    """Forget the log-in at a service. Copies there stay; what was still to go there is skipped, until `backfill`."""
    from mediascream.connecting import forget_log_in
    from mediascream.hub import Hub

    if destination in ARCHIVES:
        raise typer.BadParameter(f"{destination} is an archive; these can be disconnected: {', '.join(SERVICES)}")
    chosen = settings_for(context, settings)
    if destination is DestinationName.FLICKR and chosen.flickr_app_token is not None:
        msg = "Flickr is connected by FLICKR_APP_TOKEN: take it and FLICKR_APP_SECRET out of the settings, and start again"
        raise SettingsInvalid(msg)
    with closing(Hub(chosen)) as hub:
        if destination is DestinationName.GPHOTOS:
            tell(*operate_connect_gphotos.leave(hub))
        else:
            forget_log_in(hub, destination)
    print(f"Disconnected from {destination}. Its copies stay there; the service's own settings can revoke the app.")
