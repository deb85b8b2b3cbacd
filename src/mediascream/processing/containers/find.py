"""Which reader finds the packets of which media type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream import media_types, tiff_types
from mediascream.processing.containers.boxes import find_box_packets
from mediascream.processing.containers.jpeg import find_jpeg_packets
from mediascream.processing.containers.packets import Packets
from mediascream.processing.containers.png import find_png_packets
from mediascream.processing.containers.psd import find_psd_packets
from mediascream.processing.containers.tiff import find_raf_packets, find_tiff_packets
from mediascream.processing.containers.webp import find_webp_packets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from mediascream.photo import MediaType

_READERS: dict[str, Callable[[BinaryIO], Packets]] = {
    media_types.JPEG.name: find_jpeg_packets,
    media_types.PNG.name: find_png_packets,
    media_types.WEBP.name: find_webp_packets,
    media_types.PSD.name: find_psd_packets,
    media_types.RAF.name: find_raf_packets,
    media_types.CR3.name: find_box_packets,
    media_types.JP2.name: find_box_packets,
    media_types.JXL.name: find_box_packets,
    tiff_types.TIFF.name: find_tiff_packets,
}
_OPENED_BY_OTHERS = frozenset({media_types.HEIC, media_types.HEIF, media_types.AVIF})


def find_packets(path: Path, media_type: MediaType) -> Packets:
    """The metadata packets of a picture and its size in pixels, as far as they can be found."""
    if media_type in _OPENED_BY_OTHERS:
        return _open_by_others(path, media_type)
    fallback = find_tiff_packets if media_types.is_raw(media_type) else _find_nothing
    with path.open("rb") as file:
        found = _READERS.get(media_type.name, fallback)(file)
    if found.size is None and not media_types.is_raw(media_type):
        found.size = _open_by_others(path, media_type).size
    return found


def _open_by_others(path: Path, media_type: MediaType) -> Packets:
    from mediascream.processing.containers import pillow  # noqa: PLC0415  (4 MB that a JPEG does not need)

    heif = media_type in {media_types.HEIC, media_types.HEIF}
    return pillow.find_heif_packets(path) if heif else pillow.find_pillow_packets(path, media_type)


def _find_nothing(_file: BinaryIO) -> Packets:
    return Packets()
