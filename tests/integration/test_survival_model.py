"""Whatever is done to a house, in whatever order, and whenever it dies, a page of Python knows what must be true of it.

The model keeps what was acknowledged, what its owner threw away, and which copies were spoilt. It knows no tables and no
jobs: it looks at files, at the service's own list, and at what the library says of each photo.
"""

from __future__ import annotations

import hashlib
import itertools
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from mediascream.errors import ConflictingState, DestinationBlocked, TryLater
from mediascream.library import deliveries, reading
from mediascream.library.checks import By, Check, Result
from mediascream.library.records import Outcome, PhotoRecord
from mediascream.photo import OPEN_STATES, DeliveryState, DestinationName, PhotoId, PhotoState, Proof
from tests.mortal_house import FLICKR, MortalHouse
from tests.seeds import SEED

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.survival
FOLDER = DestinationName.FOLDER
TEN_YEARS = timedelta(days=3653)
PHOTOS = 2
SEEDS = st.integers(0, PHOTOS)
"""The last is one that nobody has sent yet."""

DEATHS = st.integers(0, 4)
"""After so many things that it does it dies; at 0 it lives."""

JUMPS = st.sampled_from([timedelta(), *(sign * far for sign in (1, -1) for far in (timedelta(hours=1), TEN_YEARS))])
HOURS = st.sampled_from([1, 15 * 24, 31 * 24])
TROUBLES = st.sampled_from([None, DestinationBlocked("full", reason="no-space"), TryLater("off", reason="unreachable")])
THEN = st.none() | st.integers(0, 20)
"""What the house does after each act: nothing, or its jobs, until it dies of them."""

TAGS = st.sampled_from(["sea", "sun", "snow"])


def picture(seed: int) -> bytes:
    return b"\xff\xd8\xff\xe0 the picture number %d" % seed * 20


@dataclass
class Photo:
    """What must be true of one photo.

    Attributes:
        told: Its sender was answered. Before that, it may be there or not.
        spoilt: The archive's copy was changed behind our back, and `noticed` says that an audit has seen it.
        gone: Its owner took it away from the service, after it had arrived; `missed`, an audit has seen that.
        hours: How long it has been in the trash.
    """

    content: bytes
    told: bool = False
    deleted: bool = False
    spoilt: bool = False
    noticed: bool = False
    gone: bool = False
    missed: bool = False
    hours: int = 0
    tag: str | None = None

    @property
    def id(self) -> PhotoId:
        return PhotoId(hashlib.sha256(self.content).hexdigest())

    def answer(self, *, restore: bool) -> Outcome:
        """What a sender must be told."""
        if not self.told:
            return Outcome.NEW
        if self.deleted:
            return Outcome.RESTORED if restore else Outcome.DELETED
        return Outcome.DUPLICATE

    def was_sent(self, *, restore: bool) -> None:
        self.told = True
        if restore or not self.deleted:
            self.deleted, self.hours = False, 0
            self.spoilt = self.spoilt and not self.noticed  # what is known to be damaged is healed by this
            self.noticed = False

    @property
    def state(self) -> PhotoState:
        if self.deleted:
            return PhotoState.DELETED
        return PhotoState.ATTENTION if self.noticed or self.missed else PhotoState.SAFE


class Survival(RuleBasedStateMachine):
    """A house that dies now and then, and what must be true of it."""

    rooms: Iterator[Path]

    @initialize()
    def begin(self) -> None:
        self.house = MortalHouse(next(type(self).rooms))
        self.model = {seed: Photo(picture(seed)) for seed in range(PHOTOS + 1)}
        for seed in range(PHOTOS):
            self.send(seed, restore=False, dies=0, then=0)

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.house.close()
            shutil.rmtree(self.house.folder)

    def go_on(self, then: int | None) -> None:
        if then is not None:
            self.house.dying(then, lambda: self.house.run(wait=False))

    # What people do, and what they are told

    @rule(seed=SEEDS, restore=st.booleans(), dies=DEATHS, then=THEN)
    def send(self, seed: int, restore: bool, dies: int, then: int | None) -> None:
        photo = self.model[seed]
        outcomes: list[Outcome] = []
        if self.house.dying(dies, lambda: outcomes.append(self.house.send(photo.content, restore=restore)[1])):
            self.ask(photo)
        else:
            assert outcomes == [photo.answer(restore=restore)]
            photo.was_sent(restore=restore)
        self.go_on(then)

    @rule(seed=SEEDS, dies=DEATHS, then=THEN)
    def throw_away(self, seed: int, dies: int, then: int | None) -> None:
        if photo := self.there(seed):
            if self.house.dying(dies, lambda: self.house.trash(photo.id)):
                self.ask(photo)
            else:
                photo.deleted = True
            self.go_on(then)

    @rule(seed=SEEDS, dies=DEATHS, then=THEN)
    def take_back(self, seed: int, dies: int, then: int | None) -> None:
        photo = self.there(seed)
        if photo is None:
            return
        if self.house.photo(photo.id).purged:
            with pytest.raises(ConflictingState):
                self.house.restore(photo.id)
        elif self.house.dying(dies, lambda: self.house.restore(photo.id)):
            self.ask(photo)
        else:
            photo.deleted, photo.hours = False, 0
        self.go_on(then)

    @rule(seed=SEEDS, tag=TAGS, then=THEN)
    def tag(self, seed: int, tag: str, then: int | None) -> None:
        if photo := self.there(seed):
            self.house.tag(photo.id, tag)
            photo.tag = tag
            self.go_on(then)

    # What goes wrong

    @rule(trouble=TROUBLES)
    def lose_the_archive(self, trouble: DestinationBlocked | TryLater | None) -> None:
        self.house.folder_archive.trouble = trouble
        self.house.run(wait=False)

    @rule()
    def lose_an_answer(self) -> None:
        self.house.flickr.lost_answers = 1

    @rule(gives=st.booleans())
    def change_the_account(self, gives: bool) -> None:
        """To one that gives originals back, from which the archive is healed, or to one that does not."""
        self.house.flickr.gives_back = gives

    @rule(seed=SEEDS)
    def rot(self, seed: int) -> None:
        photo = self.there(seed)
        if photo is not None and (file := self.file_of(photo)) is not None and file.read_bytes() == photo.content:
            file.write_bytes(photo.content[:-1] + b"?")
            photo.spoilt = True

    @rule(seed=SEEDS)
    def leave_the_service(self, seed: int) -> None:
        photo = self.there(seed)
        if photo is not None and self.house.state(photo.id, FLICKR) is DeliveryState.DELIVERED:
            self.house.flickr.copies = [copy for copy in self.house.flickr.copies if copy.photo_id != photo.id]
            photo.gone = True

    # What passes

    @rule(hours=HOURS, jump=JUMPS, then=THEN)
    def wait(self, hours: int, jump: timedelta, then: int | None) -> None:
        """Time passes, and the clock says whatever it likes."""
        self.let_pass(hours, jump)
        self.go_on(then)

    def let_pass(self, hours: int, jump: timedelta = timedelta()) -> None:
        self.house.chores()
        self.house.up += timedelta(hours=hours)
        if 1990 < (self.house.now + jump).year < 2100:
            self.house.now += timedelta(hours=hours) + jump
        for photo in self.model.values():
            photo.hours += hours if photo.deleted else 0
        self.house.chores()

    @rule(seed=SEEDS, name=st.sampled_from([FOLDER, FLICKR]), dies=DEATHS)
    def audit(self, seed: int, name: DestinationName, dies: int) -> None:
        if photo := self.there(seed):
            number = self.house.photo(photo.id).number
            seen: list[Check | None] = []
            self.house.dying(dies, lambda: seen.append(self.house.auditor.check(number, name, By.AUDIT)))
            assert not (photo.spoilt and name is FOLDER) or all(
                one is None or one.result is not Result.GOOD for one in seen
            )
            self.see_healed(photo)
            photo.noticed = photo.noticed or (photo.spoilt and not self.house.photo(photo.id).archived)
            photo.missed = photo.missed or self.house.state(photo.id, FLICKR) is DeliveryState.FAILED

    @rule()
    def start_anew(self) -> None:
        self.house.restart()

    @rule(dies=st.integers(0, 20))
    def settle(self, dies: int) -> None:
        self.house.folder_archive.trouble = None
        self.house.dying(dies, self.house.settle)
        self.let_pass(1)  # what an archive that was away kept from its end is taken up by the next hour
        self.house.settle()
        self.nothing_is_lost_and_nothing_made_twice()
        for photo in self.model.values():
            if photo.told:
                self.has_settled(photo)
        assert set(self.house.spooled()) <= {photo.id for photo in self.model.values() if self.there_is(photo)}

    # What must be true

    def has_settled(self, photo: Photo) -> None:
        record = self.house.photo(photo.id)
        assert record.state is photo.state
        if photo.deleted:
            assert not any(one.state in OPEN_STATES for one in record.receipts)
            assert record.purged or photo.hours < 31 * 24
            assert not record.purged or self.file_of(photo) is None
            return
        copies = len([copy for copy in self.house.flickr.copies if copy.photo_id == photo.id])
        assert copies == (not photo.gone) or (photo.noticed and not copies)  # what is damaged is sent nowhere
        if photo.noticed:
            assert self.house.sidecar(photo.id).receipts[0].proof is None
        else:
            assert (record.archived, record.spooled, photo.id in self.house.spooled()) == (True, False, False)
            assert self.house.sidecar(photo.id).tags == record.tags == ((photo.tag,) if photo.tag else ())

    @invariant()
    def nothing_is_lost_and_nothing_made_twice(self) -> None:
        if not hasattr(self, "house"):
            return
        kept = Counter(file.read_bytes() for file in self.originals())
        assert all(times == 1 for times in kept.values())
        assert all(times == 1 for times in Counter(copy.photo_id for copy in self.house.flickr.copies).values())
        for photo in self.model.values():
            spool = self.house.spool / photo.id
            record = self.known(photo)
            self.see_healed(photo)
            photo.noticed = photo.noticed or (photo.spoilt and record is not None and self.is_known_wrong(record))
            if record is not None and record.purged:
                assert photo.hours >= 30 * 24
            elif photo.told and not photo.spoilt:
                assert photo.content in kept or spool.read_bytes() == photo.content
            if record is not None:
                self.receipts_are_true(photo, record)

    def see_healed(self, photo: Photo) -> None:
        """The spool still had it, or the service gave it back."""
        file = self.file_of(photo)
        if photo.spoilt and file is not None and file.read_bytes() == photo.content:
            photo.spoilt = photo.noticed = False

    def is_known_wrong(self, record: PhotoRecord) -> bool:
        """Whether a delivery read the archive's copy and saw that it is other bytes, before any audit did."""
        with self.house.database.reading() as connection:
            return "lost" in deliveries.get(connection, record.number, FOLDER).notes

    def receipts_are_true(self, photo: Photo, record: PhotoRecord) -> None:
        for receipt in record.receipts:
            if receipt.state is not DeliveryState.DELIVERED:
                continue
            if receipt.destination is FLICKR:
                there = {copy.remote_id for copy in self.house.flickr.copies}
                assert photo.gone or receipt.remote_id in there
            elif not record.purged:
                file = self.house.folder / "archive" / str(receipt.remote_id)
                assert photo.spoilt or file.read_bytes() == photo.content
                assert receipt.proof is Proof.BYTES

    # Looking

    def ask(self, photo: Photo) -> None:
        """It died before it answered: both is right, and what is so now must stay so."""
        record = self.known(photo)
        photo.told = photo.told or record is not None
        deleted = record is not None and record.deleted_at is not None
        if deleted is not photo.deleted:
            photo.deleted, photo.hours = deleted, 0

    def known(self, photo: Photo) -> PhotoRecord | None:
        with self.house.database.reading() as connection:
            return reading.get(connection, photo.id)

    def there_is(self, photo: Photo) -> bool:
        return self.known(photo) is not None

    def there(self, seed: int) -> Photo | None:
        photo = self.model[seed]
        return photo if self.there_is(photo) else None

    def originals(self) -> list[Path]:
        found = (self.house.folder / "archive" / "originals").rglob("*.jpg")
        return [file for file in found if file.is_file()]

    def file_of(self, photo: Photo) -> Path | None:
        return next((file for file in self.originals() if f"~{photo.id[:12]}." in file.name), None)


def run(folder: Path, *, examples: int, steps: int) -> None:
    """Each example in a room of its own, on a disk that nobody waits for: nothing here dies of a power cut."""

    class Housed(Survival):
        rooms = (folder / str(number) for number in itertools.count())

    settings = hypothesis.settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=False, database=None
    )
    run_state_machine_as_test(hypothesis.seed(SEED)(Housed), settings=settings)


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder that lies in memory where there is one such."""
    shared = Path("/dev/shm")  # noqa: S108 - the folder in it has a name of its own
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else tmp_path) as folder:
        yield Path(folder)


def test_a_house_that_dies_now_and_then_agrees_with_its_model(in_memory: Path) -> None:
    run(in_memory, examples=12, steps=25)


@pytest.mark.long
def test_a_house_that_dies_now_and_then_agrees_with_its_model_for_long(in_memory: Path) -> None:
    run(in_memory, examples=500, steps=50)
