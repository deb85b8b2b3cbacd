"""What an owner should know of a bucket beside what it can do: its rules, who else may read, what time it thinks it is.

Only asked when a person wants to know (`mediascream doctor`). The questions are
https://docs.aws.amazon.com/AmazonS3/latest/API/ GetBucketVersioning, GetObjectLockConfiguration and
GetBucketLifecycleConfiguration (read 2026-11-24); many servers know only some, and keys are often not allowed to ask.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from defusedxml import ElementTree

from mediascream.archive.s3_by_hand import ByHand
from mediascream.archive.s3_checksums import CONTENT
from mediascream.photo import PhotoId

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    import httpx2

    from mediascream.archive.s3_bucket import Bucket
    from mediascream.archive.s3_options import S3Options

SCRATCH = ".tmp"
_CONTENT_ID = PhotoId(hashlib.sha256(CONTENT).hexdigest())
_NOT_SET = 404


@dataclass(frozen=True, slots=True)
class Circumstance:
    """One thing that was asked.

    Attributes:
        about: `multipart`, `versioning`, `object-lock`, `expiry`, `cold-storage`, `unfinished`, `public-read` or
            `public-list`.
        holds: None where the bucket does not say.
    """

    about: str
    holds: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that was asked.

    Attributes:
        clock_ahead_s: How far this machine's clock is ahead of the bucket's; None where it told no time.
    """

    seen: tuple[Circumstance, ...]
    clock_ahead_s: float | None


def look_around(bucket: Bucket, options: S3Options) -> Circumstances:
    """Ask a bucket that was examined before; a scratch object is put in parts, and removed again.

    Raises:
        TryLater: The bucket cannot be reached now.
        DestinationBlocked: It refuses what there is no way around.
    """
    key = f"{SCRATCH}/doctor-{uuid4().hex}"
    by_hand = ByHand(options)
    try:
        multipart = _in_parts(bucket, key)
        versioning = by_hand.of_bucket({"versioning": ""})
        seen = (
            multipart,
            _versioning(versioning),
            _object_lock(by_hand.of_bucket({"object-lock": ""})),
            *_lifecycle(by_hand.of_bucket({"lifecycle": ""}), "".join(f"{part}/" for part in options.folders)),
            *_unfinished(by_hand.of_bucket({"uploads": ""})),
            *_strangers(by_hand, key),
        )
        return Circumstances(seen, clock_ahead_s(versioning))
    finally:
        bucket.delete(key)
        by_hand.close()


def clock_ahead_s(answer: httpx2.Response) -> float | None:
    """How far this machine's clock is ahead of the one that an answer's `Date` was read from."""
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, OverflowError):
        return None
    if told.tzinfo is None:
        return None
    return (datetime.now(UTC) - told.astimezone(UTC)).total_seconds()


def _in_parts(bucket: Bucket, key: str) -> Circumstance:
    """The way that originals above 8 MiB go; one small part is enough to see it."""
    began_s = time.monotonic()
    bucket.put_in_parts(key, iter([CONTENT]), size_bytes=len(CONTENT), media_type="text/plain", photo_id=_CONTENT_ID)
    found = bucket.head(key)
    whole = found is not None and found.size_bytes == len(CONTENT) and b"".join(bucket.get(key)) == CONTENT
    took = f"{(time.monotonic() - began_s) * 1000:.0f} ms"
    detail = f"a file can be sent in parts ({took})" if whole else "a file sent in parts does not come back as it was"
    return Circumstance("multipart", whole, detail)


def _versioning(answer: httpx2.Response) -> Circumstance:
    document = _document(answer)
    if document is None:
        return Circumstance(
            "versioning", None, f"the bucket does not say whether it keeps versions ({_status(answer)})"
        )
    if _text(document, "Status") == "Enabled":
        return Circumstance(
            "versioning", holds=True, detail="the bucket keeps versions: what is deleted can be got back"
        )
    return Circumstance("versioning", holds=False, detail="the bucket keeps no versions: what is deleted is gone")


def _object_lock(answer: httpx2.Response) -> Circumstance:
    document = _document(answer)
    if document is None and answer.status_code == _NOT_SET:
        return Circumstance("object-lock", holds=False, detail="objects are not locked")
    if document is None:
        return Circumstance(
            "object-lock", None, f"the bucket does not say whether objects are locked ({_status(answer)})"
        )
    if _text(document, "ObjectLockEnabled") != "Enabled":
        return Circumstance("object-lock", holds=False, detail="objects are not locked")
    retention = " ".join(filter(None, (_text(document, "Days"), "days" if _text(document, "Days") else "")))
    detail = f"new objects are locked {f'for {retention}' if retention else 'where asked'}"
    return Circumstance("object-lock", holds=True, detail=detail)


def _lifecycle(answer: httpx2.Response, prefix: str) -> Iterator[Circumstance]:
    document = _document(answer)
    if document is None and answer.status_code != _NOT_SET:
        yield Circumstance("expiry", None, f"the bucket does not tell its lifecycle rules ({_status(answer)})")
        return
    rules = [rule for rule in _children(document, "Rule") if _touches(rule, prefix)] if document is not None else []
    expiring = [rule for rule in rules if _children(rule, "Expiration") and _ends_objects(rule)]
    cold = [rule for rule in rules if _children(rule, "Transition")]
    if not expiring:
        yield Circumstance("expiry", holds=False, detail="no lifecycle rule deletes objects")
    for rule in expiring:
        when = _text(rule, "Days") or _text(rule, "Date")
        yield Circumstance("expiry", holds=True, detail=f"the lifecycle rule {_name(rule)} deletes objects ({when})")
    for rule in cold:
        where = _text(rule, "StorageClass") or "another class"
        detail = f"the lifecycle rule {_name(rule)} moves objects to {where}"
        yield Circumstance("cold-storage", holds=True, detail=detail)


def _touches(rule: Element, prefix: str) -> bool:
    """Whether a rule is in force and can concern keys of ours. One that asks for tags cannot: ours bear none."""
    limited = _text(rule, "Prefix")
    tagged = any(_plain(node.tag) == "Tag" for node in rule.iter())
    return _text(rule, "Status") == "Enabled" and not tagged and _overlap(limited, prefix)


def _overlap(limited: str, prefix: str) -> bool:
    """Whether a rule for keys that begin with `limited` meets originals or sidecars below `prefix`."""
    ours = f"{prefix}originals/"
    return ours.startswith(limited) or limited.startswith(ours)


def _ends_objects(rule: Element) -> bool:
    """Not the rules that only clear away the marks of deleted versions."""
    return any(_plain(node.tag) in {"Days", "Date"} for ending in _children(rule, "Expiration") for node in ending)


def _unfinished(answer: httpx2.Response) -> Iterator[Circumstance]:
    """Uploads in parts that somebody began more than a day ago and never ended: nobody sees them, and they are paid for."""
    document = _document(answer)
    if document is None:
        return
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    old = sum(_text(upload, "Initiated") < yesterday for upload in _children(document, "Upload"))
    detail = f"{old} uploads were begun more than a day ago and never ended" if old else "no upload was left unfinished"
    yield Circumstance("unfinished", holds=bool(old), detail=detail)


def _strangers(by_hand: ByHand, key: str) -> Iterator[Circumstance]:
    read, listed = by_hand.of_stranger(key), by_hand.of_stranger(None, {"list-type": "2", "max-keys": "1"})
    can_read = read.is_success and read.content == CONTENT
    yield Circumstance(
        "public-read",
        can_read,
        "anybody who knows an address can read objects without keys"
        if can_read
        else f"without keys nothing can be read ({_status(read)})",
    )
    can_list = listed.is_success and b"ListBucketResult" in listed.content
    yield Circumstance(
        "public-list",
        can_list,
        "anybody can list the bucket without keys"
        if can_list
        else f"without keys nothing is listed ({_status(listed)})",
    )


def _document(answer: httpx2.Response) -> Element | None:
    if not answer.is_success:
        return None
    try:
        document: Element = ElementTree.fromstring(answer.text)
    except ElementTree.ParseError:
        return None
    return document


def _children(document: Element, name: str) -> list[Element]:
    return [node for node in document if _plain(node.tag) == name]


def _text(document: Element, name: str) -> str:
    return next(((node.text or "").strip() for node in document.iter() if _plain(node.tag) == name), "")


def _name(rule: Element) -> str:
    return repr(_text(rule, "ID") or "without a name")


def _plain(tag: str) -> str:
    """Without its namespace, which servers give or leave out."""
    return tag.rpartition("}")[2]


def _status(answer: httpx2.Response) -> str:
    return f"HTTP {answer.status_code}"
