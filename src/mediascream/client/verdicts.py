"""Whether files may be deleted on the laptop: what the server can vouch for, and nothing more.

Careful on purpose: hidden files count, since deleting a folder deletes them too; a file that is no photo
was never kept anywhere; and a file that cannot be read is not called safe.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from mediascream import wire
from mediascream.client.fingerprint import Hashed
from mediascream.client.reading import read_all
from mediascream.client.walk import IN_THE_CLOUD, PassedOver, Unreadable
from mediascream.client.words import shown_receipt, unfinished
from mediascream.photo import PhotoState

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from mediascream.client.patience import Persistence
    from mediascream.client.reading import Read
    from mediascream.client.server import Server
    from mediascream.photo import PhotoId
    from mediascream.wire import Known

_TOGETHER: Final = 500
_MOST_REASONS: Final = 100
"""For so many photos the server is asked why; a reason for each of a hundred thousand would be the same one."""


class Verdict(StrEnum):
    """The three answers of the contract."""

    SAFE = "SAFE"
    NOT_YET = "NOT YET"
    NEVER_SEEN = "NEVER SEEN"


@dataclass(frozen=True, slots=True)
class Judged:
    """A file, and what may be done with it."""

    path: str
    verdict: Verdict
    why: str | None = None
    id: PhotoId | None = None


class Judge:
    """Gives verdicts.

    Args:
        persistence: One blink of the network must not spoil an hour of reading.
        everywhere: Ask for the end of each delivery too, not only for the archive.
        deep: Have the archive copies read again first.
    """

    def __init__(self, server: Server, persistence: Persistence, *, everywhere: bool, deep: bool) -> None:
        self._server = server
        self._persistence = persistence
        self._everywhere = everywhere
        self._deep = deep
        self._reasons_left = _MOST_REASONS

    def judge(self, paths: Iterable[str]) -> Generator[Judged]:
        """A verdict for each file under `paths`, in order."""
        with closing(read_all(paths, hidden=True)) as files:
            yield from self.judge_read(files)

    def judge_read(self, files: Iterator[Read]) -> Iterator[Judged]:
        """A verdict for each file that was hashed already, in order."""
        while batch := list(islice(files, _TOGETHER)):
            ids = list(dict.fromkeys(file.id for file in batch if isinstance(file, Hashed)))
            known = self._persistence.ask(partial(self._server.check, ids, deep=self._deep)) if ids else {}
            yield from (self._judge(file, known) for file in batch)

    def _judge(self, file: Read, known: dict[PhotoId, Known]) -> Judged:
        match file:
            case Unreadable(path, why):
                return Judged(path, Verdict.NOT_YET, why)
            case PassedOver(path, code, why):
                return Judged(path, Verdict.NOT_YET if code == IN_THE_CLOUD else Verdict.NEVER_SEEN, why)
            case Hashed(path, _, photo_id):
                status = known.get(photo_id)
                if status is None:
                    return Judged(path, Verdict.NEVER_SEEN, id=photo_id)
                return self._judge_known(path, photo_id, status)

    def _judge_known(self, path: str, photo_id: PhotoId, status: Known) -> Judged:
        why = self._why_not(photo_id, status)
        return Judged(path, Verdict.SAFE if why is None else Verdict.NOT_YET, why, photo_id)

    def _why_not(self, photo_id: PhotoId, status: Known) -> str | None:
        """None where the photo is safe enough for what was asked."""
        if status.state is PhotoState.DELETED:
            return "it is in the trash there"
        if status.archived and (status.state is PhotoState.SAFE or not self._everywhere):
            return None
        return self._ask_why(photo_id) or self._in_general(status)

    def _in_general(self, status: Known) -> str:
        """Why not, where no receipt says it: all are fine, or may not be seen."""
        if status.archived:
            return "not every copy has reached its end"
        return (
            "no whole copy of it could be read in the archive just now"
            if self._deep
            else "it is not in the archive yet"
        )

    def _ask_why(self, photo_id: PhotoId) -> str:
        if not self._reasons_left:
            return ""
        self._reasons_left -= 1
        seen = self._persistence.ask(lambda: self._server.photo(photo_id))
        if not isinstance(seen, wire.Photo):
            return ""
        return ", ".join(shown_receipt(receipt) for receipt in unfinished(seen.receipts, everywhere=self._everywhere))
