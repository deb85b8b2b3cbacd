"""Logging in at a real, certified provider (npm's oidc-provider), in a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from hatch_build import find_node
from mediascream.settings import Secret
from tests.doors import set_password
from tests.e2e.running import ROOT, free_port
from tests.integration.web_server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@contextmanager
def provider(port: int, redirect_uri: str) -> Iterator[None]:
    """The provider, for as long as the body lasts."""
    if not (ROOT / "gallery" / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("oidc-provider is not installed (make test installs it)")
    node = shutil.which("node", path=os.pathsep.join([str(find_node()), os.environ["PATH"]]))
    assert node is not None
    command = [node, str(Path(__file__).with_name("oidc_provider.mjs")), str(port), redirect_uri]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert "listening" in process.stdout.readline()
            yield
        finally:
            process.stdin.close()


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """A page in a browser that knows nobody; what the provider's pages want from elsewhere, it does not get."""
    with browser.new_context() as context:
        context.route(lambda url: urlsplit(url).hostname not in {"localhost", "127.0.0.1"}, lambda route: route.abort())
        yield context.new_page()


def log_in(page: Page, address: str, issuer: str, who: str) -> None:
    """As a person does it, up to where the provider sends the browser back."""
    page.goto(f"{address}/login?next=/access")
    page.get_by_role("link", name=f"Log in at {urlsplit(issuer).netloc}").click()
    page.locator("[name=login]").fill(who)
    page.locator("[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_the_owner_logs_in_at_a_real_provider_and_a_guest_does_not(tmp_path: Path, browser: Browser) -> None:
    port = free_port()
    issuer, secret = f"http://127.0.0.1:{port}", Secret("a secret of some length, long enough")
    client = {"oidc_issuer": issuer, "oidc_client_id": "mediascream", "oidc_client_secret": secret}
    with serving(tmp_path / "data", oidc_subject="petra", **client) as server:
        set_password(server.hub.database)
        address = f"http://localhost:{server.port}"
        with provider(port, f"{address}/login/oidc/callback"):
            with opened(browser) as page:
                log_in(page, address, issuer, "guest")
                page.get_by_text("The provider calls you 'guest'").wait_for()
                page.goto(f"{address}/access")
                assert page.url == f"{address}/login?next=/access"
            with opened(browser) as page:
                log_in(page, address, issuer, "petra")
                page.wait_for_url(f"{address}/access")
                page.get_by_role("heading", name="Who may come in").wait_for()
