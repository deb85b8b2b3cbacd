"""A passkey in a real Chromium, whose authenticator is its own virtual one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.doors import PASSWORD, set_password
from tests.integration.web_server import WebServer, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import CDPSession, Page

    from tests.e2e.browser import Watched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with serving(tmp_path_factory.mktemp("data")) as server:
        set_password(server.hub.database)
        yield server


class Device:
    """The virtual authenticator of a page: a phone with a screen lock that its owner can open, or not."""

    def __init__(self, page: Page) -> None:
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        made = self.cdp.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        self.id: str = made["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        held: list[dict[str, Any]] = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return held

    def recognises(self, *, owner: bool) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": owner})


def log_in(page: Page, address: str) -> None:
    """By the password, to the page where passkeys are."""
    page.goto(f"{address}/login?next=/access")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(f"{address}/access")


def add(page: Page, name: str) -> None:
    page.get_by_label("What the new passkey is on").fill(name)
    page.get_by_role("button", name="Add a passkey").click()


def log_out(page: Page, address: str) -> None:
    page.goto(f"{address}/logout")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{address}/login")


def enter(page: Page) -> None:
    page.get_by_role("button", name="Log in with a passkey").click()


def test_a_passkey_is_added_and_opens_the_door_for_whom_its_device_recognises(
    server: WebServer, watch: Callable[..., Watched]
) -> None:
    page, address = watch().page, f"http://localhost:{server.port}"
    device = Device(page)
    log_in(page, address)
    add(page, "Anna's phone")
    row = page.get_by_role("row", name="Anna's phone")
    row.get_by_text("never").wait_for()
    (held,) = device.credentials()
    assert (held["rpId"], held["isResidentCredential"]) == ("localhost", True)
    add(page, "the same phone")
    page.get_by_text("This device has a passkey for this place already.").wait_for()

    log_out(page, address)
    page.goto(f"{address}/login?next=/access")
    device.recognises(owner=False)
    enter(page)
    page.get_by_text("No passkey was used.").wait_for()
    device.recognises(owner=True)
    enter(page)
    page.wait_for_url(f"{address}/access")
    assert "never" not in row.inner_text()


def test_a_passkey_that_was_removed_elsewhere_opens_nothing(server: WebServer, watch: Callable[..., Watched]) -> None:
    page, other, address = watch().page, watch().page, f"http://localhost:{server.port}"
    assert Device(page).credentials() == []
    log_in(page, address)
    add(page, "a lost phone")
    page.get_by_role("row", name="a lost phone").wait_for()
    log_out(page, address)
    log_in(other, address)
    other.get_by_role("row", name="a lost phone").get_by_role("button", name="Remove").click()
    other.get_by_role("row", name="a lost phone").wait_for(state="detached")
    enter(page)
    page.get_by_text("not known here, or was removed").wait_for()
    page.goto(f"{address}/access")
    assert page.url == f"{address}/login?next=/access"
