"""JPEG: segments up to the first scan. Source, read 2026-11-24: ITU-T T.81 annex B; EXIF 3.0, 4.5.4; XMP part 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream.processing.containers.packets import Packets, iptc_of_photoshop
from mediascream.processing.tags import read_tags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP_MARK = b"Photoshop 3.0\0"
_EXIF_MARKS = (b"Exif\0\0", b"Exif\0\xff")
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_APP1, _APP13, _SCAN, _END = 0xE1, 0xED, 0xDA, 0xD9
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_MAX_SEGMENTS = 1000


def _segments(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment before the scan; stops where the file makes no sense."""
    file.read(2)
    for _ in range(_MAX_SEGMENTS):
        mark = file.read(2)
        while mark == b"\xff\xff":
            mark = b"\xff" + file.read(1)
        if len(mark) != 2 or mark[0] != 0xFF or mark[1] in {_SCAN, _END}:  # noqa: PLR2004  (a marker is FF and a byte)
            return
        if mark[1] in _WITHOUT_LENGTH:
            continue
        length = int.from_bytes(file.read(2)) - 2
        if length < 0:
            return
        yield mark[1], file.read(length)


def find_jpeg_packets(file: BinaryIO) -> Packets:
    """The packets of the JPEG that starts where `file` stands; the first of each kind counts."""
    found = Packets()
    exif: bytes | None = None
    photoshop = b""
    for marker, content in _segments(file):
        if marker in _FRAMES and found.size is None:
            found.size = (int.from_bytes(content[3:5]), int.from_bytes(content[1:3]))
        elif marker == _APP1 and content.startswith(_EXIF_MARKS):
            exif = exif or content[6:]
        elif marker == _APP1 and content.startswith(_XMP_MARK):
            found.xmp = found.xmp or content[len(_XMP_MARK) :]
        elif marker == _APP13 and content.startswith(_PHOTOSHOP_MARK):
            photoshop += content[len(_PHOTOSHOP_MARK) :]
    found.tags = read_tags(exif or b"")
    found.iptc = iptc_of_photoshop(photoshop)
    return found
