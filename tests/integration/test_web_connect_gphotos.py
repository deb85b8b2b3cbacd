"""Connecting Google Photos from a browser, on a real server and with the strict fake."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from mediascream.library import begun
from mediascream.library.accounts import Accounts
from mediascream.photo import DestinationName
from mediascream.settings.kinds import Secret
from tests.fakes.google_oauth import CLIENT_ID, CLIENT_SECRET, EMAIL, TOKEN, UPLOAD_SCOPE, Google
from tests.integration.web_server import WebServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

FROM_GOOGLE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
CALLBACK = "/connect/gphotos/callback"


@contextmanager
def connecting(folder: Path, google: Google, **more: Any) -> Iterator[WebServer]:
    """A server with a client that the fake knows."""
    with google.serving() as address:
        settings: dict[str, Any] = {
            "gphotos_client_id": CLIENT_ID,
            "gphotos_secret": Secret(CLIENT_SECRET),
            "gphotos_auth_url": f"{address}/o/oauth2/v2/auth",
            "gphotos_token_url": f"{address}/token",
            "gphotos_api_url": address,
        }
        with serving(folder, **(settings | more)) as server:
            yield server


def account(server: WebServer) -> str | None:
    found = Accounts(server.hub.database).get(DestinationName.GPHOTOS)
    return found.account if found is not None else None


def link_of(page: httpx2.Response) -> str:
    return next(unescape(link) for link in re.findall(r'href="([^"]+)"', page.text) if "/o/oauth2/v2/auth" in link)


def state_of(page: httpx2.Response) -> str:
    found = re.search(r'name="state" value="([^"]+)"', page.text)
    assert found is not None
    return unescape(found[1])


def come_back(server: WebServer, landed: str) -> httpx2.Response:
    """The browser, on its way back from Google's page."""
    parts = urlsplit(landed)
    return server.http.get(parts.path, params=dict(parse_qsl(parts.query)), headers=FROM_GOOGLE)


def test_the_way_to_google_and_back_connects_the_account(tmp_path: Path) -> None:
    google = Google()
    with connecting(tmp_path, google) as server:
        page = server.http.get("/connect/gphotos")
        landed = google.consent(link_of(page))
        assert landed.startswith(f"http://127.0.0.1:{server.port}{CALLBACK}?")
        back = come_back(server, landed)
        assert back.status_code == 200
        assert f"Connected to Google Photos as {EMAIL}" in back.text
        assert account(server) == EMAIL
        secrets = [CLIENT_SECRET, *google.codes, *google.refresh_tokens, *google.access_tokens]
        assert not [secret for secret in secrets if secret in page.text + back.text]


def test_the_address_that_a_phone_landed_on_is_pasted(tmp_path: Path) -> None:
    google = Google()
    with connecting(tmp_path, google) as server:
        page = server.http.get("/connect/gphotos")
        form = {"state": state_of(page), "address": google.consent(link_of(page))}
        assert f"Connected to Google Photos as {EMAIL}" in server.http.post("/connect/gphotos", data=form).text
        assert account(server) == EMAIL
        assert server.http.post("/connect/gphotos", data=form).status_code == 404


def test_a_wrong_paste_is_told_and_may_be_mended(tmp_path: Path) -> None:
    google = Google()
    with connecting(tmp_path, google) as server:
        page = server.http.get("/connect/gphotos")
        form = {"state": state_of(page), "address": "http://127.0.0.1/<script>"}
        again = server.http.post("/connect/gphotos", data=form)
        assert again.status_code == 422
        assert "There is no code in this address" in again.text
        form = {"state": state_of(again), "address": google.consent(link_of(page))}
        assert server.http.post("/connect/gphotos", data=form).status_code == 200


def test_another_sites_form_pastes_nothing(tmp_path: Path) -> None:
    google = Google()
    with connecting(tmp_path, google) as server:
        page = server.http.get("/connect/gphotos")
        form = {"state": state_of(page), "address": google.consent(link_of(page))}
        foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert server.http.post("/connect/gphotos", data=form, headers=foreign).status_code == 403
        assert google.exchanges == []


def test_what_was_not_begun_here_connects_nothing(tmp_path: Path) -> None:
    google = Google()
    with connecting(tmp_path, google) as server:
        server.http.get("/connect/gphotos")
        back = come_back(server, f"{CALLBACK}?state=guessed&code=4/0Af0-code")
        assert back.status_code == 404
        assert "copy the whole address of this page" in back.text
        assert google.exchanges == []


def test_a_way_back_is_good_once(tmp_path: Path) -> None:
    google = Google()
    with connecting(tmp_path, google) as server:
        landed = google.consent(link_of(server.http.get("/connect/gphotos")))
        assert come_back(server, landed).status_code == 200
        assert come_back(server, landed).status_code == 404
        assert len(google.exchanges) == 1


def test_a_way_back_outlives_a_restart_of_the_server(tmp_path: Path) -> None:
    google = Google()
    with connecting(tmp_path, google) as server:
        landed = google.consent(link_of(server.http.get("/connect/gphotos")))
    with connecting(tmp_path, google) as server:
        assert come_back(server, landed).status_code == 200


def test_who_says_no_is_told_so(tmp_path: Path) -> None:
    google = Google()
    google.denies = True
    with connecting(tmp_path, google) as server:
        back = come_back(server, google.consent(link_of(server.http.get("/connect/gphotos"))))
        assert back.status_code == 502
        assert "not allowed on Google" in back.text
        assert account(server) is None


def test_what_google_refuses_is_told_with_what_to_do(tmp_path: Path) -> None:
    google = Google()
    google.unticked.add(UPLOAD_SCOPE)
    with connecting(tmp_path, google) as server:
        back = come_back(server, google.consent(link_of(server.http.get("/connect/gphotos"))))
        assert back.status_code == 502
        assert "tick every box" in back.text
        assert account(server) is None


def test_an_api_that_is_not_enabled_is_told_with_its_page(tmp_path: Path) -> None:
    google = Google()
    google.enabled = False
    with connecting(tmp_path, google) as server:
        back = come_back(server, google.consent(link_of(server.http.get("/connect/gphotos"))))
        assert "photoslibrary.googleapis.com/overview?project=1234" in back.text
        assert account(server) is None


def test_without_a_client_the_page_says_where_to_make_one(tmp_path: Path) -> None:
    with connecting(tmp_path, Google(), gphotos_client_id=None, gphotos_secret=None) as server:
        page = server.http.get("/connect/gphotos")
        assert "https://console.cloud.google.com/auth/clients" in page.text


def test_an_address_that_is_set_is_where_google_sends_the_browser(tmp_path: Path) -> None:
    google = Google()
    google.desktop = False
    address = f"https://photos.example.org{CALLBACK}"
    google.registered.add(address)
    with connecting(tmp_path, google, gphotos_redirect_uri=address) as server:
        landed = google.consent(link_of(server.http.get("/connect/gphotos")))
        assert landed.startswith(f"{address}?")
        assert come_back(server, landed).status_code == 200


def test_another_sites_page_cannot_begin(tmp_path: Path) -> None:
    with connecting(tmp_path, Google()) as server:
        assert server.http.get("/connect/gphotos", headers=FROM_GOOGLE).status_code == 403


def test_what_waits_too_long_is_forgotten_and_of_too_many_the_oldest(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with connecting(tmp_path, Google()) as server:
        write = server.hub.database.write
        write(lambda c: begun.put_begun(c, "old", {"verifier": "v"}, now=now - timedelta(minutes=16)))
        assert write(lambda c: begun.take_begun(c, "old", now=now)) is None
        for word in map(str, range(begun.MOST + 1)):
            write(partial(begun.put_begun, state=word, kept={"verifier": "v"}, now=now))
        assert write(lambda c: begun.take_begun(c, "0", now=now)) is None
        assert write(lambda c: begun.take_begun(c, "1", now=now)) == {"verifier": "v"}


def test_a_lost_answer_is_told_and_connects_nothing(tmp_path: Path) -> None:
    google = Google()
    google.lost[TOKEN] = 1
    with connecting(tmp_path, google) as server:
        back = come_back(server, google.consent(link_of(server.http.get("/connect/gphotos"))))
        assert "broke before the answer" in back.text
        assert account(server) is None
