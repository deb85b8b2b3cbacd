"""Google Photos keeps the contract of all destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.destination_suite import DestinationSuite
from tests.fakes.google_photos import GooglePhotos
from tests.fakes.google_photos_client import destination_at, log_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.destinations.base import Destination


class TestGooglePhotos(DestinationSuite):
    @pytest.fixture
    def destination(self) -> Iterator[Destination]:
        self.google = GooglePhotos()
        # Without a hash that was seen refused, a copy is `listed` on arrival as it is in a check.
        secrets = log_in(checks_hash=False)
        with self.google.serving() as address, destination_at(address, secrets=secrets) as destination:
            yield destination

    def copies(self, destination: Destination) -> list[str]:
        return [held.id for held in self.google.live]

    def lose_answer(self, destination: Destination) -> None:
        self.google.lost["batchCreate"] = 1
