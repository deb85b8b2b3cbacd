"""`GPHOTOS_ACCESS_CODE`: a code in the settings buys a log-in once, whatever dies in between."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.access_code import CONNECT, AccessCode, mark_of
from mediascream.destinations.gphotos_connect import DEFAULT_REDIRECT, begin
from mediascream.destinations.gphotos_tokens import require_log_in
from mediascream.errors import DestinationBlocked, TryLater
from mediascream.library.accounts import Accounts, put_account
from mediascream.library.standing import Trouble
from mediascream.photo import DestinationName
from mediascream.queue.worker import Handler
from mediascream.settings import Settings
from mediascream.settings.kinds import Secret
from tests.fakes.google_oauth import AWAY, CLIENT_ID, CLIENT_SECRET, EMAIL, TOKEN, UPLOAD_SCOPE, Google
from tests.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

GPHOTOS = DestinationName.GPHOTOS


class Power(Exception):
    """It went."""


class Owner:
    """Somebody with a library and a settings file."""

    def __init__(self, folder: Path, google: Google, address: str) -> None:
        self.house = House(folder)
        self.google = google
        self.settings = Settings(
            data_folder=folder,
            gphotos_client_id=CLIENT_ID,
            gphotos_secret=Secret(CLIENT_SECRET),
            gphotos_auth_url=f"{address}/o/oauth2/v2/auth",
            gphotos_token_url=f"{address}/token",
            gphotos_api_url=address,
        )

    def allow(self) -> str:
        """What the owner does with the link of `--print-url`: the address that the browser lands on."""
        return self.google.consent(begin(self.settings, DEFAULT_REDIRECT, challenged=False).authorise_url)

    def type(self, code: str | None) -> None:
        """Put it into the settings."""
        self.change(gphotos_access_code=Secret(code) if code is not None else None)

    def change(self, **settings: Any) -> None:
        for name, value in settings.items():
            object.__setattr__(self.settings, name, value)

    def start(self, *, hours: float = 0.1, code: AccessCode | None = None) -> None:
        """Start, and do what is to be done within some hours."""
        code = code or AccessCode(self.house.work, self.settings)
        code.notice()
        self.go_on(code, hours)

    def go_on(self, code: AccessCode, hours: float = 0.1) -> None:
        end = self.house.now + timedelta(hours=hours)
        handlers = {CONNECT: Handler(code.exchange)} | self.house.pipeline.handlers()
        while (due := self.house.todo.next_due()) is not None and due <= end.timestamp():
            self.house.now = max(self.house.now, type(end).fromtimestamp(due, end.tzinfo))
            job = self.house.todo.next()
            assert job is not None
            self.house.todo.do(handlers, job)

    @property
    def secrets(self) -> Mapping[str, str]:
        """What is kept of the log-in."""
        account = Accounts(self.house.database).get(GPHOTOS)
        return account.secrets if account is not None else {}

    @property
    def account(self) -> str | None:
        account = Accounts(self.house.database).get(GPHOTOS)
        return account.account if account is not None else None

    def told(self) -> str:
        """Why the destination is blocked."""
        stands = self.house.standing(GPHOTOS)
        assert stands.trouble is Trouble.BLOCKED
        return stands.detail or ""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    google = Google()
    with google.serving() as address:
        owner = Owner(tmp_path, google, address)
        yield owner
        owner.house.close()


def test_the_landed_address_buys_a_log_in(owner: Owner) -> None:
    owner.type(owner.allow())
    owner.start()
    assert owner.account == EMAIL
    assert owner.secrets["refresh_token"] in owner.google.refresh_tokens
    assert owner.secrets["checks_hash"] == "yes"
    assert owner.house.standing(GPHOTOS).trouble is None


def test_the_bare_code_does_too(owner: Owner) -> None:
    owner.allow()
    owner.type(next(iter(owner.google.codes)))
    owner.start()
    assert owner.account == EMAIL


def test_a_restart_does_not_try_a_used_code_again_and_a_new_one_does(owner: Owner) -> None:
    owner.type(owner.allow())
    owner.start()
    first = owner.secrets["refresh_token"]
    owner.start()
    assert len(owner.google.exchanges) == 1
    owner.type(owner.allow())
    owner.start()
    assert len(owner.google.exchanges) == 2
    assert owner.secrets["refresh_token"] != first


def test_only_a_hash_is_kept_of_the_code_and_the_token_is_sealed(owner: Owner) -> None:
    owner.type(owner.allow())
    owner.start()
    kept = b"".join(path.read_bytes() for path in owner.house.folder.iterdir() if path.is_file())
    assert owner.secrets["refresh_token"].encode() not in kept
    assert not [code for code in owner.google.codes if code.encode() in kept]


def test_a_dead_code_blocks_and_is_not_tried_again(owner: Owner) -> None:
    owner.type("4/dead")
    owner.start()
    assert "GPHOTOS_ACCESS_CODE connects nothing" in owner.told()
    with pytest.raises(DestinationBlocked, match="put a new code there"):
        require_log_in(Accounts(owner.house.database))
    owner.start()
    assert owner.google.exchanges == ["4/dead"]


def test_a_new_code_ends_what_a_dead_one_began(owner: Owner) -> None:
    owner.type("4/dead")
    owner.start()
    owner.type(owner.allow())
    owner.start()
    assert owner.account == EMAIL
    assert owner.house.standing(GPHOTOS).trouble is None


def test_a_dead_code_blocks_the_log_in_of_before_until_it_is_taken_out(owner: Owner) -> None:
    owner.type(owner.allow())
    owner.start()
    owner.type("4/dead")
    owner.start()
    assert owner.told()
    owner.type(None)
    owner.start()
    assert owner.house.standing(GPHOTOS).trouble is None
    assert owner.account == EMAIL


def test_a_dead_code_that_is_taken_out_leaves_nothing_behind(owner: Owner) -> None:
    owner.type("4/dead")
    owner.start()
    owner.type(None)
    owner.start()
    assert owner.secrets == {}
    assert owner.house.standing(GPHOTOS).trouble is None


def test_an_address_of_a_refusal_is_told_without_asking_google(owner: Owner) -> None:
    owner.google.denies = True
    owner.type(owner.allow())
    owner.start()
    assert "not allowed on Google's page" in owner.told()
    assert owner.google.exchanges == []


def test_a_box_that_was_not_ticked_blocks(owner: Owner) -> None:
    owner.google.unticked.add(UPLOAD_SCOPE)
    owner.type(owner.allow())
    owner.start()
    assert "not allowed to let us upload" in owner.told()
    assert "refresh_token" not in owner.secrets


def test_a_wrong_secret_is_told_and_the_code_works_once_it_is_right(owner: Owner) -> None:
    owner.type(owner.allow())
    owner.change(gphotos_secret=Secret("another"))
    owner.start()
    assert "GPHOTOS_SECRET" in owner.told()
    owner.change(gphotos_secret=Secret(CLIENT_SECRET))
    owner.start()
    assert owner.account == EMAIL


def test_google_away_at_the_start_is_tried_again_and_meanwhile_photos_wait(owner: Owner) -> None:
    owner.google.faults[TOKEN] = [AWAY, AWAY]
    owner.type(owner.allow())
    code = AccessCode(owner.house.work, owner.settings)
    owner.start(hours=0, code=code)
    with pytest.raises(TryLater, match="still to be exchanged"):
        require_log_in(Accounts(owner.house.database))
    owner.go_on(code)
    assert owner.account == EMAIL


def test_a_lost_answer_is_told_as_what_it_is(owner: Owner) -> None:
    owner.google.lost[TOKEN] = 1
    owner.type(owner.allow())
    owner.start()
    assert len(owner.google.exchanges) == 2
    assert "the answer got lost" in owner.told()


@pytest.mark.parametrize("arrived", [False, True], ids=["before it was sent", "after it was answered"])
def test_when_power_goes_the_code_is_sent_once_more_and_no_more(owner: Owner, arrived: bool) -> None:
    owner.type(owner.allow())

    class Dying(AccessCode):
        def _buy(self) -> Any:
            if arrived:
                super()._buy()
            raise Power

    dying = Dying(owner.house.work, owner.settings)
    with pytest.raises(Power):
        owner.start(code=dying)
    owner.house.todo.forget()
    owner.start()
    owner.start()
    assert len(owner.google.exchanges) == 1 + arrived
    if arrived:
        assert "the answer got lost" in owner.told()
    else:
        assert owner.account == EMAIL


def test_a_job_of_a_start_that_was_cut_short_does_nothing_beside_the_next_one(owner: Owner) -> None:
    address = owner.allow()
    owner.type(address)
    code = AccessCode(owner.house.work, owner.settings)
    code.notice()
    code.notice()
    code.exchange(mark_of(address), 1, 1)
    assert owner.google.exchanges == []
    code.exchange(mark_of(address), 2, 1)
    assert owner.account == EMAIL


def test_an_api_that_is_not_enabled_does_not_waste_the_code(owner: Owner) -> None:
    owner.google.enabled = False
    owner.type(owner.allow())
    owner.start()
    assert owner.account == EMAIL
    assert owner.secrets["checks_hash"] == "no"


def test_after_taking_leave_the_code_that_still_stands_there_does_nothing(owner: Owner) -> None:
    owner.type(owner.allow())
    owner.house.act(AccessCode(owner.house.work, owner.settings).give_up)
    owner.start()
    assert owner.google.exchanges == []
    assert owner.secrets == {}


def test_a_log_in_made_by_hand_stays_when_no_code_is_set(owner: Owner) -> None:
    owner.house.act(lambda connection: put_account(connection, GPHOTOS, "by hand", {"refresh_token": "1//x"}))
    owner.start()
    assert owner.account == "by hand"
