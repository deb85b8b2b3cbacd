"""Who may call a server that has a password: every route, every kind of caller, over real sockets."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2
import pytest

from mediascream.library import sessions
from mediascream.library.scopes import Scope
from mediascream.web.access import named_need
from mediascream.web.credentials import COOKIE, SECURE_COOKIE
from tests.doors import PASSWORD, bearer, cookie, everybody, routes, session, set_password, token
from tests.fakes.authenticator import Authenticator
from tests.integration.web_server import WebServer, id_of, jpeg, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

PROXY = "127.0.0.2"
ALL = frozenset({"open", "knock", "ask", "upload", "read", "owner", "keys"})
LET_IN = {
    "session": ALL,
    "upload token": {"open", "knock", "ask", "upload"},
    "read token": {"open", "knock", "ask", "read"},
    "all token": ALL - {"keys"},
}
"""What each caller reaches; for those who are not here nothing but what is open to all."""
STRANGERS = {"open", "knock"}
NOBODY_KNOWN = {"revoked token", "expired token", "expired session", "ended session", "made-up token", "nobody"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    networks = (ipaddress.ip_network(PROXY),)
    folder = tmp_path_factory.mktemp("data")
    with serving(folder, trusted_proxies=networks, public_url="https://photos.example") as server:
        set_password(server.hub.database)
        yield server


@pytest.fixture
def proxy(server: WebServer) -> Iterator[httpx2.Client]:
    """Asks as the proxy on this machine that is trusted would, for https://photos.example."""
    headers = {"Host": "photos.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    transport = httpx2.HTTPTransport(local_address=PROXY)
    with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", transport=transport, headers=headers) as http:
        yield http


def status_of(server: WebServer, method: str, path: str, headers: dict[str, str]) -> int:
    with server.http.stream(method, path, headers=headers | {"Depth": "0"}) as answer:
        return answer.status_code


def expected(caller: str, need: str) -> int | None:
    """The status of a refusal; None where the caller is let in."""
    if need in LET_IN.get(caller, STRANGERS if caller in NOBODY_KNOWN else {"open"}):
        return None
    return 401 if caller in NOBODY_KNOWN else 403


def test_who_has_a_token_of_a_smaller_scope_is_told_which_it_takes(server: WebServer) -> None:
    shown = bearer(token(server.hub.database, Scope.UPLOAD))
    refused = server.http.get("/deliveries", headers=shown).json()
    assert (refused["status"], refused["code"]) == (403, "caller-refused")
    assert "a token of the scope read or all" in refused["detail"]
    keys = server.http.get("/tokens", headers=bearer(token(server.hub.database, Scope.ALL))).json()
    assert keys["detail"] == "No token is good for this: log in at /login, with the password."


def test_every_route_lets_in_whom_it_should_and_nobody_else(server: WebServer) -> None:
    wrong = []
    for caller, headers in everybody(server.hub.database).items():
        for method, path in routes():
            need = named_need(method, path)
            assert need is not None, f"nobody has thought about who may {method} {path}: web/access.py"
            if path in {"/login", "/logout"} and method == "POST" and caller != "page of another site":
                continue  # they have tests of their own, below
            status = status_of(server, method, path, headers)
            refusal = expected(caller, "open" if need.right is None else need.right)
            if (status if status in {401, 403} else None) != refusal:
                wrong.append(f"{method} {path} by {caller}: {status} instead of {refusal or 'being let in'}")
    assert wrong == []


def log_in(http: httpx2.Client, password: str = PASSWORD, **more: str) -> httpx2.Response:
    return http.post("/login", data={"password": password} | more, follow_redirects=False)


def test_a_browser_logs_in_looks_and_logs_out(server: WebServer) -> None:
    with httpx2.Client(base_url=str(server.http.base_url)) as browser:
        to_login = browser.get("/docs?a=1", headers={"Accept": "text/html"})
        assert (to_login.status_code, to_login.headers["location"]) == (303, "/login?next=/docs%3Fa%3D1")
        form = browser.get(to_login.headers["location"])
        assert 'value="/docs?a=1"' in form.text
        assert "<script" not in form.text
        answer = log_in(browser, next="/docs?a=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/docs?a=1")
        said = answer.headers["set-cookie"].lower()
        assert all(word in said for word in (f"{COOKIE}=", "httponly", "samesite=lax", "path=/"))
        assert "secure" not in said
        assert browser.get("/photos/").status_code == 200
        assert browser.get("/logout").status_code == 200
        assert browser.get("/photos/").status_code == 200, "a link must not log anybody out"
        key = browser.cookies[COOKIE]
        assert browser.post("/logout").headers["location"] == "/login"
    assert server.http.get("/photos/", headers=cookie(key)).status_code == 401


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "", "/login"]
)
def test_after_logging_in_nobody_is_sent_elsewhere(server: WebServer, elsewhere: str) -> None:
    assert log_in(server.http, next=elsewhere).headers["location"] == "/"
    server.http.cookies.clear()


def test_a_form_of_too_many_fields_is_refused_unread(server: WebServer) -> None:
    answer = server.http.post("/login", data={f"field-{number}": "x" for number in range(11)})
    assert (answer.status_code, answer.json()["code"]) == (422, "field-invalid")


def test_under_https_the_cookie_is_for_this_host_and_never_travels_in_the_open(proxy: httpx2.Client) -> None:
    said = log_in(proxy).headers["set-cookie"]
    assert said.startswith(f"{SECURE_COOKIE}=")
    assert "secure" in said.lower()
    key = said.split(";")[0].partition("=")[2]
    assert proxy.get("/photos/", headers={"Cookie": f"{SECURE_COOKIE}={key}"}).status_code == 200
    assert proxy.get("/photos/", headers={"Cookie": f"{COOKIE}={key}"}).status_code == 401


def test_a_passkey_of_the_public_name_opens_the_door_behind_a_proxy(proxy: httpx2.Client, server: WebServer) -> None:
    owner = {"Cookie": f"{SECURE_COOKIE}={session(server.hub.database)}"}
    device = Authenticator("https://photos.example")
    made = device.make(proxy.post("/access/passkeys/options", headers=owner).json())
    assert proxy.post("/access/passkeys", json={"name": "phone", "credential": made}, headers=owner).status_code == 201
    assert "Log in with a passkey" in proxy.get("/login").text
    assert "passkey" not in server.http.get("/login").text, "it is of no use at this machine's own address"
    answer = device.sign(proxy.post("/login/passkey/options").json())
    entered = proxy.post("/login/passkey", json={"credential": answer})
    assert entered.headers["set-cookie"].startswith(f"{SECURE_COOKIE}=")


def test_a_page_posts_by_way_of_a_trusted_proxy(proxy: httpx2.Client, server: WebServer) -> None:
    owner = {"Cookie": f"{SECURE_COOKIE}={session(server.hub.database)}"}
    own = proxy.post("/photos/check", json={"ids": []}, headers=owner | {"Origin": "https://photos.example"})
    assert own.status_code == 200
    foreign = proxy.post("/photos/check", json={"ids": []}, headers=owner | {"Origin": "http://photos.example"})
    assert foreign.status_code == 403


def test_a_proxy_that_is_not_trusted_is_turned_away_whatever_it_says(server: WebServer) -> None:
    owner = bearer(token(server.hub.database, Scope.ALL))
    for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded"):
        answer = server.http.get("/photos/", headers=owner | {name: "127.0.0.1"})
        assert answer.status_code == 403
        assert "TRUSTED_PROXIES" in answer.json()["detail"]
    assert server.http.get("/photos/", headers=owner | {"Via": "1.1 office"}).status_code == 200


def test_what_the_proxy_tells_of_the_caller_is_what_a_session_shows(server: WebServer, proxy: httpx2.Client) -> None:
    log_in(proxy)
    with server.hub.database.reading() as connection:
        assert sessions.listed(connection, datetime.now(UTC))[0].address == "203.0.113.9"


def test_wrong_passwords_are_slowed_down_for_strangers_and_not_for_the_owner(
    server: WebServer, proxy: httpx2.Client
) -> None:
    stranger = {"X-Forwarded-For": "1.2.3.4, 198.51.100.7"}
    statuses = [proxy.post("/login", data={"password": "guess"}, headers=stranger).status_code for _ in range(12)]
    assert statuses[:5] == [401] * 5
    assert 429 in statuses[5:]
    blocked = proxy.post("/login", data={"password": PASSWORD}, headers=stranger)
    assert blocked.status_code == 429
    assert int(blocked.headers["retry-after"]) >= 1
    forged = proxy.post("/login", data={"password": PASSWORD}, headers={"X-Forwarded-For": "9.9.9.9, 198.51.100.7"})
    assert forged.status_code == 429, "what stands left of the caller's address is anybody's invention"
    assert log_in(proxy).status_code == 303
    assert log_in(server.http).status_code == 303
    server.http.cookies.clear()


def test_another_password_ends_every_session(server: WebServer) -> None:
    key = session(server.hub.database)
    assert server.http.get("/photos/", headers=cookie(key)).status_code == 200
    server.hub.database.write(lambda c: sessions.end_all(c, datetime.now(UTC)))
    assert server.http.get("/photos/", headers=cookie(key)).status_code == 401


def test_a_program_is_told_how_to_log_in(server: WebServer) -> None:
    answer = server.http.get("/photos/")
    assert (answer.status_code, answer.json()["code"]) == (401, "login-needed")
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert server.http.request("PROPFIND", "/dav/").headers["www-authenticate"].startswith("Basic ")


def test_basic_is_taken_from_webdav_clients_only(server: WebServer) -> None:
    sender = httpx2.BasicAuth("anybody", token(server.hub.database, Scope.UPLOAD))
    assert server.http.request("PROPFIND", "/dav/", auth=sender, headers={"Depth": "0"}).status_code == 207
    assert server.http.post("/photos/check", json={"ids": []}, auth=sender).status_code == 401
    password = httpx2.BasicAuth("owner", PASSWORD)
    assert server.http.request("PROPFIND", "/dav/", auth=password).status_code == 401


def test_a_sender_sees_what_it_sent_and_no_more(server: WebServer) -> None:
    one, other = (bearer(token(server.hub.database, Scope.UPLOAD, name)) for name in ("one", "other"))
    sent = server.http.post("/photos/", files={"photo_file": jpeg(1)}, headers=one).json()["photos"][0]
    assert set(sent) == {"id", "state", "archived", "duplicate"}
    assert set(server.http.get(f"/photos/{sent['id']}", headers=one).json()) == set(sent)
    unknown = server.http.get(f"/photos/{'0' * 64}", headers=other)
    owner = bearer(token(server.hub.database, Scope.ALL))
    assert server.http.get(f"/photos/{sent['id']}", headers=owner).json()["sent_by"] == ["one"]
    hidden = server.http.get(f"/photos/{sent['id']}", headers=other)
    assert (hidden.status_code, hidden.text.replace(sent["id"], "0" * 64)) == (404, unknown.text)


def test_an_id_alone_gives_a_sender_nothing_and_changes_nothing(server: WebServer) -> None:
    owner = bearer(token(server.hub.database, Scope.ALL))
    content = jpeg(2)
    server.http.post("/photos/", files={"photo_file": content}, headers=owner)
    before = server.http.get(f"/photos/{id_of(content)}", headers=owner).json()
    stranger = bearer(token(server.hub.database, Scope.UPLOAD))
    url, nowhere = f"/photos/{id_of(content)}?tags=mine", f"/photos/{id_of(jpeg(999))}?tags=mine"
    for body in (b"", b"not it", jpeg(3)):
        known, unknown = (server.http.put(one, content=body, headers=stranger) for one in (url, nowhere))
        assert (known.status_code, known.json()["code"]) == (unknown.status_code, unknown.json()["code"])
        assert known.status_code >= 400
    proven = server.http.put(url, content=content, headers=stranger)
    assert (proven.status_code, proven.json()["photos"][0]["duplicate"]) == (200, True)
    assert server.http.put(url, headers=stranger).status_code == 200
    after = server.http.get(f"/photos/{id_of(content)}", headers=owner).json()
    assert {**after, "sent_by": None} == {**before, "sent_by": None}


def test_the_owner_makes_lists_and_revokes_tokens_over_http(server: WebServer) -> None:
    owner = cookie(session(server.hub.database))
    made = server.http.post("/tokens", json={"name": "tablet", "member": "Anna", "days": 3}, headers=owner).json()
    assert (made["scope"], made["member"]) == ("upload", "Anna")
    listed = server.http.get("/tokens", headers=owner)
    assert made["id"] in {one["id"] for one in listed.json()["tokens"]}
    assert made["token"] not in listed.text
    shown = bearer(made["token"])
    assert server.http.post("/photos/check", json={"ids": []}, headers=shown).status_code == 200
    assert server.http.delete(f"/tokens/{made['id']}", headers=owner).status_code == 204
    assert server.http.post("/photos/check", json={"ids": []}, headers=shown).status_code == 401
    assert server.http.delete(f"/tokens/{made['id']}", headers=owner).status_code == 404
    assert server.http.post("/tokens", json={"name": " \n"}, headers=owner).status_code == 422


def test_the_owner_sees_and_ends_sessions_over_http(server: WebServer) -> None:
    key, other = (session(server.hub.database) for _ in range(2))
    listed = server.http.get("/sessions", headers=cookie(key)).json()["sessions"]
    (own,) = [one for one in listed if one["present"]]
    assert server.http.delete(f"/sessions/{own['id']}", headers=cookie(other)).status_code == 204
    assert server.http.get("/sessions", headers=cookie(key)).status_code == 401


def test_the_page_of_access_works_without_a_script_and_shows_a_token_once(server: WebServer) -> None:
    owner = cookie(session(server.hub.database))
    made = server.http.post("/access/tokens", data={"name": "<b>tv</b>", "scope": "read"}, headers=owner)
    text = made.text.partition("<code>ms_")[2].partition("</code>")[0]
    assert server.http.get("/photos/", headers=bearer(f"ms_{text}")).status_code == 200
    page = server.http.get("/access", headers=owner)
    assert "&lt;b&gt;tv&lt;/b&gt;" in page.text
    assert text not in page.text
    assert "<script" not in page.text
    assert server.http.post("/access/tokens", data={"name": ""}, headers=owner).status_code == 422
    token_id = text.partition("_")[0]
    assert server.http.post(f"/access/tokens/{token_id}/revoke", headers=owner).headers["location"] == "/access"
    assert server.http.get("/photos/", headers=bearer(f"ms_{text}")).status_code == 401
