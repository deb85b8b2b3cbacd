"""OpenID Connect, as far as one owner needs it: the authorization code flow, with PKCE, state and nonce.

The provider says who came (the `sub` of its statement), and nothing else is asked of it: no name, no e-mail address, no
access to anything. What it publishes (its document, its keys) is fetched anew for each log-in, which is rare, so that a
provider that changes its keys locks nobody out.

Sources: https://openid.net/specs/openid-connect-core-1_0.html (3.1), https://openid.net/specs/openid-connect-discovery-1_0.html (4),
RFC 7636, RFC 9207, RFC 9700 (read 2026-11-29).
"""

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import httpx2

from mediascream.destinations.gphotos_connect import challenge
from mediascream.errors import LogInFailed, ProviderTrouble
from mediascream.settings import Settings, is_private
from mediascream.web.pending import AtProvider

CALLBACK: Final = "/login/oidc/callback"

TIMEOUT_S: Final = 10.0
"""For each step of a call; a whole call has twice as long."""
MOST_BYTES: Final = 1024 * 1024
"""Of an answer."""
SHOWN: Final = 200
OK: Final = 200


@dataclass(frozen=True, slots=True)
class Client:
    """What we are to the provider, and who may come in by it.

    Attributes:
        subject: The owner, as the provider calls them; None: not told yet, so nobody.
    """

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    subject: str | None


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider publishes of itself.

    Attributes:
        basic: Whether it takes our secret in a header; otherwise it goes into the form.
        names_itself: It promises to say who it is where it sends a browser back (RFC 9207).
    """

    issuer: str
    authorize_url: str
    token_url: str
    keys_url: str
    basic: bool
    names_itself: bool


def client_from(settings: Settings) -> Client | None:
    """What the settings say; None where there is no provider."""
    issuer, client_id, secret = settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret
    if issuer is None or client_id is None or secret is None:
        return None
    return Client(issuer, client_id, secret.reveal(), settings.oidc_subject)


def begin(redirect_uri: str, following: str) -> tuple[str, AtProvider]:
    """A state, and what must be known of a browser when it comes back with it."""
    browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return secrets.token_urlsafe(32), AtProvider(browser, nonce, verifier, redirect_uri, following)


def authorize_url(provider: Provider, client: Client, state: str, begun: AtProvider) -> str:
    """Where the browser is sent to."""
    query = {
        "response_type": "code",
        "scope": "openid",
        "client_id": client.client_id,
        "redirect_uri": begun.redirect_uri,
        "state": state,
        "nonce": begun.nonce,
        "code_challenge": challenge(begun.verifier),
        "code_challenge_method": "S256",
    }
    return f"{provider.authorize_url}{'&' if '?' in provider.authorize_url else '?'}{urlencode(query)}"


def code_in(query: Mapping[str, str], provider: Provider) -> str:
    """The code that the browser brought.

    Raises:
        LogInFailed: The provider did not let them in, or another provider sent them.
    """
    if error := query.get("error"):
        raise LogInFailed(f"The provider says no: {one_line(error, query.get('error_description', ''))}.")
    if query.get("iss", provider.issuer if not provider.names_itself else None) != provider.issuer:
        raise LogInFailed("The browser came back from another provider than it was sent to.")
    if not query.get("code"):
        raise LogInFailed("The browser came back without a code.")
    return query["code"]


class Calls:
    """Calls to the provider; each ends, and none follows it elsewhere."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def discover(self, issuer: str) -> Provider:
        """What the provider publishes of itself.

        Raises:
            ProviderTrouble: It cannot be reached, or is not the one that the settings name.
        """
        document = await self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        said = document.get("issuer")
        if not isinstance(said, str) or said.rstrip("/") != issuer.rstrip("/"):
            raise ProviderTrouble(f"The provider calls itself {one_line(said)!r}, and OIDC_ISSUER is {issuer!r}.")
        methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Provider(
            issuer=said,
            authorize_url=_address(document, "authorization_endpoint"),
            token_url=_address(document, "token_endpoint"),
            keys_url=_address(document, "jwks_uri"),
            basic="client_secret_basic" in methods,
            names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        )

    async def keys(self, provider: Provider) -> dict[str, Any]:
        """The keys that the provider signs with, as a JWK set.

        Raises:
            ProviderTrouble: They cannot be had.
        """
        return await self._ask("GET", provider.keys_url)

    async def exchange(self, provider: Provider, client: Client, code: str, begun: AtProvider) -> str:
        """The provider's statement, a JWT, that a code is good for once.

        Raises:
            ProviderTrouble: It does not take the code, or us.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": begun.redirect_uri,
            "code_verifier": begun.verifier,
        }
        headers = {}
        if provider.basic:
            headers["Authorization"] = _basic(client)
        else:
            form |= {"client_id": client.client_id, "client_secret": client.secret}
        answer = await self._ask("POST", provider.token_url, form=form, headers=headers)
        statement = answer.get("id_token")
        if not isinstance(statement, str):
            raise ProviderTrouble("The provider took the code, and did not say who came.")
        return statement

    async def _ask(
        self, method: str, url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            async with (
                asyncio.timeout(2 * TIMEOUT_S),
                self._http.stream(method, url, data=form, headers=headers) as answer,
            ):
                body = await _whole(answer)
        except (httpx2.HTTPError, TimeoutError) as error:
            why = one_line(error) or type(error).__name__
            raise ProviderTrouble(f"The provider cannot be reached at {url} ({why}).") from error
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            said = None
        if answer.status_code != OK or not isinstance(said, dict):
            told = (said.get("error", ""), said.get("error_description", "")) if isinstance(said, dict) else ()
            raise ProviderTrouble(f"The provider answers {one_line('HTTP', answer.status_code, *told)} at {url}.")
        return said


@asynccontextmanager
async def calling() -> AsyncIterator[Calls]:
    """Calls, for as long as the body lasts."""
    headers = {"Accept": "application/json", "User-Agent": "Mediascream"}
    async with httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, headers=headers) as http:
        yield Calls(http)


async def _whole(answer: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ProviderTrouble("The provider's answer does not end.")
    return bytes(body)


def _basic(client: Client) -> str:
    """RFC 6749, 2.3.1: both are encoded as in a form before they are joined."""
    joined = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"
    return f"Basic {base64.b64encode(joined.encode()).decode()}"


def _address(document: Mapping[str, Any], name: str) -> str:
    """An address that the provider names; a secret goes to none that others can listen at."""
    address = document.get(name)
    if not isinstance(address, str) or not is_private(address):
        raise ProviderTrouble(f"The provider names no {name} with https.")
    return address


def one_line(*words: object) -> str:
    """What a stranger said, on one short line."""
    line = " ".join(str(word) for word in words)
    return "".join(letter if letter.isprintable() else " " for letter in line).strip()[:SHOWN]
