"""Killed before any one step of what is no upload: a start, the trash's end, a rebuild, a restore, a move to a bucket.

For each k a data folder and its archive, a folder or a bucket, are put in place, a command is killed before its k-th
step, and what it left is looked at. Then it is run again, and all must be as if it had never been killed.
"""

from __future__ import annotations

import itertools
import random
import shutil
import signal
import sqlite3
import tempfile
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.archive.keys import RENDITIONS, Rendition, rendition_key, sidecar_key
from mediascream.archive.sidecar import Sidecar
from mediascream.database import Database, sqlite_url
from mediascream.library import reading
from mediascream.library.elapsed import DAY_MS
from mediascream.library.upgrade import KEPT, NEWEST
from mediascream.photo import PhotoId
from mediascream.recovery.copies import FOLDER as COPIES
from tests.e2e.kept import KeptInFolder, kept_in
from tests.e2e.pictures import write_jpegs
from tests.e2e.test_crash_at_every_step import OUTLIVED_IN_A_ROW, digest, originals
from tests.e2e.traced import Traced
from tests.made_first_version import archive_contents, make_library
from tests.seeds import SEED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mediascream.library.records import PhotoRecord
    from tests.e2e.kept import Kept
    from tests.e2e.running import Running

pytestmark = pytest.mark.survival
REFUSED = 1
PASSING = ("delivered_at", "checked_at", "attempts")
"""Of a receipt, what a second attempt has otherwise."""
PROVEN = {"bytes", "checksum"}
"""As good as each other: what a killed attempt had put into a bucket is read back, not put there once more."""


class CutShort(ABC):
    """Something that a server or a command does, each time begun on the same data folder and archive.

    Args:
        server: It is stopped.
        kept: Its archive, still empty.
        folder: Where the data folder is kept as each time begins with it.

    Attributes:
        command: What is run; `serve` where it is empty.
        first_steps: It takes more than that.
    """

    command: tuple[str, ...] = ()
    first_steps: int

    def __init__(self, server: Running, kept: Kept, folder: Path) -> None:
        self.server, self.kept, self.folder = server, kept, folder
        self.data = server.data

    def begin_here(self) -> None:
        """What is there now is what each time begins with."""
        shutil.copytree(self.data, self.folder)
        self.beginning = self.kept.read("")

    def put_in_place(self) -> None:
        """Begin as if nothing had been done yet."""
        shutil.rmtree(self.data)
        shutil.copytree(self.folder, self.data)
        self.kept.hold(self.beginning)

    def is_done(self) -> bool:
        """Whether a server has done all there was to do; a command ends by itself."""
        return False

    @abstractmethod
    def look(self, when: str) -> None:
        """What must be true of what a killed one left, before anything mends it."""

    @abstractmethod
    def end(self, when: str) -> None:
        """Do it again; then all is as it should be."""

    def run(self, *command: str) -> int:
        """A command to its end, unwatched."""
        self.server.under = ()
        self.server.launch(*command)
        assert self.server.process is not None
        return self.server.process.wait(timeout=120)

    def start(self) -> None:
        """The server, unwatched, until it has done all."""
        self.server.under = ()
        self.server.start()
        self.server.wait_until(self.is_done, 60, "what was begun did not come to its end")


def crash_at(steps: Iterable[int], case: CutShort) -> int:
    """For each k, each time anew; returns how often it was killed."""
    traced = Traced(case.server)
    killed = outlived = 0
    for step in steps:
        when = f"seed {SEED}, before step {step}"
        case.put_in_place()
        traced.launch(*case.command, kill_at=step)
        traced.wait_over(case.is_done)
        if traced.lives:
            case.server.kill()
            outlived += 1
        elif traced.ended == -signal.SIGKILL:
            killed, outlived = killed + 1, 0
        else:
            assert traced.ended == 0, f"{when}: {case.server.log_text()[-3000:]}"
            outlived += 1
        case.look(when)
        case.end(when)
        case.server.kill()
        if outlived == OUTLIVED_IN_A_ROW:
            break
    return killed


class UpgradedStart(CutShort):
    """A start on the data folder of the first version: migrations, a photo on its way, the first copy of the database."""

    first_steps = 100

    def __init__(self, server: Running, kept: Kept, folder: Path) -> None:
        super().__init__(server, kept, folder)
        make_library(self.data, kept.name)
        kept.hold(archive_contents(kept.name))
        self.before = originals(kept.read())
        self.begin_here()
        self.start()
        self.photos = told(server)
        self.after = originals(kept.read())
        server.kill()

    def is_done(self) -> bool:
        """The photo is safe, and the archive has a copy of the database."""
        states = rows(self.server, "SELECT DISTINCT state FROM deliveries")
        ended = bool(states) and {state for (state,) in states} <= {"delivered", "skipped"}
        return ended and not self.server.spool() and any(self.kept.keys(COPIES))

    def look(self, when: str) -> None:
        """The tables are the old ones or the new ones, with all photos; no original was touched."""
        assert self.server.rows("SELECT version_num FROM alembic_version") in ([("0002",)], [(NEWEST,)]), when
        assert self.server.rows("SELECT count(*) FROM photos") == [(4,)], when
        now = self.kept.read()
        assert self.before == {key: now[key] for key in self.before}, when

    def end(self, when: str) -> None:
        """Every photo is there as it was, and so is the old database."""
        self.start()
        assert told(self.server) == self.photos, when
        archive = self.kept.read()
        assert originals(archive) == self.after, when
        sidecars = [Sidecar.from_bytes(content).id for key, content in archive.items() if key.endswith(".json")]
        assert Counter(sidecars) == Counter([*self.photos]), when
        assert self.server.rows("SELECT version_num FROM alembic_version") == [(NEWEST,)], when
        beside = sorted(file.name for file in self.data.glob("mediascream.sqlite.*") if not file.name.endswith(".lock"))
        assert beside == [f"mediascream.sqlite{KEPT}0002"], when
        with closing(sqlite3.connect(self.data / beside[0])) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], when
            assert database.execute("SELECT count(*) FROM photos").fetchall() == [(4,)], when
        assert not list(self.data.glob(".copying-*")), when


class EmptiedTrash(CutShort):
    """A start that finds two photos which were in the trash for thirty days, beside one that was not."""

    first_steps = 40

    def __init__(self, server: Running, kept: Kept, folder: Path) -> None:
        super().__init__(server, kept, folder)
        fill(server, kept, photos=3, trashed=2)
        age_the_trash(server)
        self.begin_here()
        self.stays = {key: content for key, content in kept.read().items() if "IMG_00002" in key}
        (self.stayed,) = (photo_id for photo_id, purged in self._trash() if purged is None)

    def _trash(self) -> list[tuple[str, bool | None]]:
        """Each photo, and where it was thrown away whether it is a tombstone whose bytes are all gone."""
        found = rows(self.server, "SELECT id, deleted_at_ms IS NOT NULL, purged AND NOT emptying FROM photos")
        return [(photo_id, bool(purged) if deleted else None) for photo_id, deleted, purged in found]

    def is_done(self) -> bool:
        """Both are tombstones, and the sidecars were told."""
        purged = [purged for _, purged in self._trash()]
        return purged.count(True) == 2 and are_sidecars_told(self.server, self.kept)

    def look(self, when: str) -> None:
        """Whatever may still be restored has its bytes."""
        kept = {digest(content) for content in originals(self.kept.read()).values()}
        restorable = {photo_id for (photo_id,) in self.server.rows("SELECT id FROM photos WHERE NOT purged")}
        assert self.stayed in restorable <= kept, when

    def end(self, when: str) -> None:
        """Of the two the sidecars are left, and nothing else; the third is as it was."""
        self.start()
        archive = self.kept.read()
        assert {key: archive[key] for key in self.stays} == self.stays, when
        assert set(originals(archive)) == set(originals(self.stays)), when
        sidecars = {key: Sidecar.from_bytes(archive[key]) for key in archive if key.endswith(".json")}
        assert len(sidecars) == 3, when
        assert {one.id for one in sidecars.values() if one.deleted_at is None} == {self.stayed}, when
        renditions = {rendition_key(PhotoId(self.stayed), one) for one in Rendition}
        assert {*self.kept.keys(RENDITIONS)} == {*KeptInFolder(self.server).keys(RENDITIONS)} == renditions, when
        asked = self.server.http.post("/photos/check", json={"ids": [one.id for one in sidecars.values()]}).json()
        states = Counter(known["state"] for known in asked["known"].values())
        assert states == {"deleted": 2, "safe": 1}, when


class Recovery(CutShort):
    """A library whose database was lost, and what brings it back.

    Attributes:
        refuses_twice: It leaves a whole database alone that is there already, and says so.
        was_done: The killed one had nothing left to do but end.
    """

    refuses_twice = False
    was_done = False

    def __init__(self, server: Running, kept: Kept, folder: Path) -> None:
        super().__init__(server, kept, folder)
        fill(server, kept, photos=4, trashed=1)
        empty_the_trash(server, kept)
        server.wait_until(lambda: any(kept.keys(COPIES)), 60, "the database was not copied")
        self.photos = told(server)
        server.stop()
        self.records = records(self.data)
        self.archive = kept.read()
        for file in self.data.glob("mediascream.sqlite*"):
            file.unlink()
        self.begin_here()

    def look(self, when: str) -> None:
        """Half a library says so, and the archive was only read."""
        assert self.kept.read() == self.archive, when
        known = self._left("SELECT count(*) FROM photos")
        begun = self._left("SELECT 1 FROM facts WHERE name = 'rebuilding' AND value <> 'null'")
        owned = self._left("SELECT 1 FROM facts WHERE name = 'library_id'")
        self.was_done = bool(owned) and known == [(len(self.photos),)] and not begun
        assert begun or self.was_done or known in ([], [(0,)]), when

    def _left(self, query: str) -> list[tuple[Any, ...]]:
        """What a database holds once SQLite has mended it, asked of a copy so that the next run mends it, too."""
        with tempfile.TemporaryDirectory(dir=self.data.parent) as folder:
            for file in self.data.glob("mediascream.sqlite*"):
                shutil.copy(file, folder)
            with closing(sqlite3.connect(Path(folder) / "mediascream.sqlite")) as database, suppress(sqlite3.Error):
                return database.execute(query).fetchall()
        return []

    def end(self, when: str) -> None:
        """The same command brings all of it back, and the archive was only read."""
        expected = REFUSED if self.was_done and self.refuses_twice else 0
        assert self.run(*self.command) == expected, f"{when}: {self.server.log_text()[-3000:]}"
        assert records(self.data) == self.records, when
        assert self.kept.read() == self.archive, when
        assert not list(self.data.glob(".restoring-*")), when

    def conclude(self) -> None:
        """A server on what the last run left tells what the lost one told."""
        self.server.start()
        assert told(self.server) == self.photos


class Rebuilt(Recovery):
    """`rebuild`, from originals and sidecars alone."""

    command = ("rebuild", "--from", "archive")
    first_steps = 30


class Restored(Recovery):
    """`restore`, from the copy of the database in the archive."""

    command = ("restore",)
    refuses_twice = True
    first_steps = 30


class BetweenArchives(CutShort):
    """A library that leaves its folder for a bucket: three photos, one of them in the trash, and a tombstone.

    Attributes:
        old: The folder.
        had: What it held of originals and sidecars before.
        originals: What both may hold; together they must hold all of it.
    """

    def __init__(self, server: Running, kept: Kept, folder: Path) -> None:
        super().__init__(server, kept, folder)
        self.old = KeptInFolder(server)
        server.settings.clear()  # nobody has set the bucket yet
        fill(server, self.old, photos=4, trashed=1)
        empty_the_trash(server, self.old)
        throw_away(server, self.old, server.photos()[:1])
        server.stop()
        self.had = self.old.read()
        self.originals = originals(self.had)
        self.ids = {Sidecar.from_bytes(content).id for key, content in self.had.items() if key not in self.originals}
        kept.hold({})

    def has_moved(self) -> bool:
        """Every photo is proven to be in the bucket, and both archives were told."""
        copies = rows(self.server, "SELECT destination, state, proof FROM deliveries")
        arrived = [proof for name, state, proof in copies if (name, state) == (self.kept.name, "delivered")]
        told_both = all(are_sidecars_told(self.server, one) for one in (self.old, self.kept))
        return len(arrived) == len(self.originals) and PROVEN.issuperset(arrived) and told_both

    def look(self, when: str) -> None:
        """No original is in neither archive, nor the sidecar of a tombstone; and none is there by half."""
        old, new = self.old.read(), self.kept.read()
        for held in (originals(old), originals(new)):
            assert held.items() <= self.originals.items(), when
        there = {**old, **new}
        assert originals(there) == self.originals, when
        told = [Sidecar.from_bytes(content) for key, content in there.items() if key not in self.originals]
        assert {one.id for one in told} == self.ids, when
        assert len([one for one in told if one.deleted_at is not None]) == 2, when


class Moved(BetweenArchives):
    """A start with the bucket."""

    first_steps = 70
    is_done = BetweenArchives.has_moved

    def __init__(self, server: Running, kept: Kept, folder: Path) -> None:
        super().__init__(server, kept, folder)
        self.begin_here()
        self.put_in_place()
        self.start()
        self.photos = told(server)
        server.kill()

    def end(self, when: str) -> None:
        """All have arrived, once and with sidecars, and none has gone; of the tombstone the folder tells."""
        self.start()
        assert told(self.server) == self.photos, when
        self.look(when)
        new, old = self.kept.read(), self.old.read()
        assert set(new) == {*self.originals, *map(sidecar_key, self.originals)}, when
        assert (originals(new), set(old)) == (self.originals, set(self.had)), when


class Dropped(BetweenArchives):
    """`archive drop-old`, where all have arrived."""

    command = ("archive", "drop-old")
    first_steps = 50

    def __init__(self, server: Running, kept: Kept, folder: Path) -> None:
        super().__init__(server, kept, folder)
        server.start()
        server.wait_until(self.has_moved, 60, "the photos did not move")
        server.stop()
        self.begin_here()
        assert self.run(*self.command) == 0, server.log_text()[-3000:]
        self.records = records(self.data)

    def end(self, when: str) -> None:
        """The folder holds nothing any more, the bucket all, the tombstone too."""
        assert self.run(*self.command) == 0, f"{when}: {self.server.log_text()[-3000:]}"
        assert records(self.data) == self.records, when
        self.look(when)
        assert (self.old.read(), set(self.kept.read())) == ({}, set(self.had)), when

    def conclude(self) -> None:
        """The bucket alone brings all of it back."""
        shutil.rmtree(self.data)
        assert self.run("rebuild", "--from", "archive") == 0, self.server.log_text()[-3000:]
        assert records(self.data) == self.records


def fill(server: Running, kept: Kept, *, photos: int, trashed: int) -> None:
    """Photos that are safe, the first of them thrown away, in a server that is stopped again."""
    files = write_jpegs(server.data.parent / "photos", photos)
    sent = server.start().upload(*files, tags=["sea", "Sun"], description="At the shore")
    server.wait_safe()
    throw_away(server, kept, sent.json()["photos"][:trashed])
    server.stop()


def throw_away(server: Running, kept: Kept, photos: Iterable[Mapping[str, Any]]) -> None:
    """Into the trash, and the archive's sidecars tell it."""
    for photo in photos:
        assert server.http.delete(f"/photos/{photo['id']}").is_success
    server.wait_until(lambda: are_sidecars_told(server, kept), 60, "sidecars stayed behind")


def empty_the_trash(server: Running, kept: Kept) -> None:
    """Start the server after thirty-one days; what it had in the trash is a tombstone then."""
    age_the_trash(server)
    server.start()
    trash = "SELECT 1 FROM photos WHERE deleted_at_ms IS NOT NULL AND (emptying OR NOT purged)"
    server.wait_until(lambda: not rows(server, trash), 60, "no tombstone was made")
    server.wait_until(lambda: are_sidecars_told(server, kept), 60, "sidecars stayed behind")


def are_sidecars_told(server: Running, kept: Kept) -> bool:
    """Whether the archive's sidecars tell all that the database knows."""
    behind = "SELECT 1 FROM photos JOIN deliveries ON photo = number WHERE sidecar_stored < sidecar_wanted"
    return not rows(server, f"{behind} AND destination = '{kept.name}'")


def age_the_trash(server: Running) -> None:
    """Let thirty-one days pass for what is in it."""
    with closing(sqlite3.connect(server.data / "mediascream.sqlite")) as database, database:
        database.execute("UPDATE photos SET trash_since_ms = ? WHERE deleted_at_ms IS NOT NULL", (-31 * DAY_MS,))


def rows(server: Running, query: str) -> list[tuple[Any, ...]]:
    """What a database holds; nothing while it is being made, or has not these tables yet."""
    try:
        return server.rows(query)
    except sqlite3.OperationalError:
        return []


def told(server: Running) -> dict[str, Mapping[str, Any]]:
    """All that the API tells of every photo, the trash too, but for when and how often something was tried."""
    found = [*server.photos(), *server.photos(state="deleted")]
    for photo in found:
        photo["receipts"] = [
            {name: value for name, value in one.items() if name not in PASSING} | {"proof": one["proof"] in PROVEN}
            for one in photo["receipts"]
        ]
    return {photo["id"]: photo for photo in found}


def records(data: Path) -> dict[str, PhotoRecord]:
    """All that a database says of every photo, but for what is its own: numbers, and what is still to be done there."""
    own: dict[str, Any] = {"number": 0, "sidecar_wanted": 0, "emptying": False, "rendition_digests": {}}
    with closing(Database(sqlite_url(data / "mediascream.sqlite"))) as database, database.reading() as connection:
        numbers = [number for (number,) in connection.exec_driver_sql("SELECT number FROM photos")]
        return {photo.id: replace(photo, **own) for photo in reading.get_by_numbers(connection, numbers)}


@pytest.fixture
def kept(where: str, stopped: Running, request: pytest.FixtureRequest) -> Kept:
    return kept_in(where, stopped, request)


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (UpgradedStart, "folder"),
        (EmptiedTrash, "bucket"),
        pytest.param(Dropped, "bucket", marks=pytest.mark.long),
        pytest.param(Rebuilt, "folder", marks=pytest.mark.long),
    ],
)
def test_killed_before_one_step_it_is_done_by_the_next(
    kind: type[CutShort], kept: Kept, stopped: Running, tmp_path: Path
) -> None:
    case = kind(stopped, kept, tmp_path / "base")
    assert crash_at([random.Random(SEED).randrange(1, kind.first_steps)], case) == 1


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "where"),
    [
        *itertools.product([UpgradedStart, EmptiedTrash, Rebuilt, Restored], ["folder", "bucket"]),
        (Moved, "bucket"),
        (Dropped, "bucket"),
    ],
)
def test_killed_before_any_step_it_is_done_by_the_next(
    kind: type[CutShort], kept: Kept, stopped: Running, tmp_path: Path
) -> None:
    case = kind(stopped, kept, tmp_path / "base")
    assert crash_at(itertools.count(1), case) > kind.first_steps
    if isinstance(case, Recovery | Dropped):
        case.conclude()
