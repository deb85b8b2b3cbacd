"""Sends what appears below some folders and has come to rest, for ever.

Each folder is listened at where the system tells of changes, and looked over as a whole at the start, when it comes
back after it was away (a share that was not mounted, a card that was taken out), when the machine has slept, and now
and then in any case: what was missed is found so. What is known already costs a question to the ledger and one to the
server. Nothing is ever deleted or moved here.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediascream.client.outcome import FileState
from mediascream.client.rest import Rest
from mediascream.client.send import NOT_SENT
from mediascream.client.server_watch import ServerWatch
from mediascream.client.sidecar import is_sidecar, photos_of
from mediascream.client.stirrings import Ear, Heard, tells_of_changes
from mediascream.client.walk import Found, Unreadable, is_on_the_way, walk
from mediascream.client.writers import is_being_written

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from mediascream.client.outcome import Outcome
    from mediascream.client.server_watch import Sending

BATCH: Final = 1000
"""So many files are sent in one go, before what came meanwhile is looked at."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """How often things are done.

    Attributes:
        rest_s: For how long a file must not change before it is sent.
        tick_s: How often is looked whether folders are there, and whether a file has come to rest.
        poll_s: How often a folder is looked over that the system does not tell of.
        whole_s: How often every folder is looked over.
        away_s: How long after it failed the server is asked again, at first; it doubles up to a minute.
        jump_s: A clock that moves by so much more than the other means that the machine slept.
    """

    rest_s: float = 5.0
    tick_s: float = 2.0
    poll_s: float = 30.0
    whole_s: float = 600.0
    away_s: float = 5.0
    jump_s: float = 10.0


@dataclass(slots=True)
class _Top:
    """One watched folder.

    Attributes:
        identity: Which folder of which file system it was when it was last there; None while it is away.
        next_look_s: When it is to be looked over as a whole.
    """

    path: str
    identity: tuple[int, int] | None = None
    ear: Ear | None = None
    next_look_s: float = 0.0
    told_away: bool = False


class Watch:
    """Watches until it is stopped.

    Args:
        folders: Made absolute; they need not be there yet.
        clock_s: Goes on steadily; `wall_s` is what the calendar says, which also moves while the machine sleeps.
        told_of: Whether the system tells of what changes in a folder.
    """

    def __init__(
        self,
        folders: tuple[str, ...],
        sending: Sending,
        tempo: Tempo,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        wall_s: Callable[[], float] = time.time,
        told_of: Callable[[str], bool] = tells_of_changes,
    ) -> None:
        self._sending = sending
        self._tempo = tempo
        self._clock_s = clock_s
        self._wall_s = wall_s
        self._told_of = told_of
        self._tops = [_Top(os.path.abspath(folder)) for folder in folders]  # noqa: PTH100  (links stay as they were named)
        self._rest = Rest(tempo.rest_s)
        self._heard = Heard()
        self._apart_s = wall_s() - clock_s()
        self._server = ServerWatch(sending, clock_s, first_wait_s=tempo.away_s)

    def run(self, stopped: threading.Event) -> None:
        """Look, send, wait; until `stopped` is set."""
        try:
            while not stopped.is_set():
                self.step()
                self._heard.something.wait(self._tempo.tick_s)
                stopped.wait(min(0.2, self._tempo.tick_s))  # a burst of changes is one look
        finally:
            for top in self._tops:
                self._stop_listening(top)

    def step(self) -> None:
        """Take in what has changed, and send what is at rest."""
        self._notice_sleep()
        for path in self._heard.take():
            self._look_at(path)
        for top in self._tops:
            self._look_after(top)
        self._send()

    def _notice_sleep(self) -> None:
        """While a machine sleeps one clock stands still and the other does not; nobody told us what happened then."""
        apart_s = self._wall_s() - self._clock_s()
        if abs(apart_s - self._apart_s) > self._tempo.jump_s:
            for top in self._tops:
                top.next_look_s = 0.0
        self._apart_s = apart_s

    def _look_after(self, top: _Top) -> None:
        """Notice that a folder has come, gone or been exchanged for another, and look it over where it is time."""
        identity = _identity(top.path)
        if identity != top.identity:
            self._stop_listening(top)
            self._rest.set_aside(top.path)
            top.identity, top.next_look_s = identity, 0.0
            if identity is not None and self._told_of(top.path):
                top.ear = Ear(top.path, self._heard.put)
            if identity is not None and top.told_away:
                self._sending.say(f"{top.path} is there again")
            top.told_away = False
        if identity is None and not top.told_away:
            self._sending.say(f"{top.path} is not there; waiting for it")
            top.told_away = True
        if identity is not None and top.next_look_s <= self._clock_s():
            self._look_over(top)

    def _stop_listening(self, top: _Top) -> None:
        if top.ear is not None:
            top.ear.close()
            top.ear = None

    def _look_over(self, top: _Top) -> None:
        """Look at every file below a folder."""
        deaf = top.ear is None or top.ear.deaf_because is not None
        if top.ear is not None and top.ear.deaf_because is not None:
            self._sending.say(
                f"{top.path}: the system does not tell of changes ({top.ear.deaf_because}), so it is looked over every "
                f"{self._tempo.poll_s:.0f} s"
            )
            self._stop_listening(top)
        there: set[str] = set()
        whole = True
        for seen in walk((top.path,)):
            if isinstance(seen, Found):
                there.add(seen.path)
                self._see(seen)
            whole = whole and not isinstance(seen, Unreadable)
        if whole and _identity(top.path) == top.identity:
            self._rest.keep_only(there, top.path)
        top.next_look_s = self._clock_s() + (self._tempo.poll_s if deaf else self._tempo.whole_s)

    def _look_at(self, path: str) -> None:
        """Look at what has changed.

        What is no way below a watched folder has us look over everything, and so has a link to a folder: only a look over all
        tells whether it leads back to what was seen.
        """
        top = next((top for top in self._tops if Path(path).is_relative_to(top.path)), None)
        if top is None or path == top.path or (Path(path).is_symlink() and Path(path).is_dir()):
            for every in self._tops if top is None else [top]:
                every.next_look_s = 0.0
            return
        if not is_on_the_way(path, top.path):
            return
        if not Path(path).exists():
            self._rest.gone(path)
            return
        for seen in walk((path,)):
            if isinstance(seen, Found):
                self._see(seen)

    def _see(self, found: Found) -> None:
        """A file's own times are believed only where they lie well in the past."""
        newest_s = max(found.stamp.mtime_ns, found.stamp.ctime_ns) / 1e9
        old = newest_s < self._wall_s() - max(self._tempo.rest_s, 2.0)
        self._rest.see(found, self._clock_s(), old=old)

    def _send(self) -> None:
        while self._rest.waits and self._server.is_there():
            paths = tuple(path for path in self._rest.due(self._clock_s(), BATCH) if self._is_still(path))
            if not paths:
                return
            notes = self._notes_among(paths)
            rest = tuple(path for path in paths if path in notes or not is_sidecar(path))
            if lost := self._bring(rest, notes):
                self._server.failed(lost)

    def _notes_among(self, paths: tuple[str, ...]) -> dict[str, list[str]]:
        """The sidecars that are due, and the photos they are about; one whose photo is not due yet waits for it."""
        now_s, notes = self._clock_s(), photos_of(filter(is_sidecar, paths))
        for sidecar, photos in list(notes.items()):
            if any(self._rest.is_put_off(photo, now_s) for photo in photos):
                self._rest.stir(sidecar, now_s)
                del notes[sidecar]
        return notes

    def _bring(self, paths: tuple[str, ...], notes: dict[str, list[str]]) -> str | None:
        """Send what is due, and the news on photos that were sent before; why, where the server took nothing."""
        noted = frozenset(chain.from_iterable(notes.values()))
        failed, lost = set[str](), None
        for outcome in chain.from_iterable(self._sending.send(tuple(dict.fromkeys((*paths, *noted))), noted)):
            if outcome.state is FileState.FAILED:
                failed.add(outcome.path)
            if outcome.path not in notes:
                lost = self._settle(outcome) or lost
        for sidecar, photos in notes.items():
            if failed.isdisjoint((sidecar, *photos)):
                self._rest.sent(sidecar)
            elif lost is None:
                self._rest.failed(sidecar, self._clock_s())
        return lost

    def _is_still(self, path: str) -> bool:
        """Look once more at a file that is due: it may have changed, gone, or be open for writing."""
        now_s = self._clock_s()
        for seen in walk((path,)):
            if not isinstance(seen, Found):
                self._rest.gone(path)
                return False
            self._rest.see(seen, now_s)
        if is_being_written(path):
            self._rest.stir(path, now_s)
        return self._rest.is_due(path, now_s)

    def _settle(self, outcome: Outcome) -> str | None:
        """Take note of how a file ended; why, where the server took nothing, and it is to be tried again."""
        if outcome.state is not FileState.FAILED:
            self._rest.sent(outcome.path)
        elif outcome.code == NOT_SENT:
            return (outcome.detail or outcome.code).removeprefix("not sent: ")
        elif not Path(outcome.path).exists():
            self._rest.gone(outcome.path)
        else:
            self._rest.failed(outcome.path, self._clock_s())
        return None


def _identity(folder: str) -> tuple[int, int] | None:
    """Which folder lies there now; None where none does."""
    try:
        status = Path(folder).stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if Path(folder).is_dir() else None
