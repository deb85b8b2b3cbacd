"""Whatever goes wrong at whichever step: Flickr ends with one copy, and no receipt says more than is true.

Each test looks at the ledger of the fake (`flickr.live`), not only at what the destination says.
"""

from __future__ import annotations

import dataclasses
import random
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from mediascream.destinations.base import Attempt
from mediascream.destinations.flickr_signing import Keys
from mediascream.errors import DeliveryError, DestinationBlocked, FileRefused, QuotaSpent, TryLater
from mediascream.photo import Kind, Proof
from mediascream.settings.declared import FlickrPrivacy
from tests.contracts.destination_suite import PICTURE, outgoing
from tests.fakes.flickr import APP_KEY, APP_SECRET, GATEWAY, THROTTLED, TOKEN, Flickr, Reply, fail
from tests.fakes.flickr_client import Clock, destination_at
from tests.fakes.shared import SharedInMemory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.destinations.base import Delivered, Outgoing
    from mediascream.destinations.flickr import FlickrDestination

FILM = dataclasses.replace(
    outgoing(b"\0\0\0\x18ftypmp42" + b"a film" * 1000),
    file_name="MVI_0001.MP4",
    media_type="video/mp4",
    ending="mp4",
    kind=Kind.VIDEO,
    taken_local=datetime(2019, 7, 14, 18, 30, 5),  # noqa: DTZ001 - a wall clock
)
AWAY = fail(105, "Service currently unavailable")
CUT = Reply(200, '<rsp stat="ok"><photoi')
BEFORE = {
    "a closed connection": None,
    "a gateway's page": GATEWAY,
    "throttled": THROTTLED,
    "away": AWAY,
    "half an answer": CUT,
}
PHOTO_STEPS = ["upload", "photos.getInfo"]
FILM_STEPS = ["upload", "photos.upload.checkTickets", "photos.setDates", "photos.getInfo"]


class Hub:
    """A destination at the fake, with a clock of its own."""

    def __init__(self, flickr: Flickr, destination: FlickrDestination, clock: Clock) -> None:
        self.flickr, self.destination, self.clock = flickr, destination, clock

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


@contextmanager
def hub_at(flickr: Flickr, **options: object) -> Iterator[Hub]:
    clock = Clock()
    with flickr.serving() as address, destination_at(address, clock=clock, **options) as destination:  # type: ignore[arg-type]
        yield Hub(flickr, destination, clock)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_at(Flickr()) as hub:
        yield hub


@pytest.mark.parametrize("fault", BEFORE)
@pytest.mark.parametrize("step", PHOTO_STEPS)
def test_a_photo_arrives_once_whatever_comes_before(hub: Hub, step: str, fault: str) -> None:
    hub.flickr.faults[step] = [BEFORE[fault]]
    delivered = hub.deliver(outgoing())
    assert [held.id for held in hub.flickr.live] == [delivered.remote_id]
    assert delivered.proof is Proof.LISTED


@pytest.mark.parametrize("step", PHOTO_STEPS)
def test_a_photo_arrives_once_though_an_answer_gets_lost(hub: Hub, step: str) -> None:
    hub.flickr.lost[step] = 2
    hub.flickr.index_lag_s = 3600
    delivered = hub.deliver(outgoing())
    assert [held.id for held in hub.flickr.live] == [delivered.remote_id]


@pytest.mark.parametrize("fault", BEFORE)
@pytest.mark.parametrize("step", FILM_STEPS)
def test_a_film_arrives_once_and_dated_whatever_comes_before(hub: Hub, step: str, fault: str) -> None:
    hub.flickr.faults[step] = [BEFORE[fault]]
    delivered = hub.deliver(FILM)
    (held,) = hub.flickr.live
    assert (held.id, held.taken) == (delivered.remote_id, "2019-07-14 18:30:05")


@pytest.mark.parametrize("step", FILM_STEPS)
def test_a_film_arrives_once_and_dated_though_an_answer_gets_lost(hub: Hub, step: str) -> None:
    hub.flickr.lost[step] = 1
    delivered = hub.deliver(FILM)
    (held,) = hub.flickr.live
    assert (held.id, held.taken) == (delivered.remote_id, "2019-07-14 18:30:05")


def test_a_film_is_not_sent_again_before_the_index_had_its_time(hub: Hub) -> None:
    hub.flickr.lost["upload"] = 1
    hub.flickr.index_lag_s = 3600
    attempt = Attempt(1)
    with pytest.raises(TryLater):
        hub.destination.deliver(FILM, attempt)
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(FILM, Attempt(2, attempt.notes))
    assert caught.value.reason == "may-have-arrived"
    assert caught.value.retry_after_s == 600
    assert hub.flickr.calls["upload"] == 1


def test_a_film_that_cannot_be_converted_is_refused(hub: Hub) -> None:
    hub.flickr.conversion_fails = True
    with pytest.raises(FileRefused) as caught:
        hub.deliver(FILM)
    assert caught.value.reason == "not-converted"


def test_a_film_whose_ticket_is_forgotten_is_found_by_its_tag(hub: Hub) -> None:
    attempt = Attempt(1)
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(FILM, attempt)
    assert caught.value.reason == "converting"
    hub.flickr.tickets.clear()
    delivered = hub.destination.deliver(FILM, Attempt(2, attempt.notes))
    assert [held.id for held in hub.flickr.live] == [delivered.remote_id]
    assert hub.flickr.calls["upload"] == 1


def test_a_date_that_flickr_does_not_take_costs_no_copy(hub: Hub) -> None:
    ahead = dataclasses.replace(FILM, taken_local=datetime.now() + timedelta(days=400))  # noqa: DTZ005 - a wall clock
    delivered = hub.deliver(ahead)
    assert [(held.id, held.taken) for held in hub.flickr.live] == [(delivered.remote_id, None)]


def test_what_was_sent_by_another_program_is_recognised(hub: Hub) -> None:
    first = hub.deliver(outgoing())
    hub.flickr.photos[first.remote_id].fields["tags"] = "somebody else's"
    again = hub.deliver(outgoing())
    assert (again.remote_id, again.found) == (first.remote_id, True)
    assert len(hub.flickr.live) == 1


def test_a_copy_deleted_there_is_sent_again_when_a_person_asks(hub: Hub) -> None:
    attempt = Attempt(1)
    first = hub.deliver(outgoing(), attempt)
    hub.flickr.delete(first.remote_id)
    again = hub.deliver(outgoing(), Attempt(1, attempt.notes))
    assert again.remote_id != first.remote_id
    assert [held.id for held in hub.flickr.live] == [again.remote_id]


def test_a_copy_deleted_there_is_not_sent_again_unasked(hub: Hub) -> None:
    attempt = Attempt(1)
    first = hub.deliver(outgoing(), attempt)
    hub.flickr.delete(first.remote_id)
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(outgoing(), Attempt(2, attempt.notes))
    assert caught.value.reason == "not-shown"
    assert hub.flickr.live == []


@pytest.mark.parametrize("tells_oldest_twin", [False, True])
def test_what_is_sent_beside_a_deleted_twin_is_one_though_its_answer_gets_lost(
    hub: Hub, *, tells_oldest_twin: bool
) -> None:
    hub.flickr.delete(hub.deliver(outgoing()).remote_id)
    hub.flickr.tells_oldest_twin = tells_oldest_twin
    hub.flickr.lost["upload unchecked"] = 1
    delivered = hub.deliver(outgoing())
    assert [held.id for held in hub.flickr.live] == [delivered.remote_id]


def test_beside_a_deleted_twin_nothing_is_sent_again_before_the_index_had_its_time(hub: Hub) -> None:
    hub.flickr.delete(hub.deliver(outgoing()).remote_id)
    hub.flickr.tells_oldest_twin, hub.flickr.index_lag_s = True, 3600
    hub.flickr.lost["upload unchecked"] = 1
    attempt = Attempt(1)
    with pytest.raises(TryLater):
        hub.destination.deliver(outgoing(), attempt)
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(outgoing(), Attempt(2, attempt.notes))
    assert caught.value.reason == "may-have-arrived"
    hub.flickr.index_lag_s = 0
    assert hub.destination.deliver(outgoing(), Attempt(3, attempt.notes)).found
    assert len(hub.flickr.live) == 1


def test_without_tags_a_deleted_copy_is_not_sent_again(hub: Hub) -> None:
    with hub_at(Flickr(), tagged=False) as plain:
        plain.flickr.delete(plain.deliver(outgoing()).remote_id)
        with pytest.raises(FileRefused) as caught:
            plain.deliver(outgoing())
        assert caught.value.reason == "deleted-there"
        assert plain.flickr.live == []


def test_without_tags_a_lost_answer_still_leads_to_one_copy() -> None:
    with hub_at(Flickr(), tagged=False) as plain:
        plain.flickr.lost["upload"] = 3
        delivered = plain.deliver(outgoing())
        assert [held.id for held in plain.flickr.live] == [delivered.remote_id]
        assert plain.flickr.live[0].tags == ["vegas", "with quotes and spaces"]


def test_bytes_that_changed_are_cut_off_before_flickr_has_them_all(hub: Hub) -> None:
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(outgoing(PICTURE[:-1] + b"?", claimed=PICTURE), Attempt(1))
    assert caught.value.reason == "damaged-copy"
    assert hub.flickr.photos == {}
    assert hub.flickr.calls["upload"] == 0


def test_a_failure_without_a_reason_is_tried_three_times(hub: Hub) -> None:
    hub.flickr.faults["upload"] = [fail(3, "General upload failure")] * 9
    with pytest.raises(FileRefused) as caught:
        hub.deliver(outgoing())
    assert caught.value.reason == "upload-failed"
    assert hub.flickr.calls["upload"] == 3


def test_a_busy_server_is_left_alone_for_as_long_as_it_says(hub: Hub) -> None:
    wait = "<non_pro_desktop_upload_wait_time>7200</non_pro_desktop_upload_wait_time>"
    hub.flickr.faults["upload"] = [fail(14, "Upload disabled", wait)]
    with pytest.raises(QuotaSpent) as caught:
        hub.deliver(outgoing())
    assert caught.value.resets_at == hub.clock() + timedelta(hours=2)


def test_too_many_calls_stop_the_whole_destination_for_as_long_as_flickr_asks(hub: Hub) -> None:
    hub.flickr.per_hour = 0
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert (caught.value.reason, caught.value.retry_after_s) == ("throttled", 60)


def test_calls_are_counted_across_restarts_and_the_hour_s_last_is_not_exceeded() -> None:
    shared, flickr = SharedInMemory(), Flickr()
    with hub_at(flickr, per_hour=5, shared=shared) as first:
        first.deliver(outgoing())
        flickr.lost["upload"] = 1
        with pytest.raises(TryLater):
            first.destination.deliver(outgoing(PICTURE + b"1"), Attempt(1))
        quota = first.destination.quota()
        assert (quota.limit, quota.used, quota.resets_at) == (5, 3, first.clock() + timedelta(hours=1))
    flickr = Flickr()
    with hub_at(flickr, per_hour=5, shared=shared) as again:
        again.deliver(outgoing())
        with pytest.raises(QuotaSpent) as caught:
            again.destination.deliver(outgoing(PICTURE + b"2"), Attempt(1))
        assert (caught.value.reason, caught.value.resets_at) == ("hour-spent", again.clock() + timedelta(hours=1))
        assert flickr.calls.total() == 2
        again.clock.go_on(60)
        assert again.destination.quota().used == 0
        again.deliver(outgoing(PICTURE + b"2"))


def test_a_full_free_account_blocks_and_says_why() -> None:
    flickr = Flickr()
    flickr.free, flickr.most_hidden = True, 2
    with hub_at(flickr) as hub:
        for number in range(2):
            hub.deliver(outgoing(PICTURE + bytes([number])))
        with pytest.raises(DestinationBlocked) as caught:
            hub.deliver(outgoing(PICTURE + b"2"))
        assert caught.value.reason == "account-full"
        assert len(flickr.live) == 2


@pytest.mark.parametrize(
    ("content", "largest", "reason"),
    [(b"RAW" * 100, 10**6, "format-refused"), (b"", 10**6, "empty-file"), (PICTURE, 100, "too-large")],
    ids=["format", "empty", "large"],
)
def test_what_flickr_never_takes_is_refused_with_the_reason(
    hub: Hub, content: bytes, largest: int, reason: str
) -> None:
    hub.flickr.largest = largest
    with pytest.raises(FileRefused) as caught:
        hub.deliver(outgoing(content))
    assert caught.value.reason == reason
    assert hub.flickr.photos == {}


@pytest.mark.parametrize(
    ("app", "reason", "setting"),
    [
        (Keys("other", APP_SECRET), "key-refused", "FLICKR_API_KEY"),
        (Keys(APP_KEY, "other"), "signature-refused", "FLICKR_API_SECRET"),
    ],
    ids=["key", "secret"],
)
def test_wrong_keys_block_with_a_line_that_names_the_setting(app: Keys, reason: str, setting: str) -> None:
    with hub_at(Flickr(), app=app) as hub:
        with pytest.raises(DestinationBlocked) as caught:
            hub.deliver(outgoing())
        assert caught.value.reason == reason
        assert setting in caught.value.detail
        assert TOKEN not in caught.value.detail


def test_a_revoked_log_in_blocks_and_says_what_to_do(hub: Hub) -> None:
    hub.flickr.revoke()
    with pytest.raises(DestinationBlocked) as caught:
        hub.deliver(outgoing())
    assert "mediascream connect flickr" in caught.value.detail


def test_a_log_in_that_may_only_read_blocks(hub: Hub) -> None:
    hub.flickr.perms = "read"
    with pytest.raises(DestinationBlocked) as caught:
        hub.deliver(outgoing())
    assert caught.value.reason == "not-allowed"


def test_a_clock_that_is_an_hour_behind_is_told(hub: Hub) -> None:
    hub.flickr.clock_ahead_s = 3600
    with pytest.raises(TryLater) as caught:
        hub.destination.deliver(outgoing(), Attempt(1))
    assert caught.value.reason == "clock-wrong"
    assert "60 minutes behind" in caught.value.detail


def test_nothing_that_listens_is_trouble_of_the_whole_destination() -> None:
    with destination_at("http://127.0.0.1:9") as destination, pytest.raises(TryLater) as caught:
        destination.deliver(outgoing(), Attempt(1))
    assert caught.value.reason == "unreachable"


def test_without_a_token_it_is_not_connected() -> None:
    with destination_at("http://127.0.0.1:9", token=None) as destination:
        assert not destination.connected
        with pytest.raises(DestinationBlocked):
            destination.deliver(outgoing(), Attempt(1))


def test_who_may_see_a_copy_and_what_it_is_called_arrive_as_they_were_meant() -> None:
    photo = dataclasses.replace(
        outgoing(),
        file_name='Ünïcode "q" & <b>.jpg',
        description="1 < 2 & so",
        tags=("a,b", 'in "quotes"', "🏖", *[f"tag{number}" for number in range(300)]),
    )
    with hub_at(Flickr(), privacy=FlickrPrivacy.FAMILY) as hub:
        hub.deliver(photo)
        (held,) = hub.flickr.live
    assert [held.fields[name] for name in ("is_public", "is_friend", "is_family")] == ["0", "0", "1"]
    assert held.fields["title"] == 'Ünïcode "q" & <b>'
    assert held.fields["description"] == "1 &lt; 2 &amp; so"
    assert held.tags[:5] == [f"mediascream:id={photo.id}", f"checksum:sha1={photo.sha1}", "a b", "in quotes", "🏖"]
    assert len(held.tags) == 75
    assert held.content == PICTURE


def test_a_title_of_2000_characters_is_cut(hub: Hub) -> None:
    hub.deliver(dataclasses.replace(outgoing(), file_name="x" * 2000 + ".jpg"))
    assert hub.flickr.live[0].fields["title"] == "x" * 255


@pytest.mark.long
def test_an_outage_of_every_kind_at_random_leaves_one_copy_of_each() -> None:
    dice = random.Random(20261124)
    flickr = Flickr(seed=7)
    flickr.loses = 0.2
    with hub_at(flickr) as hub:
        photos = [outgoing(PICTURE + bytes([number])) for number in range(40)]
        ids = set()
        for photo in photos:
            step = dice.choice(PHOTO_STEPS)
            flickr.faults[step] = dice.choices(list(BEFORE.values()), k=dice.randrange(3))
            ids.add(hub.deliver(photo, tries=30).remote_id)
    assert sorted(held.content for held in flickr.live) == sorted(PICTURE + bytes([number]) for number in range(40))
    assert ids == {held.id for held in flickr.live}


def test_no_error_tells_a_secret(hub: Hub) -> None:
    for fault in (*BEFORE.values(), Reply(401, f"oauth_problem=signature_invalid&debug_sbs=POST%26{TOKEN}")):
        hub.flickr.faults["upload"] = [fault]
        with pytest.raises(DeliveryError) as caught:
            hub.destination.deliver(outgoing(PICTURE + b"secret"), Attempt(1))
        assert TOKEN not in caught.value.detail
