"""Who is sent gzip."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from mediascream.web.packing import takes_gzip


@pytest.mark.parametrize(
    ("accepts", "taken"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP;q=0.8", True),
        ("deflate,gzip;q=0.001", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("x-gzip", False),
        ("gzip;q=0", False),
        ("deflate, gzip; q=0.000, br", False),
    ],
)
def test_gzip_goes_only_to_whoever_names_it(accepts: str, taken: bool) -> None:
    request = Request({"type": "http", "headers": [(b"accept-encoding", accepts.encode())]})
    assert takes_gzip(request) is taken
