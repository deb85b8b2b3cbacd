"""Packets of metadata: found in every container, read as far as they make sense, and never a reason to fail."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.processing import xmp
from mediascream.processing.containers.boxes import find_box_packets, read_rotation
from mediascream.processing.containers.jpeg import find_jpeg_packets
from mediascream.processing.containers.packets import MAX_PACKET_BYTES, Packets
from mediascream.processing.containers.png import find_png_packets
from mediascream.processing.containers.psd import find_psd_packets
from mediascream.processing.containers.tiff import find_raf_packets
from mediascream.processing.containers.webp import find_webp_packets
from mediascream.processing.iptc import Iptc
from mediascream.processing.tags import read_apple_content_id, read_tags
from mediascream.processing.xmp import Xmp
from tests import made_files as made

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from mediascream.processing.moments import Moment

TIFF = made.EXIF_OF_A_CAMERA.removeprefix(b"Exif\0\0")
XMP_PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3"/></rdf:RDF></x:xmpmeta>'
)


def iptc_record(number: int, text: bytes) -> bytes:
    return b"\x1c\2" + bytes([number]) + len(text).to_bytes(2) + text


IPTC_RECORDS = iptc_record(120, b"A caption") + iptc_record(25, b"one") + iptc_record(25, "zwölf".encode())


def resource(number: int, content: bytes) -> bytes:
    return b"8BIM" + number.to_bytes(2) + b"\0\0" + len(content).to_bytes(4) + content + b"\0" * (len(content) % 2)


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def uuid(digits: str, content: bytes) -> bytes:
    return box(b"uuid", bytes.fromhex(digits) + content)


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2) + content


PHOTOSHOP = resource(0x03E8, b"odd") + resource(0x0404, IPTC_RECORDS)
JPEG = (
    b"\xff\xd8"
    + segment(0xE1, b"Exif\0\0" + TIFF)
    + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP_PACKET)
    + segment(0xED, b"Photoshop 3.0\0" + PHOTOSHOP)
    + segment(0xC2, b"\x08" + (40).to_bytes(2) + (60).to_bytes(2) + b"\3")
    + segment(0xDA, b"")
)
PSD = (
    b"8BPS\0\1" + bytes(6) + b"\0\3" + (40).to_bytes(4) + (60).to_bytes(4) + b"\0\x08\0\3" + bytes(4)
    + len(resource(0x0422, TIFF) + resource(0x0424, XMP_PACKET) + PHOTOSHOP).to_bytes(4)
    + resource(0x0422, TIFF) + resource(0x0424, XMP_PACKET) + PHOTOSHOP
)  # fmt: skip
RAW_PROFILE = f"\nexif\n{len(made.EXIF_OF_A_CAMERA)}\n{made.EXIF_OF_A_CAMERA.hex()}\n".encode()
PNG_OF_OLD = (
    b"\x89PNG\r\n\x1a\n"
    + made.png_chunk(b"IHDR", (60).to_bytes(4) + (40).to_bytes(4) + bytes(5))
    + made.png_chunk(b"IDAT", b"pixels")
    + made.png_chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(RAW_PROFILE))
    + made.png_chunk(b"tEXt", b"Raw profile type iptc\0" + f"\niptc\n99\n{PHOTOSHOP.hex()}\n".encode())
    + made.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP_PACKET)
)
JP2 = (
    box(b"jP  ", b"\r\n\x87\n")
    + uuid("be7acfcb97a942e89c71999491e3afac", XMP_PACKET)
    + box(b"uuid", b"JpgTiffExif->JP2" + TIFF)
)
JXL = box(b"JXL ", b"\r\n\x87\n") + box(b"Exif", bytes(4) + TIFF) + box(b"xml ", XMP_PACKET)
CR3 = box(b"ftyp", b"crx \0\0\0\1") + box(
    b"moov",
    uuid("85c0b687820f11e08111f4ce462b6a48", box(b"CNCV", b"version") + box(b"CMT1", TIFF)),
)
WEBP = b"RIFF\0\0\0\0WEBP" + b"".join(
    name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)
    for name, content in (
        (b"VP8X", bytes(4) + (59).to_bytes(3, "little") + (39).to_bytes(3, "little")),
        (b"EXIF", b"Exif\0\0" + TIFF),
        (b"XMP ", XMP_PACKET),
    )
)
RAF = b"FUJIFILMCCD-RAW ".ljust(84, b"\0") + (100).to_bytes(4) + bytes(12) + JPEG

CONTAINERS: dict[str, tuple[Callable[[BinaryIO], Packets], bytes, str]] = {
    "JPEG": (find_jpeg_packets, JPEG, "size exif xmp iptc"),
    "PSD": (find_psd_packets, PSD, "size exif xmp iptc"),
    "PNG of ImageMagick": (find_png_packets, PNG_OF_OLD, "size exif xmp iptc"),
    "JPEG 2000": (find_box_packets, JP2, "exif xmp"),
    "JPEG XL": (find_box_packets, JXL, "exif xmp"),
    "CR3": (find_box_packets, CR3, "exif"),
    "WebP": (find_webp_packets, WEBP, "size exif xmp"),
    "RAF": (find_raf_packets, RAF, "exif xmp iptc"),
}


@pytest.mark.parametrize(("find", "content", "there"), CONTAINERS.values(), ids=CONTAINERS)
def test_packets_are_found(find: Callable[[BinaryIO], Packets], content: bytes, there: str) -> None:
    found = find(io.BytesIO(content))
    assert found.size == ((60, 40) if "size" in there else None)
    assert (found.tags.main.text(made.MODEL) == "Canon EOS 40D") == ("exif" in there)
    assert (Xmp(found.xmp).text(xmp.XMP + "Rating") == "3") == ("xmp" in there)
    assert (Iptc(found.iptc).keywords == ("one", "zwölf")) == ("iptc" in there)


@given(st.sampled_from(sorted(CONTAINERS)), st.integers(0, 800), st.binary(max_size=40), st.integers(0, 1000))
def test_a_damaged_container_is_searched_and_never_fails(name: str, at: int, noise: bytes, cut: int) -> None:
    find, content, _ = CONTAINERS[name]
    damaged = content[:at] + noise + content[at + len(noise) :]
    found = find(io.BytesIO(damaged[: len(damaged) - cut]))
    assert isinstance(found, Packets)
    Xmp(found.xmp)
    Iptc(found.iptc)


@pytest.mark.parametrize("find", {reader for reader, _, _ in CONTAINERS.values()}, ids=lambda reader: reader.__name__)
@given(noise=st.binary(max_size=300))
def test_noise_is_searched_and_never_fails(find: Callable[[BinaryIO], Packets], noise: bytes) -> None:
    assert find(io.BytesIO(noise)).xmp is None


def test_a_text_that_unpacks_without_end_is_cut_off() -> None:
    bomb = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(4 * MAX_PACKET_BYTES))
    found = find_png_packets(io.BytesIO(b"\x89PNG\r\n\x1a\n" + made.png_chunk(b"iTXt", bomb)))
    assert len(found.xmp or b"") == MAX_PACKET_BYTES


@given(st.integers(0, len(TIFF)), st.binary(min_size=1, max_size=16))
def test_damaged_tags_are_read_as_far_as_they_go(at: int, noise: bytes) -> None:
    found = read_tags(TIFF[:at] + noise + TIFF[at + len(noise) :])
    for directory in (found.main, found.exif, found.gps):
        for tag in directory.values:
            directory.text(tag)
            assert directory.whole(tag) is None or directory.numbers(tag)


def test_one_bad_value_costs_only_itself() -> None:
    where = TIFF.index(b"EF 50mm")
    entry = TIFF.index(struct.pack(">I" if TIFF.startswith(b"MM") else "<I", where))
    found = read_tags(TIFF[:entry] + b"\xff\xff\xff\x7f" + TIFF[entry + 4 :])
    assert found.exif.text(made.LENS) is None
    assert found.exif.text(made.ORIGINAL) == "2024:02:29 23:59:58"


def test_a_fraction_of_nothing_is_no_number() -> None:
    tiff = b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 0x829A, 5, 1, 26) + bytes(4) + struct.pack("<II", 1, 0)
    assert read_tags(tiff).main.number(0x829A) is None


@given(st.binary(max_size=80))
def test_any_maker_note_has_an_id_or_none(noise: bytes) -> None:
    found = read_apple_content_id(b"Apple iOS\0\0\1MM" + noise)
    assert found is None or isinstance(found, str)


@pytest.mark.parametrize(
    ("records", "moment"),
    [
        (iptc_record(55, b"20240229") + iptc_record(60, b"235958+0100"), "2024-02-29T23:59:58+01:00"),
        (iptc_record(55, b"20240229"), "2024-02-29T00:00:00"),
        (iptc_record(55, b"00000000"), None),
        (b"", None),
    ],
)
def test_iptc_tells_when(records: bytes, moment: str | None) -> None:
    created = Iptc(records).created
    assert (created and shown(created)) == moment


def shown(moment: Moment) -> str:
    offset = "" if moment.offset_min is None else f"+{moment.offset_min // 60:02}:00"
    return moment.local.isoformat() + offset


def test_an_old_agency_s_text_is_latin() -> None:
    assert Iptc(iptc_record(120, "Köln".encode("latin-1"))).caption == "Köln"


@pytest.mark.parametrize(
    "packet",
    [
        XMP_PACKET.replace(b"xmp:", b"odd:").replace(b"xmlns:xmp", b"xmlns:odd"),
        XMP_PACKET.replace(b' xmp:Rating="3"/>', b"><xmp:Rating> 3 </xmp:Rating></rdf:Description>"),
        XMP_PACKET + bytes(2000),
        b"<?xpacket begin='\xef\xbb\xbf' id='W5M0MpCehiHzreSzNTczkc9d'?>" + XMP_PACKET + b"<?xpacket end='w'?>",
        XMP_PACKET.replace(b"<rdf:RDF", "<!-- größer --><rdf:RDF".encode("latin-1")),
        XMP_PACKET.decode().encode("utf-16"),
    ],
    ids=["alias", "element", "padded", "wrapped", "Latin-1", "UTF-16"],
)
def test_xmp_is_read_however_it_is_written(packet: bytes) -> None:
    assert Xmp(packet).text(xmp.XMP + "Rating") == "3"


@given(st.binary(max_size=200))
def test_any_bytes_are_xmp_or_nothing(noise: bytes) -> None:
    assert Xmp(XMP_PACKET[:-100] + noise).list(xmp.DC + "subject") == ()


@pytest.mark.parametrize(
    ("matrix", "degrees"),
    [((1, 0, 0, 1), 0), ((0, 1, -1, 0), 90), ((-1, 0, 0, -1), 180), ((0, -1, 1, 0), 270), ((0, 0, 0, 0), 0)],
)
@pytest.mark.parametrize("version", [0, 1])
def test_the_turn_of_a_video_is_read_from_its_track(version: int, matrix: tuple[int, ...], degrees: int) -> None:
    a, b, c, d = (number << 16 for number in matrix)
    numbers = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    header = (
        bytes([version, 0, 0, 0]) + bytes(48 if version else 36) + numbers + struct.pack(">II", 640 << 16, 480 << 16)
    )
    sound = box(b"trak", box(b"tkhd", bytes(84)))
    movie = box(b"ftyp", b"isom") + box(b"moov", sound + box(b"trak", box(b"tkhd", header)))
    assert read_rotation(io.BytesIO(movie)) == degrees
