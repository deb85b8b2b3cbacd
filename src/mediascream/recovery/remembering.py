"""What an original and its sidecar say of a photo. Reads the archive, changes nothing.

The sidecar is believed where it is whole and the original has the size that it says; comparing every byte is the
audit's task. Where there is no sidecar that can be read, the original is read from end to end: its hash is its id, and
a job reads the rest later on, as of a new photo. So it is where a sidecar can be read, but not every bit of it is as it
was written: then the bytes say what they can, and the sidecar is believed in the rest, and told of.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, timezone
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from mediascream.archive.keys import parse_original_key, sidecar_key
from mediascream.archive.sidecar import Sidecar, is_whole
from mediascream.errors import DocumentTooNew, DocumentUnreadable, NotInArchive
from mediascream.library.losses import DAMAGED, MISSING
from mediascream.library.recalling import KEYWORDS_TAKEN, Remembered, metadata_from_json, placeholder_from_json
from mediascream.library.records import Said
from mediascream.library.rows import said_from_json
from mediascream.media_types import HEAD_BYTES, identify
from mediascream.photo import (
    ARCHIVES,
    OPEN_STATES,
    SERVICES,
    DeliveryState,
    DestinationName,
    Kind,
    Metadata,
    PhotoId,
    Proof,
    Receipt,
    SkipReason,
    TakenSource,
)

if TYPE_CHECKING:
    from datetime import datetime

    from mediascream.archive.base import Archive, Found
    from mediascream.recovery.scan import Place


class Problem(StrEnum):
    """What was found in an archive that is not as it should be. The value is what a person reads."""

    FOREIGN = "not ours, left alone"
    TWICE = "a second copy of a photo that lies under another key"
    NO_SIDECAR = "an original without a sidecar: taken in, with what its bytes say"
    BROKEN_SIDECAR = "a sidecar that cannot be read: its original was taken in, with what its bytes say"
    CHANGED_SIDECAR = (
        "a sidecar that was changed since it was written: what can be read of it was believed; look at the photo"
    )
    DAMAGED = "an original whose bytes are not those of its name"
    MISSING = "a sidecar whose original is gone: the photo is known and asks for attention; send the file again"


_NUMBERS: Final = (
    *("width", "height", "orientation", "taken_offset_min", "exposure_s", "aperture", "iso", "focal_length_mm"),
    *("rating", "duration_s"),
)
_WORDS: Final = ("camera", "lens", "description", "live_photo_id")

LOSSES = frozenset({Problem.BROKEN_SIDECAR, Problem.CHANGED_SIDECAR, Problem.DAMAGED, Problem.MISSING})
"""Where something was lost that the archive alone cannot bring back."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What one place of the archive says.

    Attributes:
        photo: None where nothing can be believed.
        sidecar: Where there is one that can be read.
        problem: What is not as it should be.
        detail: What more is to be said of that.
    """

    place: Place
    photo: Remembered | None
    sidecar: Sidecar | None = None
    problem: Problem | None = None
    detail: str = ""


def read_place(archive: Archive, place: Place) -> Memory:
    """What one place of the archive says.

    Raises:
        DeliveryError: The archive cannot be read now.
        DocumentTooNew: A newer version of the program wrote the sidecar, and would be overwritten by what we make of it.
    """
    told, broken = _told_at(archive, place)
    if told is None:
        memory = _from_bytes(archive, place)
        if broken and memory.problem in {None, Problem.NO_SIDECAR}:
            return replace(memory, problem=Problem.BROKEN_SIDECAR, detail=broken)
        return memory
    if told.problem is not None:
        return _borne_out(archive, told)
    return _with_original(archive, told)


def _with_original(archive: Archive, told: Memory) -> Memory:
    """What a whole sidecar says, and what lies beside it."""
    place, photo, sidecar = told.place, told.photo, told.sidecar
    if photo is None or sidecar is None:
        return told
    if place.original is None:
        return replace(told, problem=None if photo.purged else Problem.MISSING)
    damage = _damage(archive, place.original, sidecar)
    if damage:
        return Memory(place, _with_trouble(photo, archive.name, damage), sidecar, Problem.DAMAGED, damage)
    return told


def _borne_out(archive: Archive, told: Memory) -> Memory:
    """What a changed sidecar says, as far as the bytes beside it do not say otherwise."""
    place, photo = told.place, told.photo
    if photo is None or place.original is None:
        return told
    seen = _from_bytes(archive, place)
    if seen.problem is Problem.DAMAGED:
        return replace(seen, photo=_with_trouble(photo, archive.name, seen.detail), sidecar=told.sidecar)
    if seen.photo is None or seen.photo.id != photo.id:
        return replace(seen, problem=Problem.BROKEN_SIDECAR, detail=f"it is the sidecar of another photo ({photo.id})")
    by_bytes = {name: getattr(seen.photo, name) for name in ("media_type", "kind", "size_bytes", "sha1")}
    return replace(told, photo=replace(photo, **by_bytes, receipts=(*seen.photo.receipts[:1], *photo.receipts[1:])))


def _damage(archive: Archive, original: Found, sidecar: Sidecar) -> str:
    """What is wrong with an original; nothing where it has the size that was proven when it was put here.

    Where it was put here by somebody else (a bucket's content copied into a folder), nothing was proven, and it is read.
    """
    if original.size_bytes != sidecar.size_bytes:
        return f"it has {original.size_bytes} bytes, its sidecar says {sidecar.size_bytes}"
    if _proven(sidecar, archive.name) is not None:
        return ""
    digest = hashlib.sha256()
    try:
        for chunk in archive.read(original.key):
            digest.update(chunk)
    except NotInArchive as error:
        return error.detail
    return "" if digest.hexdigest() == sidecar.id else f"the SHA-256 of its bytes is {digest.hexdigest()}"


def _proven(sidecar: Sidecar, archive: DestinationName) -> Receipt | None:
    """The receipt of a copy that was proven here."""
    told = (one for one in sidecar.receipts if one.destination is archive)
    return next((one for one in told if one.state is DeliveryState.DELIVERED and one.proof is not None), None)


def remembered(sidecar: Sidecar, archive: DestinationName, place: Place) -> Remembered:
    """What a sidecar says of its photo, and the archive of its bytes. Pure."""
    parsed = parse_original_key(place.key)
    read = sidecar.read or {}
    gone = place.original is None
    return Remembered(
        id=sidecar.id,
        file_name=sidecar.file_name,
        media_type=sidecar.media_type,
        ending=parsed.ending if parsed else "",
        kind=Kind.VIDEO if sidecar.media_type.startswith("video/") else Kind.PHOTO,
        size_bytes=sidecar.size_bytes,
        added_at=_aware(sidecar.added_at),
        sha1=sidecar.sha1,
        modified_at=sidecar.modified_at and _aware(sidecar.modified_at),
        tags=sidecar.tags,
        skip=frozenset(sidecar.skip) - frozenset(ARCHIVES),
        said=said_by(sidecar),
        metadata=_metadata(sidecar),
        placeholder=placeholder_from_json(read),
        preview=read.get("preview"),
        preview_problem=read.get("preview_problem"),
        processed=sidecar.read is not None,
        deleted_at=sidecar.deleted_at and _aware(sidecar.deleted_at),
        purged=gone and sidecar.deleted_at is not None,
        # Of other archives nothing is believed: they are looked at themselves, where they are set.
        receipts=(_kept(sidecar, archive, place), *map(_of_service, _of_services(sidecar))),
        told=sidecar.said is not None and sidecar.read is not None,
    )


def said_by(sidecar: Sidecar) -> Said:
    """What sender and owner said of it.

    A sidecar of the first versions tells only what came of that. Then all that it tells is taken as an owner's word, so
    that reading the file again changes nothing. Pure.
    """
    if sidecar.said is not None:
        return said_from_json(sidecar.said)
    edited = {"location", "description", KEYWORDS_TAKEN}
    taken = _wall_clock(sidecar) if sidecar.taken_source is TakenSource.SENDER else None
    if taken is not None:
        edited.add("taken_at")
        if sidecar.taken_offset_min is not None:
            taken = taken.replace(tzinfo=timezone(timedelta(minutes=sidecar.taken_offset_min)))
    return Said(taken, sidecar.location, sidecar.description, edited=frozenset(edited))


def _wall_clock(sidecar: Sidecar) -> datetime | None:
    """`taken_local` with the fraction of a second that only `taken_at` keeps."""
    local = sidecar.taken_local
    if local is None or sidecar.taken_at is None:
        return local
    exact = _aware(sidecar.taken_at).replace(tzinfo=None) + timedelta(minutes=sidecar.taken_offset_min or 0)
    return exact if exact.replace(microsecond=0) == local.replace(microsecond=0) else local


def _metadata(sidecar: Sidecar) -> Metadata:
    fields = {name: getattr(sidecar, name) for name in ("width", "height", "duration_s", "camera", "lens")}
    if sidecar.read is not None:
        return metadata_from_json(sidecar.read, **fields)
    if sidecar.taken_source is not TakenSource.EXIF:
        return Metadata(**fields)
    return Metadata(**fields, taken_local=_wall_clock(sidecar), taken_offset_min=sidecar.taken_offset_min)


def _told_at(archive: Archive, place: Place) -> tuple[Memory | None, str]:
    """What the sidecar says, or why it cannot be read; that it was changed is a problem of its own."""
    if place.sidecar is None:
        return None, ""
    try:
        return _told_by(archive.read_document(sidecar_key(place.key)), archive.name, place)
    except NotInArchive as error:
        return None, error.detail
    except DocumentTooNew:
        raise
    except DocumentUnreadable as error:
        return None, error.detail
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # in words that only the library reads
        return None, f"a sidecar cannot be read: {type(error).__name__}: {error}"


def _told_by(content: bytes, archive: DestinationName, place: Place) -> tuple[Memory | None, str]:
    try:
        sidecar = Sidecar.from_bytes(content)
    except DocumentTooNew as error:
        if not is_whole(content):
            return None, error.detail
        raise DocumentTooNew(f"{sidecar_key(place.key)}: {error.detail}") from error
    parsed = parse_original_key(place.key)
    if parsed is None or not sidecar.id.startswith(parsed.digits):
        return None, f"it is the sidecar of another photo ({sidecar.id})"
    photo = remembered(sidecar, archive, place)
    _refuse_odd_kinds(photo)
    return Memory(place, photo, sidecar, None if is_whole(content) else Problem.CHANGED_SIDECAR), ""


def _refuse_odd_kinds(photo: Remembered) -> None:
    """A person may have changed the sidecar, and a table takes no words for numbers.

    Raises:
        TypeError: Something is of another kind than it should be.
    """
    file, said = photo.metadata, photo.said
    places = [place for place in (file.location, said.location) if place is not None]
    numbers = [getattr(file, name) for name in _NUMBERS] + [one for at in places for one in (at.latitude, at.longitude)]
    words = [getattr(file, name) for name in _WORDS]
    words += [photo.sha1, photo.preview, photo.preview_problem, said.description, *said.edited]
    odd = [one for one in numbers if not isinstance(one, int | float | None)]
    odd += [one for one in words if not isinstance(one, str | None)]
    if odd:
        msg = f"{odd[0]!r} is not what should stand there"
        raise TypeError(msg)


def _from_bytes(archive: Archive, place: Place) -> Memory:
    """The photo that the bytes alone tell of, every one of them read."""
    parsed = parse_original_key(place.key)
    if place.original is None or parsed is None:
        return Memory(place, None, problem=Problem.MISSING)
    sha256, sha1, head = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), b""
    try:
        for chunk in archive.read(place.key):
            head += chunk[: max(0, HEAD_BYTES - len(head))]
            sha256.update(chunk)
            sha1.update(chunk)
    except NotInArchive as error:
        return Memory(place, None, problem=Problem.DAMAGED, detail=error.detail)
    media_type, photo_id = identify(head), PhotoId(sha256.hexdigest())
    if not photo_id.startswith(parsed.digits):
        return Memory(place, None, problem=Problem.DAMAGED, detail=f"their SHA-256 is {photo_id}")
    if media_type is None:
        return Memory(place, None, problem=Problem.FOREIGN, detail="no photo or video by its bytes")
    photo = Remembered(
        id=photo_id,
        file_name=f"{parsed.stem}.{parsed.ending}",
        media_type=media_type.name,
        ending=parsed.ending,
        kind=media_type.kind,
        size_bytes=place.original.size_bytes,
        added_at=place.original.modified_at.astimezone(UTC),
        sha1=sha1.hexdigest(),
        receipts=(_read_back(archive.name, place.original), *map(_not_connected, SERVICES)),
    )
    return Memory(place, photo, problem=Problem.NO_SIDECAR)


def _read_back(archive: DestinationName, original: Found) -> Receipt:
    return Receipt(
        archive,
        DeliveryState.DELIVERED,
        remote_id=original.key,
        size=original.size_bytes,
        proof=Proof.BYTES,
        delivered_at=original.modified_at.astimezone(UTC),
        checked_at=original.modified_at.astimezone(UTC),
    )


def _not_connected(service: DestinationName) -> Receipt:
    """Nobody knows whether it was sent there: a person who asks for it by `backfill` gets one copy, found or new."""
    return Receipt(service, DeliveryState.SKIPPED, reason=SkipReason.NOT_CONNECTED)


def _kept(sidecar: Sidecar, archive: DestinationName, place: Place) -> Receipt:
    """The archive's own receipt. What lies there decides; the sidecar tells how well that was proven, and when. Pure."""
    proven = _proven(sidecar, archive)
    if place.original is None and sidecar.deleted_at is None:
        return _blocked(archive, place.key, MISSING, "The archive has the sidecar, but not the original.")
    if proven is None and place.original is not None:
        return _read_back(archive, place.original)
    return _checked(replace(proven or Receipt(archive, DeliveryState.CANCELLED), remote_id=place.key))


def _of_services(sidecar: Sidecar) -> list[Receipt]:
    return [one for one in sidecar.receipts if one.destination not in ARCHIVES]


def _of_service(receipt: Receipt) -> Receipt:
    """What was under way begins anew, with a look for the earlier copy; what had ended stays as it was. Pure."""
    if receipt.state not in OPEN_STATES | {DeliveryState.BLOCKED}:
        return _checked(receipt)
    return Receipt(receipt.destination, DeliveryState.QUEUED, remote_id=receipt.remote_id)


def _checked(receipt: Receipt) -> Receipt:
    """A sidecar does not tell of audits; that a copy was proven when it was delivered, it does."""
    return replace(receipt, checked_at=receipt.delivered_at)


def _with_trouble(photo: Remembered, archive: DestinationName, detail: str) -> Remembered:
    key = photo.receipts[0].remote_id or ""
    blocked = _blocked(archive, key, DAMAGED, f"The archive's copy is damaged: {detail}.")
    return replace(photo, receipts=(blocked, *photo.receipts[1:]))


def _blocked(archive: DestinationName, key: str, code: str, detail: str) -> Receipt:
    return Receipt(archive, DeliveryState.BLOCKED, remote_id=key, error_code=code, error_detail=detail)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
