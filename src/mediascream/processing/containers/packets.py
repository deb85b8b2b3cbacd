"""What a container is found to hold, before anybody has read what it means."""

from __future__ import annotations

from dataclasses import dataclass, field

from mediascream.processing.tags import Tags

MAX_PACKET_BYTES = 8 << 20
"""A packet (also an unpacked one) longer than this is passed over; real ones are a hundred times smaller."""


@dataclass(slots=True)
class Packets:
    """The packets of one file; None or empty where there is none.

    Attributes:
        size: Width and height in pixels.
        upright: Whether `size` is already as shown (HEIF turns its pictures itself), not as stored.
        iptc: IPTC-IIM records.
    """

    size: tuple[int, int] | None = None
    upright: bool = False
    tags: Tags = field(default_factory=Tags)
    xmp: bytes | None = None
    iptc: bytes | None = None


_IPTC_RESOURCE = 0x0404


def read_photoshop_resources(block: bytes) -> dict[int, bytes]:
    """Photoshop's numbered resources, as found in JPEG, TIFF and PSD; the first of each number."""
    found: dict[int, bytes] = {}
    at = 0
    while block[at : at + 4] == b"8BIM" and at + 12 <= len(block):
        number = int.from_bytes(block[at + 4 : at + 6])
        size_at = at + 6 + ((block[at + 6] + 2) & ~1)
        start = size_at + 4
        end = start + int.from_bytes(block[size_at:start])
        found.setdefault(number, block[start:end])
        at = end + (end - start) % 2
    return found


def iptc_of_photoshop(block: bytes) -> bytes | None:
    """The IPTC records among Photoshop's resources."""
    return read_photoshop_resources(block).get(_IPTC_RESOURCE)
