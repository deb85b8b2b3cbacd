"""What a person sees of an upload while it runs, and the sum at its end.

On a terminal a bar is drawn over and over; elsewhere a plain line comes now and then. Files that need
a person's eye are named as they end, up to a number: a hundred thousand equal lines help nobody.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from mediascream.client.outcome import FileState, Waited
from mediascream.client.walk import IN_THE_CLOUD
from mediascream.client.words import shown, shown_count, shown_size, shown_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mediascream.client.outcome import Outcome, Tally
    from mediascream.client.progress import Progress

_MOST_LINES: Final = 20
_LINE_EVERY_S: Final = 10.0
_BAR_WIDTH: Final = 40


class Report(Protocol):
    """Where a run tells what happens."""

    def line(self, text: str) -> None:
        """Something that stays."""

    def draw(self, progress: Progress, now_s: float) -> None:
        """How far it is now; called ten times a second."""

    def close(self) -> None:
        """Leave the screen in order; may be called twice."""


class LineReport:
    """For logs and pipes."""

    def __init__(self, console: Console, *, now_s: float) -> None:
        self._console = console
        self._next_s = now_s + _LINE_EVERY_S

    def line(self, text: str) -> None:
        """Print it."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def draw(self, progress: Progress, now_s: float) -> None:
        """Print a line if the last one is old enough."""
        if now_s >= self._next_s:
            self._next_s = now_s + _LINE_EVERY_S
            self.line(" · ".join(filter(None, (progress.sentence, progress.states()))))

    def close(self) -> None:
        """Nothing is open."""


class ScreenReport:
    """A bar at the bottom of a terminal, with lines above it."""

    def __init__(self, console: Console) -> None:
        self._live = Live(
            console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self._live.start()

    def line(self, text: str) -> None:
        """Print it above the bar."""
        self._live.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def draw(self, progress: Progress, now_s: float) -> None:
        """Draw the bar anew."""
        fraction = progress.fraction
        bar = ProgressBar(
            total=None if fraction is None else 1.0,
            completed=fraction or 0,
            width=_BAR_WIDTH,
            pulse=fraction is None,
            animation_time=now_s,
        )
        line = Table.grid()  # a bar alone does not end its line
        line.add_row(bar)
        states = Text(progress.states(), style="dim", no_wrap=True, overflow="ellipsis")
        sentence = Text(progress.sentence)
        self._live.update(Group(line, sentence, states), refresh=True)

    def close(self) -> None:
        """Wipe the bar away."""
        self._live.stop()


def report_on(console: Console, *, plain: bool, now_s: float) -> Report:
    """The report that suits where the console leads."""
    return ScreenReport(console) if console.is_terminal and not plain else LineReport(console, now_s=now_s)


class Naming:
    """Names the files that need a person's eye, and says once when it stops naming those of one reason."""

    def __init__(self) -> None:
        self._named: Counter[tuple[FileState | Waited, str | None]] = Counter()

    def lines(self, outcomes: Iterable[Outcome]) -> Iterator[str]:
        """What to print of these."""
        for outcome in filter(needs_an_eye, outcomes):
            ended = outcome.waited or outcome.state
            reason = (ended, outcome.code)
            self._named[reason] += 1
            if self._named[reason] <= _MOST_LINES:
                yield f"{ended}  {shown(outcome.path)}: {_why(outcome)}"
            elif self._named[reason] == _MOST_LINES + 1:
                yield f"{ended}  … and more for this reason{f' ({outcome.code})' if outcome.code else ''}; --json names all"


def _why(outcome: Outcome) -> str:
    match outcome.waited:
        case Waited.TIMEOUT:
            return "it is kept there, but was not safe in time"
        case Waited.ATTENTION:
            return "it is kept there, but a delivery needs a person: see `mediascream status`"
        case _:
            return outcome.detail or outcome.code or ""


def needs_an_eye(outcome: Outcome) -> bool:
    """Whether a file is named because a person has to look at it."""
    if outcome.waited is not None and outcome.waited is not Waited.SAFE:
        return True
    return outcome.state in {FileState.FAILED, FileState.DELETED} or outcome.code in {IN_THE_CLOUD, "tags-not-added"}


def summary(tally: Tally, *, seconds: float, sent_bytes: int, dry_run: bool) -> Iterator[str]:
    """The sum, a line for each state; the counts add up to what was found."""
    for state in FileState:
        name = "would upload" if dry_run and state is FileState.UPLOADED else state
        yield _row(name, tally.files[state], tally.size_bytes[state], _reasons(tally, state))
    speed = f", {shown_size(sent_bytes)} sent at {shown_size(sent_bytes / seconds)}/s" if sent_bytes and seconds else ""
    yield _row("found", tally.total_files, tally.size_bytes.total(), f"in {shown_time(seconds)}{speed}")
    if tally.waited:
        yield " · ".join(f"{waited} {shown_count(tally.waited[waited])}" for waited in Waited if tally.waited[waited])


def _row(name: str, files: int, size_bytes: int, remark: str) -> str:
    size = shown_size(size_bytes) if size_bytes else ""
    return f"{name:<12} {shown_count(files):>9} {size:>9}  {remark}".rstrip()


def _reasons(tally: Tally, state: FileState) -> str:
    counts = ((code, count) for (of, code), count in tally.codes.most_common() if of is state)
    return ", ".join(f"{shown_count(count)} {code}" for code, count in counts)
