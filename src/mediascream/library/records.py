"""What the library hands out and takes in: plain values, no rows and no connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from mediascream.photo import (
        DestinationName,
        Kind,
        Location,
        Metadata,
        PhotoId,
        PhotoState,
        Receipt,
        SkipReason,
        TakenSource,
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What the sender said of a photo, kept apart from what the file says.

    Attributes:
        taken_at: Aware, or naive for the wall clock of an unknown place.
        override: The sender's word goes before the file's.
        edited: The names of those values that a person changed later on: they go before all else, None too.
    """

    taken_at: datetime | None = None
    location: Location | None = None
    description: str | None = None
    override: bool = False
    edited: frozenset[str] = frozenset()

    def goes_first(self, name: str) -> bool:
        """Whether this value goes before what the file says."""
        return self.override or name in self.edited


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo whose bytes lie in the spool for good, and that is to become a row."""

    id: PhotoId
    file_name: str
    media_type: str
    ending: str
    kind: Kind
    size_bytes: int
    added_at: datetime
    modified_at: datetime | None = None
    tags: tuple[str, ...] = ()
    skip: frozenset[DestinationName] = frozenset()
    said: Said = field(default_factory=Said)


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """All that is known of one photo.

    Attributes:
        number: Our own running number; it never leaves the program.
        metadata: What the file says; all None until it was processed.
        taken_local: The wall clock of the place; naive.
        preview: `ready`, `none` (there will be no preview; `preview_problem` says why) or None (not yet).
        spooled: The original still lies in the spool.
        sidecar_wanted: Counts the changes that the sidecar must tell.
        emptying: Its bytes are being removed from the archives.
        rendition_digests: How a rendition's key ends -> SHA-256 of the file as it was made.
    """

    number: int
    id: PhotoId
    file_name: str
    media_type: str
    ending: str
    kind: Kind
    size_bytes: int
    sha1: str | None
    metadata: Metadata
    placeholder: bytes | None
    preview: str | None
    preview_problem: str | None
    taken_at: datetime
    taken_local: datetime
    taken_offset_min: int | None
    taken_source: TakenSource
    location: Location | None
    description: str | None
    said: Said
    added_at: datetime
    modified_at: datetime | None
    skip: frozenset[DestinationName]
    spooled: bool
    processed: bool
    archived: bool
    state: PhotoState
    sidecar_wanted: int
    deleted_at: datetime | None
    purged: bool
    emptying: bool = False
    rendition_digests: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    companions: tuple[PhotoId, ...] = ()


@dataclass(frozen=True, slots=True)
class Processed:
    """What the processing step found out about one photo.

    Attributes:
        sha1: None where the bytes could not be read.
        rendition_digests: How a rendition's key ends -> SHA-256 of the file.
    """

    sha1: str | None
    metadata: Metadata
    placeholder: bytes | None = None
    preview_problem: str | None = None
    rendition_digests: dict[str, str] = field(default_factory=dict)

    @property
    def preview(self) -> str:
        """`ready` or `none`, as it is kept."""
        return "ready" if self.preview_problem is None else "none"


class Outcome(StrEnum):
    """What became of a photo that was sent."""

    NEW = "new"
    DUPLICATE = "duplicate"
    DELETED = "deleted"
    """In the trash, or a tombstone: it stays so unless the sender asks to restore it."""
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery with what its next attempt needs.

    Attributes:
        run: Which job may act on it. A job that carries an older number has been overtaken.
        sidecar_stored: In an archive: the `sidecar_wanted` that the stored sidecar tells.
    """

    photo: int
    receipt: Receipt
    notes: dict[str, str]
    run: int
    sidecar_stored: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The delivery that a new photo gets to one destination."""

    destination: DestinationName
    skip: SkipReason | None = None


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a longer list; `next` is the cursor of the following part, None at the end."""

    items: list[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class PhotoQuery:
    """Which photos are asked for. None of the optional ones: all that are not deleted.

    Attributes:
        taken_from: The first moment of the wall clock that is wanted.
        taken_until: The first moment that is no longer wanted.
        missing: Photos that this destination does not have.
    """

    limit: int = 100
    cursor: str | None = None
    tag: str | None = None
    text: str | None = None
    taken_from: datetime | None = None
    taken_until: datetime | None = None
    state: PhotoState | None = None
    kind: Kind | None = None
    missing: DestinationName | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """A person's changes. What is not in `changes` stays; None takes a value away, and the file's date comes back.

    Attributes:
        changes: Of `tags` (tuple), `description` (str), `taken_at` (datetime), `location` (Location).
    """

    changes: dict[str, Any]
