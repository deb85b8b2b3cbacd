"""The list of what is looked at, one round after the other; each in a thread of its own, with a limit of time.

A round tells what it finds as it finds it. One that fails or takes too long is itself a finding, and ends no other.
Nothing here changes a photo, a row or a setting: scratch objects and files are made and removed again.
"""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from mediascream.doctor.findings import Finding, problem
from mediascream.errors import MediascreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_TROUBLES: Final = (MediascreamError, OSError, sa.exc.SQLAlchemyError)


@dataclass(frozen=True, slots=True)
class Round:
    """One thing to look at.

    Attributes:
        about: The word of its findings, where it does not get to make any.
        doing: What is shown meanwhile: `looking at the bucket`.
        limit_s: After so long it is given up; its thread stays behind.
    """

    about: str
    doing: str
    look: Callable[[], Iterable[Finding]]
    limit_s: float = 30.0


class Rounds:
    """Makes rounds.

    Attributes:
        left_behind: Whether one did not end in time; then only the end of the process ends its thread.
    """

    def __init__(self) -> None:
        self.left_behind = False

    def make(self, round_: Round) -> Iterator[Finding]:
        """The findings of one round, as they come."""
        told: queue.SimpleQueue[Finding | BaseException | None] = queue.SimpleQueue()
        threading.Thread(target=_tell, args=(round_, told), name=round_.about, daemon=True).start()
        ends_s = time.monotonic() + round_.limit_s
        while True:
            try:
                found = told.get(timeout=max(0.0, ends_s - time.monotonic()))
            except queue.Empty:
                self.left_behind = True
                yield _too_long(round_)
                return
            if found is None:
                return
            if isinstance(found, BaseException):
                raise found
            yield found


def _tell(round_: Round, told: queue.SimpleQueue[Finding | BaseException | None]) -> None:
    try:
        for finding in round_.look():
            told.put(finding)
    except _TROUBLES as error:
        told.put(problem(round_.about, _sentence(error), "mend that, and ask again"))
    except BaseException as error:  # noqa: BLE001 - a thread's own error belongs to who waits for it
        told.put(error)
    told.put(None)


def _sentence(error: Exception) -> str:
    if isinstance(error, sa.exc.DBAPIError):
        return f"it cannot be used: {str(error.orig).strip().partition(chr(10))[0]}"
    return str(error).partition("\n")[0]


def _too_long(round_: Round) -> Finding:
    seen = f"{round_.doing} did not end within {round_.limit_s:.0f} s, and was given up"
    return problem(round_.about, seen, "look whether the disk or the network hangs, and ask again")
