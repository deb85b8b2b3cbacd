"""Whose turn it is with one upload: the last to come goes first, and whoever was there lets go.

A phone that lost its network comes back on a new connection while the old one still hangs. Its new
request must not wait for a connection that nobody speaks on any more: it ends that request's reading.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, TypeVar

from mediascream.errors import TakenOver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

T = TypeVar("T")

WAIT_S: Final = 30.0
"""How long a request waits for one that cannot let go, since it takes a photo into the library."""


class Visit:
    """One request's turn."""

    def __init__(self) -> None:
        self.over = False
        self._reading: asyncio.Timeout | None = None

    async def read(self, receive: Callable[[], Awaitable[T]]) -> T:
        """What `receive` brings.

        Raises:
            TakenOver: A newer request came meanwhile.
        """
        if self.over:
            raise _taken_over()
        try:
            async with asyncio.timeout(None) as self._reading:
                return await receive()
        except TimeoutError:
            if self.over:
                raise _taken_over() from None
            raise
        finally:
            self._reading = None

    def end(self) -> None:
        """Read nothing more."""
        self.over = True
        if self._reading is not None:
            self._reading.reschedule(0)


class Visits:
    """The requests of one upload, one at a time. For one event loop."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._latest: Visit | None = None

    @property
    def busy(self) -> bool:
        """Whether a request is there now."""
        return self._lock.locked()

    @contextlib.asynccontextmanager
    async def visit(self) -> AsyncIterator[Visit]:
        """End the reading of who came before, and wait until they are gone.

        Raises:
            TakenOver: They do not go.
        """
        mine = Visit()
        if self._latest is not None:
            self._latest.end()
        self._latest = mine
        try:
            async with asyncio.timeout(WAIT_S):
                await self._lock.acquire()
        except TimeoutError:
            raise TakenOver("Another request of this upload is still being answered; ask again.") from None
        try:
            yield mine
        finally:
            self._lock.release()
            if self._latest is mine:
                self._latest = None


def _taken_over() -> TakenOver:
    return TakenOver("A newer request of the same upload took over; what had come by then was kept.")
