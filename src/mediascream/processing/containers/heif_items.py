"""EXIF and XMP of a HEIF that libheif will not open: one that was cut off keeps its date.

Source, read 2026-11-24: ISO/IEC 23008-12 (HEIF) and 14496-12, 8.11 (`meta`, `iinf`, `iloc`).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from mediascream.processing.containers.boxes import Box, boxes, find_box, read_box
from mediascream.processing.containers.packets import MAX_PACKET_BYTES, Packets
from mediascream.processing.tags import read_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

_FULL_BOX_BYTES = 4
_MAX_ITEMS = 10_000
_EXIF, _MIME = b"Exif", b"mime"


class _Place(NamedTuple):
    start: int
    length: int


def find_heif_item_packets(path: Path) -> Packets:
    """What the item tables lead to, as far as it lies within the file; no size."""
    found = Packets()
    with path.open("rb") as file:
        meta = find_box(file, b"meta")
        inner = {} if meta is None else {box.name: box for box in boxes(file, meta.start + _FULL_BOX_BYTES, meta.end)}
        kinds, places = _read_kinds(file, inner.get(b"iinf")), _read_places(file, inner.get(b"iloc"))
        for number, kind in kinds.items():
            content = _read_place(file, places.get(number))
            if kind == _EXIF:
                found.tags = read_tags(content[4 + int.from_bytes(content[:4]) :])
            elif kind == _MIME and b"<x:xmpmeta" in content:
                found.xmp = found.xmp or content
    return found


def _read_place(file: BinaryIO, place: _Place | None) -> bytes:
    if place is None or place.length > MAX_PACKET_BYTES:
        return b""
    file.seek(place.start)
    return file.read(place.length)


def _read_kinds(file: BinaryIO, table: Box | None) -> Mapping[int, bytes]:
    """Item number → its four-letter type."""
    if table is None:
        return {}
    version = read_box(file, table, 1)
    start = table.start + _FULL_BOX_BYTES + (2 if version == b"\0" else 4)
    entries = (read_box(file, box, 16) for box in boxes(file, start, table.end))
    return dict(_read_kind(entry) for entry in entries if entry[:1] in {b"\2", b"\3"})


def _read_kind(entry: bytes) -> tuple[int, bytes]:
    width = 2 if entry[0] == 2 else 4  # noqa: PLR2004  (the version with short numbers)
    after = _FULL_BOX_BYTES + width
    return int.from_bytes(entry[_FULL_BOX_BYTES:after]), entry[after + 2 : after + 6]


def _read_places(file: BinaryIO, table: Box | None) -> Mapping[int, _Place]:
    """Item number → where its first extent lies in the file; items that lie elsewhere are left out."""
    if table is None:
        return {}
    return dict(_places(io.BytesIO(read_box(file, table))))


def _places(table: BinaryIO) -> Iterator[tuple[int, _Place]]:
    def number(width: int) -> int:
        return int.from_bytes(table.read(width))

    version, _flags, sizes, more_sizes = number(1), number(3), number(1), number(1)
    wide = 4 if version == 2 else 2  # noqa: PLR2004  (the version with long numbers)
    for _ in range(min(number(wide), _MAX_ITEMS)):
        item = number(wide)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(more_sizes >> 4)
        extents = [_read_extent(number, sizes, more_sizes if version else 0) for _ in range(min(number(2), _MAX_ITEMS))]
        if method == 0 and extents:
            yield item, _Place(base + extents[0].start, extents[0].length)


def _read_extent(number: Callable[[int], int], sizes: int, index_size: int) -> _Place:
    number(index_size & 15)
    return _Place(number(sizes >> 4), number(sizes & 15))
