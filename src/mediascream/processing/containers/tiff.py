"""TIFF and the camera RAWs in its frame, and RAF, which carries a JPEG. Read where they lie, never whole in memory."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

from mediascream.processing.containers.jpeg import find_jpeg_packets
from mediascream.processing.containers.packets import Packets, iptc_of_photoshop
from mediascream.processing.tags import Directory, Tags, read_tags

if TYPE_CHECKING:
    from typing import BinaryIO

_WIDTH, _HEIGHT, _XMP, _IPTC, _PHOTOSHOP = 256, 257, 700, 33723, 34377
_RAF_JPEG_OFFSET_AT = 84


def _read_mapped_tags(file: BinaryIO) -> Tags:
    try:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return read_tags(data)
    except ValueError:  # an empty file cannot be mapped
        return Tags()


def _read_iptc(main: Directory) -> bytes | None:
    """IPTC records; some programs declare them as 32-bit numbers, in the file's own byte order."""
    raw = main.raw(_IPTC)
    if raw is None and (numbers := main.numbers(_IPTC)):
        packed = [int(number) & 0xFFFFFFFF for number in numbers]
        as_bytes = (b"".join(number.to_bytes(4, order) for number in packed) for order in ("little", "big"))
        raw = next((each for each in as_bytes if each.startswith(b"\x1c")), None)
    return raw or iptc_of_photoshop(main.raw(_PHOTOSHOP) or b"")


def find_tiff_packets(file: BinaryIO) -> Packets:
    """The packets of a TIFF or of a RAW in its frame; `size` is that of the first directory's picture."""
    tags = _read_mapped_tags(file)
    width, height = tags.main.whole(_WIDTH), tags.main.whole(_HEIGHT)
    return Packets(
        size=(width, height) if width and height else None,
        tags=tags,
        xmp=tags.main.raw(_XMP),
        iptc=_read_iptc(tags.main),
    )


def find_raf_packets(file: BinaryIO) -> Packets:
    """The packets of the JPEG inside a Fuji RAF, whose size is not the picture's."""
    file.seek(_RAF_JPEG_OFFSET_AT)
    file.seek(int.from_bytes(file.read(4)))
    found = find_jpeg_packets(file)
    found.size = None
    return found
