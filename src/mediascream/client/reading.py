"""Files read afresh, in the order of the walk, for questions about files that a person may act on at once.

The ledger is not asked here: before something is deleted, its bytes are looked at, not a note about them.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING, Final

from mediascream.client.fingerprint import Hashed, fingerprint
from mediascream.client.lanes import CalledOff
from mediascream.client.walk import Found, PassedOver, Unreadable, no_photo, walk
from mediascream.errors import FileTrouble

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from concurrent.futures import Future

    from mediascream.client.walk import Seen

Read = Hashed | PassedOver | Unreadable
_READERS: Final = min(4, os.cpu_count() or 1)
_AHEAD: Final = 64


def read_all(paths: Iterable[str], *, hidden: bool = False) -> Generator[Read]:
    """Every file under `paths`: hashed, or why not. What is no photo by its bytes is `PassedOver`."""
    off = Event()
    with ThreadPoolExecutor(_READERS) as pool, closing(_Off(off)):
        ahead: deque[Future[Read]] = deque()
        for seen in walk(paths, hidden=hidden):
            ahead.append(pool.submit(_read, seen, off))
            if len(ahead) >= _AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


class _Off:
    """Lets the readers end at their next chunk, so that an interruption does not wait for a long video."""

    def __init__(self, event: Event) -> None:
        self._event = event

    def close(self) -> None:
        self._event.set()


def _read(seen: Seen, off: Event) -> Read:
    def go_on(_: int) -> None:
        if off.is_set():
            raise CalledOff

    if not isinstance(seen, Found):
        return seen
    try:
        photo = fingerprint(seen.path, on_bytes=go_on)
    except FileTrouble as trouble:
        return Unreadable(seen.path, trouble.detail)
    return photo or PassedOver(seen.path, *no_photo(seen.stamp.size_bytes))
