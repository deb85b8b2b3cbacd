"""WebP: RIFF chunks. Source, read 2026-11-24: RFC 9649."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from mediascream.processing.containers.packets import MAX_PACKET_BYTES, Packets
from mediascream.processing.tags import read_tags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_HEAD_BYTES = {b"VP8X": 10, b"VP8 ": 10, b"VP8L": 5, b"EXIF": MAX_PACKET_BYTES, b"XMP ": MAX_PACKET_BYTES}
"""How much of each chunk is worth reading."""
_MAX_CHUNKS = 10_000


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    file.seek(12, 1)
    for _ in range(_MAX_CHUNKS):
        header = file.read(8)
        if len(header) < 8:  # noqa: PLR2004  (name and length)
            return
        name, length = struct.unpack("<4sI", header)
        content = file.read(min(length, _HEAD_BYTES.get(name, 0)))
        yield name, content
        file.seek(length - len(content) + length % 2, 1)


def _read_size(name: bytes, content: bytes) -> tuple[int, int] | None:
    try:
        if name == b"VP8X":
            return int.from_bytes(content[4:7], "little") + 1, int.from_bytes(content[7:10], "little") + 1
        if name == b"VP8 ":
            width, height = struct.unpack_from("<HH", content, 6)
            return width & 0x3FFF, height & 0x3FFF
        if name == b"VP8L":
            bits = struct.unpack_from("<I", content, 1)[0]
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    except struct.error:
        pass
    return None


def find_webp_packets(file: BinaryIO) -> Packets:
    """The packets of a WebP."""
    found = Packets()
    for name, content in _chunks(file):
        found.size = found.size or _read_size(name, content)
        if name == b"EXIF":
            found.tags = read_tags(content.removeprefix(b"Exif\0\0"))
        elif name == b"XMP ":
            found.xmp = content
    return found
