"""What changes, as it changes: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

Whoever writes to the database leaves word of the photos that it changed. They are gathered for a moment,
read once for all listeners, and sent. A listener that is too slow loses the oldest events, never the
newest, and holds nobody up. Nothing is read while nobody listens.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Final

from pydantic import BaseModel

from mediascream.errors import TooManyListeners

GATHER_S: Final = 0.2
"""How long changes are gathered before they are told."""
PING_S: Final = 15.0
BACKLOG: Final = 512
"""Events that wait for one slow listener."""

MOST_LISTENERS: Final = 256
MOST_OF_ONE: Final = 64
"""Listeners of one caller: tabs of a browser, or programs with one token."""

_HELLO: Final = b": listening\nretry: 2000\n\n"
_PING: Final = b": still here\n\n"


class Bus:
    """Brings events to all who listen. Everything but `noticed` belongs to the event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: dict[asyncio.Queue[bytes | None], str] = {}
        self._changed: set[int] = set()
        self._awake = asyncio.Event()
        self._closed = False

    def open(self) -> None:
        """Begin, in the running loop."""
        self._loop = asyncio.get_running_loop()

    def noticed(self, numbers: set[int]) -> None:
        """Note that photos changed; from any thread."""
        if self._loop is not None and self._listeners and not self._closed:
            self._loop.call_soon_threadsafe(self._note, numbers)

    async def changed(self) -> set[int]:
        """Wait for changes, and a moment longer; the numbers of the photos."""
        await self._awake.wait()
        await asyncio.sleep(GATHER_S)
        self._awake.clear()
        numbers, self._changed = self._changed, set()
        return numbers

    def publish(self, event: str, data: BaseModel) -> None:
        """Send an event to all who listen now."""
        message = f"event: {event}\ndata: {data.model_dump_json()}\n\n".encode()
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(message)

    def check_room(self, who: str) -> None:
        """Raise where one more listener would be too many.

        Raises:
            TooManyListeners: They are.
        """
        mine = sum(other == who for other in self._listeners.values())
        if mine >= MOST_OF_ONE or len(self._listeners) >= MOST_LISTENERS:
            raise TooManyListeners(
                f"{mine} of your programs listen already, of {len(self._listeners)} in all; close some of them."
            )

    async def listen(self, who: str = "") -> AsyncIterator[bytes]:
        """Events as they go over the wire, with a sign of life between them, until the bus is closed.

        Args:
            who: By which the listeners of one caller are counted.
        """
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG)
        self._listeners[queue] = who
        try:
            yield _HELLO
            while not self._closed:
                try:
                    async with asyncio.timeout(PING_S):
                        message = await queue.get()
                except TimeoutError:
                    message = _PING
                if message is None:
                    return
                yield message
        finally:
            self._listeners.pop(queue, None)

    def close(self) -> None:
        """Send all listeners home; new ones are, too."""
        self._closed = True
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)

    def _note(self, numbers: set[int]) -> None:
        self._changed |= numbers
        self._awake.set()


def in_parts(numbers: set[int], size: int = 200) -> Iterator[list[int]]:
    """Sorted, at most `size` at a time."""
    ordered = sorted(numbers)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
