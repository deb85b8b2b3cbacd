"""Photos made by the tests: small, all different, each a real JPEG."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def jpeg(seed: int, *, size: tuple[int, int] = (160, 120)) -> bytes:
    """A JPEG that differs from that of every other seed."""
    dice = random.Random(seed)
    small = Image.frombytes("RGB", (8, 6), dice.randbytes(8 * 6 * 3))
    held = io.BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).save(held, "JPEG", quality=85, comment=f"photo {seed}".encode())
    return held.getvalue()


def write_jpegs(folder: Path, count: int, *, first: int = 0) -> list[Path]:
    """`count` different photos as files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"IMG_{number:05}.jpg" for number in range(first, first + count)]
    for number, file in enumerate(files, start=first):
        file.write_bytes(jpeg(number))
    return files
