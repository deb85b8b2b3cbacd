"""A destination that another package brings keeps the contract of all destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediascream.errors import TryLater
from tests.contracts.destination_suite import DestinationSuite
from tests.fakes.mediascream_shoebox import Shoebox

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.destinations.base import Attempt, Delivered, Destination, Outgoing


class Forgetful(Shoebox):
    """Loses an answer when told to."""

    loses = False

    def deliver(self, photo: Outgoing, attempt: Attempt) -> Delivered:
        delivered = super().deliver(photo, attempt)
        if self.loses:
            self.loses = False
            raise TryLater("the answer got lost", reason="connection-broken")
        return delivered


class TestShoebox(DestinationSuite):
    @pytest.fixture
    def destination(self, tmp_path: Path) -> Forgetful:
        self.folder = tmp_path
        return Forgetful(tmp_path)

    def copies(self, destination: Destination) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def lose_answer(self, destination: Destination) -> None:
        assert isinstance(destination, Forgetful)
        destination.loses = True
