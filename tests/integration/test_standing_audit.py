"""The standing audit: spread over the day by passed time, within its allowance, whatever the clock does."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mediascream.archive.folder import FolderArchive
from mediascream.delivery import hand
from mediascream.delivery.standing_audit import LONGEST_WAIT_S, Allowed, StandingAudit
from mediascream.errors import TryLater
from mediascream.library.checks import AUDIT_FACT
from mediascream.library.facts import get_fact
from mediascream.photo import DestinationName, PhotoId
from tests.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GIB = 1 << 30
ALLOWED = Allowed(24, 20 * GIB)
TEN_YEARS = timedelta(days=3653)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    for number in range(3):
        built.send(b"\xff\xd8\xff\xe0 a picture" + bytes([number]))
    built.run()
    built.now += timedelta(days=2)
    yield built
    built.close()


def audit(house: House) -> StandingAudit:
    """As each start makes one."""
    return StandingAudit(house.work, house.auditor, house.elapsed, ALLOWED)


def checked(house: House, *, hours: int) -> int:
    """How many copies are checked, if it is asked every half an hour."""
    found = 0
    for _ in range(hours * 2):
        found += audit(house).step() is not None
        house.up += timedelta(minutes=30)
    return found


def test_it_checks_as_many_as_it_may_evenly_and_goes_on_over_restarts(house: House) -> None:
    assert checked(house, hours=2) == 2
    assert checked(house, hours=1) == 1


def test_nothing_is_checked_twice_within_a_day(house: House) -> None:
    assert checked(house, hours=8) == 3
    house.now += timedelta(days=1)
    assert checked(house, hours=1) == 1


@pytest.mark.parametrize("jump", [TEN_YEARS, -TEN_YEARS, timedelta(hours=1), -timedelta(hours=1)])
def test_a_clock_that_jumps_neither_stops_it_nor_lets_it_run_wild(house: House, jump: timedelta) -> None:
    assert checked(house, hours=1) == 1
    house.now += jump
    assert audit(house).step() is not None
    assert audit(house).step() is None
    house.up += timedelta(hours=1)
    assert audit(house).step() is not None


def test_it_goes_on_at_once_where_a_check_took_longer_than_the_pause_and_rests_where_nothing_is_due(
    house: House,
) -> None:
    standing = audit(house)
    assert standing.step() is not None
    assert 0 < standing.rest_s(idle=False) <= LONGEST_WAIT_S
    house.up += timedelta(hours=2)
    assert standing.rest_s(idle=False) == 0.0
    assert standing.rest_s(idle=True) == LONGEST_WAIT_S


def test_what_nobody_answered_is_not_told_as_an_audit_that_was_good(house: House, tmp_path: Path) -> None:
    for folder in (".tmp", "originals"):
        (tmp_path / "archive" / folder).rename(tmp_path / f"{folder} away")
    assert checked(house, hours=1) == 1
    with house.database.reading() as connection:
        assert get_fact(connection, AUDIT_FACT) is None
    for folder in (".tmp", "originals"):
        (tmp_path / f"{folder} away").rename(tmp_path / "archive" / folder)
    assert checked(house, hours=1) == 1
    with house.database.reading() as connection:
        assert get_fact(connection, AUDIT_FACT)["good"]


def test_a_copy_that_cannot_be_asked_about_keeps_no_other_from_being_checked(house: House) -> None:
    class OneIsDeaf(FolderArchive):
        def digest_of(self, key: str) -> PhotoId:
            if key == deaf:
                raise TryLater("no answer", reason="unreachable")
            return super().digest_of(key)

    first = PhotoId(hashlib.sha256(b"\xff\xd8\xff\xe0 a picture\x00").hexdigest())
    deaf = str(house.receipt(first).remote_id)
    house.archives = {DestinationName.FOLDER: OneIsDeaf(house.folder / "archive")}
    house.build()
    standing_audit, found = audit(house), []
    for _ in range(24 * 4):
        check = standing_audit.step()
        found += [check.result] if check is not None else []
        house.up += timedelta(minutes=30)
    assert sorted(found) == ["good", "good", "unknown", "unknown"], "it is asked about once a day"


def test_a_large_file_costs_what_it_is_worth() -> None:
    assert ALLOWED.pause_ms(1) == 3_600_000
    assert ALLOWED.pause_ms(10 * GIB) == 12 * 3_600_000


def test_a_destination_that_is_paused_is_left_alone(house: House) -> None:
    hand.pause(house.work, DestinationName.FOLDER)
    assert checked(house, hours=2) == 0
    hand.resume(house.work, DestinationName.FOLDER)
    house.run()
    assert checked(house, hours=1) == 1
