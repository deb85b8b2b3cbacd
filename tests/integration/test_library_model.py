"""Whatever is done to a library, in whatever order, it agrees with a model of a page of Python.

The model knows no tables: it keeps photos in a dict and counts, sorts and decides anew each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from mediascream.database import Database
from mediascream.errors import ConflictingState
from mediascream.library import deliveries, photos, reading, standing, timeline
from mediascream.library.moments import to_local
from mediascream.library.records import Edit, Outcome, PhotoQuery, Plan, Said
from mediascream.library.tagging import fold
from mediascream.library.upgrade import upgrade
from mediascream.photo import OPEN_STATES, DeliveryState, DestinationName, PhotoState, SkipReason, photo_state
from tests.integration.library_data import FLICKR, FOLDER, NOW, add, deliver, get, photo_id, process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SEEDS = st.integers(0, 2)
MOMENTS = st.sampled_from([datetime(year, month, 28, 23, tzinfo=UTC) for year in (1969, 2024) for month in (1, 2)])
TAGS = st.lists(st.sampled_from(["sea", "SEA", "Été", "e\u0301te\u0301", "sun"]), max_size=3).map(tuple)
SERVICES = st.sampled_from(list(DestinationName))
DONE = {DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.REFUSED, DeliveryState.SKIPPED}


@dataclass
class Photo:
    """What the model knows of one photo."""

    seed: int
    tags: dict[str, str]
    sent: datetime | None
    in_file: datetime | None = None
    edited: datetime | None = None
    deleted: bool = False
    purged: bool = False
    states: dict[DestinationName, DeliveryState] = field(default_factory=dict)

    @property
    def taken(self) -> datetime:
        return self.edited or self.in_file or self.sent or NOW

    @property
    def archived(self) -> bool:
        return self.states[FOLDER] is DeliveryState.DELIVERED and not self.purged

    @property
    def state(self) -> PhotoState:
        return photo_state(deleted=self.deleted, archived=self.archived, deliveries=self.states.values())

    def tag(self, names: tuple[str, ...]) -> None:
        for name in names:
            self.tags.setdefault(fold(name), name)

    def revive(self, *states: DeliveryState, flickr: bool) -> None:
        """What was in these states is queued, where it can be."""
        for name, state in self.states.items():
            if state in states:
                connected = name is not FLICKR or flickr
                self.states[name] = DeliveryState.QUEUED if connected else DeliveryState.SKIPPED


class Library(RuleBasedStateMachine):
    """The library and its model, side by side."""

    open_database: Callable[[], Database]

    @initialize()
    def begin(self) -> None:
        self.database = type(self).open_database()
        self.model: dict[int, Photo] = {}
        self.spellings: dict[str, str] = {}

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()

    def spelt(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The first spelling of each tag is the one that is kept, in the whole library."""
        return tuple(self.spellings.setdefault(fold(name), _composed(name)) for name in names)

    @rule(seed=SEEDS, tags=TAGS, taken=st.none() | MOMENTS, flickr=st.booleans(), restore=st.booleans())
    def send(self, seed: int, tags: tuple[str, ...], taken: datetime | None, flickr: bool, restore: bool) -> None:
        plans = [Plan(FOLDER), Plan(FLICKR, None if flickr else SkipReason.NOT_CONNECTED)]
        known = self.model.get(seed)
        outcome = add(self.database, seed, plans=plans, tags=tags, said=Said(taken), restore=restore)[1]
        if known is None:
            assert outcome is Outcome.NEW
            known = self.model[seed] = Photo(seed, {}, taken)
            known.states = {FOLDER: DeliveryState.QUEUED, FLICKR: DeliveryState.SKIPPED}
            if flickr:
                known.states[FLICKR] = DeliveryState.QUEUED
        elif known.deleted and not restore:
            assert outcome is Outcome.DELETED
            return
        else:
            assert outcome is (Outcome.RESTORED if known.deleted else Outcome.DUPLICATE)
            if known.purged:
                known.states[FOLDER] = DeliveryState.QUEUED
            if known.deleted:
                known.revive(DeliveryState.CANCELLED, flickr=flickr)
            known.revive(DeliveryState.SKIPPED, flickr=flickr)
            known.deleted = known.purged = False
        known.tag(self.spelt(tags))

    @rule(seed=SEEDS, moment=st.none() | MOMENTS, keywords=TAGS)
    def processed(self, seed: int, moment: datetime | None, keywords: tuple[str, ...]) -> None:
        if photo := self.model.get(seed):
            local = moment.replace(tzinfo=None) if moment else None
            process(self.database, seed, taken_local=local, keywords=keywords)
            photo.in_file = moment
            photo.tag(self.spelt(keywords))

    @rule(seed=SEEDS, changes=st.fixed_dictionaries({}, optional={"taken_at": st.none() | MOMENTS, "tags": TAGS}))
    def edited(self, seed: int, changes: dict[str, Any]) -> None:
        if photo := self.model.get(seed):
            self.database.write(lambda connection: photos.edit(connection, photo_id(seed), Edit(changes)))
            if "taken_at" in changes:
                photo.edited = changes["taken_at"]
                photo.sent = None  # what the owner says goes into the sender's place
            if "tags" in changes:
                wanted = {fold(name) for name in changes["tags"]}
                photo.tags = {folded: name for folded, name in photo.tags.items() if folded in wanted}
                photo.tag(self.spelt(changes["tags"]))

    @rule(seed=SEEDS)
    def trashed(self, seed: int) -> None:
        if photo := self.model.get(seed):
            self.database.write(lambda connection: photos.trash(connection, photo_id(seed), NOW))
            if not photo.deleted:
                photo.deleted = True
                for name, state in photo.states.items():
                    if state not in DONE:
                        photo.states[name] = DeliveryState.CANCELLED

    @rule(seed=SEEDS, flickr=st.booleans())
    def untrashed(self, seed: int, flickr: bool) -> None:
        photo = self.model.get(seed)
        plans = [Plan(FOLDER), Plan(FLICKR, None if flickr else SkipReason.NOT_CONNECTED)]
        if photo is None:
            return
        if photo.purged:
            with pytest.raises(ConflictingState):
                self.database.write(lambda connection: photos.untrash(connection, photo_id(seed), plans))
            return
        self.database.write(lambda connection: photos.untrash(connection, photo_id(seed), plans))
        if photo.deleted:
            photo.deleted = False
            photo.revive(DeliveryState.CANCELLED, flickr=flickr)

    @rule(seed=SEEDS)
    def purged(self, seed: int) -> None:
        photo = self.model.get(seed)
        if photo is not None and photo.deleted:
            self.database.write(lambda connection: photos.purge(connection, photo_id(seed)))
            photo.purged = True

    @rule(
        seed=SEEDS, name=st.sampled_from([FOLDER, FLICKR]), ends=st.sampled_from(["deliver", "fail", "block", "wait"])
    )
    def attempted(self, seed: int, name: DestinationName, ends: str) -> None:
        """One attempt, by a job of the present run."""
        photo = self.model.get(seed)
        if photo is None:
            return
        number = get(self.database, seed).number
        with self.database.reading() as connection:
            run = deliveries.get(connection, number, name).run
        errand = deliveries.Errand(number, photo_id(seed), name, run)
        begun = self.database.write(lambda connection: deliveries.begin(connection, errand))
        assert (begun is not None) is (photo.states[name] in OPEN_STATES)
        if begun is not None:
            photo.states[name] = self.end(seed, number, name, ends)

    def end(self, seed: int, number: int, name: DestinationName, ends: str) -> DeliveryState:
        if ends == "deliver":
            deliver(self.database, seed, name)
            return DeliveryState.DELIVERED
        if ends == "wait":
            self.database.write(
                lambda c: deliveries.wait(c, number, name, until=NOW + timedelta(hours=1), code="x", detail="x")
            )
            return DeliveryState.WAITING
        state = DeliveryState.FAILED if ends == "fail" else DeliveryState.BLOCKED
        self.database.write(lambda c: deliveries.stop(c, number, name, state, code="x", detail="x"))
        return state

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as connection:
            self.photos_agree({seed: reading.get(connection, photo_id(seed)) for seed in self.model})
            assert timeline.months(connection) == self.months()
            assert standing.photo_counts(connection) == _counted(photo.state for photo in self.model.values())
            counts = {(name, state): n for name, of in standing.counts(connection).items() for state, n in of.items()}
            assert counts == _counted(pair for photo in self.model.values() for pair in photo.states.items())
            assert self.page(connection) == self.expected(lambda photo: not photo.deleted)
            assert self.page(connection, state=PhotoState.DELETED) == self.expected(lambda photo: photo.deleted)
            for tag in ("sea", "été"):
                tagged = self.expected(lambda photo, tag=tag: not photo.deleted and tag in photo.tags)  # type: ignore[misc]
                assert self.page(connection, tag=tag) == tagged
                assert self.page(connection, text=tag) == tagged
                assert self.page(connection, text="dsc", tag=tag) == tagged
            assert self.tiles(connection) == sorted(self.expected(lambda photo: not photo.deleted))

    def photos_agree(self, found: Mapping[int, Any]) -> None:
        for seed, photo in self.model.items():
            record = found[seed]
            assert (record.state, record.archived, record.purged) == (photo.state, photo.archived, photo.purged)
            assert record.tags == tuple(name for _, name in sorted(photo.tags.items()))
            assert {one.destination: one.state for one in record.receipts} == photo.states
            assert (record.taken_at, record.deleted_at is not None) == (photo.taken, photo.deleted)

    def months(self) -> list[tuple[str, int]]:
        months = _counted(to_local(photo.taken)[:7] for photo in self.model.values() if not photo.deleted)
        return sorted(months.items(), reverse=True)

    def expected(self, wanted: Callable[[Photo], bool]) -> list[int]:
        """Newest first; of the same second, the one that came last."""
        order = list(self.model)
        found = [photo for photo in self.model.values() if wanted(photo)]
        return [p.seed for p in sorted(found, key=lambda p: (p.taken, order.index(p.seed)), reverse=True)]

    def page(self, connection: Any, **query: Any) -> list[int]:
        found, cursor = [], None
        while True:
            page = reading.page(connection, PhotoQuery(limit=2, cursor=cursor, **query))
            found += [int(photo.file_name[3:8]) for photo in page.items]
            cursor = page.next
            if cursor is None:
                return found

    def tiles(self, connection: Any) -> list[int]:
        ids = [one for month, _ in self.months() for one in timeline.tiles(connection, month, None).id]
        return sorted(seed for seed in self.model if photo_id(seed) in ids)


def _composed(name: str) -> str:
    return {"e\u0301te\u0301": "été"}.get(name, name)


def _counted(things: Any) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for thing in things:
        counts[thing] = counts.get(thing, 0) + 1
    return counts


def run(open_database: Callable[[], Database], *, examples: int, steps: int) -> None:
    class Opened(Library):
        pass

    Opened.open_database = staticmethod(open_database)
    settings = hypothesis.settings(max_examples=examples, stateful_step_count=steps, deadline=None)
    run_state_machine_as_test(Opened, settings=settings)


def emptied(url: str) -> Callable[[], Database]:
    """Opens the same database again and again, without what it held."""

    def open_database() -> Database:
        database = Database(url)
        upgrade(database)
        tables = [*("photo_text", "photo_tags", "deliveries", "photos", "tags"), *COUNTS]
        database.write(lambda c: [c.exec_driver_sql(f"DELETE FROM {table}") for table in tables])  # noqa: S608 - our own
        return database

    return open_database


COUNTS = ("months", "photo_counts", "delivery_counts")


def test_a_library_agrees_with_its_model(database_url: str) -> None:
    run(emptied(database_url), examples=20, steps=40)


@pytest.mark.long
def test_a_library_agrees_with_its_model_for_long(database_url: str) -> None:
    run(emptied(database_url), examples=200, steps=60)
