"""The libraries that read pictures: each loads, and a picture becomes a preview in a confined process."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediascream import media_types
from mediascream.doctor.findings import Finding, ok, problem
from mediascream.errors import DecodersBroken
from mediascream.processing.sandbox import Decoders

if TYPE_CHECKING:
    from collections.abc import Iterator

ABOUT: Final = "decoders"
LIBRARIES: Final = {
    "pyvips": "JPEG, PNG, WebP, TIFF, JPEG XL",
    "PIL.Image": "metadata, AVIF",
    "pillow_heif": "HEIC",
    "rawpy": "camera RAW",
    "av": "video",
}
_REINSTALL: Final = "install Mediascream again; originals are kept meanwhile, without previews"


def look_at_decoders() -> Iterator[Finding]:
    """Load each library here, then decode a picture where hostile ones are decoded."""
    for name, of in LIBRARIES.items():
        yield _load(name, of)
    yield _decode()


def _load(name: str, of: str) -> Finding:
    try:
        import_module(name)
    except (ImportError, OSError) as error:
        return problem(ABOUT, f"{name} ({of}) does not load: {error}", _REINSTALL)
    return ok(ABOUT, f"{name} loads ({of})")


def _decode() -> Finding:
    from PIL import Image  # noqa: PLC0415 - where it does not load, that was said above

    decoders = Decoders(children=1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "picture.jpg"
            Image.new("RGB", (640, 480), (90, 120, 150)).save(picture)
            outcome = decoders.decode(picture, media_types.JPEG, into=Path(folder), stem="tried")
            trouble = outcome.problem
    except (DecodersBroken, OSError, ImportError) as error:
        trouble = str(error)
    finally:
        decoders.close()
    if trouble:
        return problem(ABOUT, f"no preview could be made of a picture: {trouble}", _REINSTALL)
    return ok(ABOUT, "a picture becomes a preview, in a process of its own")
