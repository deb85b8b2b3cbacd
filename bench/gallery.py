"""The gallery on a library of a million photos: a real server on SQLite, and Debian's Chromium.

    python -m bench.gallery [--photos 1000000] [--keep FOLDER]

Fills a data folder with made-up rows at random dates over twenty years, each with a thumbnail (a few dozen drawn
pictures under a million names), starts the server there, waits until it has nothing left to do (it copies its database
into the archive first) and measures, with the bar beside each figure:

- how long it takes from opening the page to the first sharp thumbnail, with nothing in the browser's cache;
- the server's answers of the timeline: every month, every part of it;
- the longest task that holds up the page while the scrubber is dragged from the newest photo to the oldest and back;
- the memory of the tab after that: what its process has for itself alone.

With `--keep`, the folder stays and is used again; `mediascream serve` shows it too, with `DATA_FOLDER` set to its `data`.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import statistics
import tempfile
import time
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil
from PIL import Image

from bench.library import fill, id_of
from mediascream.archive.keys import Rendition, rendition_key
from mediascream.database import Database, sqlite_url
from tests.e2e.browser import chromium
from tests.e2e.running import Running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

PICTURES: Final = 64
"""Few enough to draw, many enough that no file has more names than ext4 allows (65,000)."""
SCREEN: Final[ViewportSize] = {"width": 1440, "height": 900}
OPENINGS: Final = 5
STEPS: Final = 240
"""Moves of the pointer from one end of the scrubber to the other."""
IDLE: Final = 0.05
"""The share of a core below which a server does nothing that a measurement would feel."""
IDLE_S: Final = 3
SETTLE_S: Final = 600
SHARP: Final = "main a[data-id] img.loaded"
FIRST_SHOWN: Final = "first thumbnail at "
WATCH_FIRST: Final = f"""
    document.addEventListener("load", ({{ target }}) => {{
        if (window.firstShown || !target.matches?.("main a[data-id] img")) return;
        window.firstShown = true;
        requestAnimationFrame(() => console.info("{FIRST_SHOWN}" + performance.now()));
    }}, true);
"""
"""Told by the page: asking it again and again whether it is there costs it a third of a second."""
WATCH_TASKS: Final = """
    window.longTasks = [];
    new PerformanceObserver((seen) => longTasks.push(...seen.getEntries().map(({ duration }) => duration)))
        .observe({ type: "longtask", buffered: true });
"""


def main() -> None:
    """Fill, open, ask, drag, weigh."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder that stays")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(dir=Path.cwd(), prefix=".bench-"))
    try:
        with closing(Running(folder / "data")) as server:
            if not (folder / "full").exists():
                make(server, arguments.photos)
                (folder / "full").touch()
            settle(server.start())
            measure(server)
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder)


def make(server: Running, count: int) -> None:
    """A library of `count` photos in the data folder of a server, which is not running afterwards."""
    server.start().stop()
    began = time.monotonic()
    with closing(Database(sqlite_url(server.data / "mediascream.sqlite"))) as database:
        fill(database, count)
    rows_s = time.monotonic() - began
    for number in range(1, count + 1):
        _name_picture(server.data, number)
    print(f"  {count:,} rows in {rows_s:.0f} s, thumbnails in {time.monotonic() - began - rows_s:.0f} s", flush=True)


def settle(server: Running) -> None:
    """Wait until the server and its children have been idle for `IDLE_S` seconds in a row."""
    began, idle_s, before = time.monotonic(), 0, cpu_s(server)
    while idle_s < IDLE_S and time.monotonic() - began < SETTLE_S:
        time.sleep(1)
        now = cpu_s(server)
        idle_s = idle_s + 1 if now - before < IDLE else 0
        before = now
    how = "had settled" if idle_s == IDLE_S else "WAS STILL BUSY"
    print(f"  the server {how} after {time.monotonic() - began:.0f} s", flush=True)


def cpu_s(server: Running) -> float:
    """Seconds of CPU that the server took so far, with the children it has now and those that ended."""
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    own = process.cpu_times()
    there = [child.cpu_times() for child in process.children(recursive=True)]
    return own.children_user + own.children_system + sum(one.user + one.system for one in [own, *there])


def measure(server: Running) -> None:
    """All figures, each beside its bar."""
    answers = answer_times(server)
    print(f"  {'':44} {'figure':>10} {'bar':>8}")
    show("timeline answers, p95, ms", statistics.quantiles(answers, n=20)[-1], 20)
    show(f"timeline answers, longest of {len(answers)}, ms", max(answers))
    with chromium() as browser:
        opened = [first_thumbnail_ms(browser, server.url) for _ in range(OPENINGS)]
        show("first thumbnail, median of five, ms", statistics.median(opened), 1000)
        show("first thumbnail, slowest, ms", max(opened))
        context = browser.new_context(viewport=SCREEN)
        page = opened_page(context, server.url)
        began = time.monotonic()
        drag(page)
        show("scrubber there and back, s", time.monotonic() - began)
        tasks: list[float] = page.evaluate("longTasks")
        show("longest task while dragging, ms", max(tasks, default=0), 100)
        show("tasks over 50 ms", len(tasks))
        page.locator(SHARP).first.wait_for()
        heap_mb, own_mb = weigh(browser, page)
        show("JavaScript heap, MB", heap_mb)
        show("memory of the tab's process, MB", own_mb, 300)
        context.close()


def show(what: str, figure: float, bar: float | None = None) -> None:
    """One line."""
    print(f"  {what:44} {figure:10,.1f} {'' if bar is None else f'{bar:8,.0f}'}", flush=True)


def answer_times(server: Running) -> list[float]:
    """Wall milliseconds of every answer that the timeline can ask for, one after the other."""
    took: list[float] = []

    def ask(address: str) -> dict[str, Any]:
        began = time.perf_counter()
        answer = server.http.get(address)
        took.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    for month in ask("/timeline")["months"]:
        address: str | None = f"/timeline/{month['month']}"
        while address:
            cursor = ask(address)["next"]
            address = cursor and f"/timeline/{month['month']}?cursor={cursor}"
    return took


def opened_page(context: BrowserContext, address: str) -> Page:
    """The page, with its first thumbnail shown."""
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(WATCH_TASKS)
    page.goto(address, wait_until="commit")
    page.locator(SHARP).first.wait_for()
    return page


def first_thumbnail_ms(browser: Browser, address: str) -> float:
    """From the start of the navigation to the frame that shows it, by the clock of the page; nothing is in its cache."""
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    page.add_init_script(WATCH_FIRST)
    with page.expect_console_message(lambda said: said.text.startswith(FIRST_SHOWN), timeout=60_000) as told:
        page.goto(address, wait_until="commit")
    context.close()
    return float(told.value.text.removeprefix(FIRST_SHOWN))


def drag(page: Page) -> None:
    """Take the handle of the scrubber from the top to the bottom and back, with the mouse."""
    box = page.get_by_role("slider", name="Go to a month").bounding_box()
    assert box is not None
    x, top, height = box["x"] + box["width"] / 2, box["y"] + 1, box["height"] - 2
    page.evaluate("longTasks.length = 0")
    page.mouse.move(x, top)
    page.mouse.down()
    for step in (*range(STEPS + 1), *reversed(range(STEPS))):
        page.mouse.move(x, top + height * step / STEPS)
    page.mouse.up()


def weigh(browser: Browser, page: Page) -> tuple[float, float]:
    """The heap of the page, and all that its process shares with no other, in MB."""
    page.wait_for_load_state("networkidle")
    metrics = page.context.new_cdp_session(page).send("Runtime.getHeapUsage")
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    tabs = [psutil.Process(one["id"]) for one in processes if one["type"] == "renderer"]
    return metrics["usedSize"] / 1e6, max(tab.memory_full_info().uss for tab in tabs) / 1e6


def _name_picture(data: Path, number: int) -> None:
    place = data / rendition_key(id_of(number), Rendition.THUMB)
    place.parent.mkdir(parents=True, exist_ok=True)
    os.link(_picture(data, number % PICTURES), place)


@cache
def _picture(data: Path, number: int) -> Path:
    small = Image.effect_noise((6, 4), 90).convert("RGB")
    tint = Image.new("RGB", small.size, (number * 37 % 256, number * 91 % 256, number * 151 % 256))
    held = io.BytesIO()
    Image.blend(small, tint, 0.5).resize((480, 360), Image.Resampling.BICUBIC).save(held, "WEBP", quality=80)
    file = data / f"picture-{number}.webp"
    file.write_bytes(held.getvalue())
    return file


if __name__ == "__main__":
    main()
