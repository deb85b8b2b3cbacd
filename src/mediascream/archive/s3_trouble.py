"""What a bucket's refusals mean: which pass by themselves, and which a person must mend.

The client gives one exception for most troubles, and only its text tells them apart: the `<Code>` of the
S3 error, the HTTP status, or the words of the TLS and network layers below. Codes as listed in
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, read 2026-11-24; MinIO's begin with X.
A HEAD has no body, so its answer has no code.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mediascream.errors import DeliveryError, DestinationBlocked, TryLater

_CODE = re.compile(r"<Code>\s*(\w+)\s*</Code>")
_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")
_REGION = re.compile(r"<Region>\s*([\w-]+)\s*</Region>|expecting '([\w-]+)'")
_STATUS = re.compile(r"status code: (\d{3})")
_CAP = re.compile(r"\bcap exceeded|\bquota\b|storage limit|out of space", re.IGNORECASE)
_MISSING = {"NoSuchKey", "NoSuchObject", "NotFound"}
_SHOWN = 200


class Trouble(NamedTuple):
    """One kind of trouble: who can end it, its stable word, and a sentence that begins with the bucket."""

    kind: type[TryLater | DestinationBlocked]
    reason: str
    sentence: str


WRONG_KEYS = Trouble(DestinationBlocked, "wrong-keys", "refuses the keys: check S3_ACCESS_KEY and S3_SECRET_KEY")
ACCESS_DENIED = Trouble(
    DestinationBlocked,
    "access-denied",
    "denies access: its policy must allow the key to get, put, delete and list objects (docs/s3.md)",
)
NO_BUCKET = Trouble(DestinationBlocked, "no-bucket", "does not exist: make it, or check S3_BUCKET and S3_ENDPOINT")
WRONG_REGION = Trouble(DestinationBlocked, "wrong-region", "is in another region: set S3_REGION")
STORAGE_FULL = Trouble(DestinationBlocked, "storage-full", "is full or over its quota: make room or raise the quota")
CERTIFICATE = Trouble(
    DestinationBlocked,
    "certificate",
    "shows a TLS certificate that is not trusted, expired or for another name: mend it, or name its authority in S3_CA_FILE",
)
COLD = Trouble(DestinationBlocked, "cold-storage", "has the object in cold storage: restore it there first")
TOO_BIG = Trouble(DestinationBlocked, "too-big", "does not take objects of this size")
THROTTLED = Trouble(TryLater, "throttled", "asks for fewer requests at a time, or is overloaded")
SERVER_ERROR = Trouble(TryLater, "server-error", "has trouble of its own")
UNREACHABLE = Trouble(TryLater, "unreachable", "cannot be reached: check the network and S3_ENDPOINT")
CLOCK = Trouble(TryLater, "clock-skew", "says that this machine's clock is wrong: set it (NTP)")
DAMAGED = Trouble(TryLater, "damaged-copy", "got other bytes than were sent, and refused them")
UNSUPPORTED = Trouble(TryLater, "unsupported", "does not understand the request")
REFUSED = Trouble(TryLater, "refused", "refuses the request")

_BY_CODE = {
    "InvalidAccessKeyId": WRONG_KEYS,
    "SignatureDoesNotMatch": WRONG_KEYS,
    "InvalidSecurity": WRONG_KEYS,
    "InvalidToken": WRONG_KEYS,
    "AuthorizationHeaderMalformed": WRONG_REGION,
    "PermanentRedirect": WRONG_REGION,
    "TemporaryRedirect": WRONG_REGION,
    "IllegalLocationConstraintException": WRONG_REGION,
    "AccessDenied": ACCESS_DENIED,
    "AllAccessDisabled": ACCESS_DENIED,
    "AccountProblem": ACCESS_DENIED,
    "UserSuspended": ACCESS_DENIED,
    "MethodNotAllowed": ACCESS_DENIED,
    "NoSuchBucket": NO_BUCKET,
    "InvalidBucketName": NO_BUCKET,
    "QuotaExceeded": STORAGE_FULL,
    "InsufficientStorage": STORAGE_FULL,
    "InsufficientCapacity": STORAGE_FULL,
    "XMinioStorageFull": STORAGE_FULL,
    "XMinioAdminBucketQuotaExceeded": STORAGE_FULL,
    "InvalidObjectState": COLD,
    "EntityTooLarge": TOO_BIG,
    "SlowDown": THROTTLED,
    "ServiceUnavailable": THROTTLED,
    "TooManyRequests": THROTTLED,
    "RequestLimitExceeded": THROTTLED,
    "BandwidthLimitExceeded": THROTTLED,
    "InternalError": SERVER_ERROR,
    "OperationAborted": SERVER_ERROR,
    "RequestTimeout": UNREACHABLE,
    "RequestTimeTooSkewed": CLOCK,
    "BadDigest": DAMAGED,
    "IncompleteBody": DAMAGED,
    "XAmzContentSHA256Mismatch": DAMAGED,
    "XAmzContentChecksumMismatch": DAMAGED,
    "InvalidPart": DAMAGED,
    "NotImplemented": UNSUPPORTED,
    "InvalidArgument": UNSUPPORTED,
    "InvalidRequest": UNSUPPORTED,
    "UnsupportedHeader": UNSUPPORTED,
}
_BY_STATUS = {
    301: WRONG_REGION,
    307: WRONG_REGION,
    400: UNSUPPORTED,
    401: WRONG_KEYS,
    403: ACCESS_DENIED,
    404: NO_BUCKET,
    408: UNREACHABLE,
    413: TOO_BIG,
    429: THROTTLED,
    500: SERVER_ERROR,
    501: UNSUPPORTED,
    502: SERVER_ERROR,
    503: THROTTLED,
    504: SERVER_ERROR,
    507: STORAGE_FULL,
}


def recognise(text: str) -> Trouble:
    """The trouble that the client's text, or a raw answer with its status in front, tells of."""
    code, message, status = _found(_CODE, text), _found(_MESSAGE, text), _found(_STATUS, text)
    if _CAP.search(message) and _BY_CODE.get(code, REFUSED) in {ACCESS_DENIED, REFUSED}:
        return STORAGE_FULL  # as Backblaze B2 is said to: denied, and why in words only (not seen here)
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status:
        return _BY_STATUS.get(int(status), REFUSED)
    if "InvalidCertificate" in text or "invalid peer certificate" in text:
        return CERTIFICATE
    if "incorrectly configured region" in text:
        return WRONG_REGION
    return UNREACHABLE


def explain(text: str, *, bucket_url: str) -> DeliveryError:
    """The error to raise for the client's text; secrets are never in it, nor its debug lines."""
    trouble = recognise(text)
    seen = _found(_CODE, text) or _seen_status(text) or _network_words(text)
    region = _REGION.search(text) if trouble is WRONG_REGION else None
    hint = f" to {region[1] or region[2]}" if region else ""
    return trouble.kind(
        f"the bucket {bucket_url} {trouble.sentence}{hint} ({seen})"[: 2 * _SHOWN], reason=trouble.reason
    )


def is_missing_key(text: str) -> bool:
    """Whether a 404 speaks of the key, and not of the bucket or of a server that is no S3 at all."""
    return _found(_CODE, text) in _MISSING


def has_status(text: str) -> bool:
    """Whether a server answered at all."""
    return bool(_found(_STATUS, text))


def is_past_the_end(text: str) -> bool:
    """Whether the part that was asked for begins behind the last byte."""
    return _found(_STATUS, text) == "416"


def ranges_are_ignored(text: str) -> bool:
    """Whether the server sent the whole where a part was asked for."""
    return "non-partial response" in text


def _seen_status(text: str) -> str:
    status = _found(_STATUS, text)
    return f"HTTP {status}" if status else ""


def _network_words(text: str) -> str:
    """What the network layer said, from the first line or, more telling, from the debug lines."""
    for words in ("dns error", "Connection refused", "ConnectionReset", "UnknownIssuer", "NotValidForName", "Expired"):
        if words in text:
            return words
    if "InvalidContentType" in text:
        return "it does not speak TLS: is it http://?"
    if "TimedOut" in text or "timed out" in text or "Timeout" in text:
        return "timed out"
    return text.partition("\n")[0].rpartition(" - ")[2][:_SHOWN]


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
