"""Flickr keeps the contract of all destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.destination_suite import DestinationSuite
from tests.fakes.flickr import Flickr
from tests.fakes.flickr_client import destination_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.destinations.base import Destination


class TestFlickr(DestinationSuite):
    @pytest.fixture
    def destination(self) -> Iterator[Destination]:
        self.flickr = Flickr()
        with self.flickr.serving() as address, destination_at(address) as destination:
            yield destination

    def copies(self, destination: Destination) -> list[str]:
        return [held.id for held in self.flickr.live]

    def lose_answer(self, destination: Destination) -> None:
        self.flickr.lost["upload"] = 1
