"""What tests find on the page, and how they get photos onto it."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING

from tests.e2e.pictures import write_jpegs

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.e2e.running import Running

SAFE_MS = 60_000
_BATCHES = itertools.count(1)


def tiles(page: Page) -> Locator:
    return page.locator("main a[data-id]")


def tile(page: Page, photo_id: str) -> Locator:
    return page.locator(f'main a[data-id="{photo_id}"]')


def large_view(page: Page) -> Locator:
    """The large view, once it has opened and hears keys."""
    opened = page.locator("[role=dialog][aria-busy=false]")
    opened.wait_for()
    return opened


def id_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def choose(page: Page, *files: Path) -> None:
    page.locator("input[type=file]").first.set_input_files([str(file) for file in files])


def fresh_jpegs(folder: Path, count: int) -> list[Path]:
    """At most a hundred photos that no other test has sent, since tests share a server."""
    return write_jpegs(folder, count, first=100 * next(_BATCHES))


def wait_until_shown(page: Page) -> None:
    """Until the page has heard what the library holds, be that nothing."""
    page.get_by_role("heading", name="Send a first photo").or_(tiles(page).first).wait_for()


def keep(server: Running, folder: Path, count: int, **fields: str) -> list[str]:
    """Send photos and wait until they are safe; their ids, in the order sent."""
    files = fresh_jpegs(folder, count)
    answer = server.upload(*files, **fields)
    assert answer.status_code == 201
    ids = [photo["id"] for photo in answer.json()["photos"]]
    server.wait_safe(*ids)
    return ids
