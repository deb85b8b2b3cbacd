"""Servers for tests from outside, and a browser that looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.browser import WIDE, Watched, chromium
from tests.e2e.running import ROOT, Running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

BUILT = ROOT / "src" / "mediascream" / "web" / "static" / "index.html"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    """A running server on a data folder without photos."""
    yield from started(tmp_path)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running server for all tests of a module, each of which sends photos of its own and looks at no others."""
    yield from started(tmp_path_factory.mktemp("library"))


def started(folder: Path) -> Iterator[Running]:
    """A running server whose data lie in `folder`."""
    running = Running(folder / "data").furnish()
    try:
        yield running.start()
    finally:
        running.close()


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Running]:
    """A server that is set up but not started."""
    running = Running(tmp_path / "data")
    try:
        yield running
    finally:
        running.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not BUILT.is_file():
        pytest.skip("the gallery is not built (python hatch_build.py)")
    with chromium() as started:
        yield started


@pytest.fixture
def watch(browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Opens pages; after the test none of them may have misbehaved."""
    watched: list[Watched] = []

    def opened(**options: Any) -> Watched:
        watched.append(Watched(browser, **(options or WIDE)))
        return watched[-1]

    yield opened
    for one in watched:
        one.page.context.close()
        assert one.faults == []
        assert one.hosts <= {"127.0.0.1", "localhost"}


@pytest.fixture
def page(watch: Callable[..., Watched]) -> Page:
    return watch().page
