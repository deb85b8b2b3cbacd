"""Photoshop documents. Source, read 2026-11-24: Adobe's 'Photoshop File Formats Specification'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream.processing.containers.packets import (
    MAX_PACKET_BYTES,
    Packets,
    iptc_of_photoshop,
    read_photoshop_resources,
)
from mediascream.processing.tags import read_tags

if TYPE_CHECKING:
    from typing import BinaryIO

_EXIF_RESOURCE, _XMP_RESOURCE = 0x0422, 0x0424


def find_psd_packets(file: BinaryIO) -> Packets:
    """The packets of a PSD or PSB, which are resources between its palette and its layers."""
    header = file.read(26)
    file.seek(int.from_bytes(file.read(4)), 1)
    block = file.read(min(int.from_bytes(file.read(4)), MAX_PACKET_BYTES))
    resources = read_photoshop_resources(block)
    return Packets(
        size=(int.from_bytes(header[18:22]), int.from_bytes(header[14:18])),
        tags=read_tags(resources.get(_EXIF_RESOURCE, b"")),
        xmp=resources.get(_XMP_RESOURCE),
        iptc=iptc_of_photoshop(block),
    )
