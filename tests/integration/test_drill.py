"""The restore drill: photos come back from the archive alone, or it says which do not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mediascream.errors import TryLater
from mediascream.housekeeping import Housekeeping
from mediascream.library import check_log
from mediascream.library.facts import put_fact
from mediascream.photo import DestinationName
from mediascream.recovery.drill import Drill, drill, last_drill
from tests.house import House
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.photo import PhotoId

PICTURE = b"\xff\xd8\xff\xe0 a picture to come back"
FOLDER = DestinationName.FOLDER


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.close()


def sent(house: House) -> PhotoId:
    photo_id, _ = house.send(PICTURE)
    house.run()
    return photo_id


def drilled(house: House) -> Drill | None:
    done = drill(house.database, house.archive, house.spool, house.now, lambda: 0.5)
    with house.database.reading() as connection:
        assert last_drill(connection) == done
    assert house.spooled() == [], "the scratch folder is gone"
    return done


def test_what_can_be_restored_is_good(house: House) -> None:
    assert drilled(house) is None, "there is nothing to restore yet"
    sent(house)
    done = drilled(house)
    assert done is not None
    assert done.good
    assert "1 photos were restored" in done.detail


@pytest.mark.parametrize("spoil", ["original", "no original", "sidecar", "changed sidecar", "no sidecar"])
def test_what_cannot_be_restored_is_named_and_checked_first(house: House, spoil: str) -> None:
    photo_id = sent(house)
    key = str(house.receipt(photo_id).remote_id)
    flipped = house.archive.read_document(f"{key}.json").replace(b"delivered", b"deliveree")
    changes = {
        "original": (key, PICTURE[:-1] + b"?"),
        "sidecar": (f"{key}.json", b"{"),
        "changed sidecar": (f"{key}.json", flipped),
    }
    if spoil in changes:
        house.archive.put_document(*changes[spoil])
    else:
        house.archive.delete({"no original": key, "no sidecar": f"{key}.json"}[spoil])
    done = drilled(house)
    assert done is not None
    assert not done.good
    assert "DSC00647.JPG" in done.detail
    with house.database.reading() as connection:
        assert [(one.by, one.result) for _, one in check_log.logged(connection)] == [("drill", "wrong")]
    assert house.receipt(photo_id).checked_at is not None
    assert house.receipt(photo_id).checked_at < house.now - timedelta(days=1)  # type: ignore[operator]  # seen above


def test_an_archive_that_is_away_is_no_bad_drill(house: House, tmp_path: Path) -> None:
    sent(house)
    (tmp_path / "archive" / ".tmp").rename(tmp_path / "gone")
    (tmp_path / "archive" / "originals").rename(tmp_path / "originals gone")
    with pytest.raises(TryLater):
        drilled(house)
    with house.database.reading() as connection:
        assert last_drill(connection) is None


def test_it_is_made_an_hour_after_the_beginning_and_then_once_a_week_of_passed_time(house: House) -> None:
    made: list[timedelta] = []

    def make() -> str:
        made.append(house.up)
        return "done"

    def tick(hours: int) -> None:
        house.up += timedelta(hours=hours)
        house.now -= timedelta(days=3653)
        house.act(house.elapsed.advance)
        keeping = Housekeeping(house.work, FOLDER, house.elapsed, drilling=make)
        keeping.drill_if_due()

    for hours in (0, 1, 1, 24 * 6, 24, 24):
        tick(hours)
    assert made == [timedelta(hours=1), timedelta(hours=2 + 24 * 7)]


def test_housekeeping_makes_it(house: House) -> None:
    made: list[int] = []
    house.act(house.elapsed.advance)
    house.act(lambda connection: put_fact(connection, "drill_due_ms", 0))
    keeping = Housekeeping(house.work, FOLDER, house.elapsed, drilling=lambda: made.append(1))
    keeping.start()
    eventually(lambda: made)
    keeping.stop()
    keeping.join()
