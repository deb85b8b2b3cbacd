"""The plain pages on which services are connected: without a script, and never kept by a browser."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from mediascream.hub import Hub
from mediascream.web import openapi

HOME: Final = '<a href="/">Back to the photos</a>'
NOT_FOUND, UNPROCESSABLE, BAD_GATEWAY = 404, 422, 502
ANSWERS: dict[int | str, dict[str, Any]] = openapi.problems(403) | {
    status: {
        "description": "A page that says why it did not work",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
    for status in (NOT_FOUND, BAD_GATEWAY)
}

_STYLE: Final = (
    "body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 3rem auto; padding: 0 1rem;"
    " color-scheme: light dark } a.go { font-weight: 600 } input, button { font: inherit; padding: 0.3rem 0.6rem }"
    " form { display: flex; gap: 0.5rem } input { flex: 1; min-width: 0 } code { overflow-wrap: anywhere }"
)


def page(title: str, *paragraphs: str, status: int = 200) -> HTMLResponse:
    """A small page; `title` and `paragraphs` are HTML."""
    body = "".join(part if part.startswith("<form") else f"<p>{part}</p>" for part in paragraphs)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    html = f'<!doctype html><html lang="en">{head}<style>{_STYLE}</style><h1>{title}</h1>{body}</html>'
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def home_of(request: Request, hub: Hub) -> str:
    """The address of this server as the browser knows it; the gate has looked at its host."""
    return (hub.settings.public_url or str(request.base_url)).rstrip("/")
