"""How far a run is, in one sentence; the reports only put it somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediascream.client.meter import Rate
from mediascream.client.outcome import FileState, Tally
from mediascream.client.words import shown_count, shown_size, shown_time

if TYPE_CHECKING:
    from mediascream.client.meter import Census, Listed, Meter

_FORESIGHT_S: Final = 30.0
"""Over how long the speed is taken that tells when the end will come."""


class Progress:
    """How far a run is.

    Args:
        census: Counts what there is in all; None where nobody watches.
    """

    def __init__(self, tally: Tally, meter: Meter, census: Census | Listed | None = None) -> None:
        self.tally = tally
        self._meter = meter
        self._census = census
        self._sending = Rate()
        self._settling = Rate(_FORESIGHT_S)
        self.sentence = ""
        self.fraction: float | None = None
        """None until all files have been counted."""

    def advance(self, now_s: float) -> None:
        """Take note of how far it is now."""
        waiting = self._meter.contact.look((self.tally.total_files, self._meter.sent_bytes, self._meter.read_bytes))
        done_bytes = self.tally.size_bytes.total() + self._meter.partial_bytes
        sending, settling = self._sending.at(now_s, self._meter.sent_bytes), self._settling.at(now_s, done_bytes)
        parts = [waiting, self._files(), self._bytes(done_bytes)]
        if waiting:  # a speed from before says nothing of what comes after
            self._sending, self._settling = Rate(), Rate(_FORESIGHT_S)
        else:
            parts.append(f"{shown_size(sending)}/s")
        if self._census is not None and self._census.complete:
            left = max(0, self._census.size_bytes - done_bytes)
            self.fraction = done_bytes / self._census.size_bytes if self._census.size_bytes else 1.0
            parts.append(f"{shown_time(left / settling)} left" if settling and not waiting else "")
        self.sentence = " · ".join(part for part in parts if part)

    def wait_for(self, count: int) -> None:
        """All is sent; this many photos are to become safe."""
        settled = self.tally.waited.total()
        self.sentence = f"{shown_count(settled)} of {shown_count(count)} photos have come to rest on the server"
        self.fraction = settled / count if count else 1.0

    def _files(self) -> str:
        done = shown_count(self.tally.total_files)
        return (
            f"{done} of {shown_count(self._census.files)} files"
            if self._census
            else f"{done} {'file' if done == '1' else 'files'}"
        )

    def _bytes(self, done_bytes: int) -> str:
        done = shown_size(done_bytes)
        return f"{done} of {shown_size(self._census.size_bytes)}" if self._census else done

    def states(self) -> str:
        """`uploaded 1,100 · duplicate 88`: what there is of."""
        return " · ".join(
            f"{state} {shown_count(self.tally.files[state])}" for state in FileState if self.tally.files[state]
        )
