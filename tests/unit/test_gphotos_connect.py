"""Logging in at Google, as far as it needs no network."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mediascream.destinations.gphotos_connect import (
    DEFAULT_REDIRECT,
    begin,
    challenge,
    email_of,
    landed,
    redirect_of,
)
from mediascream.destinations.gphotos_tokens import SCOPES, Grant
from mediascream.errors import DestinationBlocked
from mediascream.settings import Settings
from mediascream.settings.kinds import Secret

CODE = "4/0Adeu5B-_x"
ADDRESS = f"{DEFAULT_REDIRECT}?state=st&code=4%2F0Adeu5B-_x&scope=email%20openid&authuser=0&prompt=consent"


def settings(**more: Any) -> Settings:
    return Settings(data_folder=Path("/data"), gphotos_client_id="client", gphotos_secret=Secret("the-secret"), **more)


def asked(url: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def test_the_challenge_is_that_of_the_rfc() -> None:
    # RFC 7636, appendix B
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_address_asks_for_a_log_in_that_lasts_and_shows_no_secret() -> None:
    begun = begin(settings(), DEFAULT_REDIRECT)
    query = asked(begun.authorise_url)
    assert begun.verifier is not None
    assert query["code_challenge"] == challenge(begun.verifier)
    assert (query["code_challenge_method"], query["state"]) == ("S256", begun.state)
    assert (query["access_type"], query["prompt"], query["redirect_uri"]) == ("offline", "consent", DEFAULT_REDIRECT)
    assert set(SCOPES) <= set(query["scope"].split())
    for secret in ("the-secret", begun.verifier):
        assert secret not in begun.authorise_url
    assert begun.verifier not in repr(begun)


def test_no_two_log_ins_share_a_state_or_a_verifier() -> None:
    first, second = begin(settings(), DEFAULT_REDIRECT), begin(settings(), DEFAULT_REDIRECT)
    assert not {first.state, first.verifier} & {second.state, second.verifier}


def test_the_address_for_the_settings_file_has_no_challenge() -> None:
    begun = begin(settings(), DEFAULT_REDIRECT, challenged=False)
    assert begun.verifier is None
    assert not [name for name in asked(begun.authorise_url) if name.startswith("code_challenge")]


@pytest.mark.parametrize(
    "text",
    [
        ADDRESS,
        f"  {ADDRESS}\n",
        f'"{ADDRESS}"',
        ADDRESS.replace("&code", "\n&code"),
        ADDRESS.partition("?")[2],
        ADDRESS.removeprefix("http://"),
        CODE,
        f" {CODE} ",
        "4%2F0Adeu5B-_x",
        f"code={CODE}",
        f"{ADDRESS}#",
    ],
    ids=[
        "address",
        "blanks",
        "quotes",
        "broken line",
        "query",
        "bare host",
        "code",
        "code, blanks",
        "escaped",
        "field",
        "hash",
    ],
)
def test_the_code_is_found_in_whatever_is_pasted(text: str) -> None:
    assert landed(text, state="st") == CODE


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no code"),
        ("http://127.0.0.1:5000/connect/gphotos/callback", "no code"),
        (f"{DEFAULT_REDIRECT}?code=&state=st", "no code"),
        (f"{DEFAULT_REDIRECT}?error=access_denied&state=st", "not allowed"),
        (f"{DEFAULT_REDIRECT}?error=admin_policy_enforced", "admin_policy_enforced"),
        (ADDRESS.replace("state=st", "state=other"), "another attempt"),
    ],
)
def test_what_holds_no_code_is_told(text: str, told: str) -> None:
    with pytest.raises(DestinationBlocked, match=told) as caught:
        landed(text, state="st")
    assert caught.value.reason == "code-refused"


@pytest.mark.parametrize(
    ("public_url", "redirect"),
    [
        (None, DEFAULT_REDIRECT),
        ("https://photos.example.org", "https://photos.example.org/connect/gphotos/callback"),
        ("https://photos.example.org:8443/", "https://photos.example.org:8443/connect/gphotos/callback"),
        ("http://photos.example.org", DEFAULT_REDIRECT),
        ("https://192.168.1.7", DEFAULT_REDIRECT),
        ("https://[2001:db8::1]", DEFAULT_REDIRECT),
        ("https://nas.local", DEFAULT_REDIRECT),
        ("https://nas", DEFAULT_REDIRECT),
    ],
)
def test_the_browser_is_sent_back_where_google_allows_it(public_url: str | None, redirect: str) -> None:
    assert redirect_of(settings(public_url=public_url)) == redirect


def test_a_redirect_address_that_is_set_is_taken_as_it_is() -> None:
    set_by_hand = "http://localhost:8080/back"
    chosen = settings(public_url="https://photos.example.org", gphotos_redirect_uri=set_by_hand)
    assert redirect_of(chosen) == set_by_hand


def _statement(content: object) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b'=').decode()}.c2ln"


@pytest.mark.parametrize(
    ("identity", "account"),
    [
        (_statement({"email": "petra@example.org"}), "petra@example.org"),
        (_statement({"email": 7}), None),
        (_statement([]), None),
        ("no statement", None),
        ("a.%%%.c", None),
        ("a.YWJj.c", None),
        (None, None),
    ],
)
def test_the_account_is_read_from_googles_statement(identity: str | None, account: str | None) -> None:
    assert email_of(identity) == account


def test_tokens_do_not_show_themselves() -> None:
    shown = repr(Grant("access", 3599.0, frozenset(SCOPES), "refresh", identity="identity-secret"))
    assert not [secret for secret in ("'access'", "'refresh'", "identity-secret") if secret in shown]
