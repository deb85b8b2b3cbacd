"""The parent's side of one child: starts it, asks it, watches the clock, ends it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

import mediascream
from mediascream.errors import DecodersBroken
from mediascream.processing import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

_START_LIMIT_S = 60.0
_ROOT = Path(mediascream.__file__).parent.parent
_CLEAN_ENVIRONMENT = {
    "PYTHONPATH": str(_ROOT),
    "LANG": "C.UTF-8",
    "VIPS_BLOCK_UNTRUSTED": "1",
    "VIPS_CONCURRENCY": "1",
    "VIPS_DISC_THRESHOLD": "4g",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
}
"""All that a child knows of its surroundings: no secret, no home, and how to be frugal."""


class ChildDied(Exception):
    """The child ended, or made no sense, before it had answered."""


class ChildTooSlow(Exception):
    """The child did not answer in time."""


class Decoder:
    """One child process. Started and used by one thread, which must outlive it.

    (Linux sends a child its death signal when the *thread* that started it ends.) Only `kill` may be called by others.
    """

    def __init__(self, program: Sequence[str]) -> None:
        """Start a child, and wait until it is ready.

        Args:
            program: What Python is to run, as its arguments.

        Raises:
            DecodersBroken: It did not come up.
        """
        self._deadline = time.monotonic() + _START_LIMIT_S
        try:
            self._process = _start(program)
            greeting = self.receive_frame()
        except OSError as error:
            raise DecodersBroken(f"no decoder can be started: {error}") from error
        except (ChildDied, ChildTooSlow) as error:
            self.end()
            raise DecodersBroken(f"no decoder can be started: {error}") from error
        if greeting != messages.READY:
            self.end()
            raise DecodersBroken("no decoder can be started: it does not greet")

    def ask(self, request: messages.Request, *, limit_s: float) -> None:
        """Send a request; all frames of its answer must be there `limit_s` from now.

        Raises:
            ChildDied: Nobody is there to ask.
        """
        self._deadline = time.monotonic() + limit_s
        try:
            messages.write_frame(_pipe(self._process.stdin).write, messages.pack_request(request))
        except BrokenPipeError as error:
            raise ChildDied(self._how_it_ended()) from error

    def receive_frame(self) -> bytes:
        """The next frame of the answer.

        Raises:
            ChildDied: It ended before, or makes no sense.
            ChildTooSlow: The time is up.
        """
        try:
            frame = messages.read_frame(self._read)
        except messages.BrokenMessage as error:
            raise ChildDied(str(error)) from error
        if frame is None:
            raise ChildDied(self._how_it_ended())
        return frame

    def _read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only where the child closed its end."""
        pipe, parts = _pipe(self._process.stdout).fileno(), bytearray()
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        while len(parts) < size:
            left_s = self._deadline - time.monotonic()
            if left_s <= 0 or not poll.poll(left_s * 1000):
                raise ChildTooSlow("it took too long")
            part = os.read(pipe, min(size - len(parts), 1 << 20))
            if not part:
                break
            parts += part
        return bytes(parts)

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "it stopped talking"
        return f"it was ended by {signal.Signals(-code).name}" if code < 0 else f"it ended with code {code}"

    def kill(self) -> None:
        """Make the process end; whoever waits for it finds out."""
        self._process.kill()

    def end(self, *, patience_s: float = 0) -> None:
        """Let go of the process and its pipes, with some time to leave by itself. The last call."""
        _pipe(self._process.stdin).close()
        try:
            self._process.wait(timeout=patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _pipe(self._process.stdout).close()


def _start(program: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-s", "-B", *program, str(os.getpid())]
    pipe, void = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=void, env=_CLEAN_ENVIRONMENT, cwd="/", bufsize=0)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    """It is there: `_start` asked for it."""
    if pipe is None:
        raise ChildDied("it has no pipe")
    return pipe
