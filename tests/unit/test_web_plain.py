"""What a query means before anything answers it."""

from __future__ import annotations

import pytest

from mediascream.web.plain import without_empty


@pytest.mark.parametrize(
    ("query", "plain"),
    [
        (b"", b""),
        (b"tag=", b""),
        (b"tag&q=a", b"q=a"),
        (b"a=1&b=&c=%20&&d==", b"a=1&c=%20&d=="),
    ],
)
def test_a_name_without_a_value_is_left_out(query: bytes, plain: bytes) -> None:
    assert without_empty(query) == plain
