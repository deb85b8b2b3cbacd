"""`mediascream upload`: one run from the first question to the exit code."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import platformdirs
from rich.console import Console

from mediascream.client.contact import Contact
from mediascream.client.lanes import Crew
from mediascream.client.ledger import Ledger
from mediascream.client.meter import Census, Meter
from mediascream.client.outcome import ExitCode, Tally
from mediascream.client.patience import Persistence
from mediascream.client.progress import Progress
from mediascream.client.report import report_on
from mediascream.client.telling import Telling
from mediascream.client.upload import Order, Upload
from mediascream.client.wait import Shelf, Wait, without_waiting

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.client.outcome import Outcome
    from mediascream.client.report import Report
    from mediascream.client.server import Server


@dataclass(frozen=True, slots=True)
class Manner:
    """How the run is told, and whether it ends with the sending.

    Attributes:
        as_json: The result as NDJSON on stdout; else the sum, for a person.
        wait: Stay until each photo is safe or needs a person.
        timeout_s: But no longer than this, counted from when all is sent; None for ever.
    """

    as_json: bool = False
    wait: bool = False
    timeout_s: float | None = None


def ledger_file() -> Path:
    """Where the ledger is kept: in the folder of the user for what programs remember."""
    return platformdirs.user_state_path("mediascream") / "uploads.sqlite"


def run_upload(order: Order, manner: Manner, server: Server) -> ExitCode:
    """Do it, and tell it. The server has been greeted.

    An interruption (Ctrl-C, SIGTERM) ends it in order within seconds; a second one at once.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(stderr=True)
    # Lines of JSON and a bar on one screen would tear each other apart.
    report = report_on(console, plain=manner.as_json and sys.stdout.isatty(), now_s=time.monotonic())
    with closing(report), Ledger(ledger_file()) as ledger, Shelf() as shelf:
        if not ledger.works:
            report.line(f"{ledger_file()} cannot be used, so every file is read anew")
        run = _Run(order, manner, server, ledger=ledger, shelf=shelf, report=report)
        return run.to_its_end(watched=console.is_terminal)


class _Run:
    def __init__(
        self, order: Order, manner: Manner, server: Server, *, ledger: Ledger, shelf: Shelf, report: Report
    ) -> None:
        self._order = order
        self._manner = manner
        self._server = server
        self._shelf = shelf
        self._report = report
        self._began_s = time.monotonic()
        self._sending_s = 0.0
        self._crew = Crew()
        self._tally = Tally()
        self._meter = Meter(Contact(report.line))
        self._census = Census(order.paths, self._crew)
        self._progress = Progress(self._tally, self._meter)
        self._telling = Telling(report, as_json=manner.as_json, dry_run=order.dry_run)
        self._random = Random()  # noqa: S311  (only spreads retries in time)
        self._upload = Upload(order, server=server, ledger=ledger, meter=self._meter, random=self._random)

    def to_its_end(self, *, watched: bool) -> ExitCode:
        """Send, wait if asked to, and tell the sum.

        Args:
            watched: A person looks on, and wants to know how much there is to do.
        """
        try:
            with self._crew:
                if watched:
                    self._progress = Progress(self._tally, self._meter, self._census)
                    self._crew.start(self._census.take, name="census")
                self._send()
                self._wait()
                self._crew.call_off()
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            self._tell_rest()
            self._tell_sum("Interrupted. What was sent is kept; the same command goes on from here.")
            return ExitCode.INTERRUPTED
        self._tell_sum("Nothing was sent (--dry-run)." if self._order.dry_run else None)
        return self._tally.exit_code()

    def _send(self) -> None:
        with closing(self._upload.run()) as steps:
            for outcomes in steps:
                self._tell_sent(outcomes)
                now_s = time.monotonic()
                self._sending_s = now_s - self._began_s
                self._progress.advance(now_s)
                self._report.draw(self._progress, now_s)

    def _tell_sent(self, outcomes: list[Outcome]) -> None:
        waits = self._manner.wait and not self._order.dry_run
        if waits:
            outcomes = [without_waiting(outcome) for outcome in outcomes]
        for outcome in outcomes:
            self._tally.add(outcome)
            self._tally.add_waited(outcome)
        self._telling.name(outcomes)
        self._telling.write([outcome for outcome in outcomes if not (waits and self._shelf.put(outcome))])

    def _wait(self) -> None:
        persistence = Persistence(self._order.patience, self._crew, self._random, self._meter.contact)
        wait = Wait(self._server, persistence, time.monotonic, self._manner.timeout_s)
        for outcomes in wait.settle(self._shelf.batches()):
            for outcome in outcomes:
                self._tally.add_waited(outcome)
            self._telling.name(outcomes)
            self._telling.write(outcomes)
            self._progress.wait_for(self._shelf.count)
            self._report.draw(self._progress, time.monotonic())

    def _tell_rest(self) -> None:
        """What had ended before the interruption."""
        for outcomes in self._upload.leftovers():
            self._tell_sent(outcomes)

    def _tell_sum(self, remark: str | None) -> None:
        sent_bytes = self._meter.sent_bytes
        self._telling.sum_up(self._tally, remark=remark, seconds=self._sending_s, sent_bytes=sent_bytes)
