"""An archive that lost an original gets it back from a service that gives its copy as it took it, and from no other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mediascream.archive.sidecar import Sidecar
from mediascream.delivery import hand
from mediascream.delivery.reconcile import reconcile
from mediascream.delivery.verify import verify
from mediascream.destinations.memory import MemoryDestination
from mediascream.errors import DestinationBlocked, TryLater
from mediascream.library import checks, deliveries, photos
from mediascream.library.checks import By, Result
from mediascream.library.facts import get_fact
from mediascream.photo import DeliveryState, DestinationName, PhotoState, Proof
from mediascream.recovery.rebuild import Rebuild
from tests.fakes.flickr_house import flickr_house
from tests.house import House, with_flickr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.library.checks import Check
    from mediascream.photo import PhotoId

PICTURE = b"\xff\xd8\xff\xe0 a picture of the sea" * 100
FOLDER, FLICKR = DestinationName.FOLDER, DestinationName.FLICKR


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With a service that gives originals back."""
    built, flickr = with_flickr(tmp_path)
    flickr.gives_back = True
    yield built
    built.close()


def service(house: House) -> MemoryDestination:
    found = house.services[FLICKR]
    assert isinstance(found, MemoryDestination)
    return found


def sent(house: House) -> PhotoId:
    photo_id, _ = house.send(PICTURE)
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    return photo_id


def key(house: House, photo_id: PhotoId) -> str:
    return str(house.receipt(photo_id).remote_id)


def rot(house: House, photo_id: PhotoId) -> None:
    house.archive.put_document(key(house, photo_id), PICTURE[:-1] + b"?")


def lose(house: House, photo_id: PhotoId) -> None:
    house.archive.delete(key(house, photo_id))


def check(house: House, photo_id: PhotoId) -> Check:
    found = house.auditor.check(house.photo(photo_id).number, FOLDER, By.AUDIT)
    assert found is not None
    return found


def an_hour_later(house: House) -> None:
    reconcile(house.work)
    house.run()


@pytest.mark.parametrize("spoil", [rot, lose])
def test_a_wrong_original_is_healed_from_the_copy_that_a_service_gives_back(house: House, spoil: object) -> None:
    photo_id = sent(house)
    assert callable(spoil)
    spoil(house, photo_id)
    assert check(house, photo_id).result is Result.HEALED
    house.run()
    assert (house.original(photo_id), house.receipt(photo_id).proof) == (PICTURE, Proof.BYTES)
    assert house.photo(photo_id).state is PhotoState.SAFE
    aside = [house.archive.read_document(one.key) for one in house.archive.list("damaged")]
    assert aside == ([PICTURE[:-1] + b"?"] if spoil is rot else [])
    assert house.spooled() == []
    assert len(service(house).copies) == 1


def test_it_comes_back_from_a_flickr_that_gives_originals_and_not_from_a_free_account(tmp_path: Path) -> None:
    with flickr_house(tmp_path) as house:
        photo_id = sent(house)
        lose(house, photo_id)
        house.flickr.free = True
        assert check(house, photo_id).result is Result.WRONG
        house.flickr.free = False
        house.act(lambda c: hand.retry(c, house.work, photo_id, FOLDER))
        house.run()
        assert house.original(photo_id) == PICTURE
        assert house.photo(photo_id).state is PhotoState.SAFE
        assert len(house.copies()) == 1


@pytest.mark.parametrize("content", [PICTURE[:-1] + b"!", PICTURE + b"!", PICTURE[:-1], b""])
def test_a_copy_that_the_service_made_anew_heals_nothing_and_is_asked_for_once(house: House, content: bytes) -> None:
    photo_id, flickr = sent(house), service(house)
    flickr.copies[0] = replace(flickr.copies[0], content=content)
    rot(house, photo_id)
    assert (check(house, photo_id).result, flickr.asked_back) == (Result.WRONG, 1)
    for _ in range(3):
        an_hour_later(house)
    receipt = house.receipt(photo_id)
    assert (receipt.state, receipt.error_code, flickr.asked_back) == (DeliveryState.BLOCKED, "damaged", 1)
    assert "flickr gave no equal file back" in str(receipt.error_detail)
    assert house.original(photo_id) == PICTURE[:-1] + b"?"
    assert house.spooled() == []


def test_a_person_who_tries_again_has_the_service_asked_again(house: House) -> None:
    photo_id, flickr = sent(house), service(house)
    flickr.gives_back = False
    lose(house, photo_id)
    check(house, photo_id)
    flickr.gives_back = True
    an_hour_later(house)
    assert house.photo(photo_id).state is PhotoState.ATTENTION
    house.act(lambda c: hand.retry(c, house.work, photo_id, FOLDER))
    house.run()
    assert house.original(photo_id) == PICTURE


@pytest.mark.parametrize("error", [TryLater("busy", reason="unreachable"), DestinationBlocked("no", reason="log-in")])
def test_a_service_that_cannot_be_asked_now_is_named_and_asked_an_hour_later(
    house: House, error: TryLater | DestinationBlocked
) -> None:
    photo_id, flickr = sent(house), service(house)
    flickr.before_check = error
    lose(house, photo_id)
    found = check(house, photo_id)
    assert (found.result, found.code) == (Result.WRONG, "lost")
    assert f"flickr may have one, but cannot be asked now ({error.detail})" in str(found.detail)
    assert house.photo(photo_id).state is PhotoState.ATTENTION
    flickr.before_check = None
    an_hour_later(house)
    assert house.original(photo_id) == PICTURE
    assert house.photo(photo_id).state is PhotoState.SAFE


def test_healing_that_this_machine_cannot_do_now_is_done_later_and_stops_no_check(house: House) -> None:
    photo_id = sent(house)
    lose(house, photo_id)
    house.spool.rmdir()  # what comes back is put there first
    assert check(house, photo_id).result is Result.WRONG
    receipt = house.receipt(photo_id)
    assert (receipt.state, receipt.error_code) == (DeliveryState.WAITING, "unexpected")
    (checked,) = verify(house.database, house.auditor, [FOLDER])
    assert checked.result is Result.WRONG
    house.act(lambda c: checks.note_audit(c, house.now))
    with house.database.reading() as connection:
        assert get_fact(connection, checks.AUDIT_FACT)["good"] is False
    house.spool.mkdir()
    house.run()
    assert house.original(photo_id) == PICTURE
    assert house.photo(photo_id).state is PhotoState.SAFE


def test_what_was_made_from_the_original_is_not_asked_for(house: House) -> None:
    photo_id = sent(house)
    number = house.photo(photo_id).number
    house.act(lambda c: deliveries.note(c, number, FLICKR, derivative=True))
    lose(house, photo_id)
    assert (check(house, photo_id).result, service(house).asked_back) == (Result.WRONG, 0)


def test_a_library_rebuilt_from_an_archive_that_lost_an_original_gets_it_back_once_the_service_is_connected(
    house: House, tmp_path: Path
) -> None:
    photo_id = sent(house)
    lose(house, photo_id)
    anew = House(tmp_path / "anew", archives=house.archives, services=house.services)
    Rebuild(anew.work, anew.archives, spool=anew.spool, renditions=anew.folder).run()
    anew.run()
    an_hour_later(anew)
    assert anew.original(photo_id) == PICTURE
    assert anew.photo(photo_id).state is PhotoState.SAFE
    anew.database.close()


# What the archive's sidecar tells of a copy that is not there any more


def told(house: House, original: str) -> Sidecar:
    return Sidecar.from_bytes(house.archive.read_document(f"{original}.json"))


def test_a_sidecar_tells_of_the_loss_though_the_audit_died_before_it_could(house: House) -> None:
    photo_id = sent(house)
    service(house).gives_back = False
    original, number = key(house, photo_id), house.photo(photo_id).number
    assert told(house, original).receipts[0].proof is Proof.BYTES
    rot(house, photo_id)
    house.act(lambda c: deliveries.lose(c, number, FOLDER, run=1, code="damaged", detail="it is other bytes"))
    house.act(lambda c: photos.touch(c, number))
    an_hour_later(house)
    mine = told(house, original).receipts[0]
    assert (mine.state, mine.proof, mine.error_code) == (DeliveryState.BLOCKED, None, "damaged")


def test_a_sidecar_whose_job_was_lost_is_told_of_the_loss_by_the_next_hour(house: House) -> None:
    photo_id = sent(house)
    service(house).gives_back = False
    original = key(house, photo_id)
    rot(house, photo_id)
    assert check(house, photo_id).result is Result.WRONG
    house.run()
    house.trash(photo_id)
    house.todo.forget("sidecar%")
    an_hour_later(house)
    assert told(house, original).deleted_at is not None


def test_a_photo_thrown_away_while_its_copy_is_damaged_is_thrown_away_in_the_sidecar_too(house: House) -> None:
    photo_id = sent(house)
    service(house).gives_back = False
    original = key(house, photo_id)
    rot(house, photo_id)
    assert check(house, photo_id).result is Result.WRONG
    house.run()
    house.trash(photo_id)
    house.run()
    assert told(house, original).deleted_at is not None
