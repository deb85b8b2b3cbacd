"""The plain pages on which services are connected: without a script, and never kept by a browser."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from mediascream.hub import Hub
from mediascream.web import openapi
from mediascream.web.paper import sheet

HOME: Final = '<a href="/">Back to the photos</a>'
NOT_FOUND, UNPROCESSABLE, BAD_GATEWAY = 404, 422, 502
ANSWERS: dict[int | str, dict[str, Any]] = openapi.problems(401, 403) | {
    status: {
        "description": "A page that says why it did not work",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
    for status in (NOT_FOUND, BAD_GATEWAY)
}


def page(title: str, *paragraphs: str, status: int = 200) -> HTMLResponse:
    """A small page; `title` is text, `paragraphs` are HTML. Its address, which may hold a code, is told to nobody."""
    parts = (part if part.startswith("<form") else f"<p>{part}</p>" for part in paragraphs)
    answer = sheet(title, *parts, status=status)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def home_of(request: Request, hub: Hub) -> str:
    """The address of this server as the browser knows it; the gate has looked at its host."""
    return (hub.settings.public_url or str(request.base_url)).rstrip("/")
