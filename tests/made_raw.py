"""Camera RAWs made by the tests: the least of a DNG that LibRaw develops, with or without a picture inside."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests import made_files as made

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

BYTE, ASCII, SHORT, LONG, RATIONAL, SRATIONAL = 1, 2, 3, 4, 5, 10
_CODES = {BYTE: "B", SHORT: "H", LONG: "I", RATIONAL: "II", SRATIONAL: "ii"}

_ROOM_FOR_FIRST = 1024
Tag = tuple[int, int, bytes | tuple[int, ...]]
"""Number, kind and value of a tag; numbers in one flat tuple."""


@dataclass
class TiffMaker:
    """Lays directories and what they point to one behind the other; little-endian, the first one in front."""

    content: bytearray = field(default_factory=lambda: bytearray(_ROOM_FOR_FIRST))

    def put(self, data: bytes) -> int:
        """Where the data came to lie."""
        self.content += bytes(len(self.content) % 2)
        at = len(self.content)
        self.content += data
        return at

    def directory(self, *tags: Tag) -> bytes:
        """A directory; what does not fit into it is put behind all else."""
        entries = b""
        for tag, kind, value in sorted(tags, key=lambda entry: entry[0]):
            packed = value if isinstance(value, bytes) else self._pack(kind, value)
            count = len(packed) // struct.calcsize("<" + _CODES.get(kind, "B"))
            inline = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", self.put(packed))
            entries += struct.pack("<HHI", tag, kind, count) + inline
        return struct.pack("<H", len(tags)) + entries + bytes(4)

    @staticmethod
    def _pack(kind: int, numbers: tuple[int, ...]) -> bytes:
        return struct.pack(f"<{len(numbers)}{_CODES[kind][0]}", *numbers)

    def finish(self, first_directory: bytes) -> bytes:
        """The whole file."""
        start = b"II*\0" + struct.pack("<I", 8) + first_directory
        self.content[: len(start)] = start
        return bytes(self.content)


def make_dng(path: Path, picture: Image.Image, *, embedded: Image.Image | None = None, orientation: int = 1) -> Path:
    """A DNG whose sensor saw `picture` through a Bayer filter.

    Args:
        path: Where it goes.
        picture: As the sensor lay, of even width and height.
        embedded: What the camera made of it, as a JPEG inside.
        orientation: How it is to be turned.
    """
    tiff = TiffMaker()
    sensor = _sensor_tags(tiff, picture)
    told: list[Tag] = [
        (271, ASCII, b"Maker\0"),
        (272, ASCII, b"Model 1\0"),
        (274, SHORT, (orientation,)),
        (50706, BYTE, bytes((1, 4, 0, 0))),
        (50708, ASCII, b"Maker Model 1\0"),
        (50721, SRATIONAL, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1)),
        (50728, RATIONAL, (1, 1, 1, 1, 1, 1)),
        (50778, SHORT, (21,)),
    ]
    if embedded is None:
        first = tiff.directory(*told, *sensor)
    else:
        sub = tiff.put(tiff.directory(*sensor))
        first = tiff.directory(*told, *_jpeg_tags(tiff, embedded), (330, LONG, (sub,)))
    path.write_bytes(tiff.finish(first))
    return path


def _sensor_tags(tiff: TiffMaker, picture: Image.Image) -> list[Tag]:
    width, height = picture.size
    rgb = picture.convert("RGB").tobytes()
    bands = ((0, 1), (1, 2))
    levels = [rgb[3 * (y * width + x) + bands[y % 2][x % 2]] * 257 for y in range(height) for x in range(width)]
    data = struct.pack(f"<{len(levels)}H", *levels)
    return [
        (254, LONG, (0,)),
        (256, LONG, (width,)),
        (257, LONG, (height,)),
        (258, SHORT, (16,)),
        (259, SHORT, (1,)),
        (262, SHORT, (32803,)),
        (273, LONG, (tiff.put(data),)),
        (277, SHORT, (1,)),
        (278, LONG, (height,)),
        (279, LONG, (len(data),)),
        (33421, SHORT, (2, 2)),
        (33422, BYTE, bytes((0, 1, 1, 2))),
        (50717, LONG, (65535,)),
    ]


def _jpeg_tags(tiff: TiffMaker, picture: Image.Image) -> list[Tag]:
    jpeg = made.encode(picture, "JPEG", quality=90)
    return [
        (254, LONG, (1,)),
        (256, LONG, (picture.width,)),
        (257, LONG, (picture.height,)),
        (258, SHORT, (8, 8, 8)),
        (259, SHORT, (7,)),
        (262, SHORT, (6,)),
        (273, LONG, (tiff.put(jpeg),)),
        (277, SHORT, (3,)),
        (278, LONG, (picture.height,)),
        (279, LONG, (len(jpeg),)),
    ]
