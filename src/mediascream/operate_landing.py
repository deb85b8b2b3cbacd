"""Where a browser is sent back to while a command logs in and no server runs: a page on loopback, for minutes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Mediascream</title>'
    "<h1>{title}</h1><p>{text}</p></html>"
)
GOT = ("Back in Mediascream", "The terminal says what came of it; this page can be closed.")
NOT_HERE = ("This was not begun here", "Open the address that the terminal shows.")
OK, NOT_FOUND = 200, 404


@contextmanager
def landing(address: str, state: str, arrived: Callable[[str], None]) -> Iterator[bool]:
    """Answer at `address` while the body runs; yields whether that is possible.

    It is not where the address is on another machine, or something else (our own server, most likely) listens there.
    `arrived` is called, in a thread of its own, with the address that a browser came to with this state.
    """
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost"}:
        yield False
        return
    handler = type("Handler", (_Landing,), {"path_here": parts.path, "state": state, "arrived": staticmethod(arrived)})
    try:
        server = ThreadingHTTPServer(("127.0.0.1", parts.port or 80), handler)
    except OSError:
        yield False
        return
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield True
    finally:
        server.shutdown()
        server.server_close()


class _Landing(BaseHTTPRequestHandler):
    path_here: str
    state: str
    arrived: Callable[[str], None]

    def do_GET(self) -> None:
        """Take what the browser brings, if it was begun here."""
        parts = urlsplit(self.path)
        ours = parts.path == self.path_here and parse_qs(parts.query).get("state") == [self.state]
        self._answer(OK if ours else NOT_FOUND, *(GOT if ours else NOT_HERE))
        if ours:
            self.arrived(self.path)

    def _answer(self, status: int, title: str, text: str) -> None:
        content = PAGE.format(title=title, text=text).encode()
        self.send_response_only(status)
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(content))}
        headers |= {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing: the address holds the code."""
