"""The body of a request as chunks."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final

from starlette.types import Receive

from mediascream.errors import UploadCut

IDLE_S: Final = 120.0
"""A sender that is silent for so long is taken to be gone."""
LEAST_BYTES: Final = 16 * 1024
"""So many must come while we have waited that long in all, or ten thousand dribblers could hold us for ever."""


async def chunks(receive: Receive, *, idle_s: float = IDLE_S, least_bytes: int = LEAST_BYTES) -> AsyncIterator[bytes]:
    """The chunks of a body, none of them empty, until it is whole. Only the waiting counts, not what is done between.

    Raises:
        UploadCut: The sender went away, fell silent, or dribbles.
    """
    waited_s, come_bytes = 0.0, 0
    while True:
        asked = time.monotonic()
        try:
            async with asyncio.timeout(idle_s - waited_s):
                message = await receive()
        except TimeoutError:
            raise _too_slow(come_bytes, idle_s) from None
        waited_s += time.monotonic() - asked
        come_bytes += len(message.get("body", b""))
        if message["type"] == "http.disconnect":
            raise UploadCut("The connection ended before the upload was whole; nothing of it was kept.")
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body", False):
            return
        if come_bytes >= least_bytes:
            waited_s, come_bytes = 0.0, 0


def _too_slow(come_bytes: int, idle_s: float) -> UploadCut:
    came = f"Only {come_bytes} bytes" if come_bytes else "Nothing"
    return UploadCut(f"{came} came for {idle_s:.0f} seconds; nothing of the upload was kept.")
