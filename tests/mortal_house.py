"""A house that dies at the n-th thing it does: a commit, or an act on its archive or a service; before or after it.

What it did is kept, what it was about to do is not, and no job hears of it. `restart` begins as a start does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from mediascream.archive.folder import FolderArchive
from mediascream.database import Database, sqlite_url
from mediascream.delivery.purge import empty_trash
from mediascream.delivery.reconcile import reconcile
from mediascream.destinations.memory import MemoryDestination
from mediascream.housekeeping import LONGEST_DELAY
from mediascream.intake.sweep import sweep
from mediascream.photo import DestinationName
from tests.fakes.todo_list import TodoList
from tests.house import House

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    import sqlalchemy as sa

    from mediascream.archive.base import Finding, Stored
    from mediascream.destinations.base import Attempt, Delivered, Outgoing
    from mediascream.errors import DeliveryError
    from mediascream.photo import PhotoId

    T = TypeVar("T")

FLICKR = DestinationName.FLICKR


class Killed(BaseException):
    """No `except Exception` of ours may see the end of the process."""


@dataclass
class Fate:
    """Counts what is done.

    Attributes:
        left: Things until the end; none is planned where it is 0.
    """

    left: int = 0

    def step(self) -> None:
        """One more; the last is fatal."""
        if self.left > 0:
            self.left -= 1
            if self.left == 0:
                raise Killed

    def around(self, act: Callable[[], T]) -> T:
        """Do it, with a chance to die before and after."""
        self.step()
        result = act()
        self.step()
        return result


class MortalDatabase(Database):
    """Dies before a commit or after one, never in it."""

    fate: Fate

    def write(self, act: Callable[[sa.Connection], T]) -> T:
        return self.fate.around(lambda: super(MortalDatabase, self).write(act))


class MortalArchive(FolderArchive):
    """Also fails where it is told to.

    Attributes:
        trouble: What every look and every put ends with, while there is one.
    """

    def __init__(self, root: Path, fate: Fate) -> None:
        super().__init__(root)
        self.fate = fate
        self.trouble: DeliveryError | None = None

    def examine(self) -> Sequence[Finding]:
        if self.trouble is not None:
            raise self.trouble
        return super().examine()

    def put_original(self, key: str, source: Path, *, photo_id: PhotoId, size_bytes: int, media_type: str) -> Stored:
        if self.trouble is not None:
            raise self.trouble
        put = super().put_original
        return self.fate.around(
            lambda: put(key, source, photo_id=photo_id, size_bytes=size_bytes, media_type=media_type)
        )

    def replace_original(
        self, key: str, source: Path, *, photo_id: PhotoId, size_bytes: int, media_type: str, aside: str
    ) -> Stored:
        heal = super().replace_original
        return self.fate.around(
            lambda: heal(key, source, photo_id=photo_id, size_bytes=size_bytes, media_type=media_type, aside=aside)
        )

    def put_document(self, key: str, content: bytes, *, media_type: str = "application/json") -> None:
        put = super().put_document
        self.fate.around(lambda: put(key, content, media_type=media_type))

    def delete(self, key: str) -> None:
        delete = super().delete
        self.fate.around(lambda: delete(key))


class MortalService(MemoryDestination):
    """A service that the house may die while talking to."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.fate = fate

    def deliver(self, photo: Outgoing, attempt: Attempt) -> Delivered:
        deliver = super().deliver
        return self.fate.around(lambda: deliver(photo, attempt))

    def read_original(self, remote_id: str) -> Generator[bytes]:
        for chunk in super().read_original(remote_id):
            self.fate.step()
            yield chunk


class MortalHouse(House):
    """A house with a folder and a service in memory that goes by Flickr's name."""

    def __init__(self, folder: Path) -> None:
        self.fate = Fate()
        self.flickr = MortalService(self.fate)
        self.folder_archive = MortalArchive(folder / "archive", self.fate)
        super().__init__(folder, archives={DestinationName.FOLDER: self.folder_archive}, services={FLICKR: self.flickr})
        self._move_in()

    def _move_in(self) -> None:
        seal = self.database.engine.get_execution_options().get("mediascream_seal")
        self.database.close()
        mortal = MortalDatabase(sqlite_url(self.folder / "db"), seal=seal)
        mortal.fate = self.fate
        self.database, self.todo = mortal, TodoList(mortal, lambda: self.now)
        self.build()

    def dying(self, steps: int, act: Callable[[], object]) -> bool:
        """Do something, and die after so many steps where it takes that many; then start anew. Whether it died."""
        self.fate.left = steps
        try:
            act()
        except Killed:
            self.restart()
            return True
        finally:
            self.fate.left = 0
        return False

    def restart(self) -> None:
        """What a start does before it takes anything in."""
        self.fate.left = 0
        self._move_in()
        self.todo.recover()
        sweep(self.spool, self.database, self.acceptance)

    def chores(self) -> None:
        """What is done each hour."""
        self.todo.heed_clock(self.now, longest=LONGEST_DELAY)
        reconcile(self.work)
        empty_trash(self.work, self.elapsed)

    def settle(self) -> None:
        """Everything that can come to its end does."""
        self.chores()
        while self.run():
            self.chores()
