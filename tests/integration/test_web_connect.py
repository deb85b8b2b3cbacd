"""Connecting Flickr from a browser, on a real server and with the strict fake."""

from __future__ import annotations

import re
from contextlib import contextmanager
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.settings.kinds import Secret
from mediascream.web.waiting import MOST, PATIENCE_S, Waiting
from tests.fakes.flickr import APP_KEY, APP_SECRET, TOKEN, TOKEN_SECRET, VERIFIER, Flickr
from tests.integration.web_server import WebServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LANDED = {"oauth_token": "request-token", "oauth_verifier": VERIFIER}
FROM_FLICKR = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@contextmanager
def connecting(folder: Path, flickr: Flickr, **more: Any) -> Iterator[WebServer]:
    """A server with the keys of an app that the fake knows."""
    with flickr.serving() as address:
        settings: dict[str, Any] = {
            "flickr_api_key": APP_KEY,
            "flickr_api_secret": Secret(APP_SECRET),
            "flickr_rest_url": f"{address}/rest/",
            "flickr_upload_url": f"{address}/upload/",
            "flickr_oauth_url": f"{address}/oauth",
        }
        with serving(folder, **(settings | more)) as server:
            yield server


def is_connected(server: WebServer) -> bool:
    found = server.http.get("/destinations").json()["destinations"]
    return any(one["name"] == "flickr" and one["connected"] for one in found)


def test_the_way_to_flickr_and_back_connects_the_account(tmp_path: Path) -> None:
    flickr = Flickr()
    with connecting(tmp_path, flickr) as server:
        page = server.http.get("/connect/flickr")
        links = [unescape(link) for link in re.findall(r'href="([^"]+)"', page.text)]
        assert links[0].endswith("/oauth/authorize?oauth_token=request-token&perms=write")
        assert flickr.callback == f"http://127.0.0.1:{server.port}/connect/flickr/callback"
        landed = server.http.get("/connect/flickr/callback", params=LANDED, headers=FROM_FLICKR)
        assert landed.status_code == 200
        assert "Connected to Flickr as petra (12037949754@N01)" in landed.text
        assert "Pro" in landed.text
        assert landed.headers["referrer-policy"] == "no-referrer", "its address holds a code"
        assert is_connected(server)
        for secret in (TOKEN, TOKEN_SECRET, APP_SECRET, "request-secret"):
            assert secret not in page.text + landed.text


def test_what_was_not_begun_here_connects_nothing(tmp_path: Path) -> None:
    with connecting(tmp_path, Flickr()) as server:
        landed = server.http.get("/connect/flickr/callback", params=LANDED)
        assert landed.status_code == 404
        assert not is_connected(server)


def test_a_way_back_is_good_once(tmp_path: Path) -> None:
    with connecting(tmp_path, Flickr()) as server:
        server.http.get("/connect/flickr")
        assert server.http.get("/connect/flickr/callback", params=LANDED).status_code == 200
        assert server.http.get("/connect/flickr/callback", params=LANDED).status_code == 404


def test_a_wrong_code_is_told_and_connects_nothing(tmp_path: Path) -> None:
    with connecting(tmp_path, Flickr()) as server:
        server.http.get("/connect/flickr")
        landed = server.http.get("/connect/flickr/callback", params=LANDED | {"oauth_verifier": "0"})
        assert landed.status_code == 502
        assert "does not take this code" in landed.text
        assert not is_connected(server)


def test_a_wrong_key_is_told_with_its_setting(tmp_path: Path) -> None:
    with connecting(tmp_path, Flickr(), flickr_api_key="another") as server:
        page = server.http.get("/connect/flickr")
        assert page.status_code == 502
        assert "FLICKR_API_KEY" in page.text


def test_without_a_key_the_page_says_where_to_get_one(tmp_path: Path) -> None:
    with connecting(tmp_path, Flickr(), flickr_api_key=None, flickr_api_secret=None) as server:
        page = server.http.get("/connect/flickr")
        assert "https://www.flickr.com/services/apps/create/noncommercial/" in page.text


def test_another_sites_page_cannot_begin(tmp_path: Path) -> None:
    flickr = Flickr()
    with connecting(tmp_path, flickr) as server:
        assert server.http.get("/connect/flickr", headers=FROM_FLICKR).status_code == 403
        assert not flickr.calls


@pytest.mark.parametrize(("age_s", "kept"), [(PATIENCE_S - 1, "keys"), (PATIENCE_S + 1, None)])
def test_what_waits_too_long_is_forgotten(age_s: float, kept: str | None) -> None:
    moments = iter([0.0, age_s])
    waiting: Waiting[str] = Waiting(clock=lambda: next(moments))
    waiting.put("word", "keys")
    assert waiting.take("word") == kept


def test_of_too_many_that_wait_the_oldest_is_forgotten() -> None:
    waiting: Waiting[int] = Waiting()
    for number in range(MOST + 1):
        waiting.put(str(number), number)
    assert waiting.take("0") is None
    assert waiting.take("1") == 1
