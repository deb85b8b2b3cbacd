"""Passkeys: a device in software that does as it should opens the door, and one that lies does not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.library import guesses, passkeys, passwords, schema
from mediascream.web.credentials import COOKIE
from mediascream.web.pending import Challenge
from mediascream.web.site import build_site
from mediascream.web.waiting import Waiting
from tests.doors import PASSWORD, cookie, hold_last_guess, session, set_password
from tests.fakes.authenticator import PRESENT, Authenticator, Lies, to_text
from tests.integration.web_server import WebServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with serving(tmp_path_factory.mktemp("data")) as server:
        set_password(server.hub.database)
        yield server


@pytest.fixture
def server(house: WebServer) -> WebServer:
    """A server whose door nobody has tried yet, and which knows no passkeys."""

    def forget(connection: Any) -> None:
        connection.execute(schema.guesses.delete())
        connection.execute(schema.passkeys.delete())

    house.hub.database.write(forget)
    house.http.cookies.clear()
    return house


@dataclass
class Owner:
    """Somebody who is logged in, at http://localhost."""

    server: WebServer
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        host = {"Host": f"localhost:{self.server.port}"}
        self.headers = cookie(session(self.server.hub.database)) | host
        self.door = host

    def device(self, **more: Any) -> Authenticator:
        return Authenticator(f"http://localhost:{self.server.port}", **more)

    def begin(self) -> dict[str, Any]:
        options: dict[str, Any] = self.server.http.post("/access/passkeys/options", headers=self.headers).json()
        return options

    def keep(self, answer: dict[str, Any], name: str = "phone") -> httpx2.Response:
        body = {"name": name, "credential": answer}
        return self.server.http.post("/access/passkeys", json=body, headers=self.headers)

    def added(self, name: str = "phone", **more: Any) -> Authenticator:
        device = self.device(**more)
        assert self.keep(device.make(self.begin()), name).status_code == 201
        return device

    def knock(self) -> dict[str, Any]:
        options: dict[str, Any] = self.server.http.post("/login/passkey/options", headers=self.door).json()
        return options

    def enter(self, answer: object, **more: object) -> httpx2.Response:
        body = {"credential": answer, "next": "/docs"} | more
        answered = self.server.http.post("/login/passkey", json=body, headers=self.door)
        self.server.http.cookies.clear()
        return answered

    def kept(self) -> list[passkeys.Passkey]:
        with self.server.hub.database.reading() as connection:
            return passkeys.listed(connection)

    def page(self, path: str) -> str:
        return self.server.http.get(path, headers=self.headers if path == "/access" else self.door).text


@pytest.fixture
def owner(server: WebServer) -> Owner:
    return Owner(server)


def test_a_passkey_is_added_opens_the_door_and_is_removed(owner: Owner) -> None:
    assert "passkey" not in owner.page("/login")
    device = owner.added("Anna's <phone>")
    assert "Anna&#x27;s &lt;phone&gt;" in owner.page("/access")
    assert "Log in with a passkey" in owner.page("/login")
    entered = owner.enter(device.sign(owner.knock()))
    assert (entered.status_code, entered.json()) == (200, {"next": "/docs"})
    said = entered.headers["set-cookie"].lower()
    assert all(word in said for word in (f"{COOKIE}=", "httponly", "samesite=lax", "path=/"))
    inside = cookie(entered.headers["set-cookie"].split(";")[0].partition("=")[2])
    assert owner.server.http.get("/photos/", headers=inside).status_code == 200
    (kept,) = owner.kept()
    assert kept.used_at is not None
    removed = owner.server.http.post(f"/access/passkeys/{kept.id}/remove", headers=owner.headers)
    assert (removed.status_code, owner.kept()) == (303, [])
    assert owner.server.http.get("/photos/", headers=inside).status_code == 401, "who came in by it must be out"
    assert owner.server.http.get("/photos/", headers=owner.headers).status_code == 200
    assert owner.enter(device.sign(owner.knock())).status_code == 401


@pytest.mark.parametrize(
    "lies",
    [
        Lies(origin="https://evil.example"),
        Lies(origin="http://localhost:1"),
        Lies(name="evil.example"),
        Lies(kind="webauthn.create"),
        Lies(flags=PRESENT),
        Lies(flags=0),
        Lies(user=b"somebody else"),
        Lies(signature=b"made up"),
    ],
    ids=["site", "port", "name", "kind", "user not verified", "nobody there", "user", "signature"],
)
def test_an_answer_that_does_not_prove_all_of_it_lets_nobody_in(owner: Owner, lies: Lies) -> None:
    refused = owner.enter(owner.added().sign(owner.knock(), lies))
    assert (refused.status_code, refused.json()["code"]) == (401, "login-needed")
    assert "set-cookie" not in refused.headers


def test_a_challenge_is_good_for_one_answer_whatever_that_is(owner: Owner) -> None:
    device, options = owner.added(), owner.knock()
    answer = device.sign(options)
    assert owner.enter(answer).status_code == 200
    replayed = owner.enter(answer)
    assert (replayed.status_code, replayed.json()["code"]) == (400, "log-in-failed")
    spoilt = owner.knock()
    assert owner.enter(device.sign(spoilt, Lies(signature=b"made up"))).status_code == 401
    assert owner.enter(device.sign(spoilt)).status_code == 400


def test_a_challenge_that_was_made_up_or_given_for_something_else_is_no_use(owner: Owner) -> None:
    device = owner.added()
    assert owner.enter(device.sign(owner.knock(), Lies(challenge=to_text(bytes(64))))).status_code == 400
    to_add = owner.begin() | {"rpId": "localhost"}
    assert owner.enter(device.sign(to_add)).status_code == 400
    other = owner.device()
    to_enter = {**owner.begin(), "challenge": owner.knock()["challenge"]}
    assert owner.keep(other.make(to_enter)).status_code == 400


def test_a_challenge_to_add_is_of_one_session_alone(owner: Owner) -> None:
    options = owner.begin()
    other = Owner(owner.server)
    assert other.keep(other.device().make(options)).status_code == 400
    assert other.kept() == []


def test_a_challenge_dies_of_age() -> None:
    now = 0.0
    challenges: Waiting[Challenge] = Waiting(clock=lambda: now, patience_s=300)
    challenges.put("old", Challenge(adding=False))
    challenges.put("young", Challenge(adding=False))
    now = 299.0
    assert challenges.take("young") is not None
    now = 300.0
    assert challenges.take("old") is None


def test_a_server_keeps_its_challenges_for_five_minutes_and_those_of_many(server: WebServer) -> None:
    site = build_site(server.hub)
    assert (site.challenges.patience_s, site.challenges.most) == (300, 10_000)
    site.close()


@pytest.mark.parametrize(
    "lies",
    [Lies(origin="https://evil.example"), Lies(name="evil.example"), Lies(kind="webauthn.get"), Lies(flags=0x41)],
    ids=["origin", "name", "kind", "user not verified"],
)
def test_a_passkey_that_was_made_elsewhere_or_without_its_user_is_not_kept(owner: Owner, lies: Lies) -> None:
    refused = owner.keep(owner.device().make(owner.begin(), lies))
    assert (refused.status_code, refused.json()["code"]) == (422, "field-invalid")
    assert owner.kept() == []


def test_a_copied_passkey_is_noticed_and_opens_nothing_any_more(owner: Owner) -> None:
    device = owner.added()
    copy = device.copied()
    assert owner.enter(device.sign(owner.knock())).status_code == 200
    refused = owner.enter(copy.sign(owner.knock()))
    assert refused.status_code == 401
    assert "copied" in refused.json()["detail"]
    assert owner.enter(device.sign(owner.knock())).status_code == 401, "nobody knows which of the two is the owner's"
    assert "may have been copied" in owner.page("/access")
    assert "Log in with a passkey" not in owner.page("/login")


def test_a_device_that_does_not_count_its_signatures_is_fine(owner: Owner) -> None:
    device = owner.added(count=None)
    assert [owner.enter(device.sign(owner.knock())).status_code for _ in range(2)] == [200, 200]


def test_a_device_is_told_which_passkeys_there_are_and_one_is_not_kept_twice(owner: Owner) -> None:
    device = owner.added()
    again = owner.begin()
    assert [one["id"] for one in again["excludeCredentials"]] == [to_text(device.credential)]
    assert again["authenticatorSelection"]["userVerification"] == "required"
    assert again["authenticatorSelection"]["residentKey"] == "required"
    assert owner.keep(device.make(again)).status_code == 409
    assert owner.knock()["userVerification"] == "required"


def test_a_passkey_needs_a_name(owner: Owner) -> None:
    for name in ("", " ", "a\nb"):
        assert owner.keep(owner.device().make(owner.begin()), name).status_code == 422
    assert owner.kept() == []


def test_attempts_are_slowed_down_as_passwords_are_and_success_forgives_them(owner: Owner) -> None:
    device = owner.added()

    def attempt() -> int:
        return owner.enter(device.sign(owner.knock(), Lies(signature=b"made up"))).status_code

    assert [attempt() for _ in range(10)] == [401] * 10
    hold_last_guess(owner.server.hub.database, minutes=1)
    slowed = owner.enter(device.sign(owner.knock()))
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) >= 1
    hold_last_guess(owner.server.hub.database, minutes=-20)
    assert owner.enter(device.sign(owner.knock())).status_code == 200
    with owner.server.hub.database.reading() as connection:
        assert (
            connection.execute(schema.guesses.select().where(schema.guesses.c.source == guesses.HOME)).first() is None
        )


def test_at_another_address_than_its_own_a_passkey_is_not_offered_and_not_taken(owner: Owner) -> None:
    device = owner.added()
    numbers = {"Host": f"127.0.0.1:{owner.server.port}"}
    assert "passkey" not in owner.server.http.get("/login", headers=numbers).text
    assert owner.server.http.post("/login/passkey/options", headers=numbers).status_code == 400
    answer = {"credential": device.sign(owner.knock())}
    assert owner.server.http.post("/login/passkey", json=answer, headers=numbers).status_code == 400
    told = owner.server.http.get("/access", headers=owner.headers | numbers).text
    assert f"http://localhost:{owner.server.port}/access" in told


def test_without_a_password_there_is_nothing_to_open(owner: Owner) -> None:
    device = owner.added()
    answer, options = device.sign(owner.knock()), owner.begin()
    database = owner.server.hub.database
    database.write(passwords.remove)
    try:
        assert owner.enter(answer).status_code == 400
        assert owner.keep(device.make(options)).status_code == 400
    finally:
        set_password(database, PASSWORD)


def test_where_the_extra_is_not_installed_the_pages_say_so_and_the_password_works(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.added()
    monkeypatch.setitem(sys.modules, "webauthn", None)
    monkeypatch.delitem(sys.modules, "mediascream.web.ceremonies")  # it was read by the first passkey
    monkeypatch.delattr("mediascream.web.ceremonies")
    assert "passkey" not in owner.page("/login")
    assert "pip install 'mediascream[passkeys]'" in owner.page("/access")
    for path in ("/login/passkey/options", "/login/passkey", "/access/passkeys/options", "/access/passkeys"):
        refused = owner.server.http.post(path, headers=owner.headers)
        assert (refused.status_code, "not installed" in refused.json()["detail"]) == (400, True)
    entered = owner.server.http.post("/login", data={"password": PASSWORD}, headers=owner.door)
    assert entered.status_code == 303


def test_a_server_starts_without_loading_what_other_ways_to_log_in_take() -> None:
    program = "import sys, mediascream.web.app; print(sorted({'webauthn', 'joserfc', 'cbor2'} & sys.modules.keys()))"
    started = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert started.stdout == "[]\n"


def test_an_answer_is_not_sent_elsewhere_after_it(owner: Owner) -> None:
    device = owner.added()
    assert owner.enter(device.sign(owner.knock()), next="//evil.example").json() == {"next": "/"}
