"""From what the library knows to what goes over the wire."""

import base64
from typing import Any

from mediascream import wire
from mediascream.library.checks import Check
from mediascream.library.records import PhotoRecord
from mediascream.library.standing import Listed
from mediascream.library.timeline import Tiles
from mediascream.photo import Location, Metadata, Receipt

UNKNOWN_RATIO = 1.5
"""What a tile is drawn as until its size is known: most photos are 3:2."""


def glimpse(photo: PhotoRecord, *, duplicate: bool = False) -> wire.PhotoGlimpse:
    """All that a sender may see."""
    return wire.PhotoGlimpse(id=photo.id, duplicate=duplicate, state=photo.state, archived=photo.archived)


def whole_photo(photo: PhotoRecord, *, duplicate: bool = False) -> wire.Photo:
    """A photo as its owner sees it."""
    return wire.Photo(
        duplicate=duplicate,
        file_name=photo.file_name,
        media_type=photo.media_type,
        kind=photo.kind,
        size=photo.size_bytes,
        description=photo.description,
        tags=photo.tags,
        location=_location(photo.location),
        companions=photo.companions,
        receipts=tuple(receipt(one) for one in photo.receipts),
        **_state(photo),
        **_times(photo),
        **_from_file(photo.metadata),
        **_pictures(photo),
    )


def receipt(one: Receipt) -> wire.Receipt:
    """A receipt."""
    return wire.Receipt(**_receipt_fields(one))


def delivery(one: Listed) -> wire.Delivery:
    """A receipt that stands alone."""
    return wire.Delivery(photo_id=one.photo_id, file_name=one.file_name, **_receipt_fields(one.receipt))


def check(one: Check) -> wire.Check:
    """A line of the log of checks."""
    return wire.Check(
        at=one.at,
        by=one.by.value,
        photo_id=one.photo_id,
        file_name=one.file_name,
        destination=one.destination,
        result=one.result.value,
        code=one.code,
        detail=one.detail,
    )


def tiles(found: Tiles) -> dict[str, Any]:
    """A part of a month, column by column, as `wire.TimelineMonth` has it.

    Not made of that model: to look at every value once more takes longer than to read it.
    """
    return {
        "id": found.id,
        "ratio": [ratio or UNKNOWN_RATIO for ratio in found.ratio],
        "taken_local": found.taken_local,
        "kind": found.kind,
        "placeholder": [_base64(one) for one in found.placeholder],
        "state": found.state,
        "next": found.next,
    }


def _state(photo: PhotoRecord) -> dict[str, Any]:
    return {"id": photo.id, "state": photo.state, "archived": photo.archived}


def _times(photo: PhotoRecord) -> dict[str, Any]:
    return {
        "taken_at": photo.taken_at,
        "taken_local": photo.taken_local,
        "taken_offset": _offset(photo.taken_offset_min),
        "taken_source": photo.taken_source,
        "added_at": photo.added_at,
        "deleted_at": photo.deleted_at,
    }


def _from_file(file: Metadata) -> dict[str, Any]:
    exposure = wire.Exposure(
        seconds=file.exposure_s, aperture=file.aperture, iso=file.iso, focal_length_mm=file.focal_length_mm
    )
    return {
        "width": file.width,
        "height": file.height,
        "rating": file.rating,
        "camera": file.camera,
        "lens": file.lens,
        "exposure": exposure if exposure != wire.Exposure() else None,
        "duration_s": file.duration_s,
    }


def _pictures(photo: PhotoRecord) -> dict[str, Any]:
    address = f"/photos/{photo.id}"
    ready = photo.preview == "ready"
    return {
        "preview": photo.preview,
        "placeholder": _base64(photo.placeholder),
        "url": address,
        "original_url": f"{address}/original",
        "thumbnail_url": f"{address}/thumbnail" if ready else None,
        "preview_url": f"{address}/preview" if ready else None,
    }


def _receipt_fields(one: Receipt) -> dict[str, Any]:
    error = None if one.error_code is None else wire.ReceiptError(code=one.error_code, detail=one.error_detail or "")
    return {
        "destination": one.destination,
        "state": one.state,
        "reason": one.reason,
        "remote_id": one.remote_id,
        "remote_url": one.remote_url,
        "size": one.size,
        "proof": one.proof,
        "delivered_at": one.delivered_at,
        "checked_at": one.checked_at,
        "attempts": one.attempts,
        "next_attempt_at": one.next_attempt_at,
        "error": error,
        "derivative": one.derivative,
    }


def _location(place: Location | None) -> wire.Location | None:
    return None if place is None else wire.Location(latitude=place.latitude, longitude=place.longitude)


def _offset(minutes: int | None) -> str | None:
    if minutes is None:
        return None
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _base64(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode("ascii")
