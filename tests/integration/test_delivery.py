"""From the spool to archive and services: every way a delivery can go, with a real database and a folder archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.archive import keys
from mediascream.archive.base import Stored
from mediascream.delivery import hand
from mediascream.delivery.reconcile import BLIND, reconcile
from mediascream.delivery.retry import GIVE_UP_AFTER
from mediascream.delivery.work import delivery_job_id
from mediascream.destinations.memory import MemoryDestination
from mediascream.errors import (
    ConflictingState,
    DecodersBroken,
    DestinationBlocked,
    FileRefused,
    QuotaSpent,
    TryLater,
)
from mediascream.library import deliveries
from mediascream.library.records import Outcome
from mediascream.photo import DeliveryState, DestinationName, PhotoState, Proof, SkipReason
from tests.house import House, StillDecoders, with_flickr

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from mediascream.destinations.base import Attempt, Delivered, Outgoing
    from mediascream.photo import MediaType
    from mediascream.processing.sandbox import Outcome as Decoded

FOLDER, FLICKR, GPHOTOS = DestinationName.FOLDER, DestinationName.FLICKR, DestinationName.GPHOTOS
PICTURE = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


@pytest.fixture
def flickr(house: House) -> MemoryDestination:
    """A connected service."""
    service = MemoryDestination()
    house.services[FLICKR] = service
    return service


# ------------------------------------------------------------------------------------------ the good days


def test_a_photo_is_safe_once_its_archive_copy_is_proven_and_its_spool_file_is_gone(house: House) -> None:
    photo_id, outcome = house.send(PICTURE, tags=("vegas",))
    assert outcome is Outcome.NEW
    assert house.photo(photo_id).state is PhotoState.PROCESSING
    house.run()
    photo = house.photo(photo_id)
    assert (photo.state, photo.archived, photo.spooled) == (PhotoState.SAFE, True, False)
    assert house.spooled() == []
    assert house.original(photo_id) == PICTURE
    receipt = house.receipt(photo_id)
    assert (receipt.proof, receipt.attempts, receipt.size) == (Proof.BYTES, 1, len(PICTURE))
    assert house.sidecar(photo_id).tags == ("vegas",)


def test_the_sidecar_tells_the_same_receipt_as_the_database(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    house.run()
    assert house.sidecar(photo_id).receipts[0] == replace(house.receipt(photo_id), checked_at=None)


def test_services_get_their_copy_once_the_archive_has_it(house: House, flickr: MemoryDestination) -> None:
    photo_id, _ = house.send(PICTURE)
    seen: list[bool] = []

    def look(_photo: Outgoing) -> None:
        seen.append(house.photo(photo_id).archived)

    flickr.before = look
    house.run()
    assert seen == [True]
    assert [copy.content for copy in flickr.copies] == [PICTURE]
    assert house.receipt(photo_id, FLICKR).remote_id == flickr.copies[0].remote_id
    assert house.photo(photo_id).state is PhotoState.SAFE


def test_the_sidecar_learns_of_a_copy_at_a_service(house: House, flickr: MemoryDestination) -> None:
    photo_id, _ = house.send(PICTURE)
    house.run()
    told = {receipt.destination: receipt for receipt in house.sidecar(photo_id).receipts}
    assert told[FLICKR].remote_id == flickr.copies[0].remote_id


def test_two_hundred_times_the_same_photo_is_one_photo_and_one_copy(house: House, flickr: MemoryDestination) -> None:
    outcomes = [house.send(PICTURE)[1] for _ in range(200)]
    house.run()
    outcomes += [house.send(PICTURE)[1]]
    house.run()
    assert outcomes == [Outcome.NEW] + [Outcome.DUPLICATE] * 200
    assert len(flickr.copies) == 1
    assert len(list(house.archive.list(keys.ORIGINALS))) == 2
    assert house.spooled() == []
    assert len(house.decoders.looked_at) == 1


# --------------------------------------------------------------------------- skipped, connected, by hand


def test_a_senders_wish_and_a_service_that_is_not_connected_are_told_apart(house: House) -> None:
    photo_id, _ = house.send(PICTURE, skip=[FLICKR])
    house.run()
    assert house.receipt(photo_id, FLICKR).reason is SkipReason.SENDER
    assert house.receipt(photo_id, GPHOTOS).reason is SkipReason.NOT_CONNECTED
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert house.sidecar(photo_id).skip == (FLICKR,)


def test_a_duplicate_revives_what_was_not_connected_and_never_a_senders_wish(tmp_path: Path) -> None:
    house, flickr = with_flickr(tmp_path, connected=False)
    wished, _ = house.send(PICTURE, skip=[FLICKR])
    plain, _ = house.send(PICTURE + b"2")
    house.run()
    flickr.connect()
    house.send(PICTURE)
    house.send(PICTURE + b"2")
    house.run()
    assert house.receipt(wished, FLICKR).reason is SkipReason.SENDER
    assert house.state(plain, FLICKR) is DeliveryState.DELIVERED
    assert [copy.photo_id for copy in flickr.copies] == [plain]
    assert house.spooled() == []


def test_backfill_sends_what_was_not_connected_and_leaves_wishes_and_trash_alone(tmp_path: Path) -> None:
    house, flickr = with_flickr(tmp_path, connected=False)
    plain = [house.send(PICTURE + bytes([i]))[0] for i in range(3)]
    wished, _ = house.send(PICTURE, skip=[FLICKR])
    trashed, _ = house.send(PICTURE + b"trash")
    house.run()
    house.trash(trashed)
    flickr.connect()
    house.act(lambda c: house.todo.enqueue(c, hand.plan_job(FLICKR, 0, 1)))
    house.run()
    assert [copy.photo_id for copy in flickr.copies] == plain
    assert house.receipt(wished, FLICKR).reason is SkipReason.SENDER
    assert house.state(trashed, FLICKR) is DeliveryState.SKIPPED


def test_backfill_goes_oldest_first_and_lets_new_photos_pass(tmp_path: Path) -> None:
    house, flickr = with_flickr(tmp_path, connected=False)
    old = [house.send(PICTURE + bytes([i]))[0] for i in range(4)]
    house.run()
    flickr.connect()
    house.act(lambda c: hand.backfill(c, house.work, FLICKR, after=0, stamp=1))
    new, _ = house.send(PICTURE + b"new")
    house.run()
    assert [copy.photo_id for copy in flickr.copies] == [new, *old]


def test_backfill_waits_for_the_archive(tmp_path: Path) -> None:
    house, flickr = with_flickr(tmp_path, connected=False)
    photo_id, _ = house.send(PICTURE)
    flickr.connect()
    house.act(lambda c: hand.backfill(c, house.work, FLICKR, after=0, stamp=1))
    assert house.state(photo_id, FLICKR) is DeliveryState.QUEUED
    assert house.todo.ids("deliver") == []
    house.run()
    assert house.state(photo_id, FLICKR) is DeliveryState.DELIVERED


def test_a_person_can_have_a_wish_to_skip_forgotten(house: House, flickr: MemoryDestination) -> None:
    photo_id, _ = house.send(PICTURE, skip=[FLICKR])
    house.run()
    house.act(lambda c: hand.retry(c, house.work, photo_id, FLICKR))
    house.run()
    assert house.state(photo_id, FLICKR) is DeliveryState.DELIVERED
    assert house.sidecar(photo_id).skip == ()


def test_a_person_can_skip_a_service_but_not_the_archive(house: House, flickr: MemoryDestination) -> None:
    photo_id, _ = house.send(PICTURE)
    house.act(lambda c: hand.skip(c, house.work, photo_id, FLICKR))
    with pytest.raises(ConflictingState, match="archive"):
        house.act(lambda c: hand.skip(c, house.work, photo_id, FOLDER))
    house.run()
    assert house.receipt(photo_id, FLICKR).reason is SkipReason.SENDER
    assert flickr.copies == []


def test_a_delivery_that_has_ended_well_or_cannot_begin_is_not_tried_again(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    house.run()
    with pytest.raises(ConflictingState, match="delivered"):
        house.act(lambda c: hand.retry(c, house.work, photo_id, FOLDER))
    with pytest.raises(ConflictingState, match="not connected"):
        house.act(lambda c: hand.retry(c, house.work, photo_id, FLICKR))


def test_a_service_that_was_disconnected_is_skipped_and_comes_back_with_backfill(tmp_path: Path) -> None:
    house, flickr = with_flickr(tmp_path)
    ids = [house.send(PICTURE + bytes([i]))[0] for i in range(3)]
    house.todo.pause("flickr")
    house.run()
    assert house.counts(FLICKR) == {DeliveryState.QUEUED: 3}
    flickr._connected = False
    assert hand.skip_unconnected(house.work, FLICKR) == 3
    assert {house.receipt(photo_id, FLICKR).reason for photo_id in ids} == {SkipReason.NOT_CONNECTED}
    house.todo.resume("flickr")
    house.run()
    assert flickr.copies == []
    assert {house.photo(photo_id).state for photo_id in ids} == {PhotoState.SAFE}
    flickr.connect()
    house.act(lambda c: hand.backfill(c, house.work, FLICKR, after=0, stamp=1))
    house.run()
    assert len(flickr.copies) == 3


def test_a_job_that_meets_a_service_no_longer_connected_skips(tmp_path: Path) -> None:
    house, flickr = with_flickr(tmp_path)
    photo_id, _ = house.send(PICTURE)
    flickr._connected = False
    house.run()
    assert house.receipt(photo_id, FLICKR).reason is SkipReason.NOT_CONNECTED
    assert house.standing(FLICKR).trouble is None


def test_a_log_in_that_is_taken_away_during_an_attempt_is_no_trouble(tmp_path: Path) -> None:
    house, flickr = with_flickr(tmp_path)

    def disconnect(_photo: Outgoing) -> DestinationBlocked:
        flickr._connected = False
        return DestinationBlocked("log in again", reason="token-revoked")

    flickr.before = disconnect
    photo_id, _ = house.send(PICTURE)
    house.run()
    assert house.receipt(photo_id, FLICKR).reason is SkipReason.NOT_CONNECTED
    assert house.standing(FLICKR).trouble is None
    assert house.photo(photo_id).state is PhotoState.SAFE


# ---------------------------------------------------------------------------------------------- bad days


def test_trouble_that_passes_is_waited_out_with_the_time_told(house: House, flickr: MemoryDestination) -> None:
    answers = iter([TryLater("busy", reason="server-error", retry_after_s=90)])
    flickr.before = lambda _photo: next(answers, None)
    photo_id, _ = house.send(PICTURE)
    house.run(wait=False)
    waiting = house.receipt(photo_id, FLICKR)
    assert (waiting.state, waiting.error_code) == (DeliveryState.WAITING, "server-error")
    assert waiting.next_attempt_at == house.now + timedelta(seconds=90)
    assert house.spooled() == []
    house.run()
    assert house.state(photo_id, FLICKR) is DeliveryState.DELIVERED
    assert [copy.content for copy in flickr.copies] == [PICTURE]


def test_a_service_is_given_up_after_many_attempts_and_can_be_tried_by_hand(
    house: House, flickr: MemoryDestination
) -> None:
    flickr.before = lambda _photo: TryLater("broken", reason="server-error")
    photo_id, _ = house.send(PICTURE)
    house.run()
    receipt = house.receipt(photo_id, FLICKR)
    assert (receipt.state, receipt.attempts) == (DeliveryState.FAILED, GIVE_UP_AFTER)
    assert house.photo(photo_id).state is PhotoState.ATTENTION
    assert {r.destination: r.state for r in house.sidecar(photo_id).receipts}[FLICKR] is DeliveryState.FAILED
    flickr.before = lambda _photo: None
    house.act(lambda c: hand.retry(c, house.work, photo_id, FLICKR))
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE


def test_a_refused_photo_is_an_end_and_the_sidecar_tells_it(house: House, flickr: MemoryDestination) -> None:
    flickr.before = lambda _photo: FileRefused("no such type", reason="type")
    photo_id, _ = house.send(PICTURE)
    house.run()
    assert house.state(photo_id, FLICKR) is DeliveryState.REFUSED
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert {r.destination: r.state for r in house.sidecar(photo_id).receipts}[FLICKR] is DeliveryState.REFUSED


def test_a_spent_quota_is_tried_once_for_all_and_all_go_on_when_it_is_new(
    house: House, flickr: MemoryDestination
) -> None:
    tomorrow = house.now + timedelta(hours=20)
    tried: list[str] = []

    def quota(photo: Outgoing) -> QuotaSpent | None:
        tried.append(photo.id)
        return QuotaSpent("spent", reason="quota", resets_at=tomorrow) if house.now < tomorrow else None

    flickr.before = quota
    ids = [house.send(PICTURE + bytes([i]))[0] for i in range(5)]
    house.run(wait=False)
    assert len(tried) == 1
    assert {house.receipt(i, FLICKR).next_attempt_at for i in ids} == {tomorrow}
    house.run()
    assert len(flickr.copies) == 5
    assert len(tried) == 6


def test_a_blocked_service_is_tried_once_and_released_by_a_person(house: House, flickr: MemoryDestination) -> None:
    flickr.before = lambda _photo: DestinationBlocked("log in again", reason="token-revoked")
    ids = [house.send(PICTURE + bytes([i]))[0] for i in range(3)]
    house.run()
    assert house.counts(FLICKR) == {DeliveryState.BLOCKED: 3}
    assert {house.photo(i).state for i in ids} == {PhotoState.ATTENTION}
    flickr.before = lambda _photo: None
    hand.resume(house.work, FLICKR)
    house.run()
    assert house.counts(FLICKR) == {DeliveryState.DELIVERED: 3}
    assert {house.photo(i).state for i in ids} == {PhotoState.SAFE}


def test_a_service_without_room_is_tried_with_one_photo_a_day_until_there_is_some(
    house: House, flickr: MemoryDestination
) -> None:
    tried: list[timedelta] = []
    began = house.now

    def full(_photo: Outgoing) -> DestinationBlocked | None:
        tried.append(house.now - began)
        return DestinationBlocked("make room", reason="account-full") if house.now < began + timedelta(days=2) else None

    flickr.before = full
    ids = [house.send(PICTURE + bytes([i]))[0] for i in range(3)]
    house.run(wait=False)
    assert {house.receipt(i, FLICKR).state for i in ids} == {DeliveryState.BLOCKED}
    house.run()
    assert house.counts(FLICKR) == {DeliveryState.DELIVERED: 3}
    assert [round(after / timedelta(days=1), 1) for after in tried] == [0, 1, 2, 2, 2]


def test_what_nobody_foresaw_waits_and_fails_in_the_end_like_any_trouble(
    house: House, flickr: MemoryDestination
) -> None:
    bugs = iter([ZeroDivisionError("division by zero")])

    def bug(_photo: Outgoing) -> None:
        for error in bugs:
            raise error

    flickr.before = bug
    photo_id, _ = house.send(PICTURE)
    house.run(wait=False)
    receipt = house.receipt(photo_id, FLICKR)
    assert (receipt.state, receipt.error_code) == (DeliveryState.WAITING, "unexpected")
    assert "ZeroDivisionError" in str(receipt.error_detail)
    house.run()
    assert house.state(photo_id, FLICKR) is DeliveryState.DELIVERED


def test_a_destination_in_trouble_slows_no_other(house: House, flickr: MemoryDestination) -> None:
    flickr.before = lambda _photo: TryLater("away", reason="unreachable")
    ids = [house.send(PICTURE + bytes([i]))[0] for i in range(5)]
    house.run(wait=False)
    assert house.counts(FOLDER) == {DeliveryState.DELIVERED: 5}
    assert house.counts(FLICKR) == {DeliveryState.WAITING: 5}
    assert all(house.photo(photo_id).archived for photo_id in ids)


def test_retrying_all_leaves_copies_alone_that_a_person_took_away(house: House, flickr: MemoryDestination) -> None:
    gone, _ = house.send(PICTURE)
    failed, _ = house.send(PICTURE + b"2")
    house.run()
    flickr.copies.clear()
    for photo_id, code in ((gone, "gone"), (failed, "server-error")):
        number = house.photo(photo_id).number
        house.act(
            partial(
                deliveries.stop, photo=number, destination=FLICKR, state=DeliveryState.FAILED, code=code, detail="?"
            )
        )
    house.act(lambda c: hand.retry_all(c, house.work, FLICKR))
    house.run()
    assert [copy.photo_id for copy in flickr.copies] == [failed]
    assert house.receipt(gone, FLICKR).error_code == "gone"
    house.act(lambda c: hand.retry(c, house.work, gone, FLICKR))
    house.run()
    assert house.state(gone, FLICKR) is DeliveryState.DELIVERED


# -------------------------------------------------------------------------------- exactly once, whatever dies


def test_a_lost_answer_does_not_make_a_second_copy(house: House, flickr: MemoryDestination) -> None:
    flickr.lost_answers = 3
    photo_id, _ = house.send(PICTURE)
    house.run()
    assert len(flickr.copies) == 1
    assert house.receipt(photo_id, FLICKR).remote_id == flickr.copies[0].remote_id


class PowerCut(BaseException):
    """The process ends here."""


def test_notes_survive_a_crash(house: House) -> None:
    told: list[dict[str, str]] = []

    class Cutting(MemoryDestination):
        def deliver(self, photo: Outgoing, attempt: Attempt) -> Delivered:
            told.append(dict(attempt.notes))
            attempt.remember(token=f"token-{attempt.number}")
            if attempt.number == 1:
                raise PowerCut
            return super().deliver(photo, attempt)

    house.services[FLICKR] = Cutting()
    photo_id, _ = house.send(PICTURE)
    with pytest.raises(PowerCut):
        house.run()
    assert house.state(photo_id, FLICKR) is DeliveryState.SENDING
    house.todo.mark(house.todo.ids(state="running")[0], "open")  # as the worker does when it starts
    house.run()
    assert told == [{}, {"token": "token-1"}]
    assert house.state(photo_id, FLICKR) is DeliveryState.DELIVERED


@pytest.mark.parametrize("cut_at", range(1, 12))
def test_a_power_cut_between_any_two_transactions_loses_and_doubles_nothing(tmp_path: Path, cut_at: int) -> None:
    house, flickr = with_flickr(tmp_path)
    write, left = house.database.write, [cut_at]

    def write_or_die(act: Callable[..., object]) -> object:
        left[0] -= 1
        if left[0] == 0:
            raise PowerCut
        return write(act)

    photo_id, _ = house.send(PICTURE)
    object.__setattr__(house.database, "write", write_or_die)
    try:
        house.run()
    except PowerCut:
        for running in house.todo.ids(state="running"):
            house.database.write = write  # type: ignore[method-assign]
            house.todo.mark(running, "open")
    house.database.write = write  # type: ignore[method-assign]
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert [copy.content for copy in flickr.copies] == [PICTURE]
    assert house.original(photo_id) == PICTURE
    assert house.spooled() == []


def test_a_job_that_runs_twice_does_its_work_once(house: House, flickr: MemoryDestination) -> None:
    house.send(PICTURE)
    house.run()
    again = [job_id for job_id in house.todo.ids(state="done")]
    for job_id in again:
        house.todo.mark(job_id, "open")
    house.run()
    assert len(flickr.copies) == 1
    assert house.counts(FOLDER) == {DeliveryState.DELIVERED: 1}


def test_two_photos_that_want_one_key_both_keep_their_originals(house: House) -> None:
    first, _ = house.send(PICTURE)
    forged = first[:12] + "0" * 52
    house.run()
    second, _ = house.send(b"other bytes", photo_id=forged)
    house.run(wait=False)
    stored, meant = house.receipt(first).remote_id, house.receipt(second).remote_id
    assert stored != meant
    assert forged in str(meant)
    assert house.original(first) == PICTURE


def test_other_bytes_under_a_key_that_the_database_does_not_know_stay_and_get_a_neighbour(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    house.step("process")
    photo = house.photo(photo_id)
    short = keys.original_key(photo_id=photo_id, file_name=photo.file_name, ending="jpg", day=photo.taken_local.date())
    house.archive.put_document(short, b"a stranger's")
    house.run()
    assert house.original(photo_id) == PICTURE
    assert house.archive.read_document(short) == b"a stranger's"
    assert photo_id in str(house.receipt(photo_id).remote_id)
    assert house.photo(photo_id).state is PhotoState.SAFE


def test_a_photo_whose_keys_are_both_taken_blocks_itself_and_nobody_else(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    house.step("process")
    photo = house.photo(photo_id)
    day, key = photo.taken_local.date(), ""
    for full in (False, True):
        key = keys.original_key(photo_id=photo_id, file_name=photo.file_name, ending="jpg", day=day, full_digest=full)
        house.archive.put_document(key, b"a stranger's")
    other, _ = house.send(PICTURE + b"2")
    house.run()
    assert house.receipt(photo_id).error_code == "key-taken"
    assert house.state(photo_id) is DeliveryState.BLOCKED
    assert house.photo(other).state is PhotoState.SAFE
    assert house.standing(FOLDER).trouble is None
    assert house.spooled() == [photo_id]
    house.archive.delete(key)
    reconcile(house.work)
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE


# ------------------------------------------------------------------------------------- changes of mind


def test_a_photo_trashed_while_it_is_sent_is_told_as_it_is(house: House, flickr: MemoryDestination) -> None:
    photo_id, _ = house.send(PICTURE)

    def trash(_photo: Outgoing) -> None:
        house.trash(photo_id)

    flickr.before = trash
    house.run()
    assert house.photo(photo_id).state is PhotoState.DELETED
    assert house.receipt(photo_id, FLICKR).remote_id == flickr.copies[0].remote_id
    assert house.state(photo_id, FLICKR) is DeliveryState.DELIVERED
    sidecar = house.sidecar(photo_id)
    assert sidecar.deleted_at is not None
    assert {r.destination: r.state for r in sidecar.receipts}[FLICKR] is DeliveryState.DELIVERED


def test_a_photo_trashed_while_the_archive_takes_it_leaves_a_tombstone(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    inner, taken = house.archive.put_original, list[Stored]()

    def put(*args: Any, **options: Any) -> Stored:
        stored = inner(*args, **options)
        if not taken:
            house.trash(photo_id)
        taken.append(stored)
        return stored

    house.archive.put_original = put  # type: ignore[method-assign]
    house.run()
    assert house.state(photo_id) is DeliveryState.DELIVERED
    assert house.photo(photo_id).state is PhotoState.DELETED
    assert house.sidecar(photo_id).deleted_at is not None
    assert house.spooled() == []


def test_a_failure_that_comes_too_late_changes_nothing(house: House, flickr: MemoryDestination) -> None:
    photo_id, _ = house.send(PICTURE)

    def trash_and_fail(_photo: Outgoing) -> TryLater:
        house.trash(photo_id)
        return TryLater("too late", reason="server-error")

    flickr.before = trash_and_fail
    house.run()
    assert house.state(photo_id, FLICKR) is DeliveryState.CANCELLED
    assert house.todo.ids() == []


def test_no_newer_attempt_begins_while_an_overtaken_one_lives(house: House, flickr: MemoryDestination) -> None:
    photo_id, _ = house.send(PICTURE)
    at_work: list[str] = []

    def trash_and_restore(_photo: Outgoing) -> None:
        at_work.append("begin")
        if len(at_work) == 1:
            house.trash(photo_id)
            house.restore(photo_id)
            house.run(wait=False)  # what another thread would do now
        at_work.append("end")

    flickr.before = trash_and_restore
    house.run()
    assert at_work == ["begin", "end"]
    assert len(flickr.copies) == 1
    assert house.photo(photo_id).state is PhotoState.SAFE


def test_a_photo_trashed_before_it_was_archived_comes_back_with_its_bytes(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    house.trash(photo_id)
    house.run()
    assert house.state(photo_id) is DeliveryState.CANCELLED
    assert house.send(PICTURE)[1] is Outcome.DELETED
    assert house.spooled() == [photo_id]
    house.restore(photo_id)
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert house.original(photo_id) == PICTURE


def test_a_purged_photo_sent_again_to_be_restored_is_archived_again(house: House, flickr: MemoryDestination) -> None:
    photo_id, _ = house.send(PICTURE)
    house.run()
    key = str(house.receipt(photo_id).remote_id)
    house.trash(photo_id)
    house.purge(photo_id)
    house.run()
    assert house.sidecar(photo_id).deleted_at is not None
    assert house.send(PICTURE)[1] is Outcome.DELETED
    assert house.send(PICTURE, restore=True)[1] is Outcome.RESTORED
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert house.original(photo_id) == PICTURE
    assert house.receipt(photo_id).remote_id == key
    assert house.sidecar(photo_id).deleted_at is None
    assert len(flickr.copies) == 1


def test_an_edit_is_told_to_the_archive(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    house.run()
    house.tag(photo_id, "travel")
    house.run()
    assert house.sidecar(photo_id).tags == ("travel",)


def test_edits_while_the_sidecar_is_written_end_with_the_newest_in_the_archive(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    house.run()
    inner, edits = house.archive.put_document, ["second", "third"]

    def put(key: str, content: bytes, **options: str) -> None:
        if edits:
            house.tag(photo_id, edits.pop(0))
            house.step("sidecar")  # another thread is quicker
        inner(key, content, **options)

    house.tag(photo_id, "first")
    house.archive.put_document = put  # type: ignore[method-assign]
    house.run()
    assert house.sidecar(photo_id).tags == ("third",)
    assert house.todo.ids() == []


# -------------------------------------------------------------------------------------------- processing


def test_what_is_not_the_files_fault_is_tried_again_and_again(house: House) -> None:
    errors = iter([DecodersBroken("no child"), OSError(28, "No space left"), ZeroDivisionError()])

    def trouble(_path: Path) -> None:
        for error in errors:
            raise error

    house.decoders.before = trouble
    photo_id, _ = house.send(PICTURE)
    house.run()
    assert len(house.decoders.looked_at) == 4
    assert house.photo(photo_id).state is PhotoState.SAFE


def test_a_full_disk_for_renditions_keeps_the_original_and_its_metadata(house: House) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    house.decoders.before = full
    photo_id, _ = house.send(PICTURE)
    began = house.now
    house.run()
    photo = house.photo(photo_id)
    assert (photo.state, photo.preview, photo.metadata.camera) == (PhotoState.SAFE, "none", "Box")
    assert photo.sha1 is not None
    assert house.now - began < timedelta(minutes=5)


def test_decoders_that_never_come_back_do_not_keep_the_original_from_the_archive(house: House) -> None:
    class Broken(StillDecoders):
        def decode(self, path: Path, media_type: MediaType, *, into: Path | None, stem: str) -> Decoded:
            raise DecodersBroken("no child can be started")

    house.pipeline._decoders = Broken()
    photo_id, _ = house.send(PICTURE)
    house.run()
    photo = house.photo(photo_id)
    assert (photo.state, photo.preview) == (PhotoState.SAFE, "none")
    assert photo.sha1 is not None
    assert house.original(photo_id) == PICTURE


def test_a_photo_that_kills_the_worker_each_time_is_archived_without_a_look(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    house.todo.mark(house.todo.ids("process")[0], "given up")
    assert reconcile(house.work) == 1
    assert house.todo.ids("process")[0].endswith(f":{BLIND}")
    house.run()
    assert house.decoders.looked_at == []
    assert house.photo(photo_id).state is PhotoState.SAFE


# --------------------------------------------------------------------------------- the list and the truth


def test_a_library_whose_to_do_list_was_lost_goes_on(house: House, flickr: MemoryDestination) -> None:
    fresh, _ = house.send(PICTURE)
    halfway, _ = house.send(PICTURE + b"2")
    while house.photo(halfway).processed is False:
        house.step()
    house.todo.forget()
    assert house.run() == 0
    assert reconcile(house.work) == 2
    house.run()
    assert {house.photo(fresh).state, house.photo(halfway).state} == {PhotoState.SAFE}
    assert len(flickr.copies) == 2


def test_a_sidecar_whose_job_was_lost_is_written_all_the_same(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    house.run()
    house.tag(photo_id, "travel")
    for job_id in house.todo.ids("sidecar"):
        house.todo.mark(job_id, "lost")
    assert reconcile(house.work) == 1
    house.run()
    assert house.sidecar(photo_id).tags == ("travel",)


def test_a_photo_that_is_processed_meanwhile_is_not_processed_again(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    inner = house.todo.open

    def look(ids: Collection[str]) -> set[str]:
        found = inner(ids)
        house.run()
        return found - set(ids)

    house.todo.open = look  # type: ignore[method-assign]
    wanted = house.photo(photo_id).sidecar_wanted
    reconcile(house.work)
    assert house.photo(photo_id).sidecar_wanted == wanted + 1  # as its processing wants, and no more
    assert len(house.decoders.looked_at) == 1


def test_reconciling_a_library_that_is_well_does_nothing(house: House, flickr: MemoryDestination) -> None:
    for i in range(3):
        house.send(PICTURE + bytes([i]))
    house.step("process")
    jobs = house.todo.ids()
    assert reconcile(house.work) == 0
    assert house.todo.ids() == jobs
    house.run()
    assert reconcile(house.work) == 0
    assert house.todo.ids() == []


def test_a_delivery_that_ends_while_its_job_is_looked_for_keeps_nothing_else_from_being_taken_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was open as the tables were read, and had no job any more as the to-do list was."""
    photo_id, _ = house.send(PICTURE)
    house.step("process")
    asked = house.todo.open

    def ended_meanwhile(ids: Collection[str]) -> set[str]:
        house.run()
        return asked(ids)

    monkeypatch.setattr(house.todo, "open", ended_meanwhile)
    assert reconcile(house.work) == 0
    assert house.photo(photo_id).state is PhotoState.SAFE


def test_the_id_of_a_delivery_that_must_be_tried_again_is_never_an_old_one(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    house.run()
    number = house.photo(photo_id).number
    assert delivery_job_id(number, FOLDER, 1) in house.todo.ids("deliver", state="done")
    assert house.todo.open([delivery_job_id(number, FOLDER, 1)]) == set()


def test_paused_deliveries_stay_queued_and_hold_the_spool(house: House) -> None:
    photo_id, _ = house.send(PICTURE)
    hand.pause(house.work, FOLDER)
    house.run()
    assert house.state(photo_id) is DeliveryState.QUEUED
    assert house.standing(FOLDER).paused
    hand.resume(house.work, FOLDER)
    house.run()
    assert house.photo(photo_id).state is PhotoState.SAFE
    assert not house.standing(FOLDER).paused
