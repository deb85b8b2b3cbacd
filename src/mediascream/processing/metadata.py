"""What a file says of itself: every fact from the packet that is trusted most for it.

For the moment of taking that order is: EXIF DateTimeOriginal, XMP's original and creation dates, IPTC's, EXIF
DateTimeDigitized, and last the file's date of change where nothing edited it (`exif.read_changed`). What a
person writes (description, keywords) is read from XMP first, which alone cannot garble it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream import media_types
from mediascream.photo import Kind, Metadata
from mediascream.processing import exif, xmp
from mediascream.processing.containers.find import find_packets
from mediascream.processing.iptc import Iptc
from mediascream.processing.moments import Moment, choose_moment, parse_moment
from mediascream.processing.places import believable, parse_xmp_coordinate
from mediascream.processing.xmp import Xmp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mediascream.photo import Location, MediaType
    from mediascream.processing.containers.packets import Packets
    from mediascream.processing.tags import Tags

_ORIGINAL_DATES = (xmp.EXIF + "DateTimeOriginal", xmp.PHOTOSHOP + "DateCreated")
_DIGITIZED_DATES = (xmp.EXIF + "DateTimeDigitized", xmp.XMP + "CreateDate")
_FIRST_ORIENTATION_ON_ITS_SIDE = 5
_MAX_DESCRIPTION, _MAX_KEYWORDS, _MAX_KEYWORD = 10_000, 500, 100


def read_metadata(path: Path, media_type: MediaType) -> Metadata:
    """All that can be believed of what the file says. Bad content never raises: it says nothing.

    Raises:
        OSError: The file itself cannot be read.
    """
    if media_type.kind is Kind.VIDEO:
        from mediascream.processing.video import read_video_metadata  # noqa: PLC0415  (PyAV is 16 MB)

        return read_video_metadata(path)
    packets = find_packets(path, media_type)
    if media_types.is_raw(media_type):
        from mediascream.processing.raw import read_raw_size  # noqa: PLC0415  (rawpy is 2 MB)

        packets.size = read_raw_size(path) or exif.read_pixels(packets.tags) or packets.size
    return _interpret(packets)


def _interpret(packets: Packets) -> Metadata:
    tags, properties, records = packets.tags, Xmp(packets.xmp), Iptc(packets.iptc)
    orientation = exif.read_orientation(tags) or _small_number(properties.text(xmp.TIFF + "Orientation"), 1, 8)
    width, height = _as_shown(packets, orientation)
    moment = _choose_taken(tags, properties, records)
    return Metadata(
        width=width,
        height=height,
        orientation=orientation,
        taken_local=moment.local if moment else None,
        taken_offset_min=moment.offset_min if moment else None,
        camera=exif.read_camera(tags)
        or exif.name_camera(properties.text(xmp.TIFF + "Make"), properties.text(xmp.TIFF + "Model")),
        lens=exif.read_lens(tags) or properties.text(xmp.EXIF_EX + "LensModel", xmp.AUX + "Lens"),
        exposure_s=exif.read_exposure_s(tags),
        aperture=exif.read_aperture(tags),
        iso=exif.read_iso(tags),
        focal_length_mm=exif.read_focal_length_mm(tags),
        location=exif.read_location(tags) or _read_xmp_location(properties),
        description=_choose_description(tags, properties, records),
        keywords=_unite([*properties.list(xmp.DC + "subject"), *records.keywords, *exif.read_keywords(tags)]),
        rating=_read_rating(tags, properties),
        live_photo_id=exif.read_live_photo_id(tags),
    )


def _as_shown(packets: Packets, orientation: int | None) -> tuple[int | None, int | None]:
    if packets.size is None or 0 in packets.size:
        return None, None
    width, height = packets.size
    on_its_side = (orientation or 1) >= _FIRST_ORIENTATION_ON_ITS_SIDE and not packets.upright
    return (height, width) if on_its_side else (width, height)


def _choose_taken(tags: Tags, properties: Xmp, records: Iptc) -> Moment | None:
    return choose_moment(
        [
            exif.read_original(tags),
            *(parse_moment(properties.text(name)) for name in _ORIGINAL_DATES),
            records.created,
            exif.read_digitized(tags),
            *(parse_moment(properties.text(name)) for name in _DIGITIZED_DATES),
            exif.read_changed(tags),
        ],
        utc=exif.read_gps_utc(tags),
    )


def _read_xmp_location(properties: Xmp) -> Location | None:
    return believable(*(parse_xmp_coordinate(properties.text(xmp.EXIF + f"GPS{axis}")) for axis in _AXES))


_AXES = ("Latitude", "Longitude")


def _choose_description(tags: Tags, properties: Xmp, records: Iptc) -> str | None:
    written = (properties.text(xmp.DC + "description"), records.caption, exif.read_description(tags))
    return next((text[:_MAX_DESCRIPTION] for text in written if text and not exif.is_by_a_camera(text)), None)


def _read_rating(tags: Tags, properties: Xmp) -> int | None:
    written = _small_number(properties.text(xmp.XMP + "Rating"), 0, 5)
    return exif.read_rating(tags) if written is None else written


def _small_number(text: str | None, least: int, most: int) -> int | None:
    try:
        number = round(float(text or ""))
    except (ValueError, OverflowError):
        return None
    return number if least <= number <= most else None


def _unite(words: Iterable[str]) -> tuple[str, ...]:
    """Each word once, without regard to case, in the first spelling."""
    first: dict[str, str] = {}
    for word in words:
        first.setdefault(word.casefold(), word[:_MAX_KEYWORD].strip())
    return tuple(first.values())[:_MAX_KEYWORDS]
