"""Each fault at each step of a delivery to Flickr, with real tables and jobs: where it ends, and what Flickr then holds.

Three kinds of faults. What passes by itself ends `delivered`, without a person and without trouble left over. What needs
a person ends `blocked`, and `delivered` after `resume`. What will never be taken ends `refused`. Never are there two
copies, never does a receipt tell of one that is not there, and never is something left that nobody goes on with.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mediascream.delivery import hand
from mediascream.media_types import JPEG, MP4
from mediascream.photo import DeliveryState, PhotoState, Proof
from tests.fakes.flickr import GATEWAY, THROTTLED, Reply, fail, problem
from tests.fakes.flickr_house import FLICKR, flickr_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.photo import MediaType, PhotoId
    from tests.fakes.flickr_house import FlickrHouse

PICTURE, FILM = b"\xff\xd8\xff a picture", b"\0\0\0\x18ftypmp42 a film"
STEPS = [
    *[(JPEG, step) for step in ("upload", "photos.search", "photos.getInfo")],
    *[(MP4, step) for step in ("upload", "photos.search", "photos.upload.checkTickets", "photos.getInfo")],
]
LOST = "the answer gets lost"
PASSES: dict[str, list[Reply | None] | str] = {
    LOST: LOST,
    "lost, and closed at once": [None],
    "a gateway's page": [GATEWAY, Reply(504, "<html>late</html>"), Reply(500, "")],
    "throttled": [THROTTLED, Reply(429, "slow down")],
    "unavailable": [Reply(503, "", {"Retry-After": "120"})],
    "half an answer": [Reply(200, '<rsp stat="ok"><photoi')],
    "a proxy's page": [Reply(200, "<html>log in to the hotel</html>")],
    "a hostile answer": [Reply(200, '<!DOCTYPE rsp [<!ENTITY a "a">]><rsp stat="ok"><photoid>&a;</photoid></rsp>')],
    "code 105": [fail(105, "Service currently unavailable")] * 2,
    "code 106": [fail(106, "Write operation failed")],
    "code 201": [fail(201, "Sorry, the Flickr API service is not currently available.")],
    "an unknown code": [fail(999, "something new")],
    "the clock": [problem("timestamp_refused")],
    "a nonce": [problem("nonce_used")],
}
ONLY_AT_UPLOAD: dict[str, list[Reply | None]] = {
    "code 0": [fail(0, "Video uploads are disabled")],
    "code 3": [fail(3, "General upload failure")] * 2,
    "code 14": [
        fail(14, "Auto upload disabled", "<non_pro_desktop_upload_wait_time>600</non_pro_desktop_upload_wait_time>")
    ],
}
NEEDS_A_PERSON = {
    "code 95": fail(95, "SSL is required"),
    "code 96": fail(96, "Invalid signature"),
    "code 97": fail(97, "Missing signature"),
    "code 98": fail(98, "Login failed / Invalid auth token"),
    "code 99": fail(99, "Insufficient permissions"),
    "code 100": fail(100, "Key has expired"),
    "code 112": fail(112, "Method not found"),
    "an unknown key": problem("consumer_key_unknown"),
    "a rejected token": problem("token_rejected"),
    "HTTP 401": Reply(401, "no"),
}
ONLY_AT_UPLOAD_NEEDS_A_PERSON = {
    "code 6": fail(6, "User exceeded upload limit"),
    "code 7": fail(7, "User exceeded video limit"),
    "code 15": fail(15, "Only safe content"),
}
NEVER_TAKEN = {
    "code 2": fail(2, "No photo specified"),
    "code 4": fail(4, "Filesize was zero"),
    "code 5": fail(5, "Filetype was not recognised"),
    "code 8": fail(8, "Filesize was too large"),
    "code 116": fail(116, "Bad URL found"),
    "HTTP 413": Reply(413, "<html>too large</html>"),
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[FlickrHouse]:
    with flickr_house(tmp_path) as house:
        yield house


def send(house: FlickrHouse, media_type: MediaType, step: str) -> PhotoId:
    """A photo or film of its own; where its search is to fail, the first answer to its upload gets lost."""
    content = PICTURE if media_type is JPEG else FILM
    if step == "photos.search":
        house.flickr.lost["upload"] += 1
    return house.send(content + step.encode(), media_type=media_type)[0]


def assert_delivered(house: FlickrHouse, photo_id: PhotoId) -> None:
    """One copy, a true receipt, and nothing left to do."""
    receipt = house.at_flickr(photo_id)
    assert receipt.state is DeliveryState.DELIVERED
    mine = [held.id for held in house.flickr.live if held.tags[0] == f"mediascream:id={photo_id}"]
    assert mine == [receipt.remote_id]
    assert (receipt.proof, receipt.derivative, receipt.error_code) == (Proof.LISTED, False, None)
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert house.standing(FLICKR).trouble is None
    assert house.spooled() == []


def put_fault(house: FlickrHouse, step: str, fault: list[Reply | None] | str) -> None:
    if isinstance(fault, str):
        house.flickr.lost[step] += 2
    else:
        house.flickr.faults[step] = list(fault)


@pytest.mark.parametrize("fault", PASSES)
def test_what_passes_ends_in_one_copy_at_whichever_step(house: FlickrHouse, fault: str) -> None:
    for media_type, step in STEPS:
        put_fault(house, step, PASSES[fault])
        photo_id = send(house, media_type, step)
        house.run()
        assert_delivered(house, photo_id)
        assert not house.flickr.faults.get(step), f"{step} of {media_type.name} never came to its fault"
    assert len(house.copies()) == len(STEPS)


@pytest.mark.parametrize("fault", ONLY_AT_UPLOAD)
def test_what_passes_at_the_upload_ends_in_one_copy(house: FlickrHouse, fault: str) -> None:
    for media_type in (JPEG, MP4):
        house.flickr.faults["upload"] = list(ONLY_AT_UPLOAD[fault])
        photo_id = send(house, media_type, "upload")
        house.run()
        assert_delivered(house, photo_id)


def blocked_then_resumed(
    house: FlickrHouse, media_type: MediaType, step: str, reply: Reply, *, for_days: bool = True
) -> None:
    """`for_days`: it stays so for days; else at least for an hour."""
    house.flickr.faults[step] = [reply]
    photo_id, another = send(house, media_type, step), house.send(PICTURE + b"another" + step.encode())[0]
    house.run(wait=for_days)
    states = {house.at_flickr(one).state for one in (photo_id, another)}
    assert DeliveryState.BLOCKED in states
    assert states <= {DeliveryState.BLOCKED, DeliveryState.DELIVERED}
    house.now += timedelta(hours=1)
    house.run(wait=for_days)
    assert house.counts(FLICKR)[DeliveryState.BLOCKED], "what a person must mend was tried again without one"
    hand.resume(house.work, FLICKR)
    house.run()
    for one in (photo_id, another):
        assert_delivered(house, one)


@pytest.mark.parametrize("fault", NEEDS_A_PERSON)
def test_what_needs_a_person_is_blocked_and_one_copy_after_resume(house: FlickrHouse, fault: str) -> None:
    for media_type, step in STEPS if fault in {"code 98", "HTTP 401"} else STEPS[:2]:
        blocked_then_resumed(house, media_type, step, NEEDS_A_PERSON[fault])


@pytest.mark.long
@pytest.mark.parametrize("fault", NEEDS_A_PERSON)
def test_what_needs_a_person_is_blocked_at_every_step(house: FlickrHouse, fault: str) -> None:
    for media_type, step in STEPS:
        blocked_then_resumed(house, media_type, step, NEEDS_A_PERSON[fault])


@pytest.mark.parametrize("fault", ONLY_AT_UPLOAD_NEEDS_A_PERSON)
def test_a_full_account_is_blocked_and_one_copy_after_resume(house: FlickrHouse, fault: str) -> None:
    for media_type in (JPEG, MP4):
        reply, no_room = ONLY_AT_UPLOAD_NEEDS_A_PERSON[fault], fault in {"code 6", "code 7"}
        blocked_then_resumed(house, media_type, "upload", reply, for_days=not no_room)


@pytest.mark.parametrize("fault", NEVER_TAKEN)
def test_what_is_never_taken_is_refused_and_stops_nothing_else(house: FlickrHouse, fault: str) -> None:
    for media_type in (JPEG, MP4):
        house.flickr.faults["upload"] = [NEVER_TAKEN[fault]]
        photo_id = send(house, media_type, "upload")
        house.run()
        receipt = house.at_flickr(photo_id)
        assert (receipt.state, receipt.remote_id, receipt.proof) == (DeliveryState.REFUSED, None, None)
        assert receipt.error_detail
        assert house.photo(photo_id).state is PhotoState.SAFE
        other, _ = house.send(PICTURE + b"another" + media_type.name.encode())
        house.run()
        assert_delivered(house, other)
    assert len(house.copies()) == 2


def test_a_film_that_flickr_cannot_convert_is_refused(house: FlickrHouse) -> None:
    house.flickr.conversion_fails = True
    photo_id = send(house, MP4, "upload")
    house.run()
    assert house.at_flickr(photo_id).state is DeliveryState.REFUSED
    assert house.copies() == []


@pytest.mark.parametrize("tagged", [True, False])
def test_without_any_answer_to_an_upload_it_fails_in_the_end_and_retry_finds_the_one_copy(
    tmp_path: Path, *, tagged: bool
) -> None:
    with flickr_house(tmp_path, tagged=tagged) as house:
        house.flickr.lost["upload"] = house.flickr.lost["photos.search"] = 1000
        photo_id = send(house, JPEG, "upload")
        house.run()
        assert house.at_flickr(photo_id).state is DeliveryState.FAILED
        assert len(house.copies()) == 1
        house.flickr.lost.clear()
        house.act(lambda connection: hand.retry(connection, house.work, photo_id, FLICKR))
        house.run()
        assert house.copies() == [house.at_flickr(photo_id).remote_id]


def test_a_file_that_somebody_took_out_of_the_spool_is_sent_from_the_archive(house: FlickrHouse) -> None:
    house.todo.pause(FLICKR)
    photo_id = send(house, JPEG, "upload")
    house.run()
    (house.spool / photo_id).unlink()
    house.todo.resume(FLICKR)
    house.run()
    assert_delivered(house, photo_id)
    assert house.flickr.live[0].content == PICTURE + b"upload"


def test_a_full_outage_is_noted_once_and_everything_goes_on_after_it(house: FlickrHouse) -> None:
    house.flickr.faults["upload"] = [Reply(503, "", {"Retry-After": "3600"})]
    ids = [house.send(PICTURE + bytes([number]))[0] for number in range(20)]
    before = house.now
    house.run(wait=False)
    assert house.flickr.calls["upload"] == 1
    waiting = {house.at_flickr(one).next_attempt_at for one in ids}
    assert {(at - before).total_seconds() for at in waiting if at} == {3600}
    house.run()
    for one in ids:
        assert_delivered(house, one)
    assert len(house.copies()) == 20


def test_while_flickr_is_away_it_is_asked_one_thing_now_and_then_and_nothing_else(house: FlickrHouse) -> None:
    away = Reply(503, "")
    house.flickr.faults["upload"], house.flickr.faults["test.login"] = [away], [away] * 50
    ids = [house.send(PICTURE + bytes([number]))[0] for number in range(20)]
    done = house.run()
    assert house.flickr.calls["test.login"] == 51
    assert house.flickr.calls["upload"] == 21, "photos were tried while it was known that Flickr is away"
    assert done < 20 * 8
    for one in ids:
        assert_delivered(house, one)


def test_a_log_in_that_is_gone_after_an_outage_waits_for_a_person(house: FlickrHouse) -> None:
    house.flickr.faults["upload"] = [Reply(503, "")]
    house.flickr.faults["test.login"] = [fail(98, "Login failed / Invalid auth token")]
    photo_id, _ = house.send(PICTURE)
    house.run()
    assert house.at_flickr(photo_id).state is DeliveryState.BLOCKED
    assert (house.flickr.calls["test.login"], house.flickr.calls["upload"]) == (1, 1)
    house.now += timedelta(hours=1)
    hand.resume(house.work, FLICKR)
    house.run()
    assert_delivered(house, photo_id)


def test_a_wrong_clock_gives_nothing_up(house: FlickrHouse) -> None:
    house.flickr.clock_ahead_s = 3600
    photo_id, _ = house.send(PICTURE)
    for _ in range(100):
        house.run(wait=False)
        house.now += timedelta(minutes=30)
    receipt = house.at_flickr(photo_id)
    assert (receipt.state, receipt.error_code) == (DeliveryState.WAITING, "clock-wrong")
    assert "60 minutes behind" in (receipt.error_detail or "")
    house.flickr.clock_ahead_s = 0
    house.run()
    assert_delivered(house, photo_id)
