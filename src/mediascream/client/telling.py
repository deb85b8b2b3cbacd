"""How a run tells of its files: names for a person's eye, lines for a program, and the sum."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mediascream.client.json_lines import outcome_line, write_lines
from mediascream.client.report import Naming, summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediascream.client.outcome import Outcome, Tally
    from mediascream.client.report import Report


class Telling:
    """What is told of one run.

    Args:
        as_json: The result as NDJSON on stdout; else the sum, for a person.
        dry_run: Nothing is sent; the words say so.
    """

    def __init__(self, report: Report, *, as_json: bool, dry_run: bool) -> None:
        self._report = report
        self._as_json = as_json
        self._dry_run = dry_run
        self._naming = Naming()

    def name(self, outcomes: Iterable[Outcome]) -> None:
        """Name those that need a person's eye."""
        for line in self._naming.lines(outcomes):
            self._report.line(line)

    def write(self, outcomes: list[Outcome]) -> None:
        """Hand them to the program that reads along, if one does."""
        if self._as_json and outcomes:
            write_lines(outcome_line(outcome, dry_run=self._dry_run) for outcome in outcomes)

    def sum_up(self, tally: Tally, *, remark: str | None, seconds: float, sent_bytes: int) -> None:
        """The sum, on stdout unless that is for programs; nothing is told after it."""
        self._report.close()
        lines = summary(tally, seconds=seconds, sent_bytes=sent_bytes, dry_run=self._dry_run)
        out = sys.stderr if self._as_json else sys.stdout
        out.write("".join(f"{line}\n" for line in (remark, *lines) if line))
        out.flush()
