"""Which kind of file these bytes are. The name and the sender's word for it count for nothing.

What is kept: any raster image, camera RAW or video container that is known by its bytes. SVG, HTML,
PDF, text, archives and sound are not (`identify` answers None), however they are named.

Sources, read 2026-11-24: the magic numbers of `file` and of ExifTool 13.59's `%magicNumber`; ISO base
media brands from https://mp4ra.org/registered-types/brands; TIFF-based RAW as described in `tiff_types.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediascream.photo import Kind, MediaType
from mediascream.tiff_types import identify_tiff

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_BYTES = 4096
"""How many of a file's first bytes `identify` wants to see; fewer only where the file is shorter."""


def _photo(name: str, ending: str) -> MediaType:
    return MediaType(f"image/{name}", Kind.PHOTO, ending)


def _video(name: str, ending: str) -> MediaType:
    return MediaType(f"video/{name}", Kind.VIDEO, ending)


JPEG = _photo("jpeg", "jpg")
PNG = _photo("png", "png")
GIF = _photo("gif", "gif")
WEBP = _photo("webp", "webp")
BMP = _photo("bmp", "bmp")
PSD = _photo("vnd.adobe.photoshop", "psd")
AVIF = _photo("avif", "avif")
HEIC = _photo("heic", "heic")
HEIF = _photo("heif", "heif")
JXL = _photo("jxl", "jxl")
JP2 = _photo("jp2", "jp2")
J2C = _photo("j2c", "j2c")
CR3 = _photo("x-canon-cr3", "cr3")
CRW = _photo("x-canon-crw", "crw")
RAF = _photo("x-fuji-raf", "raf")
X3F = _photo("x-sigma-x3f", "x3f")
MRW = _photo("x-minolta-mrw", "mrw")
MP4 = _video("mp4", "mp4")
M4V = _video("x-m4v", "m4v")
MOV = _video("quicktime", "mov")
GP3 = _video("3gpp", "3gp")
GP2 = _video("3gpp2", "3g2")
AVI = _video("x-msvideo", "avi")
MKV = _video("x-matroska", "mkv")
WEBM = _video("webm", "webm")
WMV = _video("x-ms-wmv", "wmv")
MPEG = _video("mpeg", "mpg")
MPEG_TS = _video("mp2t", "ts")
AVCHD = _video("mp2t", "mts")
"""A transport stream with a time code before each packet, as camcorders write it (MTS, M2TS)."""


@dataclass(frozen=True, slots=True)
class _Magic:
    """`pattern` is matched at the very start of the file."""

    pattern: re.Pattern[bytes]
    media_type: MediaType


def _magic(pattern: bytes, media_type: MediaType) -> _Magic:
    return _Magic(re.compile(pattern, re.DOTALL), media_type)


_MAGICS = (
    _magic(rb"\xff\xd8\xff", JPEG),
    _magic(rb"\x89PNG\r\n\x1a\n", PNG),
    _magic(rb"GIF8[79]a", GIF),
    _magic(rb"RIFF....WEBPVP8[ LX]", WEBP),
    _magic(rb"RIFF....AVI ", AVI),
    # The size of the information header and its one colour plane tell a bitmap from text that starts with BM.
    _magic(rb"BM.{12}(?:\x0c\0\0\0.{4}|[\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0.{8})\x01\0", BMP),
    _magic(rb"8BPS\0[\x01\x02]\0{6}", PSD),
    _magic(rb"\0\0\0\x0cJXL \r\n\x87\n", JXL),
    _magic(rb"\xff\x0a", JXL),
    _magic(rb"\0\0\0\x0cjP  \r\n\x87\n", JP2),
    _magic(rb"\xff\x4f\xff\x51\0", J2C),
    _magic(rb"II\x1a\0\0\0HEAPCCDR", CRW),
    _magic(rb"FUJIFILMCCD-RAW ", RAF),
    _magic(rb"FOVb", X3F),
    _magic(rb"\0MRM\0", MRW),
    _magic(rb"\0\0\x01\xba[\x21\x2f-\x7f]", MPEG),
    _magic(rb"\0\0\x01\xb3", MPEG),
)

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset({b"mif1", b"mif2", b"msf1"})
_SOUND_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "})
_MP4_BRANDS = re.compile(rb"iso[m2-9a-c]|mp4[12]|mmp4|avc1|f4v |MSNV|XAVC|CAEP|NDS[CHMPSX]|dash|MGSV|hvc1")
_OLD_QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_MATROSKA_DOCTYPE = re.compile(rb"\x42\x82(?:[\x84-\x90]|\x40[\x04-\x10]|\x10\0\0[\x04-\x10])(webm|matroska)")
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_SOUND_STREAM = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")
_ASF_VIDEO_STREAM = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_TS_PACKET, _TS_PACKETS_SEEN = 188, 4


def _identify_magic(head: bytes) -> MediaType | None:
    return next((magic.media_type for magic in _MAGICS if magic.pattern.match(head)), None)


def _identify_by_major_brand(major: bytes) -> MediaType | None:  # noqa: PLR0911  (a table of sets reads worse)
    if major == b"crx ":
        return CR3
    if major in _AVIF_BRANDS:
        return AVIF
    if major in _HEIC_BRANDS:
        return HEIC
    if major == b"qt  ":
        return MOV
    if major in {b"M4V ", b"M4VH", b"M4VP"}:
        return M4V
    if major.startswith((b"3gp", b"3gg", b"3ge", b"3gr", b"3gs")):
        return GP3
    return GP2 if major.startswith(b"3g2") else None


def _identify_by_all_brands(brands: set[bytes]) -> MediaType | None:
    if brands & _AVIF_BRANDS:
        return AVIF
    if brands & _HEIC_BRANDS:
        return HEIC
    if brands & _HEIF_BRANDS:
        return HEIF
    if any(_MP4_BRANDS.match(brand) for brand in brands):
        return MP4
    return MOV if b"qt  " in brands else None


def _identify_iso_media(head: bytes) -> MediaType | None:
    """HEIF, AVIF, CR3, MP4 and QuickTime: the major brand speaks first, then the compatible ones."""
    box_type = head[4:8]
    if box_type in _OLD_QUICKTIME:
        return MOV if int.from_bytes(head[:4]) >= 8 or box_type == b"mdat" else None  # noqa: PLR2004  (a box's header)
    if box_type != b"ftyp":
        return None
    major, end = head[8:12], min(int.from_bytes(head[:4]), len(head))
    brands = {major, *(head[at : at + 4] for at in range(16, end - 3, 4))}
    if major in _SOUND_BRANDS:
        return None
    if _MP4_BRANDS.match(major):
        return MP4
    return _identify_by_major_brand(major) or _identify_by_all_brands(brands)


def _identify_matroska(head: bytes) -> MediaType | None:
    found = head.startswith(b"\x1a\x45\xdf\xa3") and _MATROSKA_DOCTYPE.search(head, 4, 128)
    if not found:
        return None
    return WEBM if found[1] == b"webm" else MKV


def _identify_asf(head: bytes) -> MediaType | None:
    """Windows Media; one whose header lists streams of sound and none of video is no picture."""
    if not head.startswith(_ASF_HEADER):
        return None
    return None if _ASF_SOUND_STREAM in head and _ASF_VIDEO_STREAM not in head else WMV


def _identify_transport_stream(head: bytes) -> MediaType | None:
    """Four sync bytes in a row at the distance of packets; one alone is only the letter G."""
    for media_type, prefix in ((MPEG_TS, 0), (AVCHD, 4)):
        stride = _TS_PACKET + prefix
        syncs = head[prefix : prefix + stride * (_TS_PACKETS_SEEN - 1) + 1 : stride]
        if syncs == b"G" * _TS_PACKETS_SEEN:
            return media_type
    return None


_READERS: tuple[Callable[[bytes], MediaType | None], ...] = (
    _identify_magic,
    identify_tiff,
    _identify_iso_media,
    _identify_matroska,
    _identify_asf,
    _identify_transport_stream,
)


def identify(head: bytes) -> MediaType | None:
    """The type of the file that starts with `head`, or None where it is of no photo or video that is kept.

    Args:
        head: The first `HEAD_BYTES` of the file, or all of a shorter one.
    """
    return next((found for reader in _READERS if (found := reader(head)) is not None), None)


ENDINGS: dict[Kind, str] = {
    Kind.PHOTO: "jpg jpeg jpe jfif png gif webp bmp tif tiff psd avif heic heif hif jxl jp2 j2k j2c dng cr2 cr3 crw nef nrw"
    " arw srf sr2 orf rw2 raf pef srw x3f mrw erf kdc dcr 3fr fff iiq mos mef rwl raw",
    Kind.VIDEO: "mp4 m4v mov 3gp 3g2 avi mkv webm wmv asf mpg mpeg mpe ts mts m2ts m2t vob",
}
"""The endings that files of what is kept usually have: for programs that choose by names. `identify` asks the bytes."""


def is_raw(media_type: MediaType | None) -> bool:
    """Whether it is a camera RAW: what `identify` names `image/x-MAKER-FORMAT`."""
    return media_type is not None and media_type.name.startswith("image/x-")
