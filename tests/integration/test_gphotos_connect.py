"""Logging in at Google, step by step, against the strict fake."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mediascream.destinations.gphotos_connect import (
    DEFAULT_REDIRECT,
    Begun,
    GoogleAccount,
    app_from,
    begin,
    finish,
    landed,
    look,
    what_it_allows,
)
from mediascream.destinations.gphotos_http import Http
from mediascream.destinations.gphotos_tokens import TokenEndpoint
from mediascream.errors import DestinationBlocked, TryLater
from mediascream.settings import Settings
from mediascream.settings.kinds import Secret
from tests.fakes.google_oauth import (
    AWAY,
    CLIENT_ID,
    CLIENT_SECRET,
    CODE_AGE_S,
    EDIT_SCOPE,
    EMAIL,
    LIST_SCOPE,
    TOKEN,
    UPLOAD_SCOPE,
    Google,
    Refusal,
    Reply,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.destinations.gphotos_tokens import Grant


class Owner:
    """A person with the settings of a client, and what they do."""

    def __init__(self, google: Google, address: str) -> None:
        self.google = google
        self.settings = Settings(
            data_folder=Path("/data"),
            gphotos_client_id=CLIENT_ID,
            gphotos_secret=Secret(CLIENT_SECRET),
            gphotos_auth_url=f"{address}/o/oauth2/v2/auth",
            gphotos_token_url=f"{address}/token",
            gphotos_api_url=address,
        )

    def begin(self, *, challenged: bool = True) -> Begun:
        return begin(self.settings, DEFAULT_REDIRECT, challenged=challenged)

    def finish(self, begun: Begun, code: str) -> Grant:
        with self.endpoint() as endpoint:
            return finish(endpoint, code, begun.redirect_uri, begun.verifier)

    def log_in(self) -> Grant:
        begun = self.begin()
        return self.finish(begun, landed(self.google.consent(begun.authorise_url), state=begun.state))

    def look(self, grant: Grant) -> GoogleAccount:
        with closing(Http()) as http:
            return look(http, self.settings.gphotos_api_url, grant)

    @contextmanager
    def endpoint(self) -> Iterator[TokenEndpoint]:
        app = app_from(self.settings)
        assert app is not None
        with closing(Http()) as http:
            yield TokenEndpoint(http, self.settings.gphotos_token_url, app)


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.fixture
def owner(google: Google) -> Iterator[Owner]:
    with google.serving() as address:
        yield Owner(google, address)


def test_a_log_in_names_the_account_and_lasts(owner: Owner, google: Google) -> None:
    grant = owner.log_in()
    assert owner.look(grant).label == EMAIL
    assert (grant.ends_s, grant.clock) == (None, None)
    assert list(google.refresh_tokens) == [grant.refresh_token]


def test_without_a_challenge_no_verifier_is_sent(owner: Owner, google: Google) -> None:
    begun = owner.begin(challenged=False)
    assert owner.finish(begun, landed(google.consent(begun.authorise_url))).refresh_token


def test_a_code_is_good_once(owner: Owner, google: Google) -> None:
    begun = owner.begin()
    code = landed(google.consent(begun.authorise_url))
    owner.finish(begun, code)
    with pytest.raises(DestinationBlocked, match="good once") as caught:
        owner.finish(begun, code)
    assert caught.value.reason == "code-refused"


def test_a_code_is_good_for_ten_minutes(owner: Owner, google: Google) -> None:
    begun = owner.begin()
    code = landed(google.consent(begun.authorise_url))
    google.age(CODE_AGE_S + 1)
    with pytest.raises(DestinationBlocked, match="few minutes"):
        owner.finish(begun, code)


def test_a_code_that_was_begun_elsewhere_buys_nothing_here(owner: Owner, google: Google) -> None:
    code = landed(google.consent(owner.begin().authorise_url))
    with pytest.raises(DestinationBlocked, match="does not take this code"):
        owner.finish(owner.begin(), code)


@pytest.mark.parametrize(
    ("scope", "told"), [(UPLOAD_SCOPE, "upload"), (LIST_SCOPE, "see what was uploaded"), (EDIT_SCOPE, "albums")]
)
def test_a_box_that_was_not_ticked_is_named_and_connects_nothing(
    owner: Owner, google: Google, scope: str, told: str
) -> None:
    google.unticked.add(scope)
    with pytest.raises(DestinationBlocked, match=f"not allowed to let us .*{told}") as caught:
        owner.log_in()
    assert "tick every box" in caught.value.detail


@pytest.mark.parametrize(
    ("setting", "value"),
    [("gphotos_client_id", "another"), ("gphotos_secret", Secret("another"))],
    ids=["client", "secret"],
)
def test_a_wrong_key_is_told_with_its_setting_alone(owner: Owner, google: Google, setting: str, value: object) -> None:
    begun = owner.begin()
    code = landed(google.consent(begun.authorise_url))
    object.__setattr__(owner.settings, setting, value)
    with pytest.raises(DestinationBlocked) as caught:
        owner.finish(begun, code)
    named = [name for name in ("GPHOTOS_CLIENT_ID", "GPHOTOS_SECRET") if name in caught.value.detail]
    assert named == [setting.upper()]
    assert code not in caught.value.detail


def test_another_redirect_address_is_told_with_its_setting(owner: Owner, google: Google) -> None:
    begun = owner.begin()
    code = landed(google.consent(begun.authorise_url))
    with owner.endpoint() as endpoint, pytest.raises(DestinationBlocked, match="GPHOTOS_REDIRECT_URI"):
        finish(endpoint, code, begun.redirect_uri + "/", begun.verifier)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (AWAY, "unreachable"),
        (Reply(429, {}), "unreachable"),
        (Reply(200, "<html>a proxy</html>"), "answer-unreadable"),
        (Reply(200, []), "answer-unreadable"),
        (Reply(400, "<html>a proxy</html>"), "unreachable"),
        (None, "connection-broken"),
    ],
)
def test_what_passes_is_no_verdict_on_the_code(owner: Owner, google: Google, reply: Reply | None, reason: str) -> None:
    begun = owner.begin()
    code = landed(google.consent(begun.authorise_url))
    google.faults[TOKEN] = [reply]
    with pytest.raises(TryLater) as caught:
        owner.finish(begun, code)
    assert caught.value.reason == reason
    assert owner.finish(begun, code).refresh_token


def test_a_google_that_is_away_says_so(owner: Owner) -> None:
    object.__setattr__(owner.settings, "gphotos_token_url", "http://127.0.0.1:1/token")
    with pytest.raises(TryLater, match="cannot be reached"):
        owner.finish(owner.begin(), "4/code")


def test_the_server_can_refuse_the_address_to_come_back_to(google: Google, owner: Owner) -> None:
    google.desktop = False
    with pytest.raises(Refusal, match="redirect_uri_mismatch"):
        owner.log_in()
    google.registered.add(DEFAULT_REDIRECT)
    assert owner.log_in().refresh_token


@pytest.mark.parametrize("checks_hash", [True, False])
def test_a_look_tells_whether_a_wrong_checksum_is_refused(owner: Owner, google: Google, checks_hash: bool) -> None:
    google.checks_hash = checks_hash
    assert owner.look(owner.log_in()) == GoogleAccount(EMAIL, checks_hash)


def test_an_api_that_is_not_enabled_is_told_with_the_page_that_enables_it(owner: Owner, google: Google) -> None:
    google.enabled = False
    with pytest.raises(DestinationBlocked, match="not enabled") as caught:
        owner.look(owner.log_in())
    page = "https://console.developers.google.com/apis/api/photoslibrary.googleapis.com/overview?project=1234"
    assert f"enable it at {page}," in caught.value.detail


@pytest.mark.parametrize(
    ("reply", "error", "told"),
    [
        (Reply(403, "<html>no</html>"), DestinationBlocked, "does not let"),
        (Reply(503, "<html>no</html>"), TryLater, "does not answer now"),
        (Reply(404, "<html>no</html>"), DestinationBlocked, "does not understand"),
        (None, TryLater, "broke before the answer"),
    ],
)
def test_a_look_that_fails_says_why(
    owner: Owner, google: Google, reply: Reply | None, error: type[Exception], told: str
) -> None:
    grant = owner.log_in()
    google.faults["/v1/albums?pageSize=1&excludeNonAppCreatedData=true"] = [reply]
    with pytest.raises(error, match=told):
        owner.look(grant)


def test_a_log_in_of_a_client_in_testing_is_told_to_end(owner: Owner, google: Google) -> None:
    google.testing = True
    told = what_it_allows(GoogleAccount(EMAIL, checks_hash=True), owner.log_in(), None)
    assert any("ends in 7 days" in line and "Publish app" in line for line in told)


def test_a_clock_that_is_an_hour_behind_is_told(owner: Owner, google: Google) -> None:
    google.clock_ahead_s = 3600
    told = what_it_allows(GoogleAccount(EMAIL, checks_hash=True), owner.log_in(), None)
    assert any("60 minutes behind" in line for line in told)


def test_another_hour_is_had_for_the_log_in(owner: Owner, google: Google) -> None:
    grant = owner.log_in()
    with owner.endpoint() as endpoint:
        again = endpoint.refresh(grant.refresh_token or "")
        assert (again.refresh_token, again.lives_s) == (None, 3599)
        google.revoke()
        with pytest.raises(DestinationBlocked, match="connect gphotos") as caught:
            endpoint.refresh(grant.refresh_token or "")
    assert caught.value.reason == "log-in-refused"


def test_a_log_in_is_given_back_once_and_a_dead_one_does_no_harm(owner: Owner, google: Google) -> None:
    grant = owner.log_in()
    with owner.endpoint() as endpoint:
        endpoint.revoke(grant.refresh_token or "")
        endpoint.revoke(grant.refresh_token or "")
    assert google.revoked == [grant.refresh_token]
