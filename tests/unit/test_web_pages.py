from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
import pytest
from fastapi import FastAPI

from mediascream.web.pages import add_pages

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A gallery as the build leaves it."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-1a2b.js").write_text("run()")
    (tmp_path / "index.html").write_text("<!doctype html>the gallery")
    (tmp_path / "manifest.webmanifest").write_text("{}")
    (tmp_path / ".fingerprint").write_text("hidden")
    return tmp_path


async def months(_request: Request) -> list[str]:
    return ["/timeline", "/timeline/2026-11"]


def get(static: Path, path: str, *, accept_encoding: str = "gzip") -> httpx2.Response:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    add_pages(app, static=static, asked_for_first=months)

    async def ask() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as client:
            return await client.get(path, headers={"Accept-Encoding": accept_encoding})

    return asyncio.run(ask())


def test_the_page_itself_is_asked_for_anew_each_time(built: Path) -> None:
    answer = get(built, "/")
    assert answer.text == "<!doctype html>the gallery"
    assert answer.headers["cache-control"] == "no-cache"


def test_browsers_are_told_what_the_page_of_all_photos_will_ask_for(built: Path) -> None:
    preload = '; rel="preload"; as="fetch"; crossorigin="anonymous"'
    told = f"</timeline>{preload}, </timeline/2026-11>{preload}"
    assert [get(built, path).headers.get("link") for path in ("/", "/?photo=1")] == [told, told]


@pytest.mark.parametrize("path", ["/?q=sea", "/?page=deliveries", "/?page=phone&photo=1"])
def test_other_views_need_no_months_at_once(built: Path, path: str) -> None:
    assert "link" not in get(built, path).headers


def test_files_named_by_their_content_are_kept_for_ever(built: Path) -> None:
    assert "immutable" in get(built, "/assets/index-1a2b.js").headers["cache-control"]


def test_long_scripts_come_packed_to_who_can_unpack_them(built: Path) -> None:
    script = "run(); " * 1000
    (built / "assets" / "index-1a2b.js").write_text(script)
    answer = get(built, "/assets/index-1a2b.js")
    assert (answer.headers["content-encoding"], answer.text) == ("gzip", script)
    assert "immutable" in answer.headers["cache-control"]
    plain = get(built, "/assets/index-1a2b.js", accept_encoding="identity")
    assert ("content-encoding" in plain.headers, plain.text) == (False, script)
    assert answer.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


def test_files_with_a_fixed_name_are_not(built: Path) -> None:
    answer = get(built, "/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/.fingerprint", "/assets/../.fingerprint", "/%2e%2e/etc/passwd", "/assets/none.js"])
def test_nothing_else_is_given_away(built: Path, path: str) -> None:
    assert get(built, path).status_code == 404


def test_without_a_built_gallery_the_page_says_so(tmp_path: Path) -> None:
    assert "was not built" in get(tmp_path / "absent", "/").text
