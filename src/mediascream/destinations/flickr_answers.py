"""What Flickr answers, and what each of its error codes means for a delivery. Pure but for reading the clock.

Codes as listed in https://www.flickr.com/services/api/upload.api.html and in the pages of the methods; 9, 14,
201 and the words of `oauth_problem` as other clients met them (https://github.com/sybrenstuvel/flickrapi/pull/137,
https://github.com/Flickr-Foundation/flickr-photos-api; all read 2026-11-24). A refusal comes with HTTP 200.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl
from xml.etree.ElementTree import ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from mediascream.errors import DeliveryError, DestinationBlocked, FileRefused, TryLater

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

SHOWN = 200
PAUSE_S = 60.0
"""How long to leave Flickr alone where it is unwell and does not say for how long."""


@dataclass(frozen=True, slots=True)
class Yes:
    """It was done; `content` is the element around the result."""

    content: Element


@dataclass(frozen=True, slots=True)
class No:
    """It was not.

    Attributes:
        more: What the answer says beside code and message, such as `duplicate_photo_id`.
    """

    code: int
    message: str
    more: Mapping[str, str] = field(default_factory=dict)


Answer = Yes | No


class Trouble(NamedTuple):
    """One kind of trouble: who can end it, its stable word, and a sentence for a person."""

    kind: type[TryLater | DestinationBlocked | FileRefused]
    reason: str
    sentence: str


WRONG_KEY = Trouble(
    DestinationBlocked,
    "key-refused",
    "Flickr does not know the app, or has switched its key off: check FLICKR_API_KEY (docs/connect-flickr.md)",
)
WRONG_SECRET = Trouble(
    DestinationBlocked,
    "signature-refused",
    "Flickr refuses the signature: check FLICKR_API_SECRET, and FLICKR_APP_SECRET where it is set",
)
LOG_IN = Trouble(
    DestinationBlocked,
    "log-in-refused",
    "Flickr does not take the log-in any more: run `mediascream connect flickr` "
    "(or renew FLICKR_APP_TOKEN and FLICKR_APP_SECRET)",
)
NOT_ALLOWED = Trouble(
    DestinationBlocked,
    "not-allowed",
    "The log-in does not allow to upload: run `mediascream connect flickr` again and allow to write",
)
ADDRESS = Trouble(
    DestinationBlocked,
    "not-understood",
    "Flickr does not understand the request: check FLICKR_REST_URL and FLICKR_UPLOAD_URL (https is needed)",
)
ACCOUNT_FULL = Trouble(
    DestinationBlocked,
    "account-full",
    "The Flickr account takes no more (a free one: 1,000 items, 50 of them not public): make room or get Pro, "
    "then `mediascream resume flickr`",
)
VIDEOS_FULL = Trouble(
    DestinationBlocked,
    "videos-full",
    "The Flickr account takes no more videos: make room or get Pro, then `mediascream resume flickr`",
)
UNSAFE = Trouble(
    DestinationBlocked,
    "content-refused",
    "Flickr says that a free account takes only safe content: look at its settings, then `mediascream resume flickr`",
)
NO_FILE = Trouble(FileRefused, "no-file", "Flickr saw no file in the upload")
EMPTY = Trouble(FileRefused, "empty-file", "Flickr says that the file is empty")
FORMAT = Trouble(FileRefused, "format-refused", "Flickr does not take files of this kind")
TOO_LARGE = Trouble(FileRefused, "too-large", "Flickr does not take files so large")
BAD_URL = Trouble(FileRefused, "bad-url", "Flickr refuses an address in the title, description or tags")
UNCONVERTED = Trouble(FileRefused, "not-converted", "Flickr could not convert this video")
AWAY = Trouble(TryLater, "unreachable", "Flickr is not available now")
FAILED = Trouble(TryLater, "server-error", "Flickr failed at this file")
VIDEOS_OFF = Trouble(TryLater, "videos-off", "Flickr takes no videos for now")
CLOCK = Trouble(
    TryLater, "clock-wrong", "Flickr refuses the time of the request: this machine's clock is wrong, set it (NTP)"
)
ODD = Trouble(TryLater, "unknown-refusal", "Flickr refuses for a reason that is not known")

_BY_CODE = {
    0: VIDEOS_OFF,
    2: NO_FILE,
    3: FAILED,
    4: EMPTY,
    5: FORMAT,
    6: ACCOUNT_FULL,
    7: VIDEOS_FULL,
    8: TOO_LARGE,
    10: ADDRESS,
    11: ADDRESS,
    12: ADDRESS,
    13: ADDRESS,
    15: UNSAFE,
}
"""Codes of the upload; with other methods these numbers mean other things."""

_EVERYWHERE = {
    95: ADDRESS,
    96: WRONG_SECRET,
    97: WRONG_SECRET,
    98: LOG_IN,
    99: NOT_ALLOWED,
    100: WRONG_KEY,
    105: AWAY,
    106: FAILED,
    111: ADDRESS,
    112: ADDRESS,
    114: ADDRESS,
    115: ADDRESS,
    116: BAD_URL,
    201: AWAY,
}

_BY_OAUTH_PROBLEM = {
    "consumer_key_unknown": WRONG_KEY,
    "consumer_key_rejected": WRONG_KEY,
    "consumer_key_refused": WRONG_KEY,
    "signature_invalid": WRONG_SECRET,
    "token_rejected": LOG_IN,
    "token_revoked": LOG_IN,
    "token_expired": LOG_IN,
    "permission_denied": NOT_ALLOWED,
    "permission_unknown": NOT_ALLOWED,
    "timestamp_refused": CLOCK,
    "nonce_used": FAILED,
    "verifier_invalid": Trouble(
        DestinationBlocked, "code-refused", "Flickr does not take this code: begin again, and type it as it is shown"
    ),
}


def read_answer(body: bytes) -> Answer:
    """What an answer says.

    Raises:
        TryLater: It is none of Flickr's: a proxy's page, or cut short.
    """
    try:
        root: Element = ElementTree.fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise _unreadable(body) from error
    if root.tag != "rsp":
        raise _unreadable(body)
    if root.get("stat") == "ok":
        return Yes(root)
    refusal = root.find("err")
    if refusal is None:
        raise _unreadable(body)
    code, message = refusal.get("code", ""), refusal.get("msg", "")
    # What is beside the code stands in elements here and in attributes there.
    more = dict(refusal.attrib) | {child.tag: (child.text or "").strip() for child in root if child is not refusal}
    return No(int(code) if code.isdecimal() else -1, message, more)


def trouble_of(no: No, *, upload: bool) -> Trouble:
    """What a refusal means; `upload` says whether it answers an upload."""
    if "not currently available" in no.message:
        return AWAY
    everywhere = _EVERYWHERE.get(no.code, ODD)
    return _BY_CODE.get(no.code, everywhere) if upload else everywhere


def error_of(no: No, *, upload: bool) -> DeliveryError:
    """The error to raise for a refusal."""
    return as_error(trouble_of(no, upload=upload), f"code {no.code}: {no.message}")


def as_error(trouble: Trouble, seen: str) -> DeliveryError:
    """The error of a kind of trouble, with what was seen in brackets."""
    sentence = f"{trouble.sentence} ({seen[:SHOWN]})."
    if trouble.kind is TryLater:
        pause_s = PAUSE_S if trouble in {AWAY, CLOCK, VIDEOS_OFF} else None
        return TryLater(sentence, reason=trouble.reason, retry_after_s=pause_s)
    return trouble.kind(sentence, reason=trouble.reason)


def oauth_problem(body: bytes) -> Trouble | None:
    """The trouble that an answer in OAuth's own words tells of; None where it is in other words."""
    said = dict(parse_qsl(body.decode("utf-8", "replace")))
    if "oauth_problem" not in said:
        return None
    return _BY_OAUTH_PROBLEM.get(said["oauth_problem"], ADDRESS)


def _unreadable(body: bytes) -> TryLater:
    shown = body[:SHOWN].decode("utf-8", "replace")
    msg = f"The answer is none of Flickr's, so nobody knows what became of the request: {shown!r}."
    return TryLater(msg, reason="answer-unreadable")
