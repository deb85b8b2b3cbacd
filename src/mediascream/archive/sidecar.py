"""The sidecar: everything about a photo that is not in its bytes, as JSON beside them.

The archive is complete without a database only because of these, so they are plain enough for a person
and for a program in twenty years: UTF-8, one field a line, always in the same order (equal content means
equal bytes), times in RFC 3339, nothing encoded but the placeholder of a picture. `v` changes only when an old reader would misunderstand;
a field that is merely new is skipped by old readers.

A sidecar is rewritten when a photo's facts, tags, wishes or receipts change, not when an audit passes:
therefore a receipt here has no `checked_at`. The last field is the SHA-256 of all bytes before it (`head -n -2`, less
the comma at its end): whoever changes a sidecar by hand takes that line out.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mediascream.errors import DocumentTooNew, DocumentUnreadable
from mediascream.photo import (
    ARCHIVES,
    OPEN_STATES,
    DeliveryState,
    DestinationName,
    Location,
    PhotoId,
    Proof,
    Receipt,
    SkipReason,
    TakenSource,
    is_photo_id,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION: Final = 1
_SEAL: Final = b',\n  "sha256_of_the_above": '
_PASSING: Final = OPEN_STATES | {DeliveryState.BLOCKED, DeliveryState.CANCELLED}

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What is known of one photo, apart from its bytes. None where it is not known, or not yet.

    Attributes:
        sha1: Hex; what Flickr and Google know the bytes by.
        taken_local: The wall clock of the place, without an offset.
        taken_offset_min: Minutes east of UTC; in the file `+02:00`.
        skip: The services that the sender wished to leave out.
        companions: The other half of a live photo, RAW beside JPEG.
        deleted_at: When it was put into the trash; the sidecar outlives the original as its tombstone.
        said: What sender and owner said of it, as the library keeps that; None in sidecars of versions that did not
            write it down.
        read: What was read from the file beyond the fields above, as the library keeps that, so that a rebuild
            need not fetch every original to read it again; None as above.
    """

    id: PhotoId
    size_bytes: int
    media_type: str
    file_name: str
    added_at: datetime
    sha1: str | None = None
    taken_at: datetime | None = None
    taken_local: datetime | None = None
    taken_offset_min: int | None = None
    taken_source: TakenSource | None = None
    modified_at: datetime | None = None
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    camera: str | None = None
    lens: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    location: Location | None = None
    skip: tuple[DestinationName, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    companions: tuple[PhotoId, ...] = ()
    deleted_at: datetime | None = None
    said: Mapping[str, Any] | None = None
    read: Mapping[str, Any] | None = None

    def to_bytes(self) -> bytes:
        """The file's content; equal sidecars give equal bytes."""
        text = json.dumps(_as_json(self), ensure_ascii=False, indent=2)
        body = text.removesuffix("\n}").encode(errors="replace")
        return body + _seal_of(body)

    @classmethod
    def from_bytes(cls, content: bytes) -> Sidecar:
        """The sidecar that `content` holds; fields of the future are skipped.

        Raises:
            DocumentUnreadable: No sidecar, or a damaged one.
            DocumentTooNew: One of a newer version, or a flipped bit says so (`is_whole`).
        """
        try:
            fields = json.loads(content)
            _check_version(fields)
            return _from_json(fields)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            message = f"a sidecar cannot be read: {type(error).__name__}: {error}"
            raise DocumentUnreadable(message) from error


def is_whole(content: bytes) -> bool:
    """Whether not a bit of a sidecar has changed since it was written; True also where it was written without a seal."""
    body, sealed, _ = content.rpartition(_SEAL)
    return not sealed or content == body + _seal_of(body)


def tells_the_same(stored: Sidecar, wanted: Sidecar, *, at: DestinationName) -> bool:
    """Whether the sidecar that is stored in the archive `at` tells all that is to be told.

    Of a delivery only what lasts is compared, and that no proof is claimed that is not there: what is on its way
    is told with the next change, and times and counts of attempts are those of when it was written. Copies in other
    archives need not be told: whoever rebuilds looks at those themselves.
    """
    if replace(stored, receipts=()) != replace(wanted, receipts=()):
        return False
    told = {receipt.destination: receipt for receipt in stored.receipts}
    return all(
        receipt.destination in told and _tells(told[receipt.destination], receipt)
        for receipt in wanted.receipts
        if receipt.state not in _PASSING and (receipt.destination is at or receipt.destination not in ARCHIVES)
    )


def _tells(stored: Receipt, wanted: Receipt) -> bool:
    lasting = attrgetter("state", "reason", "remote_id", "remote_url", "size", "derivative")
    strength = [*Proof, None]
    return lasting(stored) == lasting(wanted) and strength.index(stored.proof) >= strength.index(wanted.proof)


def _seal_of(body: bytes) -> bytes:
    """The end of the file: the SHA-256 of all before it, by which a flipped bit is found without a database."""
    return _SEAL + f'"{hashlib.sha256(body).hexdigest()}"\n}}\n'.encode()


def _check_version(fields: dict[str, Any]) -> None:
    version = fields["v"]
    if isinstance(version, int) and version > VERSION:
        message = f"a sidecar has version {version}, this program reads {VERSION}: use a newer Mediascream"
        raise DocumentTooNew(message)
    if version != VERSION:
        message = f"a sidecar has version {version!r}, and there never was one"
        raise DocumentUnreadable(message)


def _as_json(sidecar: Sidecar) -> dict[str, object]:
    """The fields in the order in which a person looks for them."""
    place = sidecar.location
    return {
        "v": VERSION,
        "id": sidecar.id,
        "sha1": sidecar.sha1,
        "size": sidecar.size_bytes,
        "media_type": sidecar.media_type,
        "file_name": sidecar.file_name,
        "taken_at": _moment(sidecar.taken_at),
        "taken_local": _wall_clock(sidecar.taken_local),
        "taken_offset": _offset(sidecar.taken_offset_min),
        "taken_source": sidecar.taken_source,
        "added_at": _moment(sidecar.added_at),
        "modified_at": _moment(sidecar.modified_at),
        "width": sidecar.width,
        "height": sidecar.height,
        "duration_s": sidecar.duration_s,
        "camera": sidecar.camera,
        "lens": sidecar.lens,
        "description": sidecar.description,
        "tags": list(sidecar.tags),
        "location": place and {"latitude": place.latitude, "longitude": place.longitude},
        "skip": list(sidecar.skip),
        "receipts": [_receipt_as_json(receipt) for receipt in sidecar.receipts],
        "companions": list(sidecar.companions),
        "deleted_at": _moment(sidecar.deleted_at),
        "said": None if sidecar.said is None else dict(sidecar.said),
        "read": None if sidecar.read is None else dict(sidecar.read),
    }


def _from_json(fields: dict[str, Any]) -> Sidecar:
    if not is_photo_id(fields["id"]):
        message = f"{fields['id']!r} is no photo's id"
        raise ValueError(message)
    place = fields.get("location")
    return Sidecar(
        id=PhotoId(fields["id"]),
        size_bytes=int(fields["size"]),
        media_type=str(fields["media_type"]),
        file_name=str(fields["file_name"]),
        added_at=datetime.fromisoformat(fields["added_at"]),
        sha1=fields.get("sha1"),
        taken_at=_read_time(fields.get("taken_at")),
        taken_local=_read_time(fields.get("taken_local")),
        taken_offset_min=_read_offset(fields.get("taken_offset")),
        taken_source=_known(TakenSource, fields.get("taken_source")),
        modified_at=_read_time(fields.get("modified_at")),
        width=fields.get("width"),
        height=fields.get("height"),
        duration_s=fields.get("duration_s"),
        camera=fields.get("camera"),
        lens=fields.get("lens"),
        description=fields.get("description"),
        tags=tuple(str(tag) for tag in fields.get("tags", ())),
        location=Location(float(place["latitude"]), float(place["longitude"])) if place else None,
        skip=tuple(name for word in fields.get("skip", ()) if (name := _known(DestinationName, word))),
        receipts=tuple(_read_receipt(item) for item in fields.get("receipts", ()) if _is_understood(item)),
        companions=tuple(PhotoId(str(item)) for item in fields.get("companions", ())),
        deleted_at=_read_time(fields.get("deleted_at")),
        said=_mapping(fields.get("said")),
        read=_mapping(fields.get("read")),
    )


def _mapping(value: Any) -> dict[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        message = f"{value!r} is no object"
        raise TypeError(message)
    return value


def _receipt_as_json(receipt: Receipt) -> dict[str, object]:
    code = receipt.error_code
    return {
        "destination": receipt.destination,
        "state": receipt.state,
        "reason": receipt.reason,
        "remote_id": receipt.remote_id,
        "remote_url": receipt.remote_url,
        "size": receipt.size,
        "proof": receipt.proof,
        "delivered_at": _moment(receipt.delivered_at),
        "attempts": receipt.attempts,
        "next_attempt_at": _moment(receipt.next_attempt_at),
        "error": {"code": code, "detail": receipt.error_detail} if code else None,
        "derivative": receipt.derivative,
    }


def _is_understood(receipt: dict[str, Any]) -> bool:
    """Whether this version knows such a destination and such a state; others are left out, not fatal."""
    return bool(_known(DestinationName, receipt["destination"]) and _known(DeliveryState, receipt["state"]))


def _read_receipt(fields: dict[str, Any]) -> Receipt:
    error = fields.get("error") or {}
    return Receipt(
        destination=DestinationName(fields["destination"]),
        state=DeliveryState(fields["state"]),
        reason=_known(SkipReason, fields.get("reason")),
        remote_id=fields.get("remote_id"),
        remote_url=fields.get("remote_url"),
        size=fields.get("size"),
        proof=_known(Proof, fields.get("proof")),
        delivered_at=_read_time(fields.get("delivered_at")),
        attempts=int(fields.get("attempts", 0)),
        next_attempt_at=_read_time(fields.get("next_attempt_at")),
        error_code=error.get("code"),
        error_detail=error.get("detail"),
        derivative=bool(fields.get("derivative", False)),
    )


def _known(words: type[Word], text: str | None) -> Word | None:
    return words(text) if text in set(words) else None


def _moment(time: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    if time is None:
        return None
    if time.tzinfo is None:
        message = f"{time} has no offset, so it is no moment"
        raise ValueError(message)
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _wall_clock(time: datetime | None) -> str | None:
    return time.replace(tzinfo=None).isoformat() if time else None


def _read_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _offset(minutes: int | None) -> str | None:
    """`+02:00`; in words that RFC 3339 knows."""
    if minutes is None:
        return None
    return datetime(2000, 1, 1, tzinfo=timezone(timedelta(minutes=minutes))).isoformat()[-6:]


def _read_offset(text: str | None) -> int | None:
    if not text:
        return None
    delta = datetime.fromisoformat(f"2000-01-01T00:00:00{text}").utcoffset()
    return None if delta is None else round(delta.total_seconds() / 60)
