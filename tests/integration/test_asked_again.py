"""A copy that its service took, but does not show yet, is not sent a second time, whoever has the delivery tried again."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from mediascream.delivery import hand, troubles
from mediascream.delivery.reconcile import reconcile
from mediascream.photo import DeliveryState, DestinationName
from tests.fakes import google_photos_client
from tests.fakes.flickr import fail
from tests.fakes.flickr_house import FLICKR, HouseClock, flickr_house
from tests.fakes.google_photos import GooglePhotos
from tests.house import House

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from mediascream.photo import PhotoId

GPHOTOS = DestinationName.GPHOTOS
PICTURE = b"\xff\xd8\xff\xe0 a picture that nobody shows" * 100
UNSEEN = 6
"""So often the service is asked for it in vain."""


class Shy:
    """A house with one service that took a photo which it does not show yet.

    Attributes:
        uploads: How often the photo was sent there.
    """

    def __init__(self, house: House, name: DestinationName, uploads: Callable[[], int]) -> None:
        self.house, self.name, self.uploads = house, name, uploads

    def take(self) -> PhotoId:
        """Send a photo, and see that it waits to be shown."""
        photo_id, _ = self.house.send(PICTURE)
        self.house.run(wait=False)
        receipt = self.house.receipt(photo_id, self.name)
        assert (receipt.state, receipt.error_code) == (DeliveryState.WAITING, "not-shown")
        return photo_id


@contextmanager
def at_flickr(folder: Path) -> Iterator[Shy]:
    with flickr_house(folder) as house:
        house.flickr.faults["photos.getInfo"] = [fail(1, "Photo not found")] * UNSEEN
        yield Shy(house, FLICKR, lambda: house.flickr.calls["upload"])


@contextmanager
def at_google(folder: Path) -> Iterator[Shy]:
    google, clock, house = GooglePhotos(), HouseClock(), House(folder)
    clock.house = house
    google.hidden = UNSEEN
    with (
        closing(house),
        google.serving() as address,
        google_photos_client.destination_at(address, clock=clock) as destination,
    ):
        house.services[GPHOTOS] = destination
        yield Shy(house, GPHOTOS, lambda: google.calls["raw"])


def by_hand(shy: Shy, photo_id: PhotoId) -> None:
    shy.house.act(lambda c: hand.retry(c, shy.house.work, photo_id, shy.name))


def all_by_hand(shy: Shy, _photo_id: PhotoId) -> None:
    shy.house.act(lambda c: hand.retry_all(c, shy.house.work, shy.name))


def after_an_outage(shy: Shy, _photo_id: PhotoId) -> None:
    shy.house.act(lambda c: troubles.release(c, shy.house.work, shy.name))


def by_a_start_that_finds_no_job(shy: Shy, _photo_id: PhotoId) -> None:
    shy.house.todo.forget()
    reconcile(shy.house.work)


def out_of_the_trash(shy: Shy, photo_id: PhotoId) -> None:
    shy.house.trash(photo_id)
    shy.house.run(wait=False)
    shy.house.restore(photo_id)


@pytest.mark.parametrize("service", [at_flickr, at_google])
@pytest.mark.parametrize(
    "again", [by_hand, all_by_hand, after_an_outage, by_a_start_that_finds_no_job, out_of_the_trash]
)
def test_what_is_there_but_not_shown_yet_is_sent_once(
    tmp_path: Path,
    service: Callable[[Path], AbstractContextManager[Shy]],
    again: Callable[[Shy, PhotoId], None],
) -> None:
    with service(tmp_path) as shy:
        photo_id = shy.take()
        again(shy, photo_id)
        shy.house.run()
        assert shy.house.state(photo_id, shy.name) is DeliveryState.DELIVERED
        assert shy.uploads() == 1
