from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.errors import CallerRefused
from mediascream.library import scopes
from mediascream.web.access import OWNER, RIGHTS_OF_SCOPE, Caller, Right, need_of
from mediascream.web.app import description
from mediascream.web.doorkeeper import Doorkeeper, asked
from mediascream.web.gate import Gate
from mediascream.web.identities import Known
from mediascream.web.peers import Peer, SocketEntry, judge
from tests.doors import VARIABLE

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from mediascream.web.credentials import Credentials
    from mediascream.web.peers import Address

ME = 1000


class FakePeers:
    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    def who(self, client: Address, server: Address) -> Peer:
        return self.peer


class FakeIdentities:
    """Knows these tokens and sessions by their text."""

    def __init__(self, *, guarded: bool = False, **callers: Caller) -> None:
        self.guarded = guarded
        self.callers = callers

    async def look(self, shown: Credentials) -> Known:
        return Known(self.guarded, self.callers.get(shown.token if shown.token is not None else shown.session or ""))


def request(method: str = "GET", path: str = "/photos/", **headers: str) -> Scope:
    named = {"host": "localhost:5000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    addresses = {"client": ("127.0.0.1", 40_000), "server": ("127.0.0.1", 5000)}
    return {"type": "http", "scheme": "http", "method": method, "path": path, "headers": raw, "state": {}, **addresses}


def knock(scope: Scope, *, peer: Peer = Peer.OURS) -> tuple[int, dict[str, Any] | None, Caller | None]:
    """Status, problem and caller; 200 is the app's."""
    sent: list[Message] = []
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    gate = Gate(app, doorkeeper=Doorkeeper(), identities=FakeIdentities(), peers=FakePeers(peer))
    asyncio.run(gate(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"]), seen[0]["state"].get("caller") if seen else None


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:5000", "LOCALHOST:8080", "127.0.0.1:5000", "[::1]:5000", "[::1]"]
)
def test_this_machine_by_any_of_its_names_is_let_in_as_owner(host: str) -> None:
    assert knock(request(host=host)) == (200, {}, OWNER)


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example:5000", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2", "[::2]",
     "localhost:", "localhost:5000:1", "localhost:5000 ", "user@localhost", "0.0.0.0:5000", "::1"],
)  # fmt: skip
def test_a_foreign_host_is_turned_away_with_what_to_do(host: str) -> None:
    status, problem, caller = knock(request(host=host))
    assert (status, caller) == (403, None)
    assert problem is not None
    assert problem["code"] == "caller-refused"
    assert "http://localhost" in problem["detail"]


def test_two_hosts_or_none_are_turned_away() -> None:
    scope = request()
    scope["headers"].append((b"host", b"localhost"))
    assert knock(scope)[0] == 403
    scope["headers"] = []
    assert knock(scope)[0] == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost:5000"}, 200),
        ({"origin": "http://localhost:5000", "sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "none"}, 200),
        ({"origin": "http://localhost:3000"}, 403),
        ({"origin": "https://localhost:5000"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "unheard-of"}, 403),
        ({"origin": "http://evil.example", "sec_fetch_site": "same-origin"}, 403),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_another_sites_page_is_turned_away(headers: dict[str, str], status: int, method: str) -> None:
    assert knock(request(method, **headers))[0] == status


LINK = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}


@pytest.mark.parametrize(
    ("method", "path", "changes", "status"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/docs", {}, 200),
        ("GET", "/connect/flickr/callback", {}, 200),
        ("GET", "/connect/flickr", {}, 403),
        ("GET", "/photos/", {}, 403),
        ("POST", "/", {}, 403),
        ("GET", "/", {"sec_fetch_mode": "no-cors"}, 403),
        ("GET", "/", {"sec_fetch_dest": "iframe"}, 403),
    ],
)
def test_only_following_a_link_to_a_page_is_fine(method: str, path: str, changes: dict[str, str], status: int) -> None:
    assert knock(request(method, path, **(LINK | changes)))[0] == status


@pytest.mark.parametrize("header", ["forwarded", "via", "x_forwarded_for", "x_forwarded_proto", "x_forwarded_host"])
def test_what_came_through_a_proxy_is_turned_away(header: str) -> None:
    status, problem, _ = knock(request(**{header: "x"}))
    assert status == 403
    assert problem is not None
    assert header.replace("_", "-") in problem["detail"]


@pytest.mark.parametrize(
    ("peer", "status"), [(Peer.OURS, 200), (Peer.UNKNOWN, 200), (Peer.FOREIGN, 403), (Peer.GONE, 403)]
)
def test_other_users_of_this_machine_are_turned_away(peer: Peer, status: int) -> None:
    assert knock(request(), peer=peer)[0] == status


@pytest.mark.parametrize(
    ("scope", "peer"),
    [
        (request(path="/health", host="evil.example"), Peer.OURS),
        (request(path="/health", x_forwarded_for="x"), Peer.OURS),
        (request(path="/health"), Peer.FOREIGN),
    ],
)
def test_health_is_open_to_all_but_tells_strangers_apart(scope: Scope, peer: Peer) -> None:
    assert knock(scope, peer=peer) == (200, {}, None)
    assert knock(request(path="/health"))[2] == OWNER


def test_a_websocket_is_never_let_in() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def never(*_: object) -> Any:
        raise AssertionError

    asyncio.run(
        Gate(never, doorkeeper=Doorkeeper(), identities=FakeIdentities(), peers=None)(
            {"type": "websocket"}, never, send
        )
    )
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("method", "path", "right"),
    [
        ("GET", "/health", None),
        ("POST", "/health", Right.KEYS),
        ("POST", "/photos", Right.UPLOAD),
        ("POST", "/photos/", Right.UPLOAD),
        ("PUT", "/photos/3f9a", Right.UPLOAD),
        ("GET", "/photos/3f9a", Right.ASK),
        ("GET", "/photos/", Right.READ),
        ("GET", "/photos/3f9a/original", Right.READ),
        ("GET", "/timeline/2026-11", Right.READ),
        ("GET", "/tags", Right.READ),
        ("GET", "/metrics", Right.READ),
        ("GET", "/checks", Right.READ),
        ("PATCH", "/photos/3f9a", Right.OWNER),
        ("DELETE", "/photos/3f9a", Right.OWNER),
        ("POST", "/photos/3f9a/retry", Right.OWNER),
        ("POST", "/destinations/s3/pause", Right.OWNER),
        ("GET", "/something/new", Right.KEYS),
        ("GET", "/health/../photos", Right.KEYS),
    ],
)
def test_what_is_not_named_is_the_owners_alone(method: str, path: str, right: Right | None) -> None:
    assert need_of(method, path) == right


def test_an_owner_may_everything_and_a_sender_only_send() -> None:
    sender = Caller("phone", RIGHTS_OF_SCOPE[scopes.Scope.UPLOAD])
    assert all(OWNER.may(right) for right in Right)
    assert [right for right in Right if sender.may(right)] == [Right.KNOCK, Right.ASK, Right.UPLOAD]


def test_the_description_says_of_every_route_that_is_not_open_whom_it_turns_away() -> None:
    silent = [
        f"{method} {path}"
        for path, operations in description()["paths"].items()
        for method, operation in operations.items()
        if need_of(method.upper(), VARIABLE.sub("x", path)) not in {None, Right.KNOCK}
        and not {"401", "403"} <= set(operation["responses"])
    ]
    assert silent == []


def test_no_token_may_make_tokens() -> None:
    assert not any(Right.KEYS in rights for rights in RIGHTS_OF_SCOPE.values())


def test_the_doorkeeper_goes_by_the_names_it_was_given_once_a_password_is_set() -> None:
    door = Doorkeeper(names=frozenset({"nas.example"}))
    for host in ("nas.example:443", "localhost:5000", "192.0.2.7:5000"):
        door.check_guarded(asked(request(host=host)), ("192.0.2.7", 5000))
    with pytest.raises(CallerRefused):
        door.check_guarded(asked(request(host="other.example")), ("192.0.2.7", 5000))
    with pytest.raises(CallerRefused):
        door.check_open_house(asked(request(host="nas.example:443")), None, None)


@pytest.mark.parametrize(
    ("peer", "own", "who"),
    [
        (SocketEntry(ME, 17, 1), None, Peer.OURS),
        (SocketEntry(0, 17, 1), None, Peer.OURS),
        (SocketEntry(ME + 1, 17, 1), None, Peer.FOREIGN),
        (SocketEntry(0, 0, 4), None, Peer.GONE),
        (SocketEntry(ME, 0, 6), None, Peer.GONE),
        (None, SocketEntry(ME, 18, 1), Peer.UNKNOWN),
        (None, SocketEntry(ME, 18, 8), Peer.GONE),
        (None, None, Peer.GONE),
    ],
)
def test_the_kernels_word_is_understood(peer: SocketEntry | None, own: SocketEntry | None, who: Peer) -> None:
    assert judge(peer, own, uid=ME) == who
