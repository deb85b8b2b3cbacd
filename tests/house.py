"""The rooms behind the door, put together for tests: real database and archives, and a clock that is ours.

Jobs are done one after the other by `run`, so nothing here is a matter of chance or of time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mediascream.archive.folder import FolderArchive
from mediascream.archive.marker import claim
from mediascream.archive.sidecar import Sidecar
from mediascream.database import Database, sqlite_url
from mediascream.delivery.audit import Auditor
from mediascream.delivery.deliver import Deliverer
from mediascream.delivery.derivatives import Derivatives
from mediascream.delivery.keep import Keeper
from mediascream.delivery.originals import Originals
from mediascream.delivery.plan import plan_deliveries
from mediascream.delivery.purge import Purges
from mediascream.delivery.rescue import Rescue
from mediascream.delivery.sidecars import Sidecars
from mediascream.delivery.troubles import Troubles
from mediascream.delivery.work import Work
from mediascream.destinations.memory import MemoryDestination
from mediascream.errors import ArchiveForeign, DestinationBlocked, NoRendition
from mediascream.intake.accept import Acceptance
from mediascream.library import photos, reading, standing
from mediascream.library.elapsed import Elapsed, Reading
from mediascream.library.moments import to_ms
from mediascream.library.records import Edit, NewPhoto, Outcome
from mediascream.media_types import JPEG
from mediascream.photo import SERVICES, DeliveryState, DestinationName, Metadata, PhotoId
from mediascream.pipeline import Pipeline
from mediascream.processing.sandbox import Decoders
from mediascream.processing.sandbox import Outcome as Decoded
from mediascream.sealing import Seal
from tests.fakes.todo_list import TodoList
from tests.made_databases import put_database

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    import sqlalchemy as sa

    from mediascream.archive.base import Archive
    from mediascream.destinations.base import Destination
    from mediascream.library.records import PhotoRecord, Plan
    from mediascream.photo import MediaType, Receipt

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIBRARY = "the-library"
PATIENCE = timedelta(days=2)


class StillDecoders(Decoders):
    """Finds nothing in a file and makes no pictures; `before` is called with each file and may raise.

    Attributes:
        converted: How many JPEGs were made.
        unconvertible: Why none can be made.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[Path], None] = lambda _path: None
        self.looked_at: list[Path] = []
        self.converted = 0
        self.unconvertible = ""

    def decode(self, path: Path, media_type: MediaType, *, into: Path | None, stem: str) -> Decoded:
        """Nothing, or what `before` raises where pictures are wanted."""
        self.looked_at.append(path)
        if into is not None:
            self.before(path)
        return Decoded(Metadata(camera="Box"), problem="no pictures are made here")

    def convert(self, path: Path, media_type: MediaType, *, into: Path) -> None:
        """A JPEG of a few bytes, another one each time."""
        self.converted += 1
        if self.unconvertible:
            raise NoRendition(self.unconvertible)
        into.write_bytes(b"\xff\xd8\xff made of " + path.read_bytes()[:10] + str(self.converted).encode())


@dataclass
class House:
    """A library on `folder`, with what is needed to bring photos to its archives and services.

    Attributes:
        archives: The present one first; the folder where none is given.
        services: Those that are set up.
        now: What every part takes for the present moment.
        boot: Which run of the machine it is, and `up` how long that lasts.
    """

    folder: Path
    archives: dict[DestinationName, Archive] = field(default_factory=dict)
    services: dict[DestinationName, Destination] = field(default_factory=dict)
    now: datetime = START
    boot: str = "this run"
    up: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.spool = self.folder / "spool"
        self.spool.mkdir(parents=True, exist_ok=True)
        if not self.archives:
            self.archives[DestinationName.FOLDER] = FolderArchive(self.folder / "archive")
        put_database(self.folder / "db")
        self.database = Database(sqlite_url(self.folder / "db"), seal=Seal(self.folder / "secret.key"))
        self.todo = TodoList(self.database, lambda: self.now)
        self.decoders = StillDecoders()
        self.contacts = 0
        self.build()
        for name in self.archives:
            self.keeper.contact(name)

    def build(self) -> None:
        """Put the parts together, as each start does."""
        self.work = Work(
            self.database, self.todo, tuple(self.archives), lambda: self.now, connected=lambda: self.connected
        )
        self.originals = Originals(self.spool, self.archives)
        rescue = Rescue(self.services, self.originals)
        self.keeper = Keeper(
            self.work, self.originals, self.archives, contact=self._contact, renditions=self.folder, rescue=rescue
        )
        self.derivatives = Derivatives(self.originals, self.decoders)
        self.deliverer = Deliverer(
            self.work, self.keeper, self.services, derivatives=self.derivatives, dice=lambda: 0.5
        )
        sidecars = Sidecars(self.work, self.keeper)
        self.auditor = Auditor(
            self.work, self.keeper, deliverer=self.deliverer, sidecars=sidecars, services=self.services
        )
        self.elapsed = Elapsed(lambda: Reading(self.boot, int(self.up.total_seconds() * 1000), to_ms(self.now)))
        self.pipeline = Pipeline(
            self.work,
            self.originals,
            deliverer=self.deliverer,
            sidecars=sidecars,
            troubles=Troubles(self.work, self.keeper, self.services),
            purges=Purges(self.work, self.keeper, self.folder),
            decoders=self.decoders,
            renditions=self.folder,
        )
        self.acceptance = Acceptance(self.plan, self.work.follow)

    def close(self) -> None:
        """Let go of the database and the archives."""
        self.database.close()
        for archive in self.archives.values():
            archive.close()

    @property
    def archive(self) -> Archive:
        """The present one."""
        return next(iter(self.archives.values()))

    @property
    def connected(self) -> Collection[DestinationName]:
        """The services that are connected."""
        return {name for name, service in self.services.items() if service.connected}

    def plan(self, skip: Collection[DestinationName]) -> list[Plan]:
        """As the hub plans."""
        return plan_deliveries(archive=self.archive.name, services=SERVICES, connected=self.connected, skip=skip)

    def send(
        self,
        content: bytes,
        *,
        name: str = "DSC00647.JPG",
        skip: Collection[DestinationName] = (),
        tags: tuple[str, ...] = (),
        restore: bool = False,
        photo_id: str | None = None,
        media_type: MediaType = JPEG,
    ) -> tuple[PhotoId, Outcome]:
        """What an upload does: the file into the spool, then the row. `photo_id` forges an id."""
        new = NewPhoto(
            id=PhotoId(photo_id or hashlib.sha256(content).hexdigest()),
            file_name=name,
            media_type=media_type.name,
            ending=media_type.ending,
            kind=media_type.kind,
            size_bytes=len(content),
            added_at=self.now,
            tags=tags,
            skip=frozenset(skip),
        )
        (self.spool / new.id).write_bytes(content)
        accepted = self.database.write(lambda connection: self.acceptance.accept(connection, [new], restore=restore))[0]
        if not accepted.photo.spooled:
            (self.spool / new.id).unlink()
        return new.id, accepted.outcome

    def run(self, *, wait: bool = True, most: int = 5000) -> int:
        """Do what is to be done until nothing is left; with `wait`, the clock moves on to what is delayed.

        Returns how many jobs were done. Waits of more than two days are not waited for.
        """
        end, done, handlers = self.now + PATIENCE, 0, self.pipeline.handlers()
        while done < most:
            job = self.todo.next()
            if job is not None:
                self.todo.do(handlers, job)
                done += 1
                continue
            due = self.todo.next_due()
            if not wait or due is None or datetime.fromtimestamp(due, UTC) > end:
                return done
            self.now = max(self.now, datetime.fromtimestamp(due, UTC))
        msg = f"there is still something to do after {most} jobs"
        raise AssertionError(msg)

    def step(self, kind: str = "") -> None:
        """Do the next job that is due, which must be of this kind."""
        job = self.todo.next()
        assert job is not None
        assert kind in {"", job.kind}, job
        self.todo.do(self.pipeline.handlers(), job)

    def act(self, change: Callable[[sa.Connection], object]) -> None:
        """Change something by hand."""
        self.database.write(lambda connection: change(connection) and None)

    def trash(self, photo_id: PhotoId) -> None:
        """As `DELETE` does."""
        self.database.write(lambda connection: photos.trash(connection, photo_id, self.now))
        self.follow(photo_id)

    def restore(self, photo_id: PhotoId) -> None:
        """As a person does who looks into the trash."""
        self.database.write(lambda connection: photos.untrash(connection, photo_id, self.plan(())))
        self.follow(photo_id)

    def purge(self, photo_id: PhotoId) -> None:
        """What is left after thirty days."""
        for receipt in self.photo(photo_id).receipts:
            if receipt.destination in self.archives and receipt.remote_id:
                self.archives[receipt.destination].delete(receipt.remote_id)
        self.database.write(lambda connection: photos.purge(connection, photo_id))
        self.follow(photo_id)

    def tag(self, photo_id: PhotoId, *tags: str) -> None:
        """As `PATCH` does."""
        self.database.write(lambda connection: photos.edit(connection, photo_id, Edit({"tags": tags})))
        self.follow(photo_id)

    def follow(self, photo_id: PhotoId) -> None:
        """What whoever changed a photo does next."""
        number = self.photo(photo_id).number
        self.database.write(lambda connection: self.work.follow(connection, number))

    def photo(self, photo_id: PhotoId) -> PhotoRecord:
        """All that is known of a photo."""
        with self.database.reading() as connection:
            found = reading.get(connection, photo_id)
        assert found is not None
        return found

    def receipt(self, photo_id: PhotoId, name: DestinationName = DestinationName.FOLDER) -> Receipt:
        """The receipt of one delivery."""
        return next(receipt for receipt in self.photo(photo_id).receipts if receipt.destination is name)

    def state(self, photo_id: PhotoId, name: DestinationName = DestinationName.FOLDER) -> DeliveryState:
        """The state of one delivery."""
        return self.receipt(photo_id, name).state

    def counts(self, name: DestinationName) -> dict[DeliveryState, int]:
        """How many deliveries to a destination are in which state."""
        with self.database.reading() as connection:
            return standing.counts(connection).get(name, {})

    def standing(self, name: DestinationName) -> standing.Standing:
        """How a destination stands."""
        with self.database.reading() as connection:
            return standing.standing(connection, name)

    def spooled(self) -> list[str]:
        """What lies in the spool."""
        return sorted(path.name for path in self.spool.iterdir() if path.is_file())

    def sidecar(self, photo_id: PhotoId, name: DestinationName = DestinationName.FOLDER) -> Sidecar:
        """What an archive was told of a photo."""
        key = self.receipt(photo_id, name).remote_id
        return Sidecar.from_bytes(self.archives[name].read_document(f"{key}.json"))

    def original(self, photo_id: PhotoId, name: DestinationName = DestinationName.FOLDER) -> bytes:
        """What an archive holds of a photo."""
        return b"".join(self.archives[name].read(str(self.receipt(photo_id, name).remote_id)))

    def _contact(self, archive: Archive) -> None:
        self.contacts += 1
        archive.examine()
        known = self.counts(archive.name).get(DeliveryState.DELIVERED, 0) > 0
        try:
            claim(archive, LIBRARY, knows_originals=known)
        except ArchiveForeign as error:
            raise DestinationBlocked(error.detail, reason=error.code) from error


def with_flickr(folder: Path, *, connected: bool = True) -> tuple[House, MemoryDestination]:
    """A house with a folder archive, and a service in memory that goes by Flickr's name."""
    flickr = MemoryDestination(connected=connected)
    return House(folder, services={DestinationName.FLICKR: flickr}), flickr
