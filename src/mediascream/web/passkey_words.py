"""What the pages at `/login` and `/access` say of passkeys."""

from collections.abc import Sequence
from html import escape
from typing import Final

from starlette.datastructures import URL

from mediascream import extras
from mediascream.library.passkeys import Passkey
from mediascream.settings import Settings
from mediascream.web.paper import button, table
from mediascream.web.passkey_place import home_of_passkeys, place_of

_SAID: Final = (
    '<p id="passkey-said" class="bad" role="alert"></p><script type="module" src="/login/passkeys.js"></script>'
)
_NEW: Final = (
    '<form id="passkey-add" hidden><label for="passkey-name">What the new passkey is on, or whose it is</label>'
    '<input id="passkey-name" name="name" required maxlength="100" placeholder="Anna\'s phone">'
    f"<button>Add a passkey</button></form>{_SAID}"
)


def way_in(following: str) -> str:
    """The button at `/login`; without a script that runs, it is not shown."""
    return (
        f'<p><button id="passkey-enter" class="other" type="button" data-next="{escape(following)}" hidden>Log in with a passkey'
        f"</button></p>{_SAID}"
    )


def section(kept: Sequence[Passkey], settings: Settings, asked: URL) -> str:
    """The part of `/access`."""
    rows = (_row(one) for one in kept)
    listed = table(("Passkey", "Last used"), rows, "None was added yet.")
    return f"<h2>Passkeys</h2>{listed}{_how_to_add(settings, asked)}"


def _how_to_add(settings: Settings, asked: URL) -> str:
    if not extras.PASSKEYS.is_installed:
        return f'<p class="quiet">Passkeys are an extra: {extras.PASSKEYS.how_to_get}.</p>'
    if place_of(settings, asked) is not None:
        return _NEW
    home = home_of_passkeys(settings, asked)
    if home is None:
        return '<p class="quiet">Passkeys take a <code>PUBLIC_URL</code> that has a name and https.</p>'
    address = f"{home.origin}/access"
    return f'<p class="quiet">Passkeys are good at one address: add one at <a href="{escape(address)}">{escape(address)}</a>.</p>'


def _row(one: Passkey) -> str:
    used = f"{one.used_at:%Y-%m-%d}" if one.used_at else f"never, added {one.created_at:%Y-%m-%d}"
    suspect = (
        ' <span class="bad">opens nothing: it may have been copied, for its count of signatures went back</span>'
        if one.suspect
        else ""
    )
    forget = button(f"/access/passkeys/{one.id}/remove", "Remove")
    return f"<tr><td>{escape(one.name)}{suspect}<td>{used}<td>{forget}</tr>"
