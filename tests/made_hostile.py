"""Files that mean harm, made anew for each run: bombs, cut and bent files, files that are two things at once, names.

Each says how it must end: refused at the door, or kept byte for byte, with small pictures or without.
"""

from __future__ import annotations

import io
import itertools
import random
import struct
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PIL import Image

from tests import made_files as made
from tests.made_raw import make_dng

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KB = 1 << 10
MB = 1 << 20


class End(StrEnum):
    """How a file must end."""

    REFUSED = "refused"
    BARE = "kept without pictures"
    SHOWN = "kept with pictures"
    KEPT = "kept; whether a decoder makes something of it is its own affair"


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file as it is sent.

    Attributes:
        why: What is wrong with it; different for each.
        name: What its sender calls it.
    """

    why: str
    content: bytes
    end: End
    name: str = "photo.jpg"


def every_hostile_file(folder: Path) -> list[Hostile]:
    """All of them, each with bytes of its own; `folder` is for what can only be made in a file."""
    whole = _whole_files(folder)
    makers = (_bombs(), _lies(), _packets(), _cut(whole), _bent(whole), _two_at_once(whole), _no_photos(), _named())
    return list(itertools.chain(*makers))


def _noise(width: int = 320, height: int = 240, seed: int = 7) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))


def _whole_files(folder: Path) -> dict[str, bytes]:
    """A good file of each kind, by its ending."""
    kinds = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "tif": "TIFF", "bmp": "BMP", "avif": "AVIF"}
    found = {ending: made.encode(_noise(), kind) for ending, kind in kinds.items()}
    found["jp2"] = made.encode(_noise(), "JPEG2000")
    found["heic"] = made.save(_noise(), folder / "whole.heic").read_bytes()
    found["dng"] = make_dng(folder / "whole.dng", made.make_arrow(), embedded=made.make_arrow()).read_bytes()
    for ending in ("mp4", "mkv"):
        found[ending] = made.make_video(folder / f"whole.{ending}", seconds=1).read_bytes()
    return found


# ------------------------------------------------------------------------------------------------------- bombs


def _bombs() -> Iterator[Hostile]:
    """A few bytes that want to become very many."""
    yield Hostile("400 million pixels in a PNG of 60 kB", made.make_png_bomb(20_000, 20_000), End.BARE)
    yield Hostile("200 million pixels in a PNG, just allowed", made.make_png_bomb(20_000, 10_000), End.SHOWN)
    yield Hostile("a PNG one pixel high and 2 billion wide", _png_claiming(2**31 - 1, 1), End.BARE)
    for name in (b"zTXt", b"iTXt", b"iCCP"):
        yield Hostile(f"100 MB of zeros in a {name.decode()} of a PNG", _png_with(_squeezed(name)), End.KEPT)
    yield Hostile("50,000 texts in a PNG", _png_with(made.png_chunk(b"tEXt", b"a\0b") * 50_000), End.KEPT)
    yield Hostile("a GIF of 65535 x 65535 with nothing in it", _gif_claiming(65_535, 65_535), End.BARE)
    yield Hostile("a GIF of 3,000 frames", _animation(3000), End.SHOWN)
    yield Hostile("100 MB of zeros in a TIFF of 100 kB", _tiff_ofzeros(10_000, 10_000), End.KEPT)
    yield Hostile("a gigabyte of zeros in a TIFF of 1 MB", _tiff_ofzeros(30_000, 34_000), End.BARE)
    yield Hostile("a JPEG of 65500 x 65500", _jpeg_claiming(65_500, 65_500), End.BARE)
    yield Hostile("a progressive JPEG with 5,000 scans", _jpeg_of_scans(5000), End.KEPT)
    yield Hostile("a WebP of 16383 x 16383", _webp_claiming(16_383, 16_383), End.BARE)
    yield Hostile("a bitmap of 50,000 x 50,000", _bitmap_claiming(50_000, 50_000), End.BARE)
    yield Hostile("a Photoshop file of 30,000 x 30,000", _psd_claiming(30_000, 30_000), End.BARE)


def _png_claiming(width: int, height: int) -> bytes:
    whole = made.encode(made.make_arrow(8, 8), "PNG")
    header = made.png_chunk(b"IHDR", struct.pack(">II", width, height) + whole[24:29])
    return whole[:8] + header + whole[33:]


def _png_with(chunks: bytes) -> bytes:
    whole = made.encode(made.make_arrow(), "PNG")
    return whole[:33] + chunks + whole[33:]


def _squeezed(name: bytes) -> bytes:
    head = {b"zTXt": b"Comment\0\0", b"iTXt": b"XML:com.adobe.xmp\0\1\0\0\0", b"iCCP": b"profile\0\0"}[name]
    return made.png_chunk(name, head + zeros(100 * MB))


def zeros(count: int) -> bytes:
    """So many zeros as a zlib stream, without squeezing them all: one block of a megabyte again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(MB)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(count % MB)) + packer.flush()
    return b"\x78\xda" + block * (count // MB) + rest + struct.pack(">HH", count % 65_521, 1)


def _gif_claiming(width: int, height: int) -> bytes:
    whole = made.encode(made.make_arrow(8, 8).convert("P"), "GIF")
    at = whole.index(b"\x2c")
    size = struct.pack("<HH", width, height)
    return whole[:6] + size + whole[10 : at + 5] + size + whole[at + 9 :]


def _animation(frames: int) -> bytes:
    whole = made.encode(made.make_arrow(8, 8).convert("P"), "GIF")
    at = whole.index(b"\x2c")
    return whole[:at] + whole[at:-1] * frames + whole[-1:]


def _tiff_ofzeros(width: int, height: int) -> bytes:
    strip = zeros(width * height)
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 8), (262, 3, 1), (273, 4, 0), (277, 3, 1)]
    tags += [(278, 4, height), (279, 4, len(strip))]
    after = 8 + 2 + 12 * len(tags) + 4
    entries = (struct.pack("<HHII", tag, kind, 1, after if tag == 273 else value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(entries) + bytes(4) + strip


def _jpeg_claiming(width: int, height: int) -> bytes:
    whole = made.encode(made.make_arrow(), "JPEG")
    at = whole.index(b"\xff\xc0") + 5
    return whole[:at] + struct.pack(">HH", height, width) + whole[at + 4 :]


def _jpeg_of_scans(count: int) -> bytes:
    """Its last scan again and again: for each the decoder goes through the whole picture."""
    whole = made.encode(_noise(800, 600), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last : last + 40] * count + whole[last:]


def _webp_claiming(width: int, height: int) -> bytes:
    whole = made.encode(made.make_arrow(), "WEBP")
    at = whole.index(b"\x9d\x01\x2a") + 3
    return whole[:at] + struct.pack("<HH", width, height) + whole[at + 4 :]


def _bitmap_claiming(width: int, height: int) -> bytes:
    whole = made.encode(made.make_arrow(), "BMP")
    return whole[:18] + struct.pack("<ii", width, height) + whole[26:]


def _psd_claiming(width: int, height: int) -> bytes:
    header = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, height, width, 8, 3)
    return header + bytes(12) + struct.pack(">H", 1) + b"\0\x02" * 1000


# -------------------------------------------------------------------------------------------------------- lies


def _lies() -> Iterator[Hostile]:
    """Structures that lead nowhere, back to themselves, or far beyond the end."""
    yield Hostile("a TIFF whose directories point at themselves", _tiff_loop(), End.KEPT)
    yield Hostile("a TIFF of 4 billion strips", _tiff_of_many_strips(), End.KEPT)
    yield Hostile("a TIFF whose directory lies behind its end", b"II*\0\xff\xff\xff\x7f" + bytes(100), End.BARE)
    yield Hostile("a BigTIFF of 2^63 tags", b"II+\0\x08\0\0\0\x10" + bytes(7) + b"\xff" * 7 + b"\x7f", End.KEPT)
    yield Hostile("EXIF whose directories point at themselves", _jpeg_with_exif(_tiff_loop()), End.SHOWN)
    yield Hostile("EXIF with a text of 4 GB", _jpeg_with_exif(_tiff_of_long_text()), End.SHOWN)
    yield Hostile("a JPEG of nothing but comments", b"\xff\xd8" + b"\xff\xfe\xff\xff" + bytes(65_533) * 20, End.BARE)
    yield Hostile("a JPEG whose segment has no length", b"\xff\xd8\xff\xe1\0\0" + bytes(500), End.BARE)
    yield Hostile("a video of boxes in boxes, 3,000 deep", _nested_boxes(3000), End.BARE, "a.mp4")
    yield Hostile("a video whose box has 2^63 bytes", _mp4(b"\0\0\0\1moov" + b"\x7f" + b"\xff" * 7), End.BARE, "a.mp4")
    yield Hostile("a video whose box has no bytes", _mp4(bytes(4) + b"mdat" + bytes(4) * 100), End.BARE, "a.mp4")
    for table in (b"stts", b"stsz", b"stco", b"stsc", b"ctts"):
        content = _mp4(_video_with_table(table))
        yield Hostile(f"a video of 4 billion entries in its {table.decode()}", content, End.BARE, "a.mp4")
    yield Hostile("a HEIC of 4 billion items", _heic_claiming(0xFFFFFFFF), End.BARE, "a.heic")
    yield Hostile(
        "a Matroska file whose segment has no end", _matroska(b"\x18\x53\x80\x67\x01" + b"\xff" * 7), End.BARE
    )
    yield Hostile("an AVI whose list is longer than it", b"RIFF\xff\xff\xff\xffAVI LIST\xff\xff\xff\xffhdrl", End.BARE)
    yield Hostile("a transport stream of noise", _transport_noise(), End.BARE, "a.mts")
    yield Hostile("a JPEG 2000 of 2^32 tiles", _codestream_claiming(0xFFFFFFFF), End.BARE, "a.j2c")
    yield Hostile("a JPEG XL of noise", b"\xff\x0a" + random.Random(3).randbytes(5000), End.BARE, "a.jxl")
    yield Hostile("a Canon RAW of noise", b"II\x1a\0\0\0HEAPCCDR" + random.Random(4).randbytes(5000), End.BARE, "a.crw")
    yield Hostile("a Fuji RAW of noise", b"FUJIFILMCCD-RAW " + random.Random(5).randbytes(5000), End.BARE, "a.raf")
    yield Hostile("a Sigma RAW of noise", b"FOVb" + random.Random(6).randbytes(5000), End.BARE, "a.x3f")
    yield Hostile("a Minolta RAW of noise", b"\0MRM\0" + random.Random(7).randbytes(5000), End.BARE, "a.mrw")


def _tiff_loop() -> bytes:
    """One tag, of sub-directories, and a next directory: both are the first again."""
    return b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 8, 8)


def _tiff_of_many_strips() -> bytes:
    tags = [(256, 4, 1, 100), (257, 4, 1, 100), (262, 3, 1, 1), (273, 4, 0xFFFFFFFF, 8), (279, 4, 0xFFFFFFFF, 8)]
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)


def _tiff_of_long_text() -> bytes:
    return b"II*\0" + struct.pack("<IHHHII", 8, 1, 0x010E, 2, 0xFFFFFFFF, 8) + bytes(4)


def _segment(content: bytes, marker: bytes = b"\xff\xe1") -> bytes:
    return marker + struct.pack(">H", len(content) + 2) + content


def _jpeg_with(segment: bytes, seed: int = 0) -> bytes:
    whole = made.encode(made.make_arrow(64, 48 + seed), "JPEG")
    return whole[:2] + segment + whole[2:]


def _jpeg_with_exif(tiff: bytes) -> bytes:
    return _jpeg_with(_segment(b"Exif\0\0" + tiff))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def _mp4(rest: bytes) -> bytes:
    return _box(b"ftyp", b"isom\0\0\2\0isommp42") + rest


def _nested_boxes(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = _box(b"moov", content)
    return _mp4(content)


def _video_with_table(name: bytes) -> bytes:
    table = _box(name, bytes(4) + (b"\0\0\0\1" if name == b"stsz" else b"") + b"\xff\xff\xff\xff" + bytes(64))
    track = _box(b"trak", _box(b"mdia", _box(b"minf", _box(b"stbl", table))))
    return _box(b"moov", track) + _box(b"mdat", bytes(100))


def _heic_claiming(items: int) -> bytes:
    header = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    return header + _box(b"meta", bytes(4) + _box(b"iloc", b"\2\0\0\0\x44\x40" + struct.pack(">I", items)))


def _matroska(rest: bytes) -> bytes:
    return b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska" + rest + bytes(200)


def _transport_noise() -> bytes:
    noise = random.Random(8)
    return b"".join(b"\x47" + noise.randbytes(187) for _ in range(500))


def _codestream_claiming(size: int) -> bytes:
    sizes = struct.pack(">HIIIIIIII", 0, size, size, 0, 0, 1, 1, 0, 0)
    return b"\xff\x4f\xff\x51\0\x29" + sizes + b"\0\1\7\1\1" + bytes(200)


# ----------------------------------------------------------------------------------------------------- packets


def _packets() -> Iterator[Hostile]:
    """XMP that wants to grow, to read files, or to go deep: in a picture that is whole."""
    for number, (why, xmp) in enumerate(xml_bombs().items()):
        packet = _segment(b"http://ns.adobe.com/xap/1.0/\0" + xmp)
        yield Hostile(f"XMP with {why}", _jpeg_with(packet, number), End.SHOWN)
        chunk = made.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)
        yield Hostile(f"XMP with {why}, in a PNG", _png_with(chunk), End.SHOWN)
    extended = b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32 + struct.pack(">II", 0xFFFFFFFF, 0xFFFFFF00)
    yield Hostile("XMP that says that it is 4 GB long", _jpeg_with(_segment(extended + bytes(100))), End.SHOWN)
    profile = b"ICC_PROFILE\0\1\xff" + bytes(60_000)
    yield Hostile("a profile in 255 parts, of which one came", _jpeg_with(_segment(profile, b"\xff\xe2")), End.SHOWN)


def xml_bombs() -> dict[str, bytes]:
    """What is wrong with it -> XML."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    long = "x" * 50_000
    return {
        "a billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l9;</x>'.encode(),
        "a quadratic blow-up": f'<!DOCTYPE x [<!ENTITY a "{long}">]><x>{"&a;" * 2000}</x>'.encode(),
        "a file of this machine": b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
        "a page of the network": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd"><x/>',
        "elements 10,000 deep": b"<x>" * 9000 + b"</x>" * 7000,
        "a tag of a terminal's letters": _xmp_saying("\x9b31mred\u202egnp.exe \u2028 line"),
    }


def _xmp_saying(subject: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag>'
        f"<rdf:li>{subject}</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


# --------------------------------------------------------------------------------------------------------- zips


def zip_of_zeros(name: str, head: bytes, size_bytes: int) -> bytes:
    """A zip with one member: `head`, and zeros up to that size (less than 4 GiB), squeezed to a thousandth."""
    first = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = first.compress(head) + first.flush(zlib.Z_FULL_FLUSH) + zeros(size_bytes - len(head))[2:-4]
    common = struct.pack("<HHHHHIIIHH", 20, 0x800, 8, 0, 33, 0, len(content), size_bytes, len(name.encode()), 0)
    local = b"PK\3\4" + common + name.encode()
    central = b"PK\1\2" + struct.pack("<H", 20) + common + bytes(14) + name.encode()
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local) + len(content), 0)
    return local + content + central + end


# ------------------------------------------------------------------------------------------------ cut and bent


def _cut(whole: dict[str, bytes]) -> Iterator[Hostile]:
    for ending, content in whole.items():
        for percent in (20, 60, 97):
            part = content[: len(content) * percent // 100]
            yield Hostile(f"{percent} % of a .{ending}", part, End.KEPT, f"cut.{ending}")


def _bent(whole: dict[str, bytes]) -> Iterator[Hostile]:
    """A few bytes changed behind the magic number, the same each time."""
    for ending, content in whole.items():
        for seed in (1, 2):
            chance, bent = random.Random(f"{ending}{seed}"), bytearray(content)
            for _ in range(20 * seed):
                bent[chance.randrange(64, len(bent))] = chance.randrange(256)
            yield Hostile(f"a .{ending}, bent the way {seed}", bytes(bent), End.KEPT, f"bent.{ending}")


# ------------------------------------------------------------------------------------------------ two at once

PAGE = b"<!DOCTYPE html><html><script>alert(document.cookie)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


def _two_at_once(whole: dict[str, bytes]) -> Iterator[Hostile]:
    """Photos by their first bytes, and something that runs as well: kept, and never served as that."""
    archive = _zip_of("evil.html", PAGE)
    for ending in ("jpg", "png", "gif", "webp", "tif", "bmp"):
        yield Hostile(f"a .{ending} and a page", whole[ending] + PAGE, End.SHOWN, "page.html")
        yield Hostile(f"a .{ending} and a zip", whole[ending] + archive, End.SHOWN, "page.jar")
    yield Hostile("a GIF and a script", b"GIF89a/*" + bytes(100) + b"*/=1;alert(1)//", End.BARE, "evil.js")
    yield Hostile("a JPEG and a page in its comment", _jpeg_with(_segment(PAGE, b"\xff\xfe")), End.SHOWN, "evil.svg")
    yield Hostile("a video and a page", _mp4(_box(b"free", PAGE)), End.BARE, "evil.html")
    yield Hostile(
        "a bitmap's mark and a PHP program", _bitmap_claiming(1, 1)[:54] + b"<?php system(1);", End.KEPT, "e.php"
    )


def _zip_of(name: str, content: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, content)
    return held.getvalue()


def _no_photos() -> Iterator[Hostile]:
    """No photos, called photos."""
    photo = made.encode(made.make_arrow(), "JPEG")
    contents = {
        "a page": PAGE,
        "a page behind a mark": b"\xef\xbb\xbf" + PAGE,
        "a page behind blanks": b" \r\n\t" * 20 + PAGE,
        "an SVG": SVG,
        "an SVG behind its declaration": b'<?xml version="1.0"?>' + SVG,
        "a squeezed SVG": b"\x1f\x8b\x08" + bytes(7) + zlib.compress(SVG),
        "a PDF": b"%PDF-1.7\n" + bytes(500),
        "a PDF with a photo in it": b"%PDF-1.7\n" + photo,
        "a zip": _zip_of("a.jpg", photo),
        "a tape archive": b"a.jpg".ljust(257, b"\0") + b"ustar\x0000" + photo,
        "a program for Linux": b"\x7fELF\2\1\1" + bytes(500),
        "a program for Windows": b"MZ" + bytes(500),
        "a script": b"#!/bin/sh\nrm -rf /\n",
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n(evil) run\n",
        "a script of ImageMagick": b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://evil/\"|id\")'\n",
        "an X bitmap": b"#define a_width 1\n#define a_height 1\nstatic char a_bits[] = {0};",
        "sound": b"ID3\4" + bytes(500),
        "RIFF of a page": b"RIFF" + struct.pack("<I", len(PAGE)) + b"HTML" + PAGE,
        "text that starts as a bitmap": b"BM is a fine pair of letters <script>alert(1)</script>",
        "a photo one byte too late": b"\0" + photo,
        "a playlist that names a file": b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\nfile:///etc/passwd\n",
        "a list of files for FFmpeg": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "a database": b"SQLite format 3\0" + bytes(500),
        "three bytes": b"\xff\xd8",
        "nothing": b"",
    }
    for why, content in contents.items():
        yield Hostile(f"{why} called .jpg", content, End.REFUSED)


# ------------------------------------------------------------------------------------------------------- names

NAMES = (
    *("../../../../etc/cron.d/evil.jpg", "..\\..\\windows\\evil.jpg", "/etc/passwd.jpg", "C:\\evil.jpg", "....//x.jpg"),
    *("..", ".", "...", "~", "~/.ssh/id.jpg", "-rf.jpg", "--help", "$(reboot).jpg", "`id`.jpg", ";id;.jpg", "|id"),
    *("a\0b.jpg", "line\nbreak.jpg", "carriage\rreturn.jpg", "tab\tstop.jpg", "bell\a.jpg", "\x1b[2J\x1b[31mred.jpg"),
    *("\x9b31mred.jpg", "\x1b]0;title\x07.jpg", "photo_\u202egpj.exe", "\u2066left\u2069.jpg", "a\u2028b\u2029c.jpg"),
    *("n" * 300 + ".jpg", "\N{PILE OF POO}" * 300 + ".jpg", "a\u0301" * 200 + ".jpg", "<script>alert(1)</script>.jpg"),
    *('"; filename="evil.html', "a.jpg; filename*=UTF-8''evil.html", "%2e%2e%2fevil.jpg", "%00.jpg", "CON.jpg"),
    *("NUL", "a.jpg.", "a.jpg ", " .jpg", "a:b.jpg", "a*?.jpg", "\ufeff.jpg", "\ud83d.jpg".encode("utf-8", "replace").decode()),
    *("Set-Cookie: a=b\r\n\r\n<html>.jpg", "=cmd|' /C calc'!A0.jpg", "\u200d\u200b.jpg", "photo.jpg\0.html", "#.jpg?x=1"),
)  # fmt: skip


def _named() -> Iterator[Hostile]:
    for number, name in enumerate(NAMES):
        content = made.encode(made.make_arrow(32, 32 + number), "JPEG")
        yield Hostile(f"the name {number}", content, End.SHOWN, name)
