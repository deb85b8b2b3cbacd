"""Pictures of the gallery for the documentation, of drawn photos: `python gallery/dev/screenshots.py`.

Needs the test dependencies (Playwright, Pillow), Chromium and Node.js; the page must be built
(`python hatch_build.py`).
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
SCREENS = {
    "wide": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True},
}


def main() -> None:
    """Take all of them."""
    static = ROOT / "src" / "mediascream" / "web" / "static"
    command = ["node", "dev/server.js", "--port", "0", "--count", "900", "--static", str(static)]
    fake = subprocess.Popen(command, cwd=ROOT / "gallery", stdout=subprocess.PIPE, text=True)
    assert fake.stdout is not None
    found = re.search(r"http://\S+", fake.stdout.readline())
    assert found
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for screen, options in SCREENS.items():
                for scheme in ("light", "dark"):
                    tour(browser, found[0], f"{screen}-{scheme}", color_scheme=scheme, **options)
    finally:
        fake.terminate()


def tour(browser: Browser, address: str, name: str, **options: object) -> None:
    """The main pages on one screen."""
    page = browser.new_context(locale="en-GB", reduced_motion="reduce", **options).new_page()  # type: ignore[arg-type]
    page.goto(address)
    page.locator("main a[data-id] img.loaded").first.wait_for()
    keep(page, f"photos-{name}")
    page.locator("main a[data-id]").nth(3).click()
    page.locator("[role=dialog][aria-busy=false]").wait_for()
    page.keyboard.press("i")
    keep(page, f"receipts-{name}")
    page.goto(f"{address}/?page=deliveries")
    page.locator("tbody tr").first.wait_for()
    keep(page, f"deliveries-{name}")
    page.goto(f"{address}/?page=phone")
    page.get_by_label("What the phone calls this server").fill("https://photos.example.org")
    keep(page, f"phone-{name}")
    page.context.close()


def keep(page: Page, name: str) -> None:
    """One picture, small enough for a repository."""
    time.sleep(1)
    IMAGES.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.save(IMAGES / f"{name}.webp", quality=82, method=6)


if __name__ == "__main__":
    main()
