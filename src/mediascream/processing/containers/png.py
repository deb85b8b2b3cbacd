"""PNG: chunks. Source, read 2026-11-24: https://www.w3.org/TR/png-3/ and ExifTool's notes on `Raw profile type`."""

from __future__ import annotations

import binascii
import struct
import zlib
from typing import TYPE_CHECKING

from mediascream.processing.containers.packets import MAX_PACKET_BYTES, Packets, iptc_of_photoshop
from mediascream.processing.tags import read_tags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_WANTED = frozenset({b"IHDR", b"eXIf", b"iTXt", b"zTXt", b"tEXt"})
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_MAX_CHUNKS = 100_000


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of the chunks that are wanted; the others (the pixels) are jumped over."""
    file.seek(8, 1)
    for _ in range(_MAX_CHUNKS):
        header = file.read(8)
        if len(header) < 8 or header[4:] == b"IEND":  # noqa: PLR2004  (length and name)
            return
        length, name = struct.unpack(">I4s", header)
        if name in _WANTED and length <= MAX_PACKET_BYTES:
            yield name, file.read(length)
            length = 0
        file.seek(length + 4, 1)


def _inflate(packed: bytes) -> bytes:
    """Unpacked, but never more than a packet may be long; empty where it is no zlib stream."""
    try:
        return zlib.decompressobj().decompress(packed, MAX_PACKET_BYTES)
    except zlib.error:
        return b""


def _read_text(name: bytes, content: bytes) -> tuple[bytes, bytes]:
    """Keyword and text of one of the three kinds of text chunks."""
    keyword, _, rest = content.partition(b"\0")
    if name == b"tEXt":
        return keyword, rest
    if name == b"zTXt":
        return keyword, _inflate(rest[1:])
    packed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    return keyword, _inflate(text) if packed else text


def _read_raw_profile(text: bytes) -> bytes:
    """ImageMagick's way to put any packet into a text: its name, its length, and hex digits."""
    try:
        return binascii.unhexlify(b"".join(text.split()[2:]))
    except binascii.Error:
        return b""


def _keep_text(found: Packets, keyword: bytes, text: bytes) -> None:
    if keyword == _XMP_KEYWORD:
        found.xmp = found.xmp or text
    elif keyword.startswith(b"Raw profile type "):
        _keep_raw_profile(found, keyword.removeprefix(b"Raw profile type "), _read_raw_profile(text))


def _keep_raw_profile(found: Packets, name: bytes, packet: bytes) -> None:
    if name in {b"exif", b"APP1"} and packet.startswith(b"Exif\0\0"):
        found.tags = read_tags(packet[6:])
    elif name == b"xmp" or (name == b"APP1" and packet.startswith(b"http://ns.adobe.com/xap/1.0/\0")):
        found.xmp = found.xmp or packet[packet.find(b"<") :]
    elif name == b"iptc":
        found.iptc = iptc_of_photoshop(packet)


def find_png_packets(file: BinaryIO) -> Packets:
    """The packets of a PNG, also those behind its pixels; `eXIf` counts before older ways."""
    found = Packets()
    exif: bytes | None = None
    for name, content in _chunks(file):
        if name == b"IHDR":
            found.size = (int.from_bytes(content[:4]), int.from_bytes(content[4:8]))
        elif name == b"eXIf":
            exif = exif or content.removeprefix(b"Exif\0\0")
        else:
            _keep_text(found, *_read_text(name, content))
    if exif:
        found.tags = read_tags(exif)
    return found
