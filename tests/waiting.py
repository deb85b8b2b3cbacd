"""Waiting for what other threads and processes do: as long as it takes, but not for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

PATIENCE_S = 60.0


def eventually(look: Callable[[], T], *, within_s: float = PATIENCE_S) -> T:
    """What `look` returns once that is true; the test fails where it never is."""
    deadline = time.monotonic() + within_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            pytest.fail(f"it did not come about within {within_s:g} s; the last look gave {seen!r}")
        time.sleep(0.02)
