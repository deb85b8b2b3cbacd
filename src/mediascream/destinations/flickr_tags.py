"""Tags as Flickr reads them. Pure.

One line of tags parted by spaces, those with spaces inside in double quotes, which no tag can contain; at
most 75 of them. Machine tags, `namespace:predicate=value`, are by what we recognise our copies again: anybody
who may see a photo sees its tags, so they tell nothing but hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediascream.photo import PhotoId

MOST_TAGS = 75
OURS = ("mediascream:", "checksum:")
"""Namespaces that no sender's tag may claim: a copy would be taken for another's."""


def id_tag(photo_id: PhotoId) -> str:
    """The machine tag by which a copy is found again."""
    return f"mediascream:id={photo_id}"


def checksum_tag(sha1: str) -> str:
    """The machine tag that other programs recognise too (https://github.com/TheFox/flickr-cli/issues/20, 2026-11-24)."""
    return f"checksum:sha1={sha1}"


def tag_line(tags: Iterable[str], machine_tags: Iterable[str] = ()) -> str:
    """The value of the field `tags`; machine tags come first, so that none of them is one too many."""
    said = [_readable(tag) for tag in tags]
    kept = [_quoted(tag) for tag in said if tag and not tag.lower().startswith(OURS)]
    return " ".join([*machine_tags, *kept][:MOST_TAGS])


def _readable(tag: str) -> str:
    """Without what cannot be in a tag; commas part tags in some of Flickr's own forms."""
    return " ".join(tag.replace('"', " ").replace(",", " ").split())


def _quoted(tag: str) -> str:
    return f'"{tag}"' if " " in tag else tag
