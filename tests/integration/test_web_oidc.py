"""Logging in at a provider: the owner gets in by a statement that is true, whole and meant for this log-in."""

from __future__ import annotations

import sys
import time
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import ECKey

from mediascream.library import passwords, schema
from mediascream.settings import Secret
from mediascream.web.credentials import COOKIE
from tests.doors import hold_last_guess, set_password
from tests.fakes.oidc_provider import CLIENT_ID, CLIENT_SECRET, SUBJECT, Lies, Provider
from tests.integration.web_server import WebServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    provider = Provider()
    with provider.serving():
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    """A provider that tells the truth."""
    running.lies, running.basic, running.down = Lies(), True, False
    return running


def set_up(provider: Provider) -> dict[str, object]:
    return {
        "oidc_issuer": provider.address,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": Secret(CLIENT_SECRET),
    }


@pytest.fixture(scope="module")
def house(running: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with serving(tmp_path_factory.mktemp("data"), oidc_subject=SUBJECT, **set_up(running)) as server:
        set_password(server.hub.database)
        yield server


@pytest.fixture
def server(house: WebServer) -> WebServer:
    """A server whose door nobody has tried yet."""
    house.hub.database.write(lambda connection: connection.execute(schema.guesses.delete()))
    return house


@pytest.fixture
def browser(server: WebServer) -> Iterator[httpx2.Client]:
    """A browser that is not logged in, as one on this machine."""
    with httpx2.Client(base_url=f"http://localhost:{server.port}", timeout=20) as http:
        yield http


FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
"""What a browser says of the step back from the provider's page."""


def sent(browser: httpx2.Client, following: str = "/") -> str:
    """Begin; where the browser is sent to."""
    answer = browser.get("/login/oidc", params={"next": following})
    assert answer.status_code == 303, answer.text
    assert "httponly" in answer.headers["set-cookie"].lower()
    return answer.headers["location"]


def come_back(browser: httpx2.Client, address: str) -> httpx2.Response:
    return browser.get(address, headers=FROM_ELSEWHERE)


def log_in(browser: httpx2.Client, provider: Provider, following: str = "/") -> httpx2.Response:
    return come_back(browser, provider.consent(sent(browser, following)))


def is_in(browser: httpx2.Client) -> bool:
    return browser.get("/photos/").status_code == 200


def test_the_owner_logs_in_at_the_provider(browser: httpx2.Client, provider: Provider) -> None:
    assert f"Log in at {urlsplit(provider.address).netloc}" in browser.get("/login?next=/docs").text
    welcome = log_in(browser, provider, "/docs?x=é")
    assert (welcome.status_code, welcome.headers["refresh"]) == (200, "0; url=/docs?x=%C3%A9")
    assert welcome.headers["referrer-policy"] == "no-referrer"
    assert [cookie for cookie in browser.cookies] == [COOKIE]
    assert is_in(browser)


def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there(browser: httpx2.Client, provider: Provider) -> None:
    provider.basic = False
    assert log_in(browser, provider).status_code == 200
    assert is_in(browser)


def test_new_keys_of_the_provider_lock_nobody_out(browser: httpx2.Client, provider: Provider) -> None:
    there = provider.consent(sent(browser))
    provider.change_keys()
    assert come_back(browser, there).status_code == 200


NOW = int(time.time())
STRANGER = ECKey.generate_key("P-256", {"kid": "first"})


@pytest.mark.parametrize(
    ("lies", "why"),
    [
        pytest.param(Lies(claims={"nonce": "another"}), "for another log-in", id="nonce"),
        pytest.param(Lies(claims={"nonce": None}), "'nonce'", id="no nonce"),
        pytest.param(Lies(claims={"aud": "another"}), "'aud'", id="aud"),
        pytest.param(Lies(claims={"aud": [CLIENT_ID, "another"]}), "another program", id="aud of two"),
        pytest.param(Lies(claims={"azp": "another"}), "another program", id="azp"),
        pytest.param(Lies(claims={"iss": "https://evil.example"}), "'iss'", id="iss"),
        pytest.param(Lies(claims={"exp": NOW - 120}), "expired_token", id="expired"),
        pytest.param(Lies(claims={"exp": None}), "'exp'", id="no exp"),
        pytest.param(Lies(claims={"iat": NOW + 3600}), "the future", id="made in the future"),
        pytest.param(Lies(claims={"sub": None}), "'sub'", id="no sub"),
        pytest.param(Lies(key=STRANGER), "bad_signature", id="another's key"),
        pytest.param(Lies(algorithm="none"), "unsupported_algorithm", id="alg none"),
        pytest.param(Lies(algorithm="HS256"), "unsupported_algorithm", id="alg HS256, by the public key"),
        pytest.param(Lies(algorithm="ES384"), "", id="alg ES384, not signed"),
        pytest.param(Lies(statement="nonsense"), "decode_error", id="nonsense"),
    ],
)
def test_a_statement_that_is_not_all_true_lets_nobody_in(
    browser: httpx2.Client, provider: Provider, lies: Lies, why: str
) -> None:
    provider.lies = lies
    refused = log_in(browser, provider)
    assert refused.status_code == 502
    assert "not to be believed" in refused.text or "was made for another" in refused.text
    assert why in unescape(refused.text)
    assert not is_in(browser)


def test_somebody_else_is_told_what_the_provider_calls_them(browser: httpx2.Client, provider: Provider) -> None:
    provider.lies = Lies(claims={"sub": "<mallory>"})
    refused = log_in(browser, provider)
    assert refused.status_code == 401
    assert "&lt;mallory&gt;" in refused.text
    assert "OIDC_SUBJECT" in refused.text
    assert not is_in(browser)


def test_a_state_is_good_once(browser: httpx2.Client, provider: Provider) -> None:
    there = provider.consent(sent(browser))
    own = dict(browser.cookies)
    assert come_back(browser, there).status_code == 200
    browser.cookies.clear()
    browser.cookies.update(own)
    provider.asked.clear()
    replayed = come_back(browser, there)
    assert (replayed.status_code, provider.asked) == (400, [])
    assert "not begun in this browser" in replayed.text
    assert not is_in(browser)


def test_what_another_browser_began_is_not_finished_here(
    server: WebServer, browser: httpx2.Client, provider: Provider
) -> None:
    there = provider.consent(sent(browser))
    with httpx2.Client(base_url=f"http://localhost:{server.port}") as other:
        sent(other)
        refused = come_back(other, there)
        assert (refused.status_code, is_in(other)) == (400, False)
    assert come_back(browser, there).status_code == 400, "and it is used up"


@pytest.mark.parametrize("state", ["", "made-up"])
def test_a_state_that_nobody_was_given_is_refused(browser: httpx2.Client, provider: Provider, state: str) -> None:
    there = parse_qs(urlsplit(provider.consent(sent(browser))).query)
    address = f"/login/oidc/callback?code={there['code'][0]}&state={state}"
    assert come_back(browser, address).status_code == 400
    assert not is_in(browser)


@pytest.mark.parametrize(
    ("sent_back", "why"),
    [
        ({"code": None, "error": "access_denied", "error_description": "<no>"}, "access_denied &lt;no&gt;"),
        ({"code": None}, "without a code"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"iss": "https://evil.example"}, "another provider"),
        ({"iss": None}, "another provider"),
    ],
)
def test_who_comes_back_without_what_it_takes_is_told_why(
    browser: httpx2.Client, provider: Provider, sent_back: dict[str, str], why: str
) -> None:
    provider.lies = Lies(sent_back=sent_back)
    refused = log_in(browser, provider)
    assert refused.status_code in {400, 502}
    assert why in refused.text
    assert not is_in(browser)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"issuer": "https://evil.example"}, "calls itself"),
        ({"token_endpoint": "http://192.0.2.1/token"}, "names no token_endpoint with https"),
        ({"jwks_uri": None}, "names no jwks_uri with https"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "names no authorization_endpoint with https"),
    ],
)
def test_a_provider_that_is_not_what_it_should_be_is_not_gone_to(
    browser: httpx2.Client, provider: Provider, document: dict[str, str], why: str
) -> None:
    provider.lies = Lies(document=document)
    answer = browser.get("/login/oidc")
    assert (answer.status_code, why in answer.text) == (502, True)


def test_a_provider_that_is_down_leaves_the_password(browser: httpx2.Client, provider: Provider) -> None:
    provider.down = True
    answer = browser.get("/login/oidc")
    assert answer.status_code == 502
    assert "The provider answers HTTP 503" in answer.text
    assert 'type="password"' in answer.text


def test_attempts_are_slowed_down_as_passwords_are(
    server: WebServer, browser: httpx2.Client, provider: Provider
) -> None:
    assert [browser.get("/login/oidc").status_code for _ in range(10)] == [303] * 10
    hold_last_guess(server.hub.database, minutes=1)
    provider.asked.clear()
    slowed = browser.get("/login/oidc")
    assert (slowed.status_code, provider.asked) == (429, [])
    assert int(slowed.headers["retry-after"]) >= 1


def test_another_site_cannot_begin_it_and_cannot_embed_its_end(browser: httpx2.Client, provider: Provider) -> None:
    assert browser.get("/login/oidc", headers=FROM_ELSEWHERE).status_code == 403
    there = provider.consent(sent(browser))
    framed = FROM_ELSEWHERE | {"Sec-Fetch-Dest": "iframe"}
    assert browser.get(there, headers=framed).status_code == 403


def test_without_a_password_there_is_nothing_to_open(
    server: WebServer, browser: httpx2.Client, provider: Provider
) -> None:
    there = provider.consent(sent(browser))
    server.hub.database.write(passwords.remove)
    try:
        refused = browser.get("/login/oidc")
        assert (refused.status_code, "<form" in refused.text) == (400, False)
        assert come_back(browser, there).status_code == 400
        assert COOKIE not in browser.cookies
    finally:
        set_password(server.hub.database)


def test_where_the_extra_is_not_installed_the_page_says_so(
    browser: httpx2.Client, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "joserfc", None)
    refused = browser.get("/login/oidc")
    assert (refused.status_code, "mediascream[oidc]" in refused.text) == (400, True)


def test_as_long_as_no_subject_is_set_nobody_gets_in(
    running: Provider, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(tmp_path_factory.mktemp("data"), **set_up(running)) as server:
        set_password(server.hub.database)
        with httpx2.Client(base_url=f"http://localhost:{server.port}", timeout=20) as browser:
            refused = log_in(browser, provider)
            assert (refused.status_code, SUBJECT in refused.text) == (401, True)
            assert not is_in(browser)
