"""Bytes of an upload on their way to the disk: gathered into batches, so that a sender that dribbles costs little."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mediascream.errors import MediascreamError
from mediascream.intake.receive import BATCH_PIECES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediascream.intake.growing import Addition
    from mediascream.intake.spool import Spool


class Batches:
    """Gathers small pieces and writes them in the spool's threads, one batch at a time beside the one that fills."""

    def __init__(self, spool: Spool, addition: Addition, *, sender: str) -> None:
        self._spool = spool
        self._sender = sender
        self._addition = addition
        self._pieces: list[memoryview] = []
        self._size = 0
        self._job: asyncio.Future[None] | None = None

    async def write(self, piece: memoryview) -> bool:
        """Take a piece; True where a batch before it was seen to its end."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size < self._spool.batch_bytes and len(self._pieces) < BATCH_PIECES:
            return False
        await self._drain()
        pieces, self._pieces, self._size = self._pieces, [], 0
        self._job = asyncio.ensure_future(self._spool.run(self._addition.write, pieces, sender=self._sender))
        return True

    async def end(self, last: Callable[[], None], *, whatever: bool = False) -> None:
        """Write what is left, then do the last step; with `whatever`, also where the writing fails."""
        try:
            await self._drain()
            if self._pieces:
                pieces, self._pieces = self._pieces, []
                await self._spool.run(self._addition.write, pieces, sender=self._sender)
        except (MediascreamError, OSError):
            if not whatever:
                raise
        await self._spool.run(last, sender=self._sender)

    async def _drain(self) -> None:
        if self._job is not None:
            await asyncio.shield(self._job)  # left in its place where it fails, so that nothing is written behind a gap
            self._job = None
