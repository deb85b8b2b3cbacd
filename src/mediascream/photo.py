"""The words everything shares: what a photo, a delivery, a receipt and a proof are.

This module imports nothing of ours. The words and their values are the ones that people and
programs see in the HTTP API, on the command line and in the archive's sidecars.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

PhotoId = NewType("PhotoId", str)
"""The SHA-256 of an original's bytes: 64 lower-case hex digits."""

PLUGINS = "mediascream.destinations"
"""The group of entry points by which other packages bring destinations (docs/add-a-destination.md)."""

LONGEST_TAG = 100
"""Characters of a tag in NFC."""

MOST_KNOWN = 1000
"""So many names are the same object wherever they turn up."""

TAKEN = frozenset({"folder", "s3", "flickr", "gphotos", "process"})
"""What no package may call its destination: ours, and the queue of processing."""

DESTINATION_PATTERN = re.compile(r"[a-z][a-z0-9_]{1,15}")

ID_PATTERN = re.compile(r"[0-9a-f]{64}")


def is_photo_id(text: str) -> bool:
    """Whether `text` could be the id of a photo (not whether that photo is known)."""
    return ID_PATTERN.fullmatch(text) is not None


class Kind(StrEnum):
    """What a person sees: a still or a moving picture."""

    PHOTO = "photo"
    VIDEO = "video"


class TakenSource(StrEnum):
    """Where the moment a photo was taken is known from."""

    EXIF = "exif"
    """The file's own metadata: EXIF, XMP, IPTC or a video container's."""
    SENDER = "sender"
    MODIFIED = "modified_at"
    ADDED = "added_at"


def brought_names() -> list[str]:
    """The names of the destinations that other installed packages bring, read without importing any of them.

    One that is taken, or cannot be a name, is left out here; `destinations/registry.py` stops the start and says why.
    """
    found = {point.name for point in entry_points(group=PLUGINS)}
    return sorted(name for name in found - TAKEN if DESTINATION_PATTERN.fullmatch(name))


class DestinationName(StrEnum):
    """A place that gets a copy of each photo. `FOLDER` and `S3` are archives, the others services.

    Going through them names those that this installation knows: ours, and what other packages bring. Any other word
    that could be a name is one too, since rows, sidecars and servers may tell of a package that is not installed here.
    """

    _ignore_ = ["members", "brought"]  # noqa: RUF012 - a word of `enum`

    FOLDER = "folder"
    S3 = "s3"
    FLICKR = "flickr"
    GPHOTOS = "gphotos"

    members = vars()
    for brought in brought_names():
        members[brought.upper()] = brought

    @classmethod
    def _missing_(cls, value: object) -> DestinationName | None:
        if not isinstance(value, str) or DESTINATION_PATTERN.fullmatch(value) is None:
            return None
        stranger = str.__new__(cls, value)
        stranger._name_, stranger._value_ = value.upper(), value
        if len(cls._value2member_map_) < MOST_KNOWN:  # a caller may say any word
            cls._value2member_map_.setdefault(value, stranger)
        return stranger


ARCHIVES = (DestinationName.FOLDER, DestinationName.S3)
SERVICES = tuple(name for name in DestinationName if name not in ARCHIVES)
"""The destinations that a sender may ask to skip."""


class DeliveryState(StrEnum):
    """Where one photo stands on its way to one destination."""

    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    WAITING = "waiting"
    """Goes on by itself: quota, back-off, service down."""
    BLOCKED = "blocked"
    """A person must act once for the whole destination: log in again, make room."""
    REFUSED = "refused"
    """This destination will never take this file; an end."""
    FAILED = "failed"
    """Gave up after many tries, or the copy is gone; can be retried by hand."""
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    """The photo went to the trash first."""


OPEN_STATES = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.WAITING})
"""The states from which a delivery goes on without a person."""

ATTENTION_STATES = frozenset({DeliveryState.BLOCKED, DeliveryState.FAILED})
"""The states in which a delivery asks for a person."""


class SkipReason(StrEnum):
    """Why a delivery is `skipped`."""

    SENDER = "sender"
    NOT_CONNECTED = "not_connected"


class Proof(StrEnum):
    """How well a copy is known to be equal to the original, strongest first."""

    BYTES = "bytes"
    """Read back, or hashed by the destination on demand, and equal."""
    CHECKSUM = "checksum"
    """The destination checked our checksum as it received the bytes, and was seen to refuse a wrong one."""
    LISTED = "listed"
    """The destination shows the item under its id."""


class PhotoState(StrEnum):
    """What a person most needs to know of a photo."""

    DELETED = "deleted"
    ATTENTION = "attention"
    PROCESSING = "processing"
    SAFE = "safe"


def photo_state(*, deleted: bool, archived: bool, deliveries: Iterable[DeliveryState]) -> PhotoState:
    """The state of a photo from its deliveries; the first match of the contract's list wins."""
    states = set(deliveries)
    if deleted:
        return PhotoState.DELETED
    if states & ATTENTION_STATES:
        return PhotoState.ATTENTION
    if not archived or states & OPEN_STATES:
        return PhotoState.PROCESSING
    return PhotoState.SAFE


@dataclass(frozen=True, slots=True)
class MediaType:
    """A kind of file that is kept, as known by its bytes.

    Attributes:
        name: The IANA media type, such as `image/jpeg`.
        ending: What the archive puts behind the name, without the dot: `jpg`.
    """

    name: str
    kind: Kind
    ending: str


@dataclass(frozen=True, slots=True)
class Location:
    """A place on Earth in decimal degrees (WGS 84), north and east positive."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one delivery."""

    destination: DestinationName
    state: DeliveryState
    reason: SkipReason | None = None
    remote_id: str | None = None
    remote_url: str | None = None
    size: int | None = None
    proof: Proof | None = None
    delivered_at: datetime | None = None
    checked_at: datetime | None = None
    attempts: int = 0
    next_attempt_at: datetime | None = None
    error_code: str | None = None
    error_detail: str | None = None
    derivative: bool = False


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says of itself. None where it says nothing, or nothing that can be believed.

    Attributes:
        width: Pixels as shown, after orientation is applied; so is `height`.
        orientation: EXIF orientation 1 to 8; for a video its rotation as the equal EXIF value.
        taken_local: The wall clock of the place, without an offset.
        taken_offset_min: Minutes east of UTC at that moment.
        exposure_s: Exposure time in seconds.
        rating: 0 to 5 stars.
        live_photo_id: Apple's content identifier, the same in both halves of a live photo.
        duration_s: Of a video, in seconds.
    """

    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    taken_local: datetime | None = None
    taken_offset_min: int | None = None
    camera: str | None = None
    lens: str | None = None
    exposure_s: float | None = None
    aperture: float | None = None
    iso: int | None = None
    focal_length_mm: float | None = None
    location: Location | None = None
    description: str | None = None
    keywords: tuple[str, ...] = ()
    rating: int | None = None
    live_photo_id: str | None = None
    duration_s: float | None = None
