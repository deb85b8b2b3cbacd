"""What lies under `originals/`: each original with its sidecar, and what is neither. One page at a time in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediascream.archive.keys import ORIGINALS, SIDECAR_ENDING, parse_original_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mediascream.archive.base import Archive, Found


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the archive: where an original lies, or lay.

    Attributes:
        key: The original's.
        original: None where only its sidecar is there.
        sidecar: None where only the original is there.
    """

    key: str
    original: Found | None
    sidecar: Found | None


@dataclass(frozen=True, slots=True)
class Stranger:
    """A file that is not ours; it is left alone."""

    key: str


def scan(archive: Archive) -> Iterator[Place | Stranger]:
    """Everything under `originals/`, ordered by key."""
    return paired(archive.list(ORIGINALS))


def paired(found: Iterable[Found]) -> Iterator[Place | Stranger]:
    """Bring originals together with their sidecars. Pure.

    As the original's key begins its sidecar's, whatever is listed between the two begins with it as well: the copy
    of a copy, `a~3f9a1c2b7d5e.jpg (1)~…`. So an original waits until a key comes that does not begin with its own.
    """
    waiting: list[Found] = []
    for one in found:
        while waiting and not one.key.startswith(waiting[-1].key):
            yield _alone(waiting.pop())
        original_key = one.key.removesuffix(SIDECAR_ENDING)
        if parse_original_key(original_key) is None:
            yield Stranger(one.key)
        elif original_key == one.key:
            waiting.append(one)
        elif waiting and waiting[-1].key == original_key:
            yield Place(original_key, waiting.pop(), one)
        else:
            yield Place(original_key, None, one)
    while waiting:
        yield _alone(waiting.pop())


def _alone(original: Found) -> Place:
    return Place(original.key, original, None)
