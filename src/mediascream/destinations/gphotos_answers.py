"""What Google Photos answers, and what it means for a delivery. Pure.

Statuses and sentences as documented in https://developers.google.com/photos/library/reference/rest/v1/mediaItems/batchCreate
and https://developers.google.com/photos/overview/api-limits-quotas; as mapped by Google's own client
(https://github.com/google/java-photoslibrary), by https://github.com/dtinit/data-transfer-project and
https://github.com/gphotosuploader/google-photos-api-client-go, and as users met them in the latter's threads (all read
2026-11-24). Words change, so they are matched loosely; a body may be of another shape, or of what stands before Google.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from mediascream.destinations.gphotos_http import PAUSE_S, SHOWN
from mediascream.destinations.retry_after import retry_after_s
from mediascream.errors import DeliveryError, DestinationBlocked, FileRefused, TryLater

if TYPE_CHECKING:
    import httpx2

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404
CONFLICT, TOO_LARGE, TOO_MANY, SERVER_ERROR = 409, 413, 429, 500
AWAY = frozenset({502, 503, 504})
PASSING = frozenset({408, CONFLICT, 412})

ALBUM_GONE = "album-gone"
UNKNOWN = "unknown-refusal"
DAY_SPENT = "day-spent"


class Trouble(NamedTuple):
    """One kind of trouble: who can end it, its stable word, and a sentence for a person."""

    kind: type[TryLater | DestinationBlocked | FileRefused]
    reason: str
    sentence: str


LOG_IN = Trouble(
    DestinationBlocked,
    "log-in-refused",
    "Google Photos does not take the log-in any more: run `mediascream connect gphotos`",
)
API_OFF = Trouble(
    DestinationBlocked,
    "api-disabled",
    "The Photos Library API is switched off in your Google Cloud project: enable it at the address that Google names, "
    "then `mediascream resume gphotos`",
)
NOT_ALLOWED = Trouble(
    DestinationBlocked,
    "not-allowed",
    "The log-in does not allow to upload: run `mediascream connect gphotos` again and leave all boxes ticked",
)
ACCOUNT_OFF = Trouble(
    DestinationBlocked, "account-refused", "Google Photos is switched off for this account: ask who administers it"
)
STORAGE_FULL = Trouble(
    DestinationBlocked,
    "storage-full",
    "The Google account has no room left: make some at https://one.google.com/storage, then `mediascream resume gphotos`",
)
LARGE = Trouble(FileRefused, "too-large", "Google Photos does not take files so large")
DAMAGED = Trouble(TryLater, "damaged-copy", "The bytes that reached Google Photos are not those that were sent")
GONE_ALBUM = Trouble(TryLater, ALBUM_GONE, "The album in Google Photos is gone, or is not one that Mediascream made")
THROTTLED = Trouble(TryLater, "throttled", "Google Photos asks to be left alone for a while")
DAY = Trouble(TryLater, DAY_SPENT, "The calls that Google allows in a day are spent")
UNWELL = Trouble(TryLater, "unreachable", "Google Photos is not available now")
FAILED = Trouble(TryLater, "server-error", "Google Photos failed at this file")
ODD = Trouble(TryLater, UNKNOWN, "Google Photos refuses for a reason that is not known")

_QUOTA = re.compile(r"quota|rate.?limit", re.IGNORECASE)
_SPENT = re.compile(r"exceed|insufficient tokens|exhausted", re.IGNORECASE)
_PER_DAY = re.compile(r"per.?day", re.IGNORECASE)
_WORDS: tuple[tuple[int, str, Trouble], ...] = (
    (FORBIDDEN, r"has not been used in project|it is disabled|SERVICE_DISABLED|accessNotConfigured", API_OFF),
    (FORBIDDEN, r"disabled for the user", ACCOUNT_OFF),
    (BAD_REQUEST, r"remaining storage", STORAGE_FULL),
    (BAD_REQUEST, r"checksum", DAMAGED),
    (BAD_REQUEST, r"does not match any albums|media items to this album", GONE_ALBUM),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What an answer that is no yes says.

    Attributes:
        message: A sentence, and the names of limits and reasons that came with it.
        retry_after_s: How long Google asks to wait, where it does.
    """

    status: int
    message: str
    retry_after_s: float | None = None


def read_json(response: httpx2.Response) -> dict[str, Any]:
    """The content of a yes.

    Raises:
        TryLater: It is none of Google's, or cut short.
    """
    said = _parse(response.content)
    if said is None:
        shown = response.text[:SHOWN]
        msg = f"The answer is none of Google's, so nobody knows what became of the request: {shown!r}."
        raise TryLater(msg, reason="answer-unreadable")
    return said


def seen_of(response: httpx2.Response) -> Seen:
    """What a refusal says, whatever its shape."""
    wait_s = retry_after_s(response.headers.get("Retry-After"))
    said = _parse(response.content)
    if said is None:
        return Seen(response.status_code, response.text.strip()[:SHOWN], wait_s)
    inner = said.get("error", said)
    if not isinstance(inner, dict):
        return Seen(response.status_code, str(inner)[:SHOWN], wait_s)
    details = json.dumps(inner["details"]) if inner.get("details") else ""
    return Seen(response.status_code, f"{inner.get('message', '')} {details}".strip(), wait_s)


def trouble_of(seen: Seen) -> Trouble:
    """What a refusal means."""
    if seen.status == TOO_MANY or _is_quota(seen):
        return DAY if _PER_DAY.search(seen.message) else THROTTLED
    for status, words, trouble in _WORDS:
        if seen.status == status and re.search(words, seen.message, re.IGNORECASE):
            return trouble
    by_status = {UNAUTHORIZED: LOG_IN, FORBIDDEN: NOT_ALLOWED, TOO_LARGE: LARGE}
    if seen.status in AWAY:
        return UNWELL
    if seen.status >= SERVER_ERROR or seen.status in PASSING:
        return FAILED
    return by_status.get(seen.status, ODD)


def error_of(seen: Seen) -> DeliveryError:
    """The error to raise for a refusal; that of a spent day knows its end elsewhere (`gphotos_quota.py`)."""
    return as_error(trouble_of(seen), f"HTTP {seen.status}: {seen.message}", asked_s=seen.retry_after_s)


def as_error(trouble: Trouble, said: str, *, asked_s: float | None = None) -> DeliveryError:
    """The error of a kind of trouble, with what was seen in brackets."""
    sentence = f"{trouble.sentence} ({said[:SHOWN] if trouble is not API_OFF else said[: 3 * SHOWN]})."
    if trouble.kind is not TryLater:
        return trouble.kind(sentence, reason=trouble.reason)
    if trouble in {THROTTLED, UNWELL}:
        asked_s = max(PAUSE_S, asked_s or 0.0)
    return TryLater(sentence, reason=trouble.reason, retry_after_s=asked_s)


def _is_quota(seen: Seen) -> bool:
    """A quota has been told of as 400 and as 403, too (https://github.com/int128/gpup/issues/13, read 2026-11-24)."""
    told = seen.status in {BAD_REQUEST, FORBIDDEN}
    return told and bool(_QUOTA.search(seen.message) and _SPENT.search(seen.message))


def _parse(content: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(content)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
