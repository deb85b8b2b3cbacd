"""Sending requests to Google: what the network does to them, in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from mediascream.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TIMEOUT = httpx2.Timeout(connect=10.0, write=60.0, read=120.0, pool=60.0)
PAUSE_S = 30.0
"""How long to leave Google alone where it does not say; no less, says
https://developers.google.com/photos/overview/best-practices#retrying-failed-requests (read 2026-11-24)."""

SHOWN = 200


class Http:
    """Connections that are kept open; many threads may use them at once."""

    def __init__(self, timeout: httpx2.Timeout = TIMEOUT) -> None:
        limits = httpx2.Limits(max_connections=100, max_keepalive_connections=32)
        self._client = httpx2.Client(timeout=timeout, limits=limits, headers={"User-Agent": "Mediascream"})

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: Iterable[bytes] | bytes = b""
    ) -> httpx2.Response:
        """Any answer, read whole.

        Raises:
            TryLater: There is none: what became of the request, nobody knows.
        """
        try:
            return self._client.request(method, url, content=body, headers=dict(headers or {}))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            msg = f"Google cannot be reached: check the network ({_reason(error)})."
            raise TryLater(msg, reason="unreachable", retry_after_s=PAUSE_S) from error
        except httpx2.TransportError as error:
            msg = f"The connection to Google broke before the answer came ({_reason(error)})."
            raise TryLater(msg, reason="connection-broken") from error


def _reason(error: Exception) -> str:
    return str(error)[:SHOWN] or type(error).__name__
