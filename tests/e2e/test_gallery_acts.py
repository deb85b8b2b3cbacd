"""What a person does with many photos, and with what went wrong: a real browser on a real server."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.e2e.gallery_page import SAFE_MS, fresh_jpegs, id_of, keep, tile, tiles, wait_until_shown
from tests.e2e.pictures import write_jpegs
from tests.e2e.services import both_services

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.e2e.running import Running

pytestmark = pytest.mark.browser


def drag(page: Page, *paths: Path) -> None:
    """Let go of files or folders over the page, as a file manager does."""
    hand = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for type_ in ("dragEnter", "dragOver", "drop"):
        hand.send("Input.dispatchDragEvent", {"type": type_, "x": 400, "y": 400, "data": data})


def test_a_folder_that_is_dropped_is_sent_with_the_folders_in_it(library: Running, page: Page, tmp_path: Path) -> None:
    first, second = fresh_jpegs(tmp_path / "trip", 1), fresh_jpegs(tmp_path / "trip" / "day two", 2)
    before = {one["id"] for one in library.photos()}
    page.goto(library.url)
    wait_until_shown(page)
    drag(page, tmp_path / "trip")
    page.get_by_role("heading", name="3 photos sent").wait_for(timeout=SAFE_MS)
    sent = {one["id"] for one in library.photos()} - before
    assert sent == {id_of(file.read_bytes()) for file in (*first, *second)}


def test_a_picture_is_pasted(library: Running, page: Page, tmp_path: Path) -> None:
    page.goto(library.url)
    wait_until_shown(page)
    paste = """(bytes) => {
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([new Uint8Array(bytes)], "image.jpg", { type: "image/jpeg" }));
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    }"""
    page.evaluate(paste, list(content := fresh_jpegs(tmp_path, 1)[0].read_bytes()))
    tile(page, id_of(content)).wait_for()


def test_what_is_selected_comes_down_as_one_archive(library: Running, page: Page, tmp_path: Path) -> None:
    ids = keep(library, tmp_path, 3)
    page.add_init_script("delete window.showSaveFilePicker")  # a dialog of the system, which nobody is here to answer
    page.goto(library.url)
    tiles(page).first.focus()
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowRight")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download").click()
    chosen = [tiles(page).nth(number).get_attribute("data-id") for number in range(2)]
    with zipfile.ZipFile(io.BytesIO(coming.value.path().read_bytes())) as archive:
        assert {id_of(archive.read(name)) for name in archive.namelist()} == set(chosen) < set(ids)


def test_a_copy_that_vanished_is_sent_again_from_the_page_of_deliveries(page: Page, tmp_path: Path) -> None:
    with both_services(tmp_path) as services:
        server, flickr = services.server.start(), services.flickr
        (photo_id,) = keep(server, tmp_path / "sent", 1)
        name = server.photo(photo_id)["file_name"]
        flickr.delete(flickr.live[0].id)
        environment = os.environ | {"SETTINGS": str(server.file)}
        verify = [sys.executable, "-m", "mediascream", "verify", "--destination", "flickr"]
        assert subprocess.run(verify, env=environment, capture_output=True, timeout=60, check=False).returncode == 4
        page.goto(server.url)
        page.get_by_role("link", name="1 copy needs you").click()
        row = page.locator("tbody tr").filter(has_text=name)
        row.get_by_text("Failed").wait_for()
        row.get_by_role("button", name="Retry").click()
        cell = row.get_by_role("cell").filter(has_text="Flickr")
        cell.get_by_text("Delivered").wait_for(timeout=SAFE_MS)
        page.get_by_role("link", name="All safe").wait_for()
        server.wait_safe(photo_id)
        assert len(flickr.live) == 1


def test_a_service_is_paused_and_goes_on_from_its_card(page: Page, tmp_path: Path) -> None:
    with both_services(tmp_path) as services:
        server = services.server.start()
        page.goto(f"{server.url}/?page=deliveries")
        card = page.locator("article").filter(has_text="Flickr")
        card.get_by_role("button", name="Pause").click()
        card.get_by_text("Paused").wait_for()
        file = write_jpegs(tmp_path / "sent", 1)[0]
        server.upload(file)
        server.wait_until(lambda: services.delivered("gphotos") == 1, 60, "nothing came to the other service")
        assert services.flickr.live == []
        card.get_by_role("button", name="Resume").click()
        card.get_by_text("1 photo there").wait_for(timeout=SAFE_MS)
        card.get_by_text("Up to date").wait_for()


def test_a_phone_gets_an_address_and_a_token_that_can_send(server: Running, page: Page, tmp_path: Path) -> None:
    page.goto(server.url)
    page.get_by_role("link", name="Send from a phone").click()
    page.get_by_text("A phone cannot come in here").wait_for()
    page.get_by_label("What the phone calls this server").fill("192.168.1.20:5000")
    page.get_by_role("img", name="QR code of the address").wait_for()
    page.get_by_label("Whose phone is it?").fill("<b>Anna</b>'s phone")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("img", name="QR code of the token").wait_for()
    page.get_by_text("The token for <b>Anna</b>'s phone").wait_for()
    token = page.locator("code", has_text=re.compile("^ms_")).inner_text()
    file = write_jpegs(tmp_path, 1)[0]
    with httpx2.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as phone:
        assert phone.post("/photos/", files={"photo_file": (file.name, file.read_bytes())}).status_code == 201
        assert phone.get("/photos/").status_code == 403
    assert [one["name"] for one in server.http.get("/tokens").json()["tokens"]] == ["<b>Anna</b>'s phone"]
