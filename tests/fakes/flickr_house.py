"""A house whose Flickr is the real destination at the fake service, with one clock for all."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediascream.photo import DestinationName
from tests.fakes.flickr import Flickr
from tests.fakes.flickr_client import Clock, destination_at
from tests.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from mediascream.photo import PhotoId, Receipt

FLICKR = DestinationName.FLICKR


@dataclass
class FlickrHouse(House):
    """Attributes beside those of a house.

    Attributes:
        flickr: The service.
    """

    def __post_init__(self) -> None:
        self.flickr = Flickr()
        super().__post_init__()

    def copies(self) -> list[str]:
        """The ids of what the account shows."""
        return [held.id for held in self.flickr.live]

    def at_flickr(self, photo_id: PhotoId) -> Receipt:
        """The receipt of a photo's copy."""
        return self.receipt(photo_id, FLICKR)


class HouseClock(Clock):
    """Shows what the house's clock shows."""

    house: House | None = None

    def __call__(self) -> datetime:
        return self.house.now if self.house is not None else self.at


@contextmanager
def flickr_house(folder: Path, *, converts: bool = False, tagged: bool = True) -> Iterator[FlickrHouse]:
    """The house, with Flickr answering."""
    house, clock = FlickrHouse(folder), HouseClock()
    clock.house = house
    with (
        closing(house),
        house.flickr.serving() as address,
        destination_at(address, converts=converts, tagged=tagged, clock=clock) as destination,
    ):
        house.services[FLICKR] = destination
        yield house
