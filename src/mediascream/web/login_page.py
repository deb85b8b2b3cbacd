"""The page at `/login`: the password, and the other ways in where there are some."""

from html import escape
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse

from mediascream import extras
from mediascream.errors import GuessedTooOften, RequestRefused
from mediascream.library import passkeys, passwords
from mediascream.web import passkey_words
from mediascream.web.paper import sheet
from mediascream.web.passkey_place import place_of
from mediascream.web.problems import status_of
from mediascream.web.site import Site

_FORM: Final = (
    '<form method="post" action="/login"><input type="hidden" name="next" value="{next}">'
    '<input type="hidden" name="username" value="owner" autocomplete="username">'
    '<label for="password">Password</label><input id="password" name="password" type="password" required autofocus'
    ' autocomplete="current-password" maxlength="1024">{said}<button>Log in</button></form>'
)

_OPEN: Final = '<p>Nobody has to log in here.</p><p><a href="/">To the photos</a></p>'


async def login_page(
    request: Request, site: Site, following: str, refused: RequestRefused | None = None
) -> HTMLResponse:
    """The page; with what went wrong, where something did. `following` is where to go on to.

    Where nobody has to log in, it says so and asks for nothing.
    """
    told = "" if refused is None else f'<p class="bad" role="alert">{escape(refused.detail)}</p>'
    status = 200 if refused is None else status_of(refused)[0]
    if await site.read(passwords.get_hash) is None:
        return sheet("No password is set", _OPEN, small=True, status=status)
    form = _FORM.format(next=escape(following), said=told)
    page = sheet("Log in", form, await _other_ways(request, site, following), small=True, status=status)
    if isinstance(refused, GuessedTooOften):
        page.headers["Retry-After"] = str(max(1, round(refused.retry_after_s)))
    return page


async def _other_ways(request: Request, site: Site, following: str) -> str:
    settings = site.hub.settings
    ways = []
    if extras.PASSKEYS.is_installed and place_of(settings, request.url) is not None:
        held = await site.read(passkeys.listed)
        ways += [passkey_words.way_in(following)] if any(not one.suspect for one in held) else []
    if settings.oidc_issuer is not None:
        address, name = f"/login/oidc?next={quote(following, safe='/')}", urlsplit(settings.oidc_issuer).netloc
        ways.append(f'<p><a class="button other" href="{escape(address)}">Log in at {escape(name)}</a></p>')
    return "".join(ways)
