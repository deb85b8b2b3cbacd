"""Which of the many formats that share TIFF's frame a file is: a TIFF, or one of the camera RAWs.

A RAW is not told by its maker's name alone, for cameras and their programs write true TIFFs too. It is
one when its first directory says that the picture is a sensor's mosaic, is packed in a maker's own way, or
is only a small stand-in for another directory. Everything else is a TIFF, which is always safe to say.

Sources, read 2026-11-24: TIFF 6.0; DNG 1.7 (tag 50706); https://exiftool.org/TagNames/EXIF.html (Compression,
PhotometricInterpretation); http://lclevy.free.fr/cr2/ (mark at byte 8); LibRaw's `identify.cpp` (ORF, RW2).
"""

from __future__ import annotations

import re
import struct

from mediascream.photo import Kind, MediaType


def _raw(maker_and_format: str) -> MediaType:
    return MediaType(f"image/x-{maker_and_format}", Kind.PHOTO, maker_and_format.partition("-")[2])


TIFF = MediaType("image/tiff", Kind.PHOTO, "tif")
CR2 = _raw("canon-cr2")
DNG = _raw("adobe-dng")
NEF = _raw("nikon-nef")
ARW = _raw("sony-arw")
ORF = _raw("olympus-orf")
RW2 = _raw("panasonic-rw2")
PEF = _raw("pentax-pef")
SRW = _raw("samsung-srw")

_BY_MAKER = (
    (re.compile(rb"NIKON", re.IGNORECASE), NEF),
    (re.compile(rb"SONY", re.IGNORECASE), ARW),
    (re.compile(rb"PENTAX|RICOH", re.IGNORECASE), PEF),
    (re.compile(rb"SAMSUNG", re.IGNORECASE), SRW),
    (re.compile(rb"HASSELBLAD", re.IGNORECASE), _raw("hasselblad-3fr")),
    (re.compile(rb"PHASE ONE", re.IGNORECASE), _raw("phaseone-iiq")),
    (re.compile(rb"(?:EASTMAN )?KODAK", re.IGNORECASE), _raw("kodak-dcr")),
    (re.compile(rb"MAMIYA", re.IGNORECASE), _raw("mamiya-mef")),
    (re.compile(rb"EPSON|SEIKO EPSON", re.IGNORECASE), _raw("epson-erf")),
)
_SUBFILE_TYPE, _COMPRESSION, _PHOTOMETRIC, _MAKE, _SUB_IFDS, _DNG_VERSION = 254, 259, 262, 271, 330, 50706
_MAKERS_COMPRESSIONS = frozenset({32767, 32769, 32770, 32772, 34713, 34892, 65000, 65535})
_COLOUR_FILTER_ARRAY = 32803
_ASCII, _ENTRY_BYTES, _MAX_ENTRIES = 2, 12, 512


class _FirstDirectory:
    """The entries of a TIFF's first directory, as far as `head` shows them; numbers and one text."""

    def __init__(self, head: bytes) -> None:
        self._order = "<" if head.startswith(b"II") else ">"
        self._head = head
        self._entries = self._read_entries()

    def _unpack(self, code: str, at: int) -> int:
        return int(struct.unpack_from(self._order + code, self._head, at)[0])

    def _read_entries(self) -> dict[int, int]:
        """Tag → where its entry starts."""
        try:
            start = self._unpack("I", 4)
            count = min(self._unpack("H", start), _MAX_ENTRIES)
        except struct.error:
            return {}
        ends = range(start + 2 + _ENTRY_BYTES, min(start + 2 + _ENTRY_BYTES * count, len(self._head)) + 1, _ENTRY_BYTES)
        return {self._unpack("H", end - _ENTRY_BYTES): end - _ENTRY_BYTES for end in ends}

    def __contains__(self, tag: int) -> bool:
        return tag in self._entries

    def number(self, tag: int) -> int:
        """The value of a SHORT or LONG tag; -1 where it is absent."""
        at = self._entries.get(tag)
        if at is None:
            return -1
        return self._unpack("H" if self._unpack("H", at + 2) == 3 else "I", at + 8)  # noqa: PLR2004  (3 is SHORT)

    def text(self, tag: int) -> bytes:
        """The value of an ASCII tag as far as it lies within the head."""
        at = self._entries.get(tag)
        if at is None or self._unpack("H", at + 2) != _ASCII:
            return b""
        length = self._unpack("I", at + 4)
        start = at + 8 if length <= 4 else self._unpack("I", at + 8)  # noqa: PLR2004  (four bytes fit into the entry)
        return self._head[start : start + length]

    @property
    def is_of_a_raw(self) -> bool:
        stand_in = _SUB_IFDS in self and self.number(_SUBFILE_TYPE) & 1 == 1
        mosaic = self.number(_PHOTOMETRIC) == _COLOUR_FILTER_ARRAY
        return (_SUBFILE_TYPE in self and stand_in) or mosaic or self.number(_COMPRESSION) in _MAKERS_COMPRESSIONS


def identify_tiff(head: bytes) -> MediaType | None:
    """A TIFF, or the camera RAW inside a TIFF's frame; None where `head` is neither.

    Args:
        head: The first 4096 bytes of the file, or all of a shorter one.
    """
    if head[:4] in {b"IIRO", b"IIRS", b"MMOR"}:
        return ORF
    if head.startswith(b"IIU\0"):
        return RW2
    if head[:4] in {b"II\x2b\0", b"MM\0\x2b"}:
        return TIFF
    if head[:4] not in {b"II\x2a\0", b"MM\0\x2a"} or len(head) < 8:  # noqa: PLR2004  (the length of the header)
        return None
    return CR2 if head[8:10] == b"CR" else _by_directory(_FirstDirectory(head))


def _by_directory(directory: _FirstDirectory) -> MediaType:
    if _DNG_VERSION in directory:
        return DNG
    if not directory.is_of_a_raw:
        return TIFF
    make = directory.text(_MAKE)
    return next((raw for maker, raw in _BY_MAKER if maker.match(make)), TIFF)
