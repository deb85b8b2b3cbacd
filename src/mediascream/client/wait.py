"""Waiting until photos are safe (`--wait`), without holding all of them in memory."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, Self, TextIO

from mediascream.client.outcome import FileState, Outcome, Waited
from mediascream.photo import PhotoId, PhotoState
from mediascream.wire import CHECK_MAX_IDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from mediascream.client.patience import Persistence
    from mediascream.client.server import Server
    from mediascream.wire import Known

_SENT: Final = frozenset({FileState.UPLOADED, FileState.DUPLICATE})
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 3.0
_ENDS: Final = {
    PhotoState.SAFE: Waited.SAFE,
    PhotoState.ATTENTION: Waited.ATTENTION,
    PhotoState.DELETED: Waited.DELETED,
}


class Shelf:
    """Outcomes that are to be waited for, kept in a temporary file."""

    def __init__(self) -> None:
        self._file: TextIO = tempfile.TemporaryFile("w+", encoding="ascii")  # noqa: SIM115  (closed by __exit__)
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._file.close()

    def put(self, outcome: Outcome) -> bool:
        """Keep an outcome if its photo is one to wait for; False for the others."""
        if outcome.state not in _SENT:
            return False
        row = (outcome.path, outcome.state, outcome.size_bytes, outcome.id, outcome.code, outcome.detail)
        self._file.write(json.dumps(row) + "\n")
        self.count += 1
        return True

    def batches(self) -> Iterator[list[Outcome]]:
        """All of them, in the order they were put."""
        self._file.seek(0)
        while lines := list(islice(self._file, CHECK_MAX_IDS)):
            yield [_outcome(json.loads(line)) for line in lines]


def _outcome(row: tuple[str, str, int, str, str | None, str | None]) -> Outcome:
    path, state, size_bytes, photo_id, code, detail = row
    return Outcome(path, FileState(state), size_bytes, PhotoId(photo_id), code, detail)


def without_waiting(outcome: Outcome) -> Outcome:
    """An outcome that waiting would not change; a photo in the trash is not safe, and that is its end."""
    return replace(outcome, waited=Waited.DELETED) if outcome.state is FileState.DELETED else outcome


@dataclass(frozen=True, slots=True)
class Wait:
    """Asks again and again how photos stand.

    Attributes:
        timeout_s: For all of them together, from the first question on; None for ever.
    """

    server: Server
    persistence: Persistence
    clock: Callable[[], float]
    timeout_s: float | None = None

    def settle(self, batches: Iterable[list[Outcome]]) -> Iterator[list[Outcome]]:
        """The outcomes with how the waiting ended, as it ends; an empty list where nothing has ended since."""
        deadline = None if self.timeout_s is None else self.clock() + self.timeout_s
        for batch in batches:
            pause_s, left = _FIRST_PAUSE_S, batch
            while left:
                ended, left = self._look(left, late=deadline is not None and self.clock() >= deadline)
                yield ended
                if left:
                    self.persistence.crew.pause(pause_s)
                    pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)

    def _look(self, outcomes: list[Outcome], *, late: bool) -> tuple[list[Outcome], list[Outcome]]:
        """Which have ended, and which are left."""
        ids = list({outcome.id: None for outcome in outcomes if outcome.id is not None})
        known = self.persistence.ask(lambda: self.server.check(ids))
        ended, left = [], []
        for outcome in outcomes:
            end = _end(outcome, known)
            if end is None and not late:
                left.append(outcome)
            else:
                ended.append(replace(outcome, waited=end or Waited.TIMEOUT))
        return ended, left


def _end(outcome: Outcome, known: dict[PhotoId, Known]) -> Waited | None:
    """A photo that the server does not know any more needs a person; it was there a moment ago."""
    if outcome.id is None or outcome.id not in known:
        return Waited.ATTENTION
    return _ENDS.get(known[outcome.id].state)
