"""Photos and videos made by the tests, with known facts inside; written by libraries that the reader does not use."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pillow_heif
from av.video.stream import VideoStream
from PIL import Image, ImageDraw, TiffImagePlugin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAKE, MODEL, ORIENTATION, SOFTWARE, CHANGED = 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
ORIGINAL, DIGITIZED, OFFSET_ORIGINAL, FRACTION_ORIGINAL = 0x9003, 0x9004, 0x9011, 0x9291
EXPOSURE, APERTURE, ISO, FOCAL_LENGTH, LENS, MAKER_NOTE = 0x829A, 0x829D, 0x8827, 0x920A, 0xA434, 0x927C
_EXIF, _GPS = 0x8769, 0x8825


def make_exif(
    main: Mapping[int, object] | None = None,
    exif: Mapping[int, object] | None = None,
    gps: Mapping[int, object] | None = None,
) -> bytes:
    """An EXIF block as Pillow writes it, with its mark in front."""
    made = Image.Exif()
    made.update(main or {})
    made.get_ifd(_EXIF).update(exif or {})
    made.get_ifd(_GPS).update(gps or {})
    return made.tobytes()


def ratio(over: int, under: int = 1) -> TiffImagePlugin.IFDRational:
    """A fraction as EXIF stores it."""
    return TiffImagePlugin.IFDRational(over, under)


GPS_OF_PARIS = {
    1: "N",
    2: (ratio(48), ratio(51), ratio(303, 10)),
    3: "E",
    4: (ratio(2), ratio(17), ratio(402, 10)),
}
EXIF_OF_A_CAMERA = make_exif(
    {MAKE: "Canon", MODEL: "Canon EOS 40D", ORIENTATION: 6},
    {
        ORIGINAL: "2024:02:29 23:59:58",
        OFFSET_ORIGINAL: "-03:30",
        FRACTION_ORIGINAL: "25",
        EXPOSURE: ratio(1, 125),
        APERTURE: ratio(28, 10),
        ISO: 400,
        FOCAL_LENGTH: ratio(50),
        LENS: "EF 50mm f/1.8",
    },
    GPS_OF_PARIS,
)


def make_arrow(width: int = 60, height: int = 40) -> Image.Image:
    """White, with its upper left quarter red and its upper right one blue: any turn and mirror shows."""
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill="red")
    draw.rectangle((width // 2, 0, width - 1, height // 2 - 1), fill="blue")
    return picture


def save(picture: Image.Image, path: Path, **options: Any) -> Path:
    """Save a picture in the format of the path's ending, HEIC too."""
    if path.suffix == ".heic":
        pillow_heif.from_pillow(picture).save(path, quality=90, **options)
    else:
        picture.save(path, **options)
    return path


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a picture in one of Pillow's formats."""
    held = io.BytesIO()
    picture.save(held, kind, **options)
    return held.getvalue()


def png_chunk(name: bytes, content: bytes) -> bytes:
    """One chunk of a PNG with its checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def make_png_bomb(width: int, height: int) -> bytes:
    """A PNG of so many black and white pixels in a few bytes, its rows all there and equal."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer, rows = zlib.compressobj(9), bytearray()
    row = bytes(1 + -(-width // 8))
    for _ in range(height // 1000):
        rows += packer.compress(row * 1000)
    rows += packer.compress(row * (height % 1000)) + packer.flush()
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", bytes(rows)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def make_video(
    path: Path,
    *,
    metadata: Mapping[str, str] | None = None,
    rotation: int = 0,
    seconds: float = 2,
    size: tuple[int, int] = (64, 48),
    codec: str = "mpeg4",
) -> Path:
    """A short video: its first second as `make_arrow`, the rest green.

    Args:
        path: Its ending is the container.
        metadata: What the container says of itself.
        rotation: By how many degrees clockwise a player must turn it.
        seconds: Of ten frames, each a key frame.
        size: Of the frames, not turned.
        codec: FFmpeg's name.
    """
    options = {"movflags": "use_metadata_tags"} if path.suffix in {".mp4", ".mov", ".m4v"} else {}
    with av.open(str(path), "w", options=options) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=10)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.gop_size = 1
        if rotation:
            stream.set_display_rotation(-rotation)
        for number in range(round(seconds * 10)):
            picture = make_arrow(*size) if number < 10 else Image.new("RGB", size, "lime")
            frame = av.VideoFrame.from_ndarray(np.array(picture), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
