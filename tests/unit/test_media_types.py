"""Kinds of files are told by their bytes alone: each kept format, each look-alike, each bad head."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream import tiff_types
from mediascream.media_types import HEAD_BYTES, identify, is_raw
from mediascream.photo import Kind


def ftyp(*brands: str) -> bytes:
    names = b"".join(brand.encode() for brand in brands[1:])
    return struct.pack(">I4s4sI", 16 + len(names), b"ftyp", brands[0].encode(), 512) + names + b"\0\0\0\x08free"


def tiff(*entries: tuple[int, int, int], make: bytes = b"", order: str = "<", offset: int = 8) -> bytes:
    """A TIFF head of one directory; `entries` are (tag, type, value), numbers of one value."""
    tags = [
        (tag, kind, 1, struct.pack(order + "H2x" if kind == 3 else order + "I", value)) for tag, kind, value in entries
    ]
    after = offset + 2 + 12 * (len(tags) + bool(make)) + 4
    if make:
        tags.append((271, 2, len(make), struct.pack(order + "I", after)))
    tags.sort()
    body = b"".join(struct.pack(order + "HHI", tag, kind, count) + value for tag, kind, count, value in tags)
    start = b"II*\0" if order == "<" else b"MM\0*"
    head = (start + struct.pack(order + "I", offset)).ljust(offset, b"\0")
    return head + struct.pack(order + "H", len(tags)) + body + bytes(4) + make


STAND_IN = ((254, 4, 1), (330, 4, 9999))
"""What a RAW's first directory says: I am reduced, the picture is in another one."""
EBML = b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x23\x42\x86\x81\x01"
ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")

KEPT = {
    "JPEG": (b"\xff\xd8\xff\xe1\x12\x34Exif\0\0", "image/jpeg"),
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
    "GIF": (b"GIF89a\1\0\1\0", "image/gif"),
    "WebP": (b"RIFF\x10\0\0\0WEBPVP8X", "image/webp"),
    "BMP": (b"BM" + struct.pack("<IHHIIiiHH", 70, 0, 0, 54, 40, 2, 2, 1, 24), "image/bmp"),
    "BMP of OS/2": (b"BM" + struct.pack("<IHHIIHHHH", 32, 0, 0, 26, 12, 2, 2, 1, 24), "image/bmp"),
    "PSD": (b"8BPS\0\1" + bytes(6) + b"\0\3", "image/vnd.adobe.photoshop"),
    "JPEG XL": (b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ", "image/jxl"),
    "JPEG XL codestream": (b"\xff\x0a\xfa\x7f\x01", "image/jxl"),
    "JPEG 2000": (b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ", "image/jp2"),
    "JPEG 2000 codestream": (b"\xff\x4f\xff\x51\0\x2f\0\0", "image/j2c"),
    "TIFF": (tiff((256, 3, 10)), "image/tiff"),
    "TIFF, big-endian": (tiff((256, 3, 10), order=">"), "image/tiff"),
    "TIFF, directory far away": (b"II*\0\x40\x42\x0f\0", "image/tiff"),
    "BigTIFF": (b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0", "image/tiff"),
    "TIFF by a camera": (tiff((254, 4, 0), make=b"NIKON CORPORATION\0"), "image/tiff"),
    "TIFF with a pyramid": (tiff((254, 4, 0), (330, 4, 9), make=b"SONY\0"), "image/tiff"),
    "HEIC": (ftyp("heic", "mif1", "heic"), "image/heic"),
    "HEIC of many kinds": (ftyp("mif1", "heic", "miaf"), "image/heic"),
    "HEIC of 10 bits": (ftyp("heix", "mif1"), "image/heic"),
    "HEIC sequence": (ftyp("hevc", "msf1", "iso8"), "image/heic"),
    "HEIC sequence by its compatible brand": (ftyp("msf1", "hevc"), "image/heic"),
    "HEIF": (ftyp("mif1", "miaf"), "image/heif"),
    "AVIF": (ftyp("avif", "mif1"), "image/avif"),
    "AVIF by its compatible brand": (ftyp("mif1", "avif", "miaf"), "image/avif"),
    "AVIF sequence": (ftyp("avis", "msf1"), "image/avif"),
    "CR2": (b"II*\0\x10\0\0\0CR\2\0", "image/x-canon-cr2"),
    "CR3": (ftyp("crx ", "crx ", "isom"), "image/x-canon-cr3"),
    "CRW": (b"II\x1a\0\0\0HEAPCCDR", "image/x-canon-crw"),
    "NEF": (tiff(*STAND_IN, make=b"NIKON CORPORATION\0", order=">"), "image/x-nikon-nef"),
    "ARW": (tiff(*STAND_IN, make=b"SONY\0"), "image/x-sony-arw"),
    "SRW": (tiff(*STAND_IN, make=b"SAMSUNG\0"), "image/x-samsung-srw"),
    "PEF": (tiff((259, 3, 65535), make=b"PENTAX Corporation\0", order=">"), "image/x-pentax-pef"),
    "PEF, mosaic": (tiff((262, 3, 32803), make=b"PENTAX\0"), "image/x-pentax-pef"),
    "DNG": (tiff((50706, 1, 1), make=b"Apple\0"), "image/x-adobe-dng"),
    "ORF": (b"IIRO\x08\0\0\0", "image/x-olympus-orf"),
    "RW2": (b"IIU\0\x18\0\0\0", "image/x-panasonic-rw2"),
    "RAF": (b"FUJIFILMCCD-RAW 0201FF383501", "image/x-fuji-raf"),
    "X3F": (b"FOVb\0\0\2\0", "image/x-sigma-x3f"),
    "MRW": (b"\0MRM\0\1\2\3", "image/x-minolta-mrw"),
    "MP4": (ftyp("isom", "iso2", "avc1", "mp41"), "video/mp4"),
    "MP4 of a Sony": (ftyp("XAVC", "XAVC", "mp42"), "video/mp4"),
    "MP4 by its compatible brand": (ftyp("nobo", "mp42"), "video/mp4"),
    "MP4 that names HEIC too": (ftyp("mp42", "heic", "mp42"), "video/mp4"),
    "M4V": (ftyp("M4V ", "isom"), "video/x-m4v"),
    "3GP": (ftyp("3gp5", "isom"), "video/3gpp"),
    "3G2": (ftyp("3g2a", "isom"), "video/3gpp2"),
    "MOV": (ftyp("qt  "), "video/quicktime"),
    "MOV of old, index first": (b"\0\0\x12\x34moov\0\0\0\x6cmvhd", "video/quicktime"),
    "MOV of old, data first": (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime"),
    "AVI": (b"RIFF\x10\0\0\0AVI LIST", "video/x-msvideo"),
    "MKV": (EBML + b"\x42\x82\x88matroska", "video/x-matroska"),
    "MKV, padded": (EBML + b"\x42\x82\x10\0\0\x08matroska", "video/x-matroska"),
    "WebM": (EBML + b"\x42\x82\x84webm", "video/webm"),
    "WMV": (ASF + bytes(200) + bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b"), "video/x-ms-wmv"),
    "MPEG-2 program": (b"\0\0\1\xba\x44\0\4", "video/mpeg"),
    "MPEG video": (b"\0\0\1\xb3\x16\0", "video/mpeg"),
    "MPEG transport": ((b"G" + bytes(187)) * 21, "video/mp2t"),
    "AVCHD": ((bytes(4) + b"G" + bytes(187)) * 21, "video/mp2t"),
}

NOT_KEPT = {
    "nothing": b"",
    "one byte": b"\xff",
    "text": b"To whom it may concern",
    "text of a bitmap's letters": b"BMW is a maker of cars, and this is a letter that is long enough",
    "text of a transport stream's letter": b"G" + b"ood morning! " * 80,
    "UTF-16 text": "Guten Tag".encode("utf-16"),
    "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "HTML": b"<!DOCTYPE html><html></html>",
    "PDF": b"%PDF-1.7\n",
    "zip": b"PK\3\4\x14\0",
    "gzip": b"\x1f\x8b\x08\0",
    "WAV": b"RIFF\x10\0\0\0WAVEfmt ",
    "M4A": ftyp("M4A ", "isom", "mp42"),
    "WMA": ASF + bytes(200) + bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b"),
    "MP3": b"ID3\4\0",
    "unknown brand": ftyp("abcd", "efgh"),
    "EBML of another kind": EBML + b"\x42\x82\x84text",
    "executable": b"\x7fELF\2\1\1\0",
    "half a PNG signature": b"\x89PNG",
    "half a TIFF header": b"II*\0",
}


@pytest.mark.parametrize(("head", "name"), KEPT.values(), ids=KEPT)
def test_a_kept_format_is_known_by_its_bytes(head: bytes, name: str) -> None:
    found = identify(head)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("head", NOT_KEPT.values(), ids=NOT_KEPT)
def test_what_is_no_photo_or_video_is_not_kept(head: bytes) -> None:
    assert identify(head) is None


def test_a_transport_stream_is_named_by_its_packets() -> None:
    endings = [found.ending for name in ("MPEG transport", "AVCHD") if (found := identify(KEPT[name][0]))]
    assert endings == ["ts", "mts"]


def test_camera_raws_are_told_from_other_pictures() -> None:
    found = {name: identify(KEPT[name][0]) for name in ("CR2", "DNG", "RAF", "X3F", "TIFF", "JPEG", "MKV")}
    assert [name for name, media_type in found.items() if is_raw(media_type)] == ["CR2", "DNG", "RAF", "X3F"]


def test_one_media_type_has_one_kind_and_every_ending_is_plain() -> None:
    found = [kept for head, _ in KEPT.values() if (kept := identify(head))]
    assert all(kept.name.startswith("image" if kept.kind == "photo" else "video") for kept in found)
    assert all(kept.ending.isalnum() and kept.ending.islower() for kept in found)


@given(st.sampled_from(sorted(KEPT)), st.integers(0, 200), st.binary(max_size=64))
def test_a_damaged_head_is_judged_and_never_raises(name: str, cut: int, noise: bytes) -> None:
    head = KEPT[name][0]
    found = identify(head[:cut] + noise + head[cut + len(noise) :])
    assert found is None or found.kind in set(Kind)


@given(st.binary(max_size=HEAD_BYTES))
def test_any_tiff_directory_is_judged_and_never_raises(noise: bytes) -> None:
    found = identify(b"II*\0\x08\0\0\0" + noise)
    assert found == tiff_types.TIFF or is_raw(found)
