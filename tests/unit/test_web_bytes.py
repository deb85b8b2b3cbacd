from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from mediascream.web.bytes import Resource, answer_bytes, answer_stream, disposition
from mediascream.web.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

CONTENT = bytes(range(256)) * 4
RESOURCE = Resource("3f9a", "image/jpeg", len(CONTENT), "été.jpg")


class Stored:
    """Bytes that are read seven at a time, and that know whether their reader was closed."""

    def __init__(self) -> None:
        self.opened = 0
        self.closed = 0

    def open_at(self, start: int, end: int) -> Iterator[bytes]:
        self.opened += 1
        return self._read(start, end)

    def _read(self, start: int, end: int) -> Iterator[bytes]:
        try:
            for at in range(start, end, 7):
                yield CONTENT[at : min(at + 7, end)]
        finally:
            self.closed += 1


@pytest.fixture
def stored() -> Stored:
    return Stored()


@pytest.fixture
def client(stored: Stored) -> Iterator[TestClient]:
    threads = Threads("test", 2)

    async def stream(request: Request) -> Response:
        download = "download" in request.query_params
        return await answer_stream(request, RESOURCE, stored.open_at, threads, download=download)

    async def memory(request: Request) -> Response:
        return answer_bytes(request, RESOURCE, CONTENT)

    with TestClient(Starlette(routes=[Route("/stream", stream), Route("/memory", memory)])) as client:
        yield client
    threads.close()


@pytest.fixture(params=["/stream", "/memory"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_whole_comes_with_what_a_cache_needs(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["etag"] == '"3f9a"'
    assert answer.headers["content-length"] == "1024"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["accept-ranges"] == "bytes"


def test_nothing_that_is_served_can_run_a_script(client: TestClient, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script" not in policy
    assert "default-src 'none'" in policy


def test_a_part_comes_alone(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Range": "bytes=10-29"})
    assert answer.status_code == 206
    assert answer.content == CONTENT[10:30]
    assert answer.headers["content-range"] == "bytes 10-29/1024"
    assert answer.headers["content-length"] == "20"


def test_head_tells_all_but_the_bytes(client: TestClient, path: str, stored: Stored) -> None:
    answer = client.head(path)
    assert answer.status_code == 200
    assert answer.headers["content-length"] == "1024"
    assert answer.content == b""
    assert stored.opened == 0


def test_what_is_out_of_range_is_said_to_be(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Range": "bytes=2000-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */1024"
    assert (answer.headers["content-type"], answer.json()["code"]) == ("application/problem+json", "range-empty")


def test_what_the_client_has_costs_no_reading(client: TestClient, path: str, stored: Stored) -> None:
    answer = client.get(path, headers={"If-None-Match": '"3f9a"'})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == '"3f9a"'
    assert stored.opened == 0


def test_the_reader_is_closed_when_all_was_sent(client: TestClient, stored: Stored) -> None:
    client.get("/stream", headers={"Range": "bytes=0-99"})
    assert stored.closed == 1


def test_a_download_is_offered_as_a_file(client: TestClient) -> None:
    assert client.get("/stream").headers["content-disposition"].startswith("inline;")
    assert client.get("/stream?download").headers["content-disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("name", "media_type", "header"),
    [
        ("a b.jpg", "image/jpeg", 'inline; filename="a b.jpg"'),
        ("a.dng", "image/x-adobe-dng", 'attachment; filename="a.dng"'),
        ('say "hi"\\;.png', "image/png", "inline; filename=\"say _hi__;.png\"; filename*=UTF-8''say%20%22hi%22%5C%3B.png"),
        ("été.mp4", "video/mp4", "inline; filename=\"_t_.mp4\"; filename*=UTF-8''%C3%A9t%C3%A9.mp4"),
        ("a\r\nX: y.jpg", "image/jpeg", "inline; filename=\"a__X: y.jpg\"; filename*=UTF-8''a%0D%0AX%3A%20y.jpg"),
    ],
)  # fmt: skip
def test_a_name_is_kept_whatever_it_holds(name: str, media_type: str, header: str) -> None:
    assert disposition(name, media_type) == header


@given(st.text(min_size=1))
def test_a_browser_reads_the_name_that_was_sent(name: str) -> None:
    header = disposition(name, "image/jpeg")
    assert header.isascii()
    assert header.isprintable()
    plain, _, encoded = header.partition("; filename*=UTF-8''")
    assert unquote(encoded) == name if encoded else plain == f'inline; filename="{name}"'
