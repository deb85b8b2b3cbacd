"""`mediascream watch`: the same acceptance as `upload`, for ever."""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from rich.console import Console

from mediascream.client.contact import Contact
from mediascream.client.json_lines import outcome_line, write_lines
from mediascream.client.ledger import Ledger
from mediascream.client.meter import Meter
from mediascream.client.outcome import ExitCode, FileState, Tally
from mediascream.client.patience import Patience
from mediascream.client.progress import Progress
from mediascream.client.report import LineReport, Naming, needs_an_eye, report_on
from mediascream.client.send import NOT_SENT
from mediascream.client.upload import Upload
from mediascream.client.upload_command import ledger_file
from mediascream.client.watch import Tempo, Watch
from mediascream.client.words import shown
from mediascream.errors import ServerGone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.client.outcome import Outcome
    from mediascream.client.report import Report
    from mediascream.client.server import Server
    from mediascream.client.upload import Order

WATCHING = Patience(gone_s=5.0)
"""Less than that of `upload`: what is not sent now is not given up, and `ServerWatch` counts from then on."""

FEW = 20
"""So many files sent in one go are named."""


@dataclass(frozen=True, slots=True)
class Postman:
    """Sends batches of files, and tells of them.

    Attributes:
        order: What holds for all of them; its paths are those of each batch.
    """

    server: Server
    order: Order
    ledger: Ledger
    console: Console
    as_json: bool

    def greet(self) -> None:
        """Ask the server whether it takes anything."""
        self.server.greet()

    def say(self, line: str) -> None:
        """Tell a person something, on stderr."""
        LineReport(self.console, now_s=0.0).line(f"{time.strftime('%H:%M:%S')}  {line}")

    def send(self, paths: tuple[str, ...], noted: frozenset[str]) -> Iterator[list[Outcome]]:
        """One run of an upload over these files."""
        # Of a server that is gone, `ServerWatch` tells; of one that hangs, nobody else does.
        meter, tally = Meter(Contact(self.say, told_after_s=math.inf)), Tally()
        progress = Progress(tally, meter)
        order = replace(self.order, paths=paths, noted=noted)
        upload = Upload(order, server=self.server, ledger=self.ledger, meter=meter, random=Random())  # noqa: S311
        report = report_on(self.console, plain=self.as_json and sys.stdout.isatty(), now_s=time.monotonic())
        telling = _Telling(self, tally, report, few=len(paths) <= FEW)
        try:
            with closing(report), closing(upload.run()) as steps:
                for outcomes in steps:
                    telling.tell(outcomes)
                    progress.advance(time.monotonic())
                    report.draw(progress, time.monotonic())
                    yield outcomes
        except KeyboardInterrupt:
            for outcomes in upload.leftovers():
                telling.tell(outcomes)
            raise
        if len(paths) > FEW:
            self.say(progress.states())


class _Telling:
    """Tells of the files of one batch as they end."""

    def __init__(self, postman: Postman, tally: Tally, report: Report, *, few: bool) -> None:
        self._postman = postman
        self._tally = tally
        self._report = report
        self._few = few
        self._naming = Naming()

    def tell(self, outcomes: list[Outcome]) -> None:
        """These have ended; what was not sent since the server is away waits, and is told of when it is sent."""
        outcomes = [outcome for outcome in outcomes if outcome.code != NOT_SENT]
        for outcome in outcomes:
            self._tally.add(outcome)
            if self._few and outcome.state in {FileState.UPLOADED, FileState.DUPLICATE} and not needs_an_eye(outcome):
                remark = f": {outcome.detail}" if outcome.detail else ""
                self._postman.say(f"{outcome.state}  {shown(outcome.path)}{remark}")
        for line in self._naming.lines(outcomes):
            self._report.line(line)
        if self._postman.as_json and outcomes:
            write_lines(outcome_line(outcome, dry_run=False) for outcome in outcomes)


def run_watch(folders: tuple[str, ...], order: Order, server: Server, *, as_json: bool, tempo: Tempo) -> ExitCode:
    """Watch until Ctrl-C or SIGTERM. A server that is away is waited for, also at the start.

    Raises:
        ServerTrouble: It is there, and says no.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if hasattr(signal, "SIGIO"):
        signal.signal(signal.SIGIO, signal.SIG_IGN)  # see writers.py
    console, stopped = Console(stderr=True), threading.Event()
    with Ledger(ledger_file()) as ledger:
        postman = Postman(server, replace(order, patience=WATCHING), ledger, console, as_json)
        try:
            server.greet()
        except ServerGone as trouble:
            postman.say(f"{trouble.detail} Waiting for it.")
        postman.say(f"watching {', '.join(map(shown, folders))} (Ctrl-C stops it)")
        try:
            Watch(folders, postman, tempo).run(stopped)
        except KeyboardInterrupt:
            postman.say("stopped; the next start catches up with what comes meanwhile")
    return ExitCode.INTERRUPTED
