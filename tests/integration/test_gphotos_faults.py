"""Whatever goes wrong at whichever step: Google Photos ends with one copy, and no receipt says more than is true.

Each test looks at the ledger of the fake (`google.live`), not only at what the destination says.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from mediascream.database import Database
from mediascream.destinations.base import Attempt, ChecksCopies, HasQuota
from mediascream.destinations.gphotos_items import MOST
from mediascream.destinations.gphotos_tokens import App
from mediascream.errors import DeliveryError, DestinationBlocked, FileRefused, QuotaSpent, TryLater
from mediascream.library.sharing import Sharing
from mediascream.library.upgrade import upgrade
from mediascream.photo import DestinationName, Kind, PhotoId, Proof
from tests.contracts.destination_suite import PICTURE, outgoing
from tests.fakes import google_photos as fake
from tests.fakes.flickr_client import Clock
from tests.fakes.google_oauth import CLIENT_ID, CLIENT_SECRET
from tests.fakes.google_photos import GRANULARITY, REFRESH_TOKEN, GooglePhotos, Reply
from tests.fakes.google_photos_client import destination_at, log_in
from tests.fakes.shared import SharedInMemory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.destinations.base import Delivered, Outgoing
    from mediascream.destinations.gphotos import GphotosDestination

MIB = 2**20


class FilmBytes:
    """A film that is made as it is read, so that a large one costs no memory."""

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, *, start: int = 0) -> Iterator[bytes]:
        """From `start` on."""
        for number in range(start // MIB, -(-self.size // MIB)):
            piece = (b"\0\0\0\x18ftypmp42" + f"{number:08}".encode()).ljust(MIB, b"f")
            yield piece[max(0, start - number * MIB) : self.size - number * MIB]


def film(size: int = 17 * MIB + 5) -> Outgoing:
    """A video that goes in chunks."""
    content = FilmBytes(size)
    sha1, sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
    for piece in content.read():
        sha1.update(piece)
        sha256.update(piece)
    return dataclasses.replace(
        outgoing(),
        id=PhotoId(sha256.hexdigest()),
        sha1=sha1.hexdigest(),
        size_bytes=size,
        original=content,
        file_name="MVI_0001.MP4",
        media_type="video/mp4",
        ending="mp4",
        kind=Kind.VIDEO,
    )


FILM = film()
CUT = Reply(200, '{"newMediaItemRes')
BEFORE = {
    "a closed connection": None,
    "a gateway's page": fake.GATEWAY,
    "away": fake.AWAY,
    "an internal error": fake.INTERNAL,
    "throttled": fake.MINUTE_SPENT,
    "half an answer": CUT,
}
PHOTO_STEPS = ["token", "raw", "albums.list", "albums.create", "batchCreate", "batchGet"]
FILM_STEPS = ["start", "chunk", "batchCreate", "batchGet"]


class Hub:
    """A destination at the fake, with a clock of its own."""

    def __init__(self, google: GooglePhotos, destination: GphotosDestination, clock: Clock) -> None:
        self.google, self.destination, self.clock = google, destination, clock

    def deliver(self, photo: Outgoing, attempt: Attempt | None = None, *, tries: int = 8) -> Delivered:
        """Attempt after attempt with the same notes, as the hub makes them."""
        attempt = attempt or Attempt(1)
        while True:
            try:
                return self.destination.deliver(photo, attempt)
            except TryLater as error:
                tries -= 1
                if tries == 0:
                    raise
                self.clock.go_on((error.retry_after_s or 2) / 60)
                attempt = Attempt(attempt.number + 1, attempt.notes)

    def insist_on_one(self, photo: Outgoing, delivered: Delivered) -> None:
        """There is one copy, the right one, and it is the one that was named."""
        (held,) = self.google.live
        assert (held.id, held.sha1) == (delivered.remote_id, photo.sha1)
        assert self.google.most_at_once <= 1


@contextmanager
def hub_at(google: GooglePhotos, **options: object) -> Iterator[Hub]:
    clock = Clock()
    with google.serving() as address, destination_at(address, clock=clock, **options) as destination:  # type: ignore[arg-type]
        yield Hub(google, destination, clock)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_at(GooglePhotos()) as hub:
        yield hub


@pytest.fixture
def with_album() -> Iterator[Hub]:
    with hub_at(GooglePhotos(), album="Mediascream") as hub:
        yield hub


# ------------------------------------------------------------------------------------------------ the matrix


@pytest.mark.parametrize("step", PHOTO_STEPS)
@pytest.mark.parametrize("fault", BEFORE)
def test_a_fault_before_a_step_of_a_photo_leaves_one_copy(with_album: Hub, step: str, fault: str) -> None:
    with_album.google.faults[step] = [BEFORE[fault]]
    with_album.insist_on_one(outgoing(), with_album.deliver(outgoing()))
    assert list(with_album.google.albums.values()) == ["Mediascream"]


@pytest.mark.parametrize("step", PHOTO_STEPS)
@pytest.mark.parametrize("once", [True, False], ids=["tokens die with use", "tokens live on"])
def test_a_lost_answer_at_a_step_of_a_photo_leaves_one_copy(with_album: Hub, step: str, *, once: bool) -> None:
    with_album.google.tokens_once = once
    with_album.google.lost[step] = 1
    with_album.insist_on_one(outgoing(), with_album.deliver(outgoing()))
    assert list(with_album.google.albums.values()) == ["Mediascream"]


@pytest.mark.parametrize("step", FILM_STEPS)
@pytest.mark.parametrize("fault", BEFORE)
def test_a_fault_before_a_step_of_a_film_leaves_one_copy(hub: Hub, step: str, fault: str) -> None:
    hub.google.faults[step] = [BEFORE[fault]]
    hub.insist_on_one(FILM, hub.deliver(FILM))


@pytest.mark.parametrize("step", FILM_STEPS)
def test_a_lost_answer_at_a_step_of_a_film_leaves_one_copy(hub: Hub, step: str) -> None:
    hub.google.lost[step] = 1
    hub.insist_on_one(FILM, hub.deliver(FILM))


def test_an_outage_of_every_kind_at_random_leaves_one_copy_of_each() -> None:
    dice = random.Random(20261124)
    google = GooglePhotos(seed=7)
    google.loses = 0.2
    with hub_at(google, album="All") as hub:
        photos = [outgoing(PICTURE + bytes([number])) for number in range(25)]
        ids = set()
        for photo in photos:
            step = dice.choice(PHOTO_STEPS)
            google.faults[step] = dice.choices(list(BEFORE.values()), k=dice.randrange(3))
            ids.add(hub.deliver(photo, tries=30).remote_id)
    assert sorted(held.sha1 for held in google.live) == sorted(photo.sha1 for photo in photos)
    assert ids == {held.id for held in google.live}
    assert len(google.albums) == 1


# ------------------------------------------------------------------------------------------------ proof


def test_a_photo_whose_hash_was_checked_is_proven_by_checksum(hub: Hub) -> None:
    delivered = hub.deliver(outgoing())
    assert delivered.proof is Proof.CHECKSUM
    assert delivered.remote_url == f"https://photos.google.com/lr/photo/{delivered.remote_id}"


def test_where_a_wrong_hash_was_not_seen_refused_a_copy_is_listed() -> None:
    with hub_at(GooglePhotos(), secrets=log_in(checks_hash=False)) as hub:
        assert hub.deliver(outgoing()).proof is Proof.LISTED


def test_a_film_is_listed_for_its_hash_is_not_checked(hub: Hub) -> None:
    assert hub.deliver(FILM).proof is Proof.LISTED


def test_bytes_that_are_damaged_on_the_wire_are_refused_and_sent_again(hub: Hub) -> None:
    hub.google.flips = 1
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert caught.value.reason == "damaged-copy"
    assert hub.google.live == []
    hub.insist_on_one(outgoing(), hub.deliver(outgoing()))


def test_a_film_whose_bytes_are_not_the_ones_sent_in_is_never_completed(hub: Hub) -> None:
    damaged = dataclasses.replace(FILM, sha1="0" * 40)
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(damaged, Attempt(1))
    assert caught.value.reason == "damaged-original"
    assert hub.google.live == []
    assert hub.google.uploads == {}


def test_an_item_that_is_not_shown_yet_is_not_called_delivered(hub: Hub) -> None:
    hub.google.hidden = 3
    attempt = Attempt(1)
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(outgoing(), attempt)
    assert caught.value.reason == "not-shown"
    delivered = hub.deliver(outgoing(), Attempt(2, attempt.notes))
    hub.insist_on_one(outgoing(), delivered)
    assert delivered.found
    assert hub.google.calls["raw"] == 1


def test_a_check_tells_whether_a_copy_is_there(hub: Hub) -> None:
    assert isinstance(hub.destination, ChecksCopies)
    delivered = hub.deliver(outgoing())
    assert hub.destination.check(outgoing(), delivered.remote_id) is Proof.LISTED
    hub.google.trash(delivered.remote_id)
    assert hub.destination.check(outgoing(), delivered.remote_id) is None


@pytest.mark.parametrize("reply", [fake.AWAY, fake.GATEWAY, fake.error(403, "no", "PERMISSION_DENIED"), CUT])
def test_a_check_that_gets_no_answer_does_not_say_that_a_copy_is_gone(hub: Hub, reply: Reply) -> None:
    delivered = hub.deliver(outgoing())
    hub.google.faults["batchGet"] = [reply]
    with pytest.raises(DeliveryError):
        hub.destination.check(outgoing(), delivered.remote_id)
    hub.google.hidden = 1
    hub.google.faults["get"] = [reply]
    with pytest.raises(DeliveryError):
        hub.destination.check(outgoing(), delivered.remote_id)


def test_an_item_that_one_answer_leaves_out_is_asked_for_alone_before_it_is_called_gone(hub: Hub) -> None:
    delivered = hub.deliver(outgoing())
    hub.google.hidden = 1
    assert hub.destination.check(outgoing(), delivered.remote_id) is Proof.LISTED
    hub.google.faults["batchGet"] = [fake.error(400, "Invalid media item ID.", "INVALID_ARGUMENT")]
    assert hub.destination.check(outgoing(), delivered.remote_id) is Proof.LISTED


def test_copies_that_are_checked_side_by_side_are_few_calls(hub: Hub) -> None:
    photos = [outgoing(PICTURE + bytes([number])) for number in range(100)]
    with ThreadPoolExecutor(MOST) as pool:
        ids = [delivered.remote_id for delivered in pool.map(hub.deliver, photos)]
        hub.google.trash(ids[7])
        before = hub.google.calls["batchGet"]
        found = list(pool.map(hub.destination.check, photos, ids))
    assert [number for number, proof in enumerate(found) if proof is None] == [7]
    assert hub.google.calls["batchGet"] - before < len(photos) / 4
    assert hub.google.calls["get"] == 1


def test_asked_again_for_a_copy_that_is_gone_a_new_one_is_sent(hub: Hub) -> None:
    attempt = Attempt(1)
    first = hub.deliver(outgoing(), attempt)
    hub.google.trash(first.remote_id)
    second = hub.deliver(outgoing(), Attempt(1, attempt.notes))
    assert second.remote_id != first.remote_id
    hub.insist_on_one(outgoing(), second)


# ------------------------------------------------------------------------------------------------ tokens


def test_many_threads_renew_the_access_token_once(hub: Hub) -> None:
    hub.google.slow_s = 0.05
    photos = [outgoing(PICTURE + bytes([number])) for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(hub.deliver, photos))
    assert hub.google.calls["token"] == 1
    hub.google.access_tokens.clear()
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda photo: hub.deliver(photo, Attempt(2)), photos))
    assert hub.google.calls["token"] == 2
    assert len(hub.google.live) == 12


def test_an_access_token_is_renewed_before_it_dies(hub: Hub) -> None:
    hub.google.access_life_s = 0
    hub.deliver(outgoing())
    assert hub.google.calls["token"] == 3  # one for each of raw, batchCreate, batchGet: none was good for long


def test_a_log_in_that_was_revoked_blocks_and_is_not_tried_again(hub: Hub) -> None:
    hub.google.revoke()
    told = set()
    for _ in range(3):
        with pytest.raises(DestinationBlocked) as caught:
            hub.destination.deliver(outgoing(), Attempt(1))
        told.add((caught.value.reason, "mediascream connect gphotos" in caught.value.detail))
    assert told == {("log-in-refused", True)}
    assert hub.google.calls["token"] == 1


def test_a_log_in_that_died_within_days_points_to_testing() -> None:
    secrets = log_in(consented_at=datetime.now(UTC).isoformat())
    with hub_at(GooglePhotos(), secrets=secrets) as hub:
        hub.google.revoke()
        with pytest.raises(DestinationBlocked, match="Testing"):
            hub.destination.deliver(outgoing(), Attempt(1))


def test_an_access_token_that_is_refused_though_it_is_new_blocks(hub: Hub) -> None:
    refused = fake.error(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")
    hub.google.faults["raw"] = [refused, refused]
    with pytest.raises(DestinationBlocked) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert caught.value.reason == "log-in-refused"
    assert hub.google.calls["token"] == 2


def test_after_a_new_log_in_it_goes_on(hub: Hub) -> None:
    hub.google.revoke()
    with pytest.raises(DestinationBlocked):
        hub.destination.deliver(outgoing(), Attempt(1))
    hub.google.refresh_tokens = {"1//another"}
    hub.destination._log_ins.put(DestinationName.GPHOTOS, "petra", log_in(refresh_token="1//another"))
    hub.insist_on_one(outgoing(), hub.deliver(outgoing()))


@pytest.mark.parametrize("app", [App("another", CLIENT_SECRET), App(CLIENT_ID, "another")], ids=["id", "secret"])
def test_a_wrong_client_blocks_with_a_line_that_names_the_setting(app: App) -> None:
    with hub_at(GooglePhotos(), app=app) as hub, pytest.raises(DestinationBlocked) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert caught.value.reason == "key-refused"
    assert "GPHOTOS_" in caught.value.detail


def test_a_log_in_without_the_right_to_upload_blocks(hub: Hub) -> None:
    hub.google.scopes = {fake.READ}
    with pytest.raises(DestinationBlocked) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert caught.value.reason == "not-allowed"


def test_an_api_that_is_switched_off_blocks_with_the_address_to_switch_it_on(hub: Hub) -> None:
    hub.google.enabled = False
    with pytest.raises(DestinationBlocked, match=r"overview\?project=1234567") as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert caught.value.reason == "api-disabled"


def test_an_account_without_google_photos_blocks(hub: Hub) -> None:
    hub.google.faults["raw"] = [fake.error(403, "Google Photos is disabled for the user.", "PERMISSION_DENIED")]
    with pytest.raises(DestinationBlocked) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert caught.value.reason == "account-refused"


def test_without_a_log_in_it_is_not_connected() -> None:
    with destination_at("http://127.0.0.1:9", connected=False) as destination:
        assert not destination.connected
        with pytest.raises(DestinationBlocked):
            destination.deliver(outgoing(), Attempt(1))


def test_nothing_that_listens_is_trouble_of_the_whole_destination() -> None:
    with destination_at("http://127.0.0.1:9") as destination, pytest.raises(TryLater) as caught:
        destination.deliver(outgoing(), Attempt(1))
    assert caught.value.reason == "unreachable"


# ------------------------------------------------------------------------------------------------ uploads


def test_an_upload_token_is_used_again_after_a_failure(hub: Hub) -> None:
    hub.google.faults["batchCreate"] = [fake.AWAY]
    hub.insist_on_one(outgoing(), hub.deliver(outgoing()))
    assert hub.google.calls["raw"] == 1


def test_an_upload_token_of_yesterday_is_not_tried(hub: Hub) -> None:
    hub.google.faults["batchCreate"] = [fake.AWAY]
    attempt = Attempt(1)
    with pytest.raises(TryLater):
        hub.destination.deliver(outgoing(), attempt)
    hub.google.age()
    hub.clock.go_on(23 * 60 + 1)
    hub.insist_on_one(outgoing(), hub.deliver(outgoing(), Attempt(2, attempt.notes)))
    assert len(hub.google.uploads) == 2
    assert hub.google.calls["batchCreate"] == 2


def test_an_upload_token_that_died_early_is_replaced_and_no_refusal_of_the_file(hub: Hub) -> None:
    attempt = Attempt(1)
    hub.google.faults["batchCreate"] = [fake.AWAY]
    with pytest.raises(TryLater):
        hub.destination.deliver(outgoing(), attempt)
    hub.google.age()
    hub.google.item_codes = [3, 3]  # the dead token, and fresh bytes for once
    hub.insist_on_one(outgoing(), hub.deliver(outgoing(), Attempt(2, attempt.notes)))


def test_an_upload_that_breaks_off_goes_on_where_google_says(hub: Hub) -> None:
    hub.google.breaks = [5 * GRANULARITY + 7, 20 * GRANULARITY]
    hub.insist_on_one(FILM, hub.deliver(FILM))
    assert hub.google.calls["start"] == 1
    assert hub.google.calls["query"] == 2


def test_an_upload_that_a_crash_cut_is_taken_up_again_by_asking(hub: Hub) -> None:
    hub.google.breaks = [40 * GRANULARITY]
    hub.google.faults["query"] = [None]  # and with it the attempt
    attempt = Attempt(1)
    with pytest.raises(TryLater):
        hub.destination.deliver(FILM, attempt)
    (session,) = hub.google.sessions.values()
    assert session.received == 40 * GRANULARITY
    hub.insist_on_one(FILM, hub.deliver(FILM, Attempt(2, attempt.notes)))
    assert hub.google.calls["start"] == 1


def test_an_upload_whose_session_is_unknown_begins_anew(hub: Hub) -> None:
    hub.google.breaks = [GRANULARITY]
    hub.google.faults["query"] = [None]
    attempt = Attempt(1)
    with pytest.raises(TryLater):
        hub.destination.deliver(FILM, attempt)
    hub.google.sessions.clear()
    hub.insist_on_one(FILM, hub.deliver(FILM, Attempt(2, attempt.notes)))
    assert hub.google.calls["start"] == 2


def test_an_upload_that_is_complete_without_our_knowing_goes_again(hub: Hub) -> None:
    hub.google.lost["chunk"] = 1
    hub.insist_on_one(FILM, hub.deliver(FILM))
    assert hub.google.calls["start"] == 2


@pytest.mark.parametrize("status", ["active", ""], ids=["with a status", "a proxy's page"])
def test_a_server_error_during_a_chunk_is_followed_by_a_question(hub: Hub, status: str) -> None:
    headers = {"X-Goog-Upload-Status": status} if status else {}
    hub.google.faults["chunk"] = [Reply(503, "<html>busy</html>", headers)]
    hub.insist_on_one(FILM, hub.deliver(FILM, tries=1))
    assert hub.google.calls["query"] == 1


def test_an_offset_that_is_not_googles_is_set_right(hub: Hub) -> None:
    hub.google.faults["chunk"] = [fake.error(400, "Offset does not match.", **{"X-Goog-Upload-Status": "active"})]
    hub.insist_on_one(FILM, hub.deliver(FILM, tries=1))


def test_an_upload_that_google_rejects_for_good_does_not_stall(hub: Hub) -> None:
    hub.google.faults["chunk"] = [fake.error(413, "Too large", **{"X-Goog-Upload-Status": "final"})]
    with pytest.raises(FileRefused) as caught:
        hub.destination.deliver(FILM, Attempt(1))
    assert caught.value.reason == "too-large"


def test_a_film_of_several_chunks_arrives_whole(hub: Hub) -> None:
    photo = film(130 * MIB + 3)
    hub.insist_on_one(photo, hub.deliver(photo))
    assert hub.google.calls["chunk"] == 3


def test_an_access_token_that_dies_during_an_upload_is_renewed(hub: Hub) -> None:
    hub.google.breaks = [GRANULARITY]
    hub.google.faults["query"] = [fake.error(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")]
    hub.insist_on_one(FILM, hub.deliver(FILM, tries=1))
    assert hub.google.calls["token"] == 2


# ------------------------------------------------------------------------------------------------ batches


def test_photos_that_come_together_are_made_items_together(hub: Hub) -> None:
    hub.google.slow_s = 0.02
    photos = [outgoing(PICTURE + number.to_bytes(2, "big")) for number in range(120)]
    with ThreadPoolExecutor(hub.destination.at_once) as pool:
        delivered = list(pool.map(hub.deliver, photos))
    by_id = {held.id: held.sha1 for held in hub.google.live}
    assert [by_id[one.remote_id] for one in delivered] == [photo.sha1 for photo in photos]
    assert hub.google.most_at_once == 1
    assert max(hub.google.batches) <= 50
    assert len(hub.google.batches) <= 8


def test_two_workers_never_write_at_the_same_time() -> None:
    google, shared = GooglePhotos(), SharedInMemory()
    google.slow_s = 0.02
    photos = [outgoing(PICTURE + number.to_bytes(2, "big")) for number in range(24)]
    with (
        google.serving() as address,
        destination_at(address, shared=shared, album="One") as first,
        destination_at(address, shared=shared, album="One") as second,
        ThreadPoolExecutor(24) as pool,
    ):
        jobs = [
            pool.submit((first, second)[number % 2].deliver, photo, Attempt(1)) for number, photo in enumerate(photos)
        ]
        assert len({job.result().remote_id for job in jobs}) == 24
    assert google.most_at_once == 1
    assert len(google.albums) == 1


def test_two_workers_on_one_postgres_never_write_at_the_same_time_and_count_together(postgres: str) -> None:
    google = GooglePhotos()
    google.slow_s = 0.02
    photos = [outgoing(PICTURE + bytes([number])) for number in range(12)]
    with (
        closing(Database(postgres)) as one,
        closing(Database(postgres)) as other,
        google.serving() as address,
        destination_at(address, shared=Sharing(one), album="One") as first,
        destination_at(address, shared=Sharing(other), album="One") as second,
        ThreadPoolExecutor(12) as pool,
    ):
        upgrade(one)
        jobs = [
            pool.submit((first, second)[number % 2].deliver, photo, Attempt(1)) for number, photo in enumerate(photos)
        ]
        assert len({job.result().remote_id for job in jobs}) == 12
        assert first.quota().used == second.quota().used == google.counted
    assert google.most_at_once == 1
    assert len(google.albums) == 1


def test_one_photo_delivered_by_two_workers_at_once_is_one_copy() -> None:
    google, shared = GooglePhotos(), SharedInMemory()
    google.slow_s = 0.02
    with (
        google.serving() as address,
        destination_at(address, shared=shared) as first,
        destination_at(address, shared=shared) as second,
        ThreadPoolExecutor(4) as pool,
    ):
        jobs = [pool.submit(one.deliver, outgoing(), Attempt(1)) for one in (first, second, first, second)]
        assert len({job.result().remote_id for job in jobs}) == 1
    assert len(google.live) == 1


def test_one_bad_file_in_a_batch_does_not_hold_up_the_others(hub: Hub) -> None:
    bad = outgoing(b"no picture at all")
    photos = [bad, *(outgoing(PICTURE + bytes([number])) for number in range(5))]
    hub.google.slow_s = 0.05
    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(hub.deliver, photo) for photo in photos]
        with pytest.raises(FileRefused) as caught:
            jobs[0].result()
        assert len({job.result().remote_id for job in jobs[1:]}) == 5
    assert caught.value.reason == "format-refused"
    assert len(hub.google.live) == 5


def test_a_file_that_google_refuses_once_is_tried_with_fresh_bytes(hub: Hub) -> None:
    hub.google.item_codes = [3]
    hub.insist_on_one(outgoing(), hub.deliver(outgoing(), tries=1))
    assert hub.google.calls["raw"] == 2


@pytest.mark.parametrize(("code", "reason"), [(13, "server-error"), (8, "throttled")])
def test_an_item_that_fails_for_a_while_is_tried_later(hub: Hub, code: int, reason: str) -> None:
    hub.google.item_codes = [code]
    attempt = Attempt(1)
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(outgoing(), attempt)
    assert caught.value.reason == reason
    hub.insist_on_one(outgoing(), hub.deliver(outgoing(), Attempt(2, attempt.notes)))


def test_a_twin_in_the_same_batch_is_tried_alone(hub: Hub) -> None:
    hub.google.item_codes = [6]
    hub.insist_on_one(outgoing(), hub.deliver(outgoing(), tries=1))


def test_a_result_that_is_missing_is_asked_for_again(hub: Hub) -> None:
    hub.google.faults["batchCreate"] = [Reply(200, {"newMediaItemResults": []})]
    hub.insist_on_one(outgoing(), hub.deliver(outgoing()))


def test_a_request_that_one_item_spoils_goes_through_for_the_others(hub: Hub) -> None:
    spoilt = dataclasses.replace(outgoing(PICTURE + b"spoilt"), description="poison")
    photos = [spoilt, *(outgoing(PICTURE + bytes([number])) for number in range(5))]
    hub.google.slow_s = 0.05
    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(hub.deliver, photo, tries=1) for photo in photos]
        with pytest.raises(TryLater) as caught:
            jobs[0].result()
        assert len({job.result().remote_id for job in jobs[1:]}) == 5
    assert caught.value.reason == "unknown-refusal"


# ------------------------------------------------------------------------------------------------ limits


def test_an_account_without_room_blocks(hub: Hub) -> None:
    hub.google.full = True
    with pytest.raises(DestinationBlocked) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert caught.value.reason == "storage-full"


@pytest.mark.parametrize(
    "reply",
    [
        fake.MINUTE_SPENT,
        fake.error(429, fake.CONCURRENT, "RESOURCE_EXHAUSTED"),
        Reply(400, {"code": 3, "message": fake.OLD_PER_MINUTE}),
        fake.error(403, "Quota exceeded: rateLimitExceeded", "PERMISSION_DENIED"),
    ],
    ids=["writes of a minute", "another writes", "told as 400", "told as 403"],
)
def test_the_limit_of_a_minute_is_waited_for(hub: Hub, reply: Reply) -> None:
    hub.google.faults["raw"] = [reply]
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert (caught.value.reason, caught.value.retry_after_s) == ("throttled", 30)


def test_a_wait_that_google_asks_for_is_heeded(hub: Hub) -> None:
    hub.google.faults["raw"] = [dataclasses.replace(fake.MINUTE_SPENT, headers={"Retry-After": "77"})]
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert caught.value.retry_after_s == 77


MIDNIGHT = datetime(2026, 11, 25, 8, tzinfo=UTC)  # in California


def test_the_limit_of_a_day_ends_at_midnight_in_california(hub: Hub) -> None:
    hub.google.per_day = 0
    with pytest.raises(QuotaSpent) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert caught.value.resets_at == MIDNIGHT
    quota = hub.destination.quota()
    assert (quota.used, quota.limit, quota.resets_at) == (10_000, 10_000, MIDNIGHT)


def test_right_after_midnight_googles_own_day_may_not_have_ended(hub: Hub) -> None:
    hub.clock.at = MIDNIGHT
    hub.google.per_day = 0
    with pytest.raises(QuotaSpent) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert (caught.value.resets_at - MIDNIGHT).total_seconds() == 15 * 60


def test_our_own_count_stops_before_google_does_and_goes_on_the_next_day() -> None:
    google, shared = GooglePhotos(), SharedInMemory()
    google.per_day = 20
    with hub_at(google, per_day=20, shared=shared) as hub:
        assert isinstance(hub.destination, HasQuota)
        photos = (outgoing(PICTURE + bytes([number])) for number in range(20))
        with pytest.raises(QuotaSpent) as caught:
            sum(len(hub.destination.deliver(photo, Attempt(1)).remote_id) for photo in photos)
        assert caught.value.resets_at == MIDNIGHT
        assert len(google.live) >= 5
        assert google.counted == hub.destination.quota().used <= 20
        hub.clock.at = MIDNIGHT
        google.per_day += 20
        assert hub.destination.quota().used == 0
        hub.deliver(outgoing())
    with destination_at("http://127.0.0.1:9", shared=shared, clock=hub.clock) as another:
        assert another.quota().used == 3


def test_what_is_uploaded_when_the_day_ends_is_still_made_an_item() -> None:
    google = GooglePhotos()
    google.slow_s = 0.05
    with hub_at(google, per_day=16, album="One") as hub:
        photos = [outgoing(PICTURE + bytes([number])) for number in range(40)]
        ended: list[str] = []

        def deliver(photo: Outgoing) -> None:
            try:
                hub.destination.deliver(photo, Attempt(1))
            except QuotaSpent as error:
                ended.append(error.reason)

        threads = [threading.Thread(target=deliver, args=(photo,)) for photo in photos]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(ended) == 40 - len(google.live)
    assert 0 < len(google.live) == google.calls["raw"]


def test_a_film_that_is_too_large_is_refused_without_a_call(hub: Hub) -> None:
    large = dataclasses.replace(FILM, size_bytes=20 * 2**30 + 1)
    for photo in (large, dataclasses.replace(outgoing(), size_bytes=200 * MIB + 1)):
        with pytest.raises(FileRefused) as caught:
            hub.destination.deliver(photo, Attempt(1))
        assert caught.value.reason == "too-large"
    assert sum(hub.google.calls.values()) == 0


def test_a_file_that_google_finds_too_large_is_refused(hub: Hub) -> None:
    hub.google.largest = 100
    with pytest.raises(FileRefused) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert caught.value.reason == "too-large"


def test_a_format_that_google_does_not_name_is_refused_without_a_call(hub: Hub) -> None:
    with pytest.raises(FileRefused) as caught:
        hub.destination.deliver(dataclasses.replace(outgoing(), ending="jxl", media_type="image/jxl"), Attempt(1))
    assert caught.value.reason == "format-refused"
    assert sum(hub.google.calls.values()) == 0


# ------------------------------------------------------------------------------------------------ words, album


def test_what_is_said_of_a_copy_arrives_as_it_was_meant(hub: Hub) -> None:
    tags = ("a,b", 'in "quotes"', "🏖", *(f"tag{number}" for number in range(300)))
    photo = dataclasses.replace(outgoing(), file_name="Ünï/co\x00de.jpg", description="1 < 2", tags=tags)
    hub.deliver(photo)
    (held,) = hub.google.live
    assert held.file_name == "Ünï_co_de.jpg"
    assert held.description.startswith('1 < 2\n\na,b, in "quotes", 🏖, tag0, tag1')
    assert 900 < len(held.description) <= 1000


def test_a_description_and_a_name_of_2000_characters_are_cut(hub: Hub) -> None:
    hub.deliver(dataclasses.replace(outgoing(), file_name="x" * 2000 + ".jpg", description="y" * 2000))
    (held,) = hub.google.live
    assert held.file_name == "x" * 251 + ".jpg"
    assert held.description == "y" * 997 + "..."


def test_copies_lie_in_the_album_which_is_made_once(with_album: Hub) -> None:
    for number in range(3):
        with_album.deliver(outgoing(PICTURE + bytes([number])))
    (album,) = with_album.google.albums
    assert [held.albums for held in with_album.google.live] == [{album}] * 3
    assert with_album.google.calls["albums.list"] == 1


def test_an_album_that_a_crash_forgot_is_found_among_many() -> None:
    google = GooglePhotos()
    google.albums = {f"album-{number}": f"Other {number}" for number in range(70)} | {"mine": "Mediascream"}
    with hub_at(google, album="Mediascream") as hub:
        hub.deliver(outgoing())
    assert google.live[0].albums == {"mine"}
    assert len(google.albums) == 71


def test_an_album_that_is_not_listed_yet_is_not_made_again(with_album: Hub) -> None:
    with_album.google.lost["albums.create"] = 1
    with_album.google.unlisted = 2
    with_album.google.faults["albums.list"] = [Reply(200, {})]  # before it was made
    with_album.insist_on_one(outgoing(), with_album.deliver(outgoing()))
    assert len(with_album.google.albums) == 1


def test_an_album_that_its_owner_removed_is_made_anew(with_album: Hub) -> None:
    with_album.deliver(outgoing())
    with_album.google.albums.clear()
    with_album.deliver(outgoing(PICTURE + b"later"))
    (album,) = with_album.google.albums
    assert album in with_album.google.live[1].albums


def test_an_album_that_is_another_apps_is_left_alone(with_album: Hub) -> None:
    with_album.deliver(outgoing())
    (foreign,) = with_album.google.albums
    with_album.google.albums.clear()
    with_album.google.foreign_albums.add(foreign)
    with_album.deliver(outgoing(PICTURE + b"later"))
    assert with_album.google.live[1].albums == set(with_album.google.albums)


def test_no_error_tells_a_secret(hub: Hub) -> None:
    for step in ("token", "raw", "batchCreate"):
        for fault in BEFORE.values():
            hub.google.access_tokens.clear()
            hub.google.faults[step] = [fault]
            with pytest.raises(DeliveryError) as caught:
                hub.destination.deliver(outgoing(PICTURE + b"secret"), Attempt(1))
            assert REFRESH_TOKEN not in caught.value.detail
            assert CLIENT_SECRET not in caught.value.detail
            assert "ya29" not in caught.value.detail
