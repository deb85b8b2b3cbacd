"""The gallery as a person meets it: a real browser on a real server."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.browser import PHONE, WIDE
from tests.e2e.gallery_page import SAFE_MS, choose, fresh_jpegs, id_of, keep, large_view, tile, tiles
from tests.e2e.pictures import jpeg, write_jpegs
from tests.e2e.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.e2e.browser import Watched
    from tests.e2e.running import Running

pytestmark = pytest.mark.browser


def test_a_fresh_library_says_what_to_do(server: Running, page: Page) -> None:
    page.goto(server.url)
    page.get_by_role("heading", name="Send a first photo").wait_for()
    assert f'curl -X POST -F "photo_file=@photo.jpg" {server.url}/photos/' in page.locator("code").inner_text()


def test_a_photo_that_is_dropped_becomes_safe_before_ones_eyes(server: Running, page: Page) -> None:
    page.goto(server.url)
    page.get_by_role("heading", name="Send a first photo").wait_for()
    drop = """(bytes) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], "DSC00647.JPG", { type: "image/jpeg" }));
        for (const type of ["dragenter", "dragover", "drop"])
            document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }"""
    content = jpeg(1, size=(1200, 800))
    page.evaluate(drop, list(content))
    kept = tile(page, id_of(content))
    kept.get_by_role("img", name="Safe").wait_for(timeout=SAFE_MS)
    kept.locator("img.loaded").wait_for()
    page.get_by_text("Sent, safe").wait_for()
    page.get_by_role("link", name="All safe").wait_for()
    assert server.photo(id_of(content))["file_name"] == "DSC00647.JPG"


def test_what_is_sent_from_elsewhere_appears_by_itself(server: Running, page: Page, tmp_path: Path) -> None:
    page.goto(server.url)
    page.get_by_role("heading", name="Send a first photo").wait_for()
    for photo_id in keep(server, tmp_path, 2):
        tile(page, photo_id).get_by_role("img", name="Safe").wait_for()


def test_each_file_ends_in_one_named_state(library: Running, page: Page, tmp_path: Path) -> None:
    twice, once = fresh_jpegs(tmp_path, 2)
    library.upload(twice)
    (text := tmp_path / "notes.jpg").write_text("no photo, whatever its name says")
    (empty := tmp_path / "empty.jpg").touch()
    page.goto(library.url)
    choose(page, twice, once, text, empty)
    panel = page.get_by_role("region", name="Send photos")
    panel.get_by_role("heading", name="2 of 4 sent").wait_for()
    rows = panel.locator("li")
    assert rows.filter(has_text=twice.name).inner_text().count("Already here") == 1
    assert "Sent" in rows.filter(has_text=once.name).inner_text()
    assert "no photo or video" in rows.filter(has_text="notes.jpg").inner_text()
    assert "empty" in rows.filter(has_text="empty.jpg").inner_text().replace("empty.jpg", "", 1)


def test_tags_and_skips_chosen_first_go_with_the_photos(library: Running, page: Page, tmp_path: Path) -> None:
    (file,) = fresh_jpegs(tmp_path, 1)
    page.goto(library.url)
    page.get_by_role("button", name="Send photos").click()
    page.get_by_label("Tag what you send").fill("vegas, travel")
    page.get_by_label("Tag what you send").press("Enter")
    choose(page, file)
    page.get_by_role("heading", name="1 photo sent").wait_for()
    assert library.photo(id_of(file.read_bytes()))["tags"] == ["travel", "vegas"]


def test_a_big_file_goes_on_in_its_middle_after_the_server_was_away(
    server: Running, page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "big.jpg"
    file.write_bytes(jpeg(1) + bytes(60_000_000))
    page.goto(server.url)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 10_000_000}
    throttle = page.context.new_cdp_session(page)
    throttle.send("Network.emulateNetworkConditions", slow)
    choose(page, file)
    coming = server.data / "spool" / ".resumable"

    def arrived() -> int:
        return sum(part.stat().st_size for part in coming.glob("*.bytes"))

    server.wait_until(lambda: arrived() > 5_000_000, 60, "nothing arrived")
    server.kill()
    before = arrived()
    assert before < file.stat().st_size
    server.start()
    throttle.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    page.get_by_role("heading", name="1 photo sent").wait_for(timeout=SAFE_MS)
    assert len(list(coming.glob("*.json"))) == 1
    assert server.http.get(f"/photos/{id_of(file.read_bytes())}/original").content == file.read_bytes()


def test_a_big_file_that_is_chosen_again_after_the_page_was_closed_goes_on(
    library: Running, page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "big.jpg"
    file.write_bytes(jpeg(41) + bytes(30_000_000))
    page.goto(library.url)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 5_000_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    choose(page, file)
    coming = library.data / "spool" / ".resumable"
    library.wait_until(lambda: any(part.stat().st_size > 2e6 for part in coming.glob("*.bytes")), 60, "nothing arrived")
    again = page.context.new_page()
    page.close()
    begun: list[str] = []
    again.on("request", lambda request: begun.append(request.method) if "/uploads/" in request.url else None)
    again.goto(library.url)
    choose(again, file)
    again.get_by_role("heading", name="1 photo sent").wait_for(timeout=SAFE_MS)
    assert begun[0] == "HEAD"
    assert "POST" not in begun, "it began anew"
    assert library.http.get(f"/photos/{id_of(file.read_bytes())}/original").content == file.read_bytes()
    assert again.evaluate("localStorage.getItem('mediascream unfinished')") == "[]"


def test_a_photo_opens_by_keyboard_with_its_receipts_and_back_closes_it(
    library: Running, page: Page, tmp_path: Path
) -> None:
    keep(library, tmp_path, 3)
    page.goto(library.url)
    tiles(page).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    large = large_view(page)
    first = page.url
    page.keyboard.press("i")
    receipt = page.get_by_role("listitem").filter(has_text="Folder archive")
    assert "read back and equal, byte for byte" in receipt.inner_text()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda address: address != first)
    assert "photo=" in page.url
    page.go_back()
    large.wait_for(state="detached")
    assert "photo=" not in page.url


def test_the_address_of_a_photo_opens_it(library: Running, page: Page, tmp_path: Path) -> None:
    ids = keep(library, tmp_path, 2)
    page.goto(f"{library.url}/?photo={ids[1]}")
    large_view(page)
    page.locator(f'.pswp img[src*="{ids[1]}/preview"]').wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert [tile(page, photo_id).count() for photo_id in ids] == [1, 1]


def test_a_tag_is_added_and_found_again(library: Running, page: Page, tmp_path: Path) -> None:
    ids = keep(library, tmp_path, 2)
    page.goto(f"{library.url}/?photo={ids[0]}")
    large = large_view(page)
    page.get_by_role("button", name="Information and receipts").click()
    page.get_by_label("Add a tag").fill("évasion")
    page.get_by_label("Add a tag").press("Enter")
    page.get_by_role("button", name="Remove the tag évasion").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    large.wait_for(state="detached")
    page.keyboard.press("/")
    page.keyboard.type("tag:évasion")
    page.keyboard.press("Enter")
    page.get_by_text("1 photo", exact=True).wait_for()
    assert tiles(page).count() == 1
    assert tiles(page).first.get_attribute("data-id") == ids[0]
    assert "q=tag" in page.url


def test_tags_of_photos_that_were_not_looked_at_are_completed(library: Running, page: Page, tmp_path: Path) -> None:
    (photo_id,) = keep(library, tmp_path, 1, tags="Zanzibar Town")
    page.goto(f"{library.url}/?q=is:video")
    page.keyboard.press("/")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("tag:zan")
    page.get_by_role("option", name="Zanzibar Town").click()
    tile(page, photo_id).click()
    large_view(page)
    page.get_by_role("button", name="Information and receipts").click()
    page.get_by_label("Add a tag").press_sequentially("zanz")
    page.get_by_role("button", name="Remove the tag Zanzibar Town").wait_for()
    assert page.locator("datalist option").count() == 0, "a tag that the photo has is not offered for it"


def test_a_photo_goes_to_the_trash_and_comes_back(library: Running, page: Page, tmp_path: Path) -> None:
    ids = keep(library, tmp_path, 2)
    page.goto(f"{library.url}/?photo={ids[0]}")
    page.get_by_role("button", name="Information and receipts").click()
    page.get_by_role("button", name="Move to the trash").click()
    undo = page.get_by_role("button", name="Undo")
    undo.wait_for()
    assert library.photo(ids[0])["state"] == "deleted"
    undo.click()
    large_view(page).press("Escape")
    tile(page, ids[0]).wait_for()


def test_many_are_selected_and_tagged_at_once(library: Running, page: Page, tmp_path: Path) -> None:
    ids = keep(library, tmp_path, 4)
    page.goto(library.url)
    tiles(page).first.focus()
    page.keyboard.press("x")
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    page.get_by_text("3 selected").wait_for()
    page.get_by_role("button", name="Tags").click()
    page.get_by_label("Add a tag to all").fill("trio")
    page.get_by_label("Add a tag to all").press("Enter")
    page.get_by_text("Tags changed: 3 photos").wait_for()
    assert sum(library.photo(photo_id)["tags"] == ["trio"] for photo_id in ids) == 3


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "\u202egpj.exe",
        "🎞️" * 40,
        "x" * 300,
    ],
    ids=["markup", "right-to-left", "emoji", "long"],
)
def test_names_and_tags_show_as_the_text_they_are(library: Running, page: Page, tmp_path: Path, text: str) -> None:
    (file,) = fresh_jpegs(tmp_path, 1)
    answer = library.http.post(
        "/photos/",
        files={"photo_file": (f"{text}.jpg".replace("/", ""), file.read_bytes(), "image/jpeg")},
        data={"tags": text[:100]},
    )
    assert answer.status_code == 201, answer.text
    kept = answer.json()["photos"][0]
    page.goto(f"{library.url}/?photo={kept['id']}")
    page.get_by_role("button", name="Information and receipts").click()
    panel = page.get_by_role("complementary", name="Information")
    assert panel.locator("dd", has_text=kept["file_name"]).count() == 1
    assert panel.locator("bdi").all_inner_texts() == kept["tags"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_says_when_the_server_is_away_and_goes_on(server: Running, page: Page, tmp_path: Path) -> None:
    (file,) = write_jpegs(tmp_path, 1)
    page.goto(server.url)
    page.get_by_role("heading", name="Send a first photo").wait_for()
    server.kill()
    page.get_by_text("Mediascream does not answer").wait_for()
    choose(page, file)
    page.get_by_text("goes on by itself").wait_for()
    server.start()
    tile(page, id_of(file.read_bytes())).get_by_role("img", name="Safe").wait_for(timeout=SAFE_MS)
    page.get_by_text("Mediascream does not answer").wait_for(state="detached")


def test_what_happened_while_the_server_was_away_is_caught_up_with(server: Running, page: Page, tmp_path: Path) -> None:
    first = keep(server, tmp_path / "first", 1)
    page.goto(server.url)
    tile(page, first[0]).wait_for()
    server.kill()
    page.get_by_text("Mediascream does not answer").wait_for()
    server.start()
    (late := tmp_path / "late.jpg").write_bytes(content := jpeg(99))
    server.upload(late)
    tile(page, id_of(content)).get_by_role("img", name="Safe").wait_for(timeout=SAFE_MS)
    tile(page, first[0]).wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [PHONE, WIDE], ids=["phone", "wide"])
def test_every_page_fits_its_screen_and_can_be_read(
    library: Running, watch: Callable[..., Watched], tmp_path: Path, screen: dict[str, Any], scheme: str
) -> None:
    keep(library, tmp_path, 6, tags="vegas")
    axe = ROOT / "gallery" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (npm ci in gallery/)")
    page = watch(**screen, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce").page
    page.goto(library.url)
    tiles(page).first.locator("img.loaded").wait_for()
    button = page.get_by_role("button", name="Send photos").bounding_box()
    assert button is not None
    assert button["width"] >= 40, "too narrow for a thumb"
    assert button["x"] + button["width"] <= screen["viewport"]["width"]
    problems = {"photos": look_at(page, axe)}
    tiles(page).first.click()
    page.get_by_role("button", name="Information and receipts").click()
    page.get_by_text("Folder archive").wait_for()
    problems["large"] = look_at(page, axe)
    page.goto(f"{library.url}/?page=deliveries")
    page.get_by_role("tab", name="Done").click()
    page.locator("tbody tr").first.wait_for()
    problems["deliveries"] = look_at(page, axe)
    page.get_by_role("button", name=re.compile("Send")).click()
    page.get_by_role("region", name="Send photos").wait_for()
    problems["sending"] = look_at(page, axe)
    problems |= phone_page(page, library, axe)
    assert problems == {where: [] for where in problems}


def phone_page(page: Page, server: Running, axe: Path) -> dict[str, list[str]]:
    """The problems of the page for phones, and of the menu over it."""
    page.goto(f"{server.url}/?page=phone")
    page.get_by_label("What the phone calls this server").fill("192.168.1.20:5000")
    page.get_by_role("img", name="QR code of the address").wait_for()
    problems = look_at(page, axe)
    page.get_by_role("button", name="More").click()
    page.get_by_role("heading", name="Keyboard").wait_for()
    return {"phone": problems, "more": look_at(page, axe)}


def look_at(page: Page, axe: Path) -> list[str]:
    """What axe finds to be serious, and whether anything hangs over the side."""
    page.evaluate(axe.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(({ violations }) => violations)")
    serious = [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in {"serious", "critical"}
    ]
    fits: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return serious if fits else [*serious, "the page is wider than the screen"]


def test_it_can_be_installed(library: Running, page: Page) -> None:
    page.goto(library.url)
    manifest = library.http.get("/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        answer = library.http.get(icon["src"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, icon["type"])


def test_what_a_phone_shares_is_sent(library: Running, page: Page, tmp_path: Path) -> None:
    page.goto(library.url)
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    target = library.http.get("/manifest.webmanifest").json()["share_target"]
    share = """([bytes, { action, method, enctype, params }]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], "évasion.jpg", { type: "image/jpeg" }));
        const form = Object.assign(document.createElement("form"), { action, method, enctype });
        const input = Object.assign(document.createElement("input"), { type: "file", name: params.files[0].name });
        input.files = transfer.files;
        form.append(input);
        document.body.append(form);
        form.submit();
    }"""
    content = fresh_jpegs(tmp_path, 1)[0].read_bytes()
    page.evaluate(share, [list(content), target])
    tile(page, id_of(content)).get_by_role("img", name="Safe").wait_for(timeout=SAFE_MS)
    assert library.photo(id_of(content))["file_name"] == "évasion.jpg"
    assert "shared" not in page.url


def test_the_first_photos_need_little_script(library: Running, page: Page, tmp_path: Path) -> None:
    keep(library, tmp_path, 1)
    page.goto(library.url)
    tiles(page).first.locator("img.loaded").wait_for()
    scripts: list[str] = page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).map(({ name }) => name)"
    )
    assert scripts
    sizes = [len(gzip.compress(library.http.get(address).content)) for address in scripts]
    assert sum(sizes) <= 120_000
