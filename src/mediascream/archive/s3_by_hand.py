"""Requests to a bucket that the client cannot be made to send: signed by hand, or not signed at all."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2

from mediascream.archive.s3_signing import Keys, SignableRequest, object_url, sign
from mediascream.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediascream.archive.s3_options import S3Options

TIMEOUT_S = 30.0


class ByHand:
    """Single requests to one bucket; whatever is answered is given back as it is."""

    def __init__(self, options: S3Options) -> None:
        self._keys = Keys(options.access_key, options.secret_key, options.signing_region)
        self._options = options
        context = ssl.create_default_context()
        if options.root_certificate:
            context.load_verify_locations(cadata=options.root_certificate)
        self._client = httpx2.Client(verify=context, timeout=TIMEOUT_S)

    def of_object(
        self,
        method: str,
        key: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> httpx2.Response:
        """A signed request for a key below the prefix."""
        return self._signed(SignableRequest(method, self._address(key), query or {}, headers or {}, body))

    def of_bucket(self, query: Mapping[str, str]) -> httpx2.Response:
        """A signed question about the bucket itself."""
        return self._signed(SignableRequest("GET", self._options.bucket_url, query))

    def of_stranger(self, key: str | None, query: Mapping[str, str] | None = None) -> httpx2.Response:
        """What somebody without keys is answered, for a key below the prefix or, without one, for the bucket."""
        url = self._options.bucket_url if key is None else self._address(key)
        return self._send("GET", SignableRequest("GET", url, query or {}).full_url, {}, b"")

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _address(self, key: str) -> str:
        return object_url(self._options.bucket_url, "/".join([*self._options.folders, key]))

    def _signed(self, request: SignableRequest) -> httpx2.Response:
        headers = sign(request, self._keys, now=datetime.now(UTC))
        return self._send(request.method, request.full_url, headers, request.body)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> httpx2.Response:
        try:
            return self._client.request(method, url, headers=dict(headers), content=body)
        except httpx2.TransportError as error:
            message = f"the bucket went away while it was examined: {error}"
            raise TryLater(message, reason="unreachable") from error
