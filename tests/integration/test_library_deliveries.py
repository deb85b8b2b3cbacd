"""What becomes of deliveries, and of a photo's state with them. On SQLite and on Postgres."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mediascream.errors import ConflictingState, DeliveryUnknown, FieldInvalid
from mediascream.library import deliveries, photos, standing
from mediascream.library.deliveries import Errand
from mediascream.library.errands import sidecars_behind
from mediascream.library.progress import progress
from mediascream.library.records import Plan
from mediascream.library.standing import Held, Standing, Trouble
from mediascream.photo import DeliveryState, PhotoId, PhotoState, Proof, Receipt, SkipReason
from tests.integration.library_data import (
    FLICKR,
    FOLDER,
    GPHOTOS,
    NOW,
    PLANS,
    S3,
    add,
    counted_queries,
    deliver,
    get,
    new_photo,
    photo_id,
)

if TYPE_CHECKING:
    import sqlalchemy as sa

    from mediascream.database import Database
    from mediascream.photo import DestinationName

CONNECTED = [Plan(FOLDER), Plan(FLICKR), Plan(GPHOTOS)]


def receipt(database: Database, seed: int, destination: DestinationName) -> Receipt:
    return next(one for one in get(database, seed).receipts if one.destination is destination)


def begin(database: Database, seed: int, destination: DestinationName, run: int = 1) -> bool:
    errand = Errand(get(database, seed).number, photo_id(seed), destination, run)
    return database.write(lambda connection: deliveries.begin(connection, errand)) is not None


def stop(database: Database, seed: int, destination: DestinationName, state: DeliveryState) -> PhotoState:
    number = get(database, seed).number
    database.write(lambda c: deliveries.stop(c, number, destination, state, code="why", detail="because"))
    return get(database, seed).state


def wait(database: Database, seed: int, destination: DestinationName) -> Errand:
    number = get(database, seed).number
    return database.write(lambda c: deliveries.wait(c, number, destination, until=NOW, code="busy", detail="later"))


def requeue(database: Database, seed: int, destination: DestinationName) -> Errand:
    number = get(database, seed).number
    return database.write(lambda c: deliveries.requeue(c, number, destination))


def test_a_job_begins_once(database: Database) -> None:
    photo, _ = add(database, 1)
    delivery = database.write(lambda c: deliveries.begin(c, Errand(photo.number, photo.id, FOLDER, 1)))
    assert delivery is not None
    assert delivery.receipt == receipt(database, 1, FOLDER) == Receipt(FOLDER, DeliveryState.SENDING, attempts=1)
    assert not begin(database, 1, FOLDER, run=2)
    assert not begin(database, 1, FLICKR)  # it is skipped


def test_a_job_that_was_cut_short_begins_again(database: Database) -> None:
    add(database, 1)
    assert begin(database, 1, FOLDER)
    assert begin(database, 1, FOLDER)
    assert receipt(database, 1, FOLDER).attempts == 2


def test_deaths_are_no_attempts_of_their_own_but_the_next_is_never_the_first(database: Database) -> None:
    add(database, 1)
    for _ in range(30):
        assert begin(database, 1, FOLDER)
    assert receipt(database, 1, FOLDER).attempts == 2
    wait(database, 1, FOLDER)
    assert begin(database, 1, FOLDER, run=2)
    assert receipt(database, 1, FOLDER).attempts == 3


@pytest.mark.parametrize(("state", "attempts"), [("blocked", 2), ("failed", 1), ("refused", 1)])
def test_only_what_was_given_up_is_begun_as_if_nobody_had_tried(
    database: Database, state: DeliveryState, attempts: int
) -> None:
    add(database, 1)
    for run in (1, 2, 3):
        begin(database, 1, FOLDER, run=run)
        wait(database, 1, FOLDER)
    stop(database, 1, FOLDER, DeliveryState(state))
    errand = requeue(database, 1, FOLDER)
    assert begin(database, 1, FOLDER, run=errand.run)
    assert receipt(database, 1, FOLDER).attempts == attempts


def test_a_job_that_was_overtaken_does_not_begin(database: Database) -> None:
    add(database, 1)
    begin(database, 1, FOLDER)
    errand = wait(database, 1, FOLDER)
    assert errand == (1, photo_id(1), FOLDER, 2)
    assert not begin(database, 1, FOLDER, run=1)
    assert begin(database, 1, FOLDER, run=2)


def test_a_receipt_tells_all_of_the_copy_and_nothing_of_the_troubles_before(database: Database) -> None:
    add(database, 1)
    begin(database, 1, FOLDER)
    wait(database, 1, FOLDER)
    photo = deliver(database, 1, remote_id="key", remote_url="http://x", size=5, proof=Proof.CHECKSUM, derivative=True)
    assert photo.receipts[0] == Receipt(
        FOLDER,
        DeliveryState.DELIVERED,
        remote_id="key",
        remote_url="http://x",
        size=5,
        proof=Proof.CHECKSUM,
        delivered_at=NOW,
        checked_at=NOW,
        attempts=1,
        derivative=True,
    )


def test_a_photo_is_safe_once_it_is_archived_and_nothing_is_open(database: Database) -> None:
    add(database, 1)
    assert deliver(database, 1, GPHOTOS).state is PhotoState.PROCESSING
    photo = deliver(database, 1)
    assert (photo.state, photo.archived) == (PhotoState.SAFE, True)


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (DeliveryState.BLOCKED, PhotoState.ATTENTION),
        (DeliveryState.FAILED, PhotoState.ATTENTION),
        (DeliveryState.REFUSED, PhotoState.SAFE),
    ],
)
def test_how_a_delivery_stops_is_how_the_photo_stands(
    database: Database, state: DeliveryState, shown: PhotoState
) -> None:
    add(database, 1)
    deliver(database, 1)
    assert stop(database, 1, GPHOTOS, state) is shown
    told = receipt(database, 1, GPHOTOS)
    assert (told.state, told.error_code, told.error_detail) == (state, "why", "because")


def test_a_receipt_is_not_lost_to_a_job_that_ends_too_late(database: Database) -> None:
    add(database, 1)
    deliver(database, 1)
    errand = wait(database, 1, FOLDER)
    stop(database, 1, FOLDER, DeliveryState.BLOCKED)
    assert receipt(database, 1, FOLDER).state is DeliveryState.DELIVERED
    assert not begin(database, 1, FOLDER, errand.run)


def test_a_copy_that_is_gone_is_told(database: Database) -> None:
    add(database, 1)
    deliver(database, 1)
    deliver(database, 1, GPHOTOS)
    assert stop(database, 1, GPHOTOS, DeliveryState.FAILED) is PhotoState.ATTENTION


def test_what_is_there_is_never_queued_or_skipped(database: Database) -> None:
    photo = add(database, 1)[0]
    deliver(database, 1)
    with pytest.raises(ConflictingState, match="already"):
        requeue(database, 1, FOLDER)
    with pytest.raises(ConflictingState, match="already"):
        database.write(lambda c: deliveries.skip(c, photo.number, FOLDER, SkipReason.SENDER))


def test_trying_again_begins_from_the_first_attempt(database: Database) -> None:
    add(database, 1)
    begin(database, 1, GPHOTOS)
    stop(database, 1, GPHOTOS, DeliveryState.FAILED)
    errand = requeue(database, 1, GPHOTOS)
    assert receipt(database, 1, GPHOTOS) == Receipt(GPHOTOS, DeliveryState.QUEUED)
    assert begin(database, 1, GPHOTOS, errand.run)


def test_a_wish_to_skip_stays_with_the_photo_until_it_is_taken_back(database: Database) -> None:
    number = add(database, 1)[0].number
    database.write(lambda c: deliveries.skip(c, number, GPHOTOS, SkipReason.SENDER))
    assert get(database, 1).skip == {GPHOTOS}
    assert receipt(database, 1, GPHOTOS).reason is SkipReason.SENDER
    requeue(database, 1, GPHOTOS)
    assert get(database, 1).skip == set()
    database.write(lambda c: deliveries.skip(c, number, GPHOTOS, SkipReason.NOT_CONNECTED))
    assert get(database, 1).skip == set()


def test_an_attempt_writes_its_intent_before_it_acts(database: Database) -> None:
    number = add(database, 1)[0].number
    database.write(lambda c: deliveries.note(c, number, FOLDER, remote_id="key", notes={"token": "t"}))
    with database.reading() as connection:
        delivery = deliveries.get(connection, number, FOLDER)
    assert (delivery.receipt.remote_id, delivery.notes, delivery.run) == ("key", {"token": "t"}, 1)


def test_a_delivery_that_was_never_planned_is_unknown(database: Database) -> None:
    add(database, 1)
    for act in (requeue, wait):
        with pytest.raises(DeliveryUnknown, match="s3"):
            act(database, 1, S3)


def test_a_new_archive_is_planned_for_photos_that_lack_it(database: Database) -> None:
    for seed in (1, 2, 3):
        add(database, seed)
        deliver(database, seed)
    with database.reading() as connection:
        assert standing.lacking(connection, S3, after=0, limit=2) == [1, 2]
        assert standing.lacking(connection, S3, after=2, limit=2) == [3]
        assert standing.lacking(connection, FOLDER, after=0, limit=9) == []

    def plan(connection: sa.Connection) -> None:
        deliveries.plan(connection, 1, [Plan(S3)])
        deliveries.refresh_state(connection, 1)

    database.write(plan)
    assert (get(database, 1).state, get(database, 1).archived) == (PhotoState.PROCESSING, True)


def test_an_old_copy_is_dropped_only_when_the_new_archive_has_the_photo(database: Database) -> None:
    number = add(database, 1, plans=[Plan(FOLDER), Plan(S3)])[0].number
    deliver(database, 1, FOLDER, remote_id="old")
    with pytest.raises(ConflictingState, match="No other archive"):
        database.write(lambda c: deliveries.drop(c, number, FOLDER))
    deliver(database, 1, S3, remote_id="new")
    with database.reading() as connection:
        assert standing.present(connection, FOLDER, after=0, limit=9) == [Held(number, photo_id(1), "old")]
    database.write(lambda c: deliveries.drop(c, number, FOLDER))
    photo = get(database, 1)
    assert ([one.destination for one in photo.receipts], photo.archived) == ([S3], True)
    with database.reading() as connection:
        assert standing.present(connection, FOLDER, after=0, limit=9) == []
        assert FOLDER not in standing.counts(connection)


def test_errands_come_photo_by_photo_and_none_is_left_out_between_two_parts(database: Database) -> None:
    for seed in range(1, 8):
        add(database, seed, plans=CONNECTED)
    seen: list[Errand] = []
    with database.reading() as connection:
        after = 0
        while part := deliveries.errands(connection, after=after, limit=4):
            after = part[-1].number
            seen += part
    assert [(one.number, one.destination) for one in seen] == [
        (number, name) for number in range(1, 8) for name in (FLICKR, FOLDER, GPHOTOS)
    ]


def test_errands_are_found_by_destination_state_and_photo(database: Database) -> None:
    for seed in (1, 2):
        add(database, seed, plans=CONNECTED)
    stop(database, 1, FLICKR, DeliveryState.FAILED)
    with database.reading() as connection:

        def numbers(**query: object) -> list[tuple[int, str]]:
            return [(one.number, one.destination) for one in deliveries.errands(connection, **query)]  # type: ignore[arg-type]

        assert numbers(destination=FLICKR) == [(2, FLICKR)]
        assert numbers(states=(DeliveryState.FAILED,)) == [(1, FLICKR)]
        assert numbers(photo=1, destinations=[FOLDER, FLICKR]) == [(1, FOLDER)]


def test_what_failed_is_no_errand_while_its_photo_is_in_the_trash(database: Database) -> None:
    add(database, 1, plans=CONNECTED)
    stop(database, 1, FLICKR, DeliveryState.FAILED)
    database.write(lambda connection: photos.trash(connection, photo_id(1), NOW))
    with database.reading() as connection:
        assert deliveries.errands(connection, states=(DeliveryState.FAILED,)) == []


def test_what_waits_for_a_destination_in_trouble_waits_until_it_is_looked_at_again(database: Database) -> None:
    later = NOW + timedelta(hours=1)
    for seed in (1, 2, 3):
        add(database, seed, plans=CONNECTED)
    for seed, name in ((1, FLICKR), (2, GPHOTOS)):
        wait(database, seed, name)
    database.write(lambda connection: deliveries.postpone(connection, FLICKR, later))
    database.write(lambda connection: deliveries.postpone(connection, FLICKR, NOW))  # what is later already stays
    assert receipt(database, 1, FLICKR).next_attempt_at == later
    assert receipt(database, 2, GPHOTOS).next_attempt_at == NOW
    assert receipt(database, 3, FLICKR).next_attempt_at is None


def test_how_far_a_photo_is_costs_one_query(database: Database) -> None:
    number = add(database, 1)[0].number
    deliver(database, 1, sidecar_stored=1)
    with database.reading() as connection, counted_queries(database) as statements:
        now = progress(connection, number)
        assert progress(connection, number + 1) is None
    assert now is not None
    assert len(statements) == 2
    assert (now.id, now.spooled, now.processed, now.archived, now.deleted) == (photo_id(1), True, False, True, False)
    legs = {leg.destination: (leg.state, leg.run, leg.sidecar_stored) for leg in now.legs}
    assert legs == {
        FOLDER: (DeliveryState.DELIVERED, 1, 1),
        FLICKR: (DeliveryState.SKIPPED, 1, 0),
        GPHOTOS: (DeliveryState.QUEUED, 1, 0),
    }
    assert now.errand(now.legs[0]).photo_id == photo_id(1)


def test_an_archive_falls_behind_when_a_photo_changes_and_keeps_up_when_it_was_written(database: Database) -> None:
    number = add(database, 1)[0].number
    deliver(database, 1, sidecar_stored=1)

    def behind() -> list[DestinationName]:
        with database.reading() as connection:
            found = sidecars_behind(connection, [FOLDER, S3])
            assert {(one.number, one.wanted) for one in found} <= {(number, 2)}
            return [one.archive for one in found]

    assert behind() == []
    database.write(lambda connection: photos.touch(connection, number))
    assert behind() == [FOLDER]
    database.write(lambda connection: deliveries.note(connection, number, FOLDER, sidecar_stored=2))
    assert behind() == []


def test_a_key_belongs_to_the_photo_that_wrote_it_down_first(database: Database) -> None:
    ids = [PhotoId("a" * 12 + letter * 52) for letter in "0f5"]
    database.write(lambda connection: [photos.add(connection, new_photo(0, id=one), PLANS) for one in ids])
    numbers = [1, 2, 3]
    database.write(lambda c: deliveries.note(c, numbers[0], FOLDER, remote_id="originals/x~aaaaaaaaaaaa.jpg"))
    with database.reading() as connection:

        def taken(number: int, archive: DestinationName = FOLDER, key: str = "originals/x~aaaaaaaaaaaa.jpg") -> bool:
            return deliveries.key_of_another(connection, number, archive, key)

        assert [taken(number) for number in numbers] == [False, True, True]
        assert not taken(numbers[1], S3)
        assert not taken(numbers[1], FOLDER, "originals/y~aaaaaaaaaaaa.jpg")


def test_a_list_of_deliveries_begins_with_the_youngest_photo_and_goes_on_at_its_cursor(database: Database) -> None:
    for seed in (1, 2, 3):
        add(database, seed, plans=CONNECTED)
    stop(database, 2, FLICKR, DeliveryState.FAILED)

    def listed(**query: object) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        asked = {"state": None, "destination": None, "limit": 2, "cursor": None} | query
        with database.reading() as connection:
            while True:
                page = standing.page(connection, **asked)  # type: ignore[arg-type]
                assert len(page.items) <= 2
                found += [(one.file_name, one.receipt.destination) for one in page.items]
                if page.next is None:
                    return found
                asked["cursor"] = page.next

    names = ["DSC00003.JPG", "DSC00002.JPG", "DSC00001.JPG"]
    assert listed() == [(name, destination) for name in names for destination in (GPHOTOS, FOLDER, FLICKR)]
    assert listed(state=DeliveryState.FAILED) == [("DSC00002.JPG", FLICKR)]
    assert listed(destination=FOLDER) == [(name, FOLDER) for name in names]
    assert listed(destination=FLICKR, state=DeliveryState.QUEUED) == [(names[0], FLICKR), (names[2], FLICKR)]


@pytest.mark.parametrize("cursor", ["", "x", "WzFd", "W251bGwsMV0", "é", "W" * 300, "[" * 50])
def test_a_cursor_of_somebody_else_is_refused(database: Database, cursor: str) -> None:
    with database.reading() as connection, pytest.raises(FieldInvalid):
        standing.page(connection, state=None, destination=None, limit=1, cursor=cursor)


def test_a_destination_stands_as_it_was_put_last(database: Database) -> None:
    trouble = Standing(FLICKR, paused=True, trouble=Trouble.WAITING, code="busy", detail="later", until=NOW)
    database.write(lambda connection: standing.put_standing(connection, trouble))
    with database.reading() as connection:
        assert standing.standing(connection, FLICKR) == trouble
        assert standing.standing(connection, GPHOTOS) == Standing(GPHOTOS)
    database.write(lambda connection: standing.put_standing(connection, Standing(FLICKR)))
    with database.reading() as connection:
        assert standing.standing(connection, FLICKR) == Standing(FLICKR)
