"""A server whose steps are counted, and that is killed before the one that a test names."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.e2e.running import ROOT
from tests.e2e.steps import read_trace
from tests.e2e.tracer import why_not

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.running import Running
    from tests.e2e.steps import Step

OVER_S = 60


@dataclass
class Traced:
    """`server`, run by the tracer.

    Attributes:
        trace: What it did since it was armed; anew with each start.
    """

    server: Running
    trace: Path = field(init=False)

    def __post_init__(self) -> None:
        if reason := why_not():
            pytest.skip(reason)
        self.trace = self.server.data.parent / "trace"
        self._armed = self.server.data.parent / "armed"

    def start(self, *, kill_at: int = 0) -> None:
        """Start it, not yet armed; it will die before the step `kill_at`."""
        self._armed.unlink(missing_ok=True)
        self.trace.unlink(missing_ok=True)
        # A variable for the tracer only: what the server may import stays as it is.
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self.server.under = (
            *("env", f"PYTHONPATH={path}", sys.executable, "-m", "tests.e2e.tracer", "--root", str(self.server.data)),
            *("--armed", str(self._armed), "--trace", str(self.trace), "--kill", str(kill_at), "--"),
        )
        self.server.start()

    def arm(self) -> None:
        """Count from here on."""
        self._armed.touch()

    def steps(self) -> list[Step]:
        """What was done since then."""
        return read_trace(self.trace)

    @property
    def lives(self) -> bool:
        """Whether it was not killed yet."""
        return self.server.process is not None and self.server.process.poll() is None

    def send(self, file: Path) -> bool:
        """Upload; whether it was acknowledged before the end."""
        try:
            return self.server.upload(file).status_code in {200, 201}
        except httpx2.TransportError:
            return False

    def wait_over(self) -> None:
        """Wait until it died or nothing is left to do; asked without the server, so that no step is the test's."""
        until = time.monotonic() + OVER_S
        while self.lives and not self._settled():
            assert time.monotonic() < until, f"neither killed nor done within {OVER_S} s"
            time.sleep(0.05)

    def _settled(self) -> bool:
        if self.server.spool():
            return False
        with closing(sqlite3.connect(f"file:{self.server.data / 'mediascream.sqlite'}?mode=ro", uri=True)) as database:
            states = {state for (state,) in database.execute("SELECT DISTINCT state FROM deliveries")}
        return states <= {"delivered", "skipped"}
