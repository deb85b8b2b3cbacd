"""Servers for tests from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    """A running server on an empty data folder."""
    running = Running(tmp_path / "data")
    try:
        yield running.start()
    finally:
        running.close()


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Running]:
    """A server that is set up but not started."""
    running = Running(tmp_path / "data")
    try:
        yield running
    finally:
        running.close()
