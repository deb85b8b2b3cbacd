"""What every archive must do. The folder and S3 are held to one suite, `tests/contracts/archive_suite.py`.

Everything here is plain and blocking; jobs call it from their own threads, the web from a pool.
Keys are relative (`originals/2026/11/24/…`), with `/` between parts; the archive adds its own root or
prefix. Errors: a missing key raises `NotInArchive`; what passes raises `TryLater`; what a person
must mend raises `DestinationBlocked` (wrong keys, missing bucket, no space, folder not writable).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from mediascream.photo import DestinationName, PhotoId, Proof


@dataclass(frozen=True, slots=True)
class Stored:
    """An original that is in the archive, and how well that is known."""

    key: str
    size_bytes: int
    proof: Proof


@dataclass(frozen=True, slots=True)
class Found:
    """What the archive says lies under a key, without reading the bytes.

    Attributes:
        sha256: The id that was written down beside the bytes; None where the archive keeps no such note.
    """

    key: str
    size_bytes: int
    modified_at: datetime
    sha256: PhotoId | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an examination of the archive found.

    Attributes:
        ability: `write`, `read`, `range`, `list`, `delete`, `conditional-write` or `checksum`.
        present: Whether the archive has it.
        detail: A sentence: what was seen and, where it is lacking, what is done instead.
    """

    ability: str
    present: bool
    detail: str


class Archive(ABC):
    """A place for originals, their sidecars and small documents, that its owner controls.

    Attributes:
        place: What a person knows it by: the folder's path, the bucket's address with the prefix.
    """

    name: ClassVar[DestinationName]
    place: str

    @abstractmethod
    def put_original(self, key: str, source: Path, *, photo_id: PhotoId, size_bytes: int, media_type: str) -> Stored:
        """Store the file `source` under `key` for good, and prove that it is there.

        Twice is as good as once: where `key` already holds `photo_id`, it is proven again and not
        rewritten. Memory does not grow with the file. Durable when it returns.

        Raises:
            KeyTaken: Other bytes lie under `key`; they are untouched.
            TryLater: Trouble that passes, or a copy that came out damaged (`reason` `damaged-copy`).
            DestinationBlocked: A person must act.
        """

    @abstractmethod
    def put_document(self, key: str, content: bytes, *, media_type: str = "application/json") -> None:
        """Store a small document (sidecar, rendition), replacing what was there, whole or not at all."""

    @abstractmethod
    def create_document(self, key: str, content: bytes, *, media_type: str = "application/json") -> bool:
        """Store a small document only if nothing lies under `key`; False where something does."""

    @abstractmethod
    def read_document(self, key: str) -> bytes:
        """The whole of a small document.

        Raises:
            NotInArchive: Nothing lies there, or nothing that can be read any more.
        """

    @abstractmethod
    def find(self, key: str) -> Found | None:
        """What lies under `key`, or None."""

    @abstractmethod
    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to but not including `end`, in chunks of at most 1 MiB.

        Works also where the store cannot answer ranges (it then reads and discards). The first chunk
        is fetched, and a missing key noticed, before this returns.

        Raises:
            NotInArchive: Nothing lies there, or nothing that can be read any more; then, later chunks may raise it, too.
        """

    @abstractmethod
    def digest_of(self, key: str) -> PhotoId:
        """The SHA-256 of what lies under `key`, read from the store itself and from no cache of ours.

        Raises:
            NotInArchive: Nothing lies there, or nothing that can be read any more.
        """

    @abstractmethod
    def replace_original(
        self, key: str, source: Path, *, photo_id: PhotoId, size_bytes: int, media_type: str, aside: str
    ) -> Stored:
        """Heal: put the original `source` where other bytes, or none, lie under `key`, and prove it.

        What lay there lies under `aside` for good before it is replaced. Where the new copy turns out bad, `key`
        keeps what it had. Twice is as good as once.

        Raises:
            TryLater: Trouble that passes, or a copy that came out damaged.
            DestinationBlocked: A person must act.
        """

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove what lies under `key`; nothing there is fine."""

    @abstractmethod
    def examine(self) -> Sequence[Finding]:
        """Put the archive to the test with a scratch object of our own, which is removed again.

        What is found also decides how this object works from then on (proof by checksum or by reading
        back, ranges by the server or by discarding).

        Raises:
            TryLater: It cannot be reached now.
            DestinationBlocked: Wrong keys, missing bucket, not writable.
        """

    @abstractmethod
    def list(self, prefix: str, *, after: str | None = None) -> Iterator[Found]:
        """All that lies under the folder `prefix` (such as `originals`), ordered by key, lazily."""

    @abstractmethod
    def close(self) -> None:
        """Let go of connections."""
