"""`/access`: passkeys, tokens and sessions on one plain page, with forms that need no script, but for adding a passkey."""

from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mediascream import wire
from mediascream.library import passkeys, passwords, sessions, tokens
from mediascream.web import keys, passkey_words
from mediascream.web.access import Caller
from mediascream.web.paper import button, sheet, table
from mediascream.web.site import Site, TheCaller, TheSite

router = APIRouter(include_in_schema=False)

_NEW: Final = (
    '<form method="post" action="/access/tokens"><label for="name">What it is for</label>'
    '<input id="name" name="name" required maxlength="100" placeholder="Anna\'s phone">'
    '<label for="member">Whose it is, where it is not yours</label><input id="member" name="member" maxlength="100">'
    '<label for="scope">What it may</label><select id="scope" name="scope"><option value="upload">send photos</option>'
    '<option value="read">see everything, change nothing</option><option value="all">everything but this page</option>'
    "</select><button>Make a token</button></form>"
)


@router.get("/access")
async def show_access(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """The page."""
    return await _page(request, site, caller)


@router.post("/access/tokens")
async def make_token(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """Make a token, and show it this once."""
    said = {name: values[0] for name, values in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
    try:
        wanted = wire.TokenRequest.model_validate(said)
    except ValidationError:
        return await _page(
            request, site, caller, '<p class="bad" role="alert">A token needs a name that can be read.</p>', 422
        )
    made, text = await keys.make(site, wanted)
    shown = (
        f'<div class="box" role="status"><p>The token for <b>{escape(made.name)}</b>. Copy it now: it is not shown again.'
        f"</p><p><code>{escape(text)}</code></p></div>"
    )
    return await _page(request, site, caller, shown)


@router.post("/access/tokens/{token}/revoke")
async def revoke_token(token: str, site: TheSite) -> Response:
    """End a token, and back to the page."""
    await site.hub.database.write_async(lambda connection: tokens.revoke(connection, token, site.now()))
    return _back()


@router.post("/access/sessions/{session}/end")
async def end_session(session: str, site: TheSite) -> Response:
    """Log a browser out, and back to the page."""
    await site.hub.database.write_async(lambda connection: sessions.end(connection, session, site.now()))
    return _back()


def _back() -> Response:
    return RedirectResponse("/access", HTTPStatus.SEE_OTHER)


async def _page(
    request: Request, site: Site, caller: Caller | None, told: str = "", status: int = HTTPStatus.OK
) -> Response:
    now, own = site.now(), caller.session if caller is not None else None
    made, browsers, held, password = await site.read(
        lambda c: (tokens.listed(c, now), sessions.listed(c, now), passkeys.listed(c), passwords.get_hash(c))
    )
    guard = (
        '<p>A password is set. <code>mediascream password</code> changes it.</p><form method="post" action="/logout">'
        '<button class="plain">Log out</button></form>'
        if password is not None
        else "<p>No password is set, so only this machine's own user can come in. <code>mediascream password</code> sets"
        " one.</p>"
    )
    return sheet(
        "Who may come in",
        '<p><a href="/">Back to the photos</a></p>',
        told,
        guard,
        passkey_words.section(held, site.hub.settings, request.url) if password is not None else "",
        "<h2>Tokens</h2>",
        table(("For", "May", "Last used"), (_token_row(one) for one in made), "None was made yet."),
        _NEW,
        "<h2>Browsers that are logged in</h2>",
        table(("Browser", "From", "Last used"), (_session_row(one, own) for one in browsers), "None."),
        status=status,
    )


def _token_row(one: tokens.Token) -> str:
    whose = f' <span class="quiet">{escape(one.member)}</span>' if one.member else ""
    used = f"{one.used_at:%Y-%m-%d}" if one.used_at else "never"
    end = button(f"/access/tokens/{one.id}/revoke", "Revoke")
    return f"<tr><td>{escape(one.name)}{whose}<td>{escape(one.scope)}<td>{used}<td>{end}</tr>"


def _session_row(one: sessions.Session, own: str | None) -> str:
    present = ' <span class="quiet">this one</span>' if one.id == own else ""
    end = button(f"/access/sessions/{one.id}/end", "Log out")
    browser = escape(one.browser or "unknown")
    return f"<tr><td>{browser}{present}<td>{escape(one.address)}<td>{one.used_at:%Y-%m-%d}<td>{end}</tr>"
