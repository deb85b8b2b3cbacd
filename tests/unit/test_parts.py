"""What the project is made of: said, current, and asked about."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from typing import TYPE_CHECKING, Any

from tools import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

ALL = [*parts.python_parts(), *parts.page_parts()]


def test_the_page_of_licences_is_current() -> None:
    assert parts.PAGE.read_text(encoding="utf-8") == parts.licences(ALL)


def test_every_part_that_is_installed_says_its_licence() -> None:
    assert len(ALL) > 50
    silent = [part.name for part in ALL if part.licence == parts.UNKNOWN]
    installed = {found.metadata["Name"].lower() for found in metadata.distributions()}
    assert [name for name in silent if name in installed] == []


def test_the_bill_of_materials_names_every_part_once_and_is_the_same_each_time() -> None:
    made = parts.sbom(ALL)
    assert made == parts.sbom(ALL)
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    named = [component["purl"] for component in made["components"]]
    assert sorted(set(named)) == sorted(named)
    assert any(purl.startswith("pkg:pypi/pillow@") for purl in named)
    assert any(purl.startswith("pkg:npm/svelte@") for purl in named)


@contextmanager
def who_knows(hole: str) -> Iterator[str]:
    """A server that knows something against Pillow; where it is."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
            results: list[dict[str, Any]] = [
                {"vulns": [{"id": hole}]} if hole and "/pillow@" in query["package"]["purl"] else {} for query in asked
            ]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"results": results}).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_is_known_against_a_part_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with who_knows("GHSA-1") as url:
        assert parts.audit(ALL, url=url) == 1
    assert "/pillow@" in (said := capsys.readouterr().out)
    assert said.count("GHSA-1") == 1
    with who_knows("") as url:
        assert parts.audit(ALL, url=url) == 0


def test_an_audit_that_reaches_nobody_says_that_it_checked_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with who_knows("") as url:
        pass
    assert parts.audit(ALL, url=url) == 2
    assert "nothing was checked" in capsys.readouterr().err
