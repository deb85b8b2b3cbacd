"""The body of a request as chunks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.types import Receive

from mediascream.errors import UploadCut

IDLE_S: Final = 120.0
"""A sender that is silent for so long is taken to be gone."""


async def chunks(receive: Receive, *, idle_s: float = IDLE_S) -> AsyncIterator[bytes]:
    """The chunks of a body, none of them empty, until it is whole.

    Raises:
        UploadCut: The sender went away, or fell silent.
    """
    while True:
        try:
            async with asyncio.timeout(idle_s):
                message = await receive()
        except TimeoutError:
            raise UploadCut(f"Nothing came for {idle_s:.0f} seconds; nothing of the upload was kept.") from None
        if message["type"] == "http.disconnect":
            raise UploadCut("The connection ended before the upload was whole; nothing of it was kept.")
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body", False):
            return
