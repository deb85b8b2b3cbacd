"""Which deliveries a photo gets, and what is due for it next."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.delivery.plan import ON_ITS_WAY, behind, due, plan_deliveries, spool_can_go, to_be_processed
from mediascream.library.progress import Leg, Progress
from mediascream.library.records import Plan
from mediascream.photo import SERVICES, DeliveryState, DestinationName, PhotoId, SkipReason

FOLDER, S3, FLICKR, GPHOTOS = DestinationName
ARCHIVES = (S3, FOLDER)
NEW = Progress(
    number=1,
    id=PhotoId("a" * 64),
    spooled=True,
    processed=True,
    archived=False,
    deleted=False,
    purged=False,
    sidecar_wanted=1,
    legs=(),
)

states = st.sampled_from(DeliveryState)
legs = st.builds(Leg, st.sampled_from(DestinationName), states, st.integers(1, 9), st.integers(0, 3))
photos = st.builds(
    replace,
    st.just(NEW),
    spooled=st.booleans(),
    processed=st.booleans(),
    archived=st.booleans(),
    deleted=st.booleans(),
    purged=st.booleans(),
    sidecar_wanted=st.integers(1, 3),
    legs=st.lists(legs, max_size=4, unique_by=lambda leg: leg.destination).map(tuple),
)


def leg(destination: DestinationName, state: DeliveryState, *, stored: int = 0) -> Leg:
    return Leg(destination, state, 1, stored)


def test_a_new_photo_goes_to_the_archive_and_to_every_connected_service() -> None:
    plans = plan_deliveries(archive=S3, services=SERVICES, connected={FLICKR}, skip=())
    assert plans == [Plan(S3), Plan(FLICKR), Plan(GPHOTOS, SkipReason.NOT_CONNECTED)]


def test_a_senders_wish_goes_before_what_is_not_connected() -> None:
    plans = plan_deliveries(archive=FOLDER, services=SERVICES, connected=(), skip=[GPHOTOS])
    assert plans[1:] == [Plan(FLICKR, SkipReason.NOT_CONNECTED), Plan(GPHOTOS, SkipReason.SENDER)]


def test_archives_come_first_and_services_wait_for_them() -> None:
    photo = replace(NEW, legs=(leg(S3, DeliveryState.QUEUED), leg(FLICKR, DeliveryState.QUEUED)))
    assert [one.destination for one in due(photo, ARCHIVES)] == [S3]
    archived = replace(photo, archived=True, legs=(leg(S3, DeliveryState.DELIVERED), leg(FLICKR, DeliveryState.QUEUED)))
    assert [one.destination for one in due(archived, ARCHIVES)] == [FLICKR]


def test_nothing_is_due_before_a_photo_was_processed() -> None:
    photo = replace(NEW, processed=False, legs=(leg(S3, DeliveryState.QUEUED),))
    assert to_be_processed(photo)
    assert due(photo, ARCHIVES) == []


def test_what_is_in_the_trash_moves_to_another_archive_but_to_no_service() -> None:
    photo = replace(
        NEW,
        deleted=True,
        archived=True,
        legs=(leg(FOLDER, DeliveryState.DELIVERED), leg(S3, DeliveryState.QUEUED), leg(FLICKR, DeliveryState.QUEUED)),
    )
    assert [one.destination for one in due(photo, ARCHIVES)] == [S3]


@pytest.mark.parametrize("state", sorted(ON_ITS_WAY))
def test_the_spool_file_stays_while_a_delivery_is_on_its_way(state: DeliveryState) -> None:
    photo = replace(NEW, archived=True, legs=(leg(S3, DeliveryState.DELIVERED), leg(FLICKR, state)))
    assert not spool_can_go(photo)


@pytest.mark.parametrize("state", sorted(set(DeliveryState) - ON_ITS_WAY))
def test_the_spool_file_goes_once_it_is_archived_and_nothing_else_is_about_to_read_it(state: DeliveryState) -> None:
    photo = replace(NEW, archived=True, legs=(leg(S3, DeliveryState.DELIVERED), leg(FLICKR, state)))
    assert spool_can_go(photo)


@given(photos)
def test_the_spool_file_of_a_photo_that_is_not_archived_never_goes(photo: Progress) -> None:
    assert not spool_can_go(replace(photo, archived=False))


@given(photos)
def test_only_what_is_queued_is_ever_due_and_nothing_of_a_tombstone(photo: Progress) -> None:
    assert all(one.state is DeliveryState.QUEUED for one in due(photo, ARCHIVES))
    assert due(replace(photo, purged=True), ARCHIVES) == []


@given(photos)
def test_a_service_is_never_due_for_a_photo_that_is_deleted_or_not_archived(photo: Progress) -> None:
    for unready in (replace(photo, deleted=True), replace(photo, archived=False)):
        assert not {one.destination for one in due(unready, ARCHIVES)} & set(SERVICES)


def test_an_archive_that_has_the_photo_is_told_what_is_new_and_others_are_not() -> None:
    photo = replace(
        NEW,
        sidecar_wanted=3,
        legs=(leg(S3, DeliveryState.DELIVERED, stored=2), leg(FOLDER, DeliveryState.WAITING, stored=0)),
    )
    assert behind(photo, ARCHIVES) == [S3]
    assert behind(replace(photo, sidecar_wanted=2), ARCHIVES) == []
