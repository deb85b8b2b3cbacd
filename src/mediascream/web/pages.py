"""What a person sees: the gallery, and the page of the API. All files come from the installed package."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from mediascream.web.docs_page import docs_page
from mediascream.web.openapi import openapi_of

STATIC: Final = Path(__file__).with_name("static")
"""Where the build puts the gallery; absent in a checkout that was not built."""

LEVEL: Final = 6
"""122 kB of script are 45; level 1 makes 52 of them, and level 9 no fewer. Each browser asks once for each version."""

_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mediascream</title>
<h1>Mediascream is running</h1>
<p>The gallery was not built into this installation (<code>make run</code> builds it).
Photos can be sent all the same: see <a href="/docs">the API</a>.</p>
"""


_OTHER_VIEWS: Final = frozenset({"q", "page"})
"""Names in the query of the gallery's address where it shows something else than all photos."""

_PRELOAD: Final = '<{}>; rel="preload"; as="fetch"; crossorigin="anonymous"'
"""Of the mode that `fetch` has by itself; with any other, browsers ask twice."""

_TYPES: Final = {".webmanifest": "application/manifest+json", ".js": "text/javascript"}
"""Types that not every system's table knows, or has right."""


class _Assets(StaticFiles):
    """Files that the build names by their content."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def _nothing(_request: Request) -> list[str]:
    return []


def add_pages(
    app: FastAPI, *, static: Path = STATIC, asked_for_first: Callable[[Request], Awaitable[list[str]]] = _nothing
) -> None:
    """Give `app` its pages; browsers are told beforehand what the gallery fetches as soon as it runs."""
    index = static / "index.html"
    content = index.read_text(encoding="utf-8") if index.is_file() else _NOT_BUILT

    async def gallery(request: Request) -> Response:
        # Looked for anew each time: an update changes the names of the files that it loads.
        headers = {"Cache-Control": "no-cache"}
        if index.is_file() and _OTHER_VIEWS.isdisjoint(request.query_params):
            headers["Link"] = ", ".join(_PRELOAD.format(path) for path in await asked_for_first(request))
        return HTMLResponse(content, headers=headers)

    app.add_route("/", gallery, methods=["GET"])
    app.add_route("/openapi.json", _description, methods=["GET"])
    app.add_route("/docs", _documentation, methods=["GET"])
    for file in _root_files(static):
        app.add_route(f"/{file.name}", _sender_of(file), methods=["GET"])
    if (static / "assets").is_dir():
        app.mount("/assets", GZipMiddleware(_Assets(directory=static / "assets"), compresslevel=LEVEL))


def _root_files(static: Path) -> list[Path]:
    """What browsers and phones look for under a fixed name: the manifest, icons, the service worker."""
    if not static.is_dir():
        return []
    found = (file for file in static.iterdir() if file.is_file() and not file.name.startswith("."))
    return sorted(file for file in found if file.name != "index.html")


def _sender_of(file: Path) -> Callable[[Request], Awaitable[Response]]:
    async def send(_request: Request) -> Response:
        return FileResponse(file, media_type=_TYPES.get(file.suffix), headers={"Cache-Control": "no-cache"})

    return send


async def _description(request: Request) -> Response:
    return JSONResponse(openapi_of(request.app))


async def _documentation(request: Request) -> Response:
    return HTMLResponse(docs_page(openapi_of(request.app)))
