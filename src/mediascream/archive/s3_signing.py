"""Requests to S3 signed by hand (AWS Signature Version 4), for what the client cannot be made to send.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html, read 2026-11-24.
The tests of this module are AWS's own examples, in sig-v4-header-based-auth.html beside that page.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = "~"


@dataclass(frozen=True, slots=True)
class Keys:
    """Whose signature it is, and for which region."""

    access_key: str
    secret_key: str = field(repr=False)
    region: str


@dataclass(frozen=True, slots=True)
class SignableRequest:
    """A request before it is signed.

    Attributes:
        url: Without a query; its path is percent-encoded already.
        query: Unencoded; an empty value is sent as `name=`.
        headers: Only those to add; `host`, date and payload hash come with the signature.
    """

    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def full_url(self) -> str:
        """The address with its query, encoded as it was signed."""
        return f"{self.url}?{_encoded_query(self.query)}" if self.query else self.url


def object_url(bucket_url: str, key: str) -> str:
    """The address of a key, percent-encoded as S3 wants it signed."""
    return f"{bucket_url}/{quote(key, safe='/' + _UNRESERVED)}"


def sign(request: SignableRequest, keys: Keys, *, now: datetime) -> dict[str, str]:
    """All headers to send: the request's own, and those that sign it at `now` (UTC)."""
    payload_hash = hashlib.sha256(request.body).hexdigest()
    headers = {name.lower(): value.strip() for name, value in request.headers.items()} | {
        "host": urlsplit(request.url).netloc,
        "x-amz-content-sha256": payload_hash,
        "x-amz-date": f"{now:%Y%m%dT%H%M%SZ}",
    }
    names = ";".join(sorted(headers))
    scope = f"{now:%Y%m%d}/{keys.region}/s3/aws4_request"
    to_sign = _string_to_sign(_canonical(request, headers, names, payload_hash), scope, headers["x-amz-date"])
    signature = hmac.new(_signing_key(keys.secret_key, scope), to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"{keys.access_key}/{scope}"
    authorization = f"{_ALGORITHM} Credential={credential},SignedHeaders={names},Signature={signature}"
    return headers | {"authorization": authorization}


def _canonical(request: SignableRequest, headers: Mapping[str, str], names: str, payload_hash: str) -> str:
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    path = urlsplit(request.url).path or "/"
    return "\n".join([request.method, path, _encoded_query(request.query), lines, names, payload_hash])


def _string_to_sign(canonical: str, scope: str, timestamp: str) -> str:
    return "\n".join([_ALGORITHM, timestamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])


def _signing_key(secret_key: str, scope: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _encoded_query(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe=_UNRESERVED)}={quote(query[name], safe=_UNRESERVED)}" for name in sorted(query))
