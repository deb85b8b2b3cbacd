"""A real browser on the gallery: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
WIDE = {"viewport": {"width": 1440, "height": 900}}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window; skips the test where there is none to start."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as started:
        # Without a sandbox of its own: tests may run as root, where Chromium has none, and see our page only.
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page, and all that it did which no page of ours may do.

    Attributes:
        faults: Errors of scripts, and what the Content-Security-Policy refused.
        hosts: Every host that was asked for anything.
    """

    def __init__(self, browser: Browser, **options: Any) -> None:
        self.page: Page = browser.new_context(locale="en-GB", **options).new_page()
        self.page.set_default_timeout(20_000)
        self.faults: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._said)
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        # An answer that is an error is told on the console too; the page shows it, and tests look at that.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(message.text)

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"} and address.hostname:
            self.hosts.add(address.hostname)
