"""ISO base media boxes: what MP4, QuickTime, Canon's CR3, JPEG 2000 and JPEG XL are made of.

Sources, read 2026-11-24: ISO/IEC 14496-12; https://github.com/lclevy/canon_cr3; ISO/IEC 15444-2 (uuid boxes of
XMP and EXIF); ISO/IEC 18181-2 (boxes of JPEG XL).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from mediascream.processing.containers.packets import MAX_PACKET_BYTES, Packets
from mediascream.processing.tags import Tags, read_directory, read_tags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_JP2_EXIF_UUID = b"JpgTiffExif->JP2"
_CANON_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_TRACK_HEADER = struct.Struct(">9i")
_MATRIX_AT = {0: 40, 1: 52}
"""Where a track header's matrix starts, by the header's version."""
_HEADER_BYTES, _LONG_HEADER_BYTES, _UUID_BYTES = 8, 16, 16
_MAX_BOXES = 10_000


class Box(NamedTuple):
    """Where a box's content starts and ends in the file."""

    name: bytes
    start: int
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes between two places of a file, one after the other; stops where they make no sense."""
    for _ in range(_MAX_BOXES):
        file.seek(start)
        header = file.read(_LONG_HEADER_BYTES)
        if start + _HEADER_BYTES > end or len(header) < _HEADER_BYTES:
            return
        size, name = struct.unpack_from(">I4s", header)
        content = start + _HEADER_BYTES
        if size == 1 and len(header) == _LONG_HEADER_BYTES:
            size, content = int.from_bytes(header[8:]), start + _LONG_HEADER_BYTES
        after = end if size == 0 else start + size
        if after < content or after > end:
            return
        yield Box(name, content, after)
        start = after


def find_box(file: BinaryIO, *path: bytes) -> Box | None:
    """The first box that lies in the first of each of the outer ones; None where a step is missing."""
    inside = Box(b"", 0, file.seek(0, 2))
    for name in path:
        found = next((box for box in boxes(file, inside.start, inside.end) if box.name == name), None)
        if found is None:
            return None
        inside = found
    return inside


def read_box(file: BinaryIO, box: Box, limit: int = MAX_PACKET_BYTES) -> bytes:
    """A box's content, at most `limit` bytes of it."""
    file.seek(box.start)
    return file.read(min(box.end - box.start, limit))


def find_box_packets(file: BinaryIO) -> Packets:
    """The packets of a JPEG 2000, JPEG XL or CR3: XMP and EXIF in boxes of the file's first level."""
    found = Packets()
    for box in boxes(file, 0, file.seek(0, 2)):
        if box.name == b"xml " and found.xmp is None:
            found.xmp = read_box(file, box)
        elif box.name == b"Exif":
            content = read_box(file, box)
            found.tags = read_tags(content[4 + int.from_bytes(content[:4]) :])
        elif box.name == b"uuid":
            _keep_uuid(found, read_box(file, box))
        elif box.name == b"moov":
            found.tags = _read_canon_tags(file, box) or found.tags
    return found


def _keep_uuid(found: Packets, content: bytes) -> None:
    uuid, packet = content[:_UUID_BYTES], content[_UUID_BYTES:]
    if uuid == _XMP_UUID:
        found.xmp = packet
    elif uuid == _JP2_EXIF_UUID:
        found.tags = read_tags(packet.removeprefix(b"Exif\0\0"))


def _read_canon_tags(file: BinaryIO, movie: Box) -> Tags | None:
    """CR3 has one TIFF block per directory: CMT1 main, CMT2 EXIF, CMT4 GPS."""
    for box in boxes(file, movie.start, movie.end):
        if box.name == b"uuid" and read_box(file, box, _UUID_BYTES) == _CANON_UUID:
            inner = {part.name: read_box(file, part) for part in boxes(file, box.start + _UUID_BYTES, box.end)}
            return Tags(*(read_directory(inner.get(name, b"")) for name in (b"CMT1", b"CMT2", b"CMT4")))
    return None


def read_rotation(file: BinaryIO) -> int:
    """Degrees clockwise, 0 to 270, that a player turns an MP4's or QuickTime's first picture track by."""
    movie = find_box(file, b"moov")
    tracks = boxes(file, movie.start, movie.end) if movie else iter(())
    for track in tracks:
        header = _track_header(file, track) if track.name == b"trak" else b""
        matrix_at = _MATRIX_AT.get(header[0]) if header else None
        if matrix_at is None or len(header) < matrix_at + _TRACK_HEADER.size + 8:
            continue
        width = int.from_bytes(header[matrix_at + _TRACK_HEADER.size :][:4])
        if width:
            return _rotation_of(_TRACK_HEADER.unpack_from(header, matrix_at))
    return 0


def _track_header(file: BinaryIO, track: Box) -> bytes:
    for box in boxes(file, track.start, track.end):
        if box.name == b"tkhd":
            return read_box(file, box)
    return b""


def _rotation_of(matrix: tuple[int, ...]) -> int:
    """The quarter turn of a matrix; 0 for any other (mirrored, sheared or odd angles)."""
    across, down = (matrix[0] > 0) - (matrix[0] < 0), (matrix[1] > 0) - (matrix[1] < 0)
    return {(1, 0): 0, (0, 1): 90, (-1, 0): 180, (0, -1): 270}.get((across, down), 0)
