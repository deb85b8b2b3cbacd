"""How each file of an upload ended, and how the endings add up to an exit code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediascream.photo import PhotoId


class FileState(StrEnum):
    """Every file that was found ends in exactly one of these."""

    UPLOADED = "uploaded"
    DUPLICATE = "duplicate"
    """The server had these bytes already."""
    DELETED = "deleted"
    """The server had these bytes, and they are in the trash there; they stay there."""
    IGNORED = "ignored"
    """No photo or video."""
    FAILED = "failed"


class Waited(StrEnum):
    """How waiting for one photo ended (`--wait`)."""

    SAFE = "safe"
    ATTENTION = "attention"
    DELETED = "deleted"
    TIMEOUT = "timeout"


class ExitCode(IntEnum):
    """What a command tells the shell."""

    ALL_WELL = 0
    COULD_NOT_RUN = 1
    WRONG_USAGE = 2
    SOME_FAILED = 3
    NOT_ALL_SAFE = 4
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file ended.

    Attributes:
        path: As the walk met it; undecodable bytes are surrogate escapes.
        code: A stable word for why, where there is a why: `not-a-photo`, `unreadable`, …
        detail: The same as a sentence for a person; also a remark on a file that did not fail.
        waited: None where nothing was waited for.
    """

    path: str
    state: FileState
    size_bytes: int = 0
    id: PhotoId | None = None
    code: str | None = None
    detail: str | None = None
    waited: Waited | None = None


@dataclass(slots=True)
class Tally:
    """Counts of outcomes; the files of all states together are the files that were found."""

    files: Counter[FileState] = field(default_factory=Counter)
    size_bytes: Counter[FileState] = field(default_factory=Counter)
    codes: Counter[tuple[FileState, str]] = field(default_factory=Counter)
    waited: Counter[Waited] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count one more file."""
        self.files[outcome.state] += 1
        self.size_bytes[outcome.state] += outcome.size_bytes
        if outcome.code is not None:
            self.codes[outcome.state, outcome.code] += 1

    def add_waited(self, outcome: Outcome) -> None:
        """Count how waiting for a file ended, if it was waited for."""
        if outcome.waited is not None:
            self.waited[outcome.waited] += 1

    @property
    def total_files(self) -> int:
        """All files that have ended."""
        return self.files.total()

    def exit_code(self) -> ExitCode:
        """A file that failed weighs more than one that is not safe yet: the one needs a person, the other may not."""
        if self.files[FileState.FAILED]:
            return ExitCode.SOME_FAILED
        if self.waited.total() > self.waited[Waited.SAFE]:
            return ExitCode.NOT_ALL_SAFE
        return ExitCode.ALL_WELL
