"""`mediascream import`: one run from the first look to the exit code."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING

from rich.console import Console

from mediascream.client.contact import Contact
from mediascream.client.import_run import Import
from mediascream.client.imports import catalogue
from mediascream.client.ledger import Ledger
from mediascream.client.meter import Listed, Meter
from mediascream.client.outcome import ExitCode, Tally
from mediascream.client.progress import Progress
from mediascream.client.report import report_on
from mediascream.client.telling import Telling
from mediascream.client.upload_command import ledger_file
from mediascream.client.words import shown_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediascream.client.import_run import ImportOrder
    from mediascream.client.imports import Catalogue, Format
    from mediascream.client.outcome import Outcome
    from mediascream.client.report import Report
    from mediascream.client.server import Server


def run_import(
    places: Sequence[str], kind: Format, order: ImportOrder, server: Server, *, albums: bool, as_json: bool
) -> ExitCode:
    """Do it, and tell it. The server has been greeted.

    An interruption (Ctrl-C, SIGTERM) ends it in order within seconds; a second one at once.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(stderr=True)
    report = report_on(console, plain=as_json and sys.stdout.isatty(), now_s=time.monotonic())
    with closing(report), Ledger(ledger_file()) as ledger:
        report.line("Reading names and notes …")
        found = catalogue(places, kind, albums=albums)
        noted = sum(item.noted for item in found.items)
        report.line(f"{shown_count(len(found.items))} files that may be photos, {shown_count(noted)} with notes")
        return _Run(order, found, server, ledger=ledger, report=report, as_json=as_json).to_its_end()


class _Run:
    def __init__(
        self, order: ImportOrder, found: Catalogue, server: Server, *, ledger: Ledger, report: Report, as_json: bool
    ) -> None:
        self._order = order
        self._report = report
        self._began_s = time.monotonic()
        self._tally = Tally()
        self._meter = Meter(Contact(report.line))
        self._progress = Progress(self._tally, self._meter, _listed(found))
        self._telling = Telling(report, as_json=as_json, dry_run=order.dry_run)
        random = Random()  # noqa: S311  (only spreads retries in time)
        self._import = Import(order, found, server=server, ledger=ledger, meter=self._meter, random=random)

    def to_its_end(self) -> ExitCode:
        """Hash, send, and tell the sum."""
        try:
            with closing(self._import.run()) as steps:
                for outcomes in steps:
                    self._tell(outcomes)
                    now_s = time.monotonic()
                    self._progress.advance(now_s)
                    self._report.draw(self._progress, now_s)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            for outcomes in self._import.leftovers():
                self._tell(outcomes)
            self._sum_up("Interrupted. What was sent is kept; the same command goes on from here.")
            return ExitCode.INTERRUPTED
        self._sum_up("Nothing was sent (--dry-run)." if self._order.dry_run else None)
        return self._tally.exit_code()

    def _tell(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self._tally.add(outcome)
        self._telling.name(outcomes)
        self._telling.write(outcomes)

    def _sum_up(self, remark: str | None) -> None:
        seconds = time.monotonic() - self._began_s
        self._telling.sum_up(self._tally, remark=remark, seconds=seconds, sent_bytes=self._meter.sent_bytes)


def _listed(found: Catalogue) -> Listed:
    size_bytes = sum(item.member.stamp.size_bytes for item in found.items)
    ended_bytes = sum(outcome.size_bytes for outcome in found.ended)
    return Listed(len(found.items) + len(found.ended), size_bytes + ended_bytes)
