"""What Flickr does not take: refused with the reason, or sent as a JPEG that is recognised again; and copies read back."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from mediascream.destinations.base import Attempt, Derivative
from mediascream.errors import FileRefused, TryLater
from mediascream.photo import DeliveryState, Kind, Proof
from tests.contracts.destination_suite import PICTURE, Bytes, outgoing
from tests.fakes.flickr import GATEWAY, Flickr, fail
from tests.fakes.flickr_house import FLICKR, flickr_house
from tests.integration.test_flickr_faults import hub_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.destinations.base import Outgoing
    from tests.fakes.flickr_house import FlickrHouse
    from tests.integration.test_flickr_faults import Hub

RAW = b"II*\0CR of a camera"[4:] * 50


class Maker:
    """Makes the JPEG of a photo; `content` is what it makes now."""

    def __init__(self, content: bytes = PICTURE + b"the JPEG") -> None:
        self.content = content
        self.refusal: str | None = None

    def __call__(self) -> Derivative:
        if self.refusal is not None:
            raise FileRefused(self.refusal, reason="not-convertible")
        sha256, sha1 = hashlib.sha256(self.content), hashlib.sha1(self.content, usedforsecurity=False)
        return Derivative(sha256.hexdigest(), sha1.hexdigest(), len(self.content), Bytes(self.content))


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def raw(maker: Maker) -> Outgoing:
    """A photo that Flickr does not take."""
    return dataclasses.replace(
        outgoing(RAW), file_name="IMG_1.CR2", media_type="image/x-canon-cr2", ending="cr2", make_jpeg=maker
    )


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_at(Flickr(), converts=True) as hub:
        yield hub


def test_what_flickr_does_not_take_is_sent_as_a_jpeg_with_the_tags_of_both(
    hub: Hub, raw: Outgoing, maker: Maker
) -> None:
    delivered = hub.deliver(raw)
    (held,) = hub.flickr.live
    assert (held.content, held.file_name, held.fields["title"]) == (maker.content, "IMG_1.jpg", "IMG_1")
    assert held.tags[:2] == [f"mediascream:id={raw.id}", f"checksum:sha1={held.sha1}"]
    assert (delivered.remote_id, delivered.derivative, delivered.proof) == (held.id, True, Proof.LISTED)


def test_without_the_setting_it_is_refused_and_told_of_the_setting(raw: Outgoing) -> None:
    with hub_at(Flickr()) as hub:
        with pytest.raises(FileRefused) as caught:
            hub.deliver(raw)
        assert caught.value.reason == "format-refused"
        assert "FLICKR_CONVERT: jpeg" in caught.value.detail
        assert hub.flickr.photos == {}


def test_an_original_that_flickr_takes_is_sent_as_it_is(hub: Hub, maker: Maker) -> None:
    delivered = hub.deliver(dataclasses.replace(outgoing(), make_jpeg=maker))
    assert (hub.flickr.live[0].content, delivered.derivative) == (PICTURE, False)


def test_a_format_that_is_never_taken_is_not_sent_at_all(hub: Hub, raw: Outgoing, maker: Maker) -> None:
    hub.deliver(dataclasses.replace(raw, media_type="image/avif"))
    assert hub.flickr.calls["upload"] == 1
    assert hub.flickr.live[0].content == maker.content


def test_what_is_too_large_is_sent_as_a_jpeg(hub: Hub, maker: Maker) -> None:
    hub.flickr.largest = len(maker.content)
    large = dataclasses.replace(outgoing(PICTURE * 2), make_jpeg=maker)
    assert hub.deliver(large).derivative


def test_a_jpeg_that_is_too_large_itself_is_refused(hub: Hub, raw: Outgoing) -> None:
    hub.flickr.largest = len(RAW)
    with pytest.raises(FileRefused) as caught:
        hub.deliver(raw)
    assert caught.value.reason == "too-large"
    assert hub.flickr.photos == {}


def test_what_cannot_be_converted_is_refused_with_both_reasons(hub: Hub, raw: Outgoing, maker: Maker) -> None:
    maker.refusal = "there is no decoder"
    with pytest.raises(FileRefused) as caught:
        hub.deliver(raw)
    assert caught.value.reason == "format-refused"
    assert "does not take files of this kind" in caught.value.detail
    assert "there is no decoder" in caught.value.detail


def test_a_film_is_never_sent_as_a_picture(hub: Hub, raw: Outgoing) -> None:
    with pytest.raises(FileRefused) as caught:
        hub.deliver(dataclasses.replace(raw, kind=Kind.VIDEO, media_type="video/mp4"))
    assert caught.value.reason == "format-refused"


def test_a_film_of_no_length_is_refused_unasked(hub: Hub) -> None:
    with pytest.raises(FileRefused) as caught:
        hub.deliver(dataclasses.replace(outgoing(), kind=Kind.VIDEO, duration_s=0.0))
    assert caught.value.reason == "empty-video"
    assert not hub.flickr.calls


@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_jpeg_whose_answer_got_lost_is_recognised_by_its_own_bytes(raw: Outgoing, lost: int, *, tagged: bool) -> None:
    with hub_at(Flickr(), converts=True, tagged=tagged) as hub:
        hub.flickr.lost["upload"] = lost
        hub.flickr.index_lag_s = 3600
        delivered = hub.deliver(raw)
        assert [held.id for held in hub.flickr.live] == [delivered.remote_id]
        assert delivered.derivative


@pytest.mark.parametrize("step", ["upload", "photos.getInfo", "photos.search"])
@pytest.mark.parametrize("fault", [None, GATEWAY], ids=["closed", "gateway"])
def test_a_jpeg_arrives_once_whatever_comes_before(hub: Hub, raw: Outgoing, step: str, fault: None) -> None:
    hub.flickr.faults[step] = [fault, fault]
    delivered = hub.deliver(raw)
    assert [(held.id, delivered.derivative) for held in hub.flickr.live] == [(delivered.remote_id, True)]


def refuse_one_and_lose_the_next(flickr: Flickr) -> None:
    """The original is refused, the JPEG arrives, and its answer does not."""
    flickr.faults["upload"], flickr.lost["upload"] = [fail(5, "Filetype was not recognised")], 1


def lose_the_jpeg(hub: Hub, raw: Outgoing, maker: Maker) -> Attempt:
    """A first attempt whose JPEG arrived without an answer, and was then lost here; the next one comes out differently."""
    attempt = Attempt(1)
    refuse_one_and_lose_the_next(hub.flickr)
    with pytest.raises(TryLater):
        hub.destination.deliver(raw, attempt)
    assert len(hub.flickr.live) == 1
    maker.content = PICTURE + b"the JPEG by another version"
    return attempt


def test_a_jpeg_that_was_lost_and_came_out_differently_waits_for_the_index(
    hub: Hub, raw: Outgoing, maker: Maker
) -> None:
    hub.flickr.index_lag_s = 3600
    attempt = lose_the_jpeg(hub, raw, maker)
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(raw, Attempt(4, attempt.notes))
    assert caught.value.reason == "may-have-arrived"
    hub.flickr.index_lag_s = 0
    delivered = hub.destination.deliver(raw, Attempt(5, attempt.notes))
    assert [held.id for held in hub.flickr.live] == [delivered.remote_id]


def test_without_tags_it_is_left_to_a_person(raw: Outgoing, maker: Maker) -> None:
    with hub_at(Flickr(), converts=True, tagged=False) as hub:
        attempt = lose_the_jpeg(hub, raw, maker)
        with pytest.raises(FileRefused) as caught:
            hub.destination.deliver(raw, Attempt(4, attempt.notes))
        assert caught.value.reason == "may-have-arrived"
        assert len(hub.flickr.live) == 1


def test_a_copy_whose_notes_are_lost_still_tells_that_it_is_a_jpeg(hub: Hub, raw: Outgoing) -> None:
    first = hub.deliver(raw)
    again = hub.destination.deliver(raw, Attempt(1, {"began": hub.clock().isoformat()}))
    assert (again.remote_id, again.derivative, again.found) == (first.remote_id, True, True)


def test_a_pro_account_s_original_is_read_back(hub: Hub) -> None:
    remote_id = hub.deliver(outgoing()).remote_id
    assert hub.destination.check(outgoing(), remote_id) is Proof.BYTES
    hub.flickr.photos[remote_id].content = PICTURE[:-1] + b"?"
    assert hub.destination.check(outgoing(), remote_id) is Proof.LISTED
    hub.flickr.photos[remote_id].content = PICTURE * 1000
    assert hub.destination.check(outgoing(), remote_id) is Proof.LISTED


def test_a_free_account_s_copy_is_only_listed(hub: Hub) -> None:
    remote_id = hub.deliver(outgoing()).remote_id
    hub.flickr.free = True
    assert hub.destination.check(outgoing(), remote_id) is Proof.LISTED
    assert hub.flickr.calls["original"] == 0


def test_an_original_that_is_not_given_leaves_the_copy_listed(hub: Hub) -> None:
    remote_id = hub.deliver(outgoing()).remote_id
    hub.flickr.faults["original"] = [None]
    assert hub.destination.check(outgoing(), remote_id) is Proof.LISTED


def test_a_jpeg_is_never_called_equal_to_the_original(hub: Hub, raw: Outgoing) -> None:
    assert hub.destination.check(raw, hub.deliver(raw).remote_id) is Proof.LISTED


@pytest.fixture
def house(tmp_path: Path) -> Iterator[FlickrHouse]:
    """A whole house, whose Flickr converts."""
    with flickr_house(tmp_path, converts=True) as house:
        yield house


def kept(house: FlickrHouse) -> list[str]:
    return sorted(path.name for path in (house.spool / ".derivatives").glob("*/*"))


def test_the_receipt_tells_of_the_derivative_and_the_file_goes(house: FlickrHouse) -> None:
    photo_id, _ = house.send(RAW)
    house.run()
    receipt = house.receipt(photo_id, FLICKR)
    assert (receipt.state, receipt.derivative, receipt.proof) == (DeliveryState.DELIVERED, True, Proof.LISTED)
    assert house.decoders.converted == 1
    assert kept(house) == []
    assert house.spooled() == []


def test_the_same_jpeg_is_sent_again_until_the_receipt_is_written(house: FlickrHouse) -> None:
    refuse_one_and_lose_the_next(house.flickr)
    house.flickr.index_lag_s = 3600
    photo_id, _ = house.send(RAW)
    house.run(wait=False)
    assert kept(house) == [f"{photo_id}.jpg"]
    house.build()  # as a start does
    assert house.derivatives.sweep(house.database) == 0
    house.run()
    assert house.state(photo_id, FLICKR) is DeliveryState.DELIVERED
    assert (house.decoders.converted, len(house.flickr.live)) == (1, 1)
    assert kept(house) == []


def test_what_cannot_be_converted_is_refused_in_the_receipt(house: FlickrHouse) -> None:
    house.decoders.unconvertible = "no decoder for it"
    photo_id, _ = house.send(RAW)
    house.run()
    receipt = house.receipt(photo_id, FLICKR)
    assert (receipt.state, receipt.error_code) == (DeliveryState.REFUSED, "format-refused")
    assert kept(house) == []


def test_litter_goes_and_what_is_needed_stays(house: FlickrHouse) -> None:
    photo_id, _ = house.send(RAW)
    house.run()
    folder = house.spool / ".derivatives" / FLICKR
    old, young = folder / ".old.part", folder / ".young.part"
    for file in (folder / f"{photo_id}.jpg", folder / f"{'0' * 64}.jpg", old, young):
        file.write_bytes(b"left by a crash")
    os.utime(old, (0, 0))
    assert house.derivatives.sweep(house.database) == 3
    assert kept(house) == [".young.part"]
