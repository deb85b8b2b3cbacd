"""Locks of WebDAV: promises among programs that nobody else writes to a name for a while.

They are kept in memory: a restart forgets them, and the program that holds one asks anew. Nothing is lost without
them, since every name gets a whole file or none; Finder and Explorer only write where they can lock.
"""

import re
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from mediascream.errors import NameLocked
from mediascream.library.inbox import InboxPath
from mediascream.web.dav_xml import LockWish, address, text_of

LONGEST_S: Final = 3600
USUAL_S: Final = 600
MOST: Final = 2000
"""More locks at once are not the work of people; the oldest go."""

_TOKEN: Final = re.compile(r"<(urn:[^<>\s]{1,100})>")
_SECONDS: Final = re.compile(r"Second-(\d{1,10})")


@dataclass(frozen=True, slots=True)
class Lock:
    """One promise.

    Attributes:
        ends_at: In the seconds of a clock that never jumps.
    """

    token: str
    sender: str
    path: InboxPath
    deep: bool
    owner: str
    seconds: int
    ends_at: float

    def covers(self, path: InboxPath) -> bool:
        """Whether the promise holds for a name."""
        return self.path == path or (self.deep and path.within(self.path))

    def as_xml(self) -> str:
        """For `lockdiscovery`."""
        return (
            "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope>"
            f"<D:depth>{'infinity' if self.deep else '0'}</D:depth><D:owner>{text_of(self.owner)}</D:owner>"
            f"<D:timeout>Second-{self.seconds}</D:timeout><D:locktoken><D:href>{self.token}</D:href></D:locktoken>"
            f"<D:lockroot><D:href>{text_of(address(self.path, is_folder=False))}</D:href></D:lockroot></D:activelock>"
        )


class Locks:
    """All locks. For the event loop only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[str, Lock] = {}

    def take(self, sender: str, path: InboxPath, wish: LockWish, *, deep: bool, seconds: int) -> Lock:
        """Promise a name to a program.

        Raises:
            NameLocked: Another one holds it, or something below it.
        """
        self.refuse(sender, path, "", below=deep)
        token = uuid.uuid4().urn
        lock = Lock(token, sender, path, deep, wish.owner, seconds, self._clock() + seconds)
        while len(self._held) >= MOST:
            self._held.pop(next(iter(self._held)))
        self._held[token] = lock
        return lock

    def renew(self, sender: str, path: InboxPath, tokens: str, *, seconds: int) -> Lock | None:
        """Hold on to a lock for longer; None where its holder has none there any more."""
        for lock in self._at(sender, path):
            if lock.token in _TOKEN.findall(tokens):
                again = Lock(lock.token, sender, lock.path, lock.deep, lock.owner, seconds, self._clock() + seconds)
                self._held[lock.token] = again
                return again
        return None

    def release(self, sender: str, token: str) -> bool:
        """Let go of a lock; whether there was one."""
        found = _TOKEN.search(token)
        lock = self._held.get(found[1]) if found else None
        if lock is None or lock.sender != sender:
            return False
        del self._held[lock.token]
        return True

    def refuse(self, sender: str, path: InboxPath, tokens: str, *, below: bool = False) -> None:
        """Refuse to write to a name, and with `below` to what lies below it, that another program holds.

        `tokens` is the `If` header of who wants to write.

        Raises:
            NameLocked: It does not hold the lock.
        """
        shown = set(_TOKEN.findall(tokens))
        for lock in self._at(sender, path, below=below):
            if lock.token not in shown:
                raise NameLocked(f"{path} is locked by another program for at most {lock.seconds} seconds more.")

    def forget(self, sender: str, path: InboxPath) -> None:
        """The name is gone, and its locks with it."""
        for lock in list(self._at(sender, path, below=True)):
            if lock.path.within(path):
                del self._held[lock.token]

    def as_xml(self, sender: str, path: InboxPath) -> str:
        """The locks that hold for a name."""
        return "".join(lock.as_xml() for lock in self._at(sender, path)) if self._held else ""

    def _at(self, sender: str, path: InboxPath, *, below: bool = False) -> Iterable[Lock]:
        now = self._clock()
        for lock in [one for one in self._held.values() if one.ends_at <= now]:
            del self._held[lock.token]
        mine = (lock for lock in list(self._held.values()) if lock.sender == sender)
        return (lock for lock in mine if lock.covers(path) or (below and lock.path.within(path)))


def seconds_of(header: str) -> int:
    """How long a `Timeout` header asks for, within bounds."""
    found = _SECONDS.search(header)
    return max(1, min(int(found[1]), LONGEST_S)) if found else USUAL_S
