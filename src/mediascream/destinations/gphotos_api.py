"""Calls to the Photos Library API: counted, with an access token, and once more with another where that was refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mediascream.destinations.gphotos_answers import DAY_SPENT, UNAUTHORIZED, error_of, read_json, seen_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import httpx2

    from mediascream.destinations.gphotos_http import Http
    from mediascream.destinations.gphotos_quota import Meter
    from mediascream.destinations.gphotos_tokens import AccessTokens
    from mediascream.errors import DeliveryError

JSON = {"Content-Type": "application/json"}
FIRST_BAD = 300


class PhotosApi:
    """Many threads may use it at once.

    Args:
        address: As in `GPHOTOS_API_URL`; it holds `/v1/…`.
    """

    def __init__(self, address: str, *, http: Http, tokens: AccessTokens, meter: Meter) -> None:
        self._address = address.rstrip("/")
        self._http = http
        self._tokens = tokens
        self._meter = meter

    def get(self, path: str) -> dict[str, Any]:
        """What a question is answered with.

        Raises:
            DeliveryError: There is no answer, or a refusal.
        """
        return self.content(self.call("GET", f"{self._address}/v1/{path}"))

    def find(self, path: str) -> httpx2.Response:
        """As `get`, but with any answer, also a refusal.

        Raises:
            DeliveryError: There is no answer.
        """
        return self.call("GET", f"{self._address}/v1/{path}")

    def post(self, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """What is answered to an order.

        Raises:
            DeliveryError: There is no answer, or a refusal.
        """
        body = json.dumps(content).encode()
        return self.content(self.call("POST", f"{self._address}/v1/{path}", headers=JSON, body=lambda: body))

    def upload(self, headers: Mapping[str, str], body: Callable[[], Iterable[bytes] | bytes]) -> httpx2.Response:
        """Any answer to an upload, or to the begin of one; `body` is asked for once for each time it is sent.

        Raises:
            DeliveryError: There is no answer.
        """
        return self.call("POST", f"{self._address}/v1/uploads", headers=headers, body=body, upload=True)

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Callable[[], Iterable[bytes] | bytes] = bytes,
        upload: bool = False,
    ) -> httpx2.Response:
        """Any answer.

        Raises:
            DeliveryError: There is no answer, no log-in, or no call left in this day.
        """
        token = self._tokens.current()
        response = self._send(method, url, token, headers or {}, body(), upload=upload)
        if response.status_code == UNAUTHORIZED:
            token = self._tokens.current(instead_of=token)
            response = self._send(method, url, token, headers or {}, body(), upload=upload)
        return response

    def content(self, response: httpx2.Response) -> dict[str, Any]:
        """What a yes says; a batch of which a part failed is answered with 207.

        Raises:
            DeliveryError: It is a refusal, or unreadable.
        """
        if response.status_code >= FIRST_BAD:
            raise self.refusal(response)
        return read_json(response)

    def refusal(self, response: httpx2.Response) -> DeliveryError:
        """The error that an answer stands for which is no yes."""
        error = error_of(seen_of(response))
        return self._meter.spent_says_google(error.detail) if error.reason == DAY_SPENT else error

    def _send(
        self,
        method: str,
        url: str,
        token: str,
        headers: Mapping[str, str],
        body: Iterable[bytes] | bytes,
        *,
        upload: bool,
    ) -> httpx2.Response:
        self._meter.spend(for_upload=upload)
        return self._http.send(method, url, headers={**headers, "Authorization": f"Bearer {token}"}, body=body)
