"""A month of more photos than come at once, in a real browser: it is shown part by part, and stays where one looks."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from bench.library import fill, id_of, moment
from mediascream.database import Database, sqlite_url
from mediascream.library.timeline import PART
from tests.e2e.gallery_page import large_view, tile, tiles
from tests.e2e.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

COUNT = int(PART * 2.4)
SPAN_S = 20 * 24 * 3600
NEWEST_FIRST = sorted(range(1, COUNT + 1), key=lambda seed: moment(seed, SPAN_S), reverse=True)
IN_SIGHT = """() => {
    const main = document.querySelector("main");
    if (main === null) return []; // right after a reload
    const box = main.getBoundingClientRect();
    return [...document.querySelectorAll("main a[data-id]")].filter((one) => {
        const { top, bottom } = one.getBoundingClientRect();
        return top >= box.top && bottom <= box.bottom;
    }).map((one) => one.dataset.id);
}"""


@contextmanager
def filled(data: Path, count: int, span_s: int) -> Iterator[Running]:
    """A server with photos that were taken within so many seconds, none of which has a thumbnail."""
    with closing(Running(data)) as server:
        server.start().stop()
        with closing(Database(sqlite_url(data / "mediascream.sqlite"))) as database:
            fill(database, count, span_s)
        yield server.start()


@pytest.fixture(scope="module")
def long_month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with filled(tmp_path_factory.mktemp("long-month") / "data", COUNT, SPAN_S) as server:
        yield server


@pytest.fixture
def few_a_month(tmp_path: Path) -> Iterator[Running]:
    """Eight months of which the height of none is what was expected."""
    with filled(tmp_path / "data", 96, 240 * 24 * 3600) as server:
        yield server


@pytest.fixture
def asked(page: Page) -> list[str]:
    """Every part of the month that the page asked for."""
    parts: list[str] = []
    page.on("request", lambda request: parts.append(request.url) if "/timeline/2006-01" in request.url else None)
    return parts


def test_the_newest_photos_are_shown_when_their_part_is_there(
    long_month: Running, page: Page, asked: list[str]
) -> None:
    page.goto(long_month.url)
    tile(page, id_of(NEWEST_FIRST[0])).wait_for()
    page.wait_for_load_state("networkidle")
    assert [address.partition("?")[2] for address in asked] == [""], "asked for once, and for no more than is seen"
    assert page.evaluate("performance.getEntriesByName(location.origin + '/timeline').length") == 1


def test_the_end_of_the_month_is_reached_and_kept_over_a_reload(long_month: Running, page: Page) -> None:
    page.goto(long_month.url)
    tiles(page).first.wait_for()
    rail = page.get_by_role("slider", name="Go to a month")
    box = rail.bounding_box()
    assert box is not None
    rail.click(position={"x": box["width"] / 2, "y": box["height"] - 1})
    oldest = tile(page, id_of(NEWEST_FIRST[-1]))
    oldest.wait_for()
    page.wait_for_load_state("networkidle")
    rail.click(position={"x": box["width"] / 2, "y": box["height"] * 0.6})
    page.wait_for_function(f"() => ({IN_SIGHT})().length > 0")
    page.wait_for_function("sessionStorage.getItem('mediascream places')")
    seen = page.evaluate(IN_SIGHT)
    places = [NEWEST_FIRST.index(seed) for seed in NEWEST_FIRST if id_of(seed) in set(seen)]
    assert places == list(range(places[0], places[0] + len(seen)))
    assert places[0] > PART, "this is not in the first part any more"
    page.reload()
    page.wait_for_function(f"(seen) => JSON.stringify(({IN_SIGHT})()) === JSON.stringify(seen)", arg=seen)


def test_who_went_to_the_end_stays_there_while_heights_become_known(few_a_month: Running, page: Page) -> None:
    held: list[Route] = []
    released: list[bool] = []
    page.route("**/timeline/2006-*", lambda route: route.continue_() if released else held.append(route))
    page.set_viewport_size({"width": 800, "height": 600})
    page.goto(few_a_month.url)
    rail = page.get_by_role("slider", name="Go to a month")
    box = rail.bounding_box()
    assert box is not None
    x, end = box["x"] + box["width"] / 2, box["y"] + box["height"]
    page.mouse.move(x, end - 20)
    page.mouse.down()
    page.mouse.move(x, end + 9)
    page.mouse.up()
    page.locator("[role=slider][aria-valuenow='100']:not(.shown)").wait_for()
    released.append(True)
    for route in held:
        route.continue_()
    tiles(page).first.wait_for()
    page.wait_for_load_state("networkidle")
    assert page.locator("main").evaluate("(box) => box.scrollHeight - box.scrollTop - box.clientHeight") < 2


def test_the_address_of_an_old_photo_opens_it_among_its_neighbours(long_month: Running, page: Page) -> None:
    oldest, before = id_of(NEWEST_FIRST[-1]), id_of(NEWEST_FIRST[-2])
    page.goto(f"{long_month.url}/?photo={oldest}")
    large_view(page)
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/?photo={before}")
    page.keyboard.press("Escape")
    tile(page, before).wait_for()
