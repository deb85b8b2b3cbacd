"""What a fresh log-in at Google Photos is tried with: two calls that leave nothing behind.

list      one page of albums: is the API enabled in the owner's project, may we see what we uploaded
upload    a few bytes with the hash of others: does Google refuse them. Bytes that become no item are forgotten
          after a day (https://developers.google.com/photos/library/guides/upload-media, read 2026-11-24)
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

from mediascream.destinations.retry_after import retry_after_s
from mediascream.errors import DestinationBlocked, TryLater

if TYPE_CHECKING:
    import httpx2

    from mediascream.destinations.gphotos_http import Http
    from mediascream.errors import DeliveryError

OK, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TOO_MANY, SERVER_ERROR = 200, 400, 401, 403, 429, 500
SHOWN = 300
CONSOLE_PAGE = "https://console.cloud.google.com/apis/library/photoslibrary.googleapis.com"

PROBE = b"Mediascream looks whether a wrong checksum is refused."
WRONG = base64.b64encode(hashlib.sha1(b"other bytes", usedforsecurity=False).digest()).decode()


class Probe:
    """The calls.

    Args:
        url: Where `/v1/…` is.
    """

    def __init__(self, http: Http, url: str, access_token: str) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {access_token}"}

    def require_enabled(self) -> None:
        """See that a harmless call is answered.

        Raises:
            DestinationBlocked: The API is not enabled, or the log-in is not good for it.
            TryLater: Google cannot be reached, or fails.
        """
        url = f"{self._url}/v1/albums?pageSize=1&excludeNonAppCreatedData=true"
        response = self._http.send("GET", url, headers=self._headers)
        if response.status_code != OK:
            raise _refusal(response)

    def refuses_wrong_hash(self) -> bool:
        """Whether bytes that came with the hash of others are refused.

        Raises:
            DestinationBlocked: The log-in is not good for uploads.
            TryLater: Google cannot be reached, or fails.
        """
        headers = {
            "Content-Type": "application/octet-stream",
            "X-Goog-Upload-Content-Type": "image/jpeg",
            "X-Goog-Upload-Protocol": "raw",
            "X-Goog-Hash": f"sha1={WRONG}",
        }
        response = self._http.send("POST", f"{self._url}/v1/uploads", headers=self._headers | headers, body=PROBE)
        if response.status_code == BAD_REQUEST:
            return "checksum" in _message(response).lower()
        if response.status_code != OK:
            raise _refusal(response)
        return False


def _refusal(response: httpx2.Response) -> DeliveryError:
    status, message = response.status_code, _message(response)
    if status == FORBIDDEN and ("has not been used" in message or "it is disabled" in message):
        page = re.search(r"https://\S+", message)
        msg = (
            "The Photos Library API is not enabled in your Google project: enable it at "
            f"{page[0] if page else CONSOLE_PAGE}, wait a minute, and connect again."
        )
        return DestinationBlocked(msg, reason="api-disabled")
    if status in {UNAUTHORIZED, FORBIDDEN}:
        return DestinationBlocked(f"Google Photos does not let this log-in in ({message}).", reason="not-allowed")
    if status == TOO_MANY or status >= SERVER_ERROR:
        pause_s = retry_after_s(response.headers.get("Retry-After"))
        return TryLater(
            f"Google Photos does not answer now (HTTP {status}).", reason="unreachable", retry_after_s=pause_s
        )
    return DestinationBlocked(f"Google Photos does not understand us ({status}: {message}).", reason="not-understood")


def _message(response: httpx2.Response) -> str:
    """What an answer says; Google also answers with pages, and without the wrapping `error`."""
    try:
        said: Any = response.json()
    except ValueError:
        return response.text[:SHOWN]
    inner = said.get("error", said) if isinstance(said, dict) else {}
    return str(inner.get("message", said))[:1000] if isinstance(inner, dict) else str(inner)[:SHOWN]
