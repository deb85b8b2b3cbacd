"""A server whose steps are counted, and that is killed before the one that a test names."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.e2e.running import ROOT
from tests.e2e.steps import read_trace
from tests.e2e.tracer import why_not

if TYPE_CHECKING:
    from collections.abc import Callable
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
        self._prepare(kill_at)
        self.server.start()

    def launch(self, *command: str, kill_at: int) -> None:
        """Begin a command, `serve` where none is named, and count from its first step on."""
        self._prepare(kill_at)
        self.arm()
        self.server.launch(*command)

    def _prepare(self, kill_at: int) -> None:
        self._armed.unlink(missing_ok=True)
        self.trace.unlink(missing_ok=True)
        # A variable for the tracer only: what the server may import stays as it is.
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self.server.under = (
            *("env", f"PYTHONPATH={path}", sys.executable, "-m", "tests.e2e.tracer", "--root", str(self.server.data)),
            *("--armed", str(self._armed), "--trace", str(self.trace), "--kill", str(kill_at), "--"),
        )

    def arm(self) -> None:
        """Count from here on."""
        self._armed.touch()

    def steps(self) -> list[Step]:
        """What was done since then."""
        return read_trace(self.trace)

    @property
    def lives(self) -> bool:
        """Whether it was not killed yet."""
        return self.server.process is not None and self.ended is None

    @property
    def ended(self) -> int | None:
        """The exit code; None while it lives."""
        return None if self.server.process is None else self.server.process.poll()

    def send(self, file: Path) -> bool:
        """Upload; whether it was acknowledged before the end."""
        try:
            return self.server.upload(file).status_code in {200, 201}
        except httpx2.TransportError:
            return False

    def wait_over(self, done: Callable[[], bool] | None = None) -> None:
        """Wait until it died or nothing is left to do; asked without the server, so that no step is the test's.

        `done` says whether anything is; without it, photos on their way are what is waited for.
        """
        is_over, until = done or self._delivered, time.monotonic() + OVER_S
        while self.lives and not is_over():
            assert time.monotonic() < until, f"neither killed nor done within {OVER_S} s"
            time.sleep(0.05)

    def _delivered(self) -> bool:
        states = {state for (state,) in self.server.rows("SELECT DISTINCT state FROM deliveries")}
        return not self.server.spool() and states <= {"delivered", "skipped"}
