"""The in-memory destination keeps the contract of all destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediascream.destinations.memory import MemoryDestination
from tests.contracts.destination_suite import DestinationSuite

if TYPE_CHECKING:
    from mediascream.destinations.base import Destination


class TestMemoryDestination(DestinationSuite):
    @pytest.fixture
    def destination(self) -> MemoryDestination:
        return MemoryDestination()

    def copies(self, destination: Destination) -> list[str]:
        assert isinstance(destination, MemoryDestination)
        return [copy.remote_id for copy in destination.copies]

    def lose_answer(self, destination: Destination) -> None:
        assert isinstance(destination, MemoryDestination)
        destination.lost_answers = 1

    def give_back(self, destination: Destination) -> None:
        assert isinstance(destination, MemoryDestination)
        destination.gives_back = True
