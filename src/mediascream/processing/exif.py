"""What the tags of EXIF mean: numbers become a photo's facts, and the absurd becomes None.

Source, read 2026-11-24: EXIF 3.0 (CIPA DC-008-2023); https://exiftool.org/TagNames/EXIF.html for Microsoft's tags.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mediascream.processing.moments import Moment, parse_moment
from mediascream.processing.places import believable, from_degrees
from mediascream.processing.tags import Directory, Tags, read_apple_content_id

if TYPE_CHECKING:
    from mediascream.photo import Location

_DESCRIPTION, _MAKE, _MODEL, _ORIENTATION, _SOFTWARE, _DATE_TIME = 0x010E, 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
_RATING, _XP_TITLE, _XP_COMMENT, _XP_KEYWORDS = 0x4746, 0x9C9B, 0x9C9C, 0x9C9E
_EXPOSURE, _APERTURE, _ISO, _FOCAL_LENGTH, _LENS_MODEL = 0x829A, 0x829D, 0x8827, 0x920A, 0xA434
_SHUTTER_APEX, _APERTURE_APEX, _SENSITIVITIES = 0x9201, 0x9202, (0x8832, 0x8833, 0x8831)
_ORIGINAL, _DIGITIZED, _MAKER_NOTE, _PIXELS_X, _PIXELS_Y = 0x9003, 0x9004, 0x927C, 0xA002, 0xA003
_OFFSETS = {_DATE_TIME: 0x9010, _ORIGINAL: 0x9011, _DIGITIZED: 0x9012}
_FRACTIONS = {_DATE_TIME: 0x9290, _ORIGINAL: 0x9291, _DIGITIZED: 0x9292}
_GPS_TIME, _GPS_DATE = 0x07, 0x1D
_ISO_TOO_LARGE = 65535
"""What a 16-bit field says where the sensitivity does not fit; it then stands in another tag."""

_MACHINE_DESCRIPTION = re.compile(r".*\bDIGITAL CAMERA\b.*|SONY DSC|SAMSUNG.*|MINOLTA.*|DCIM.*|<.*>|-+|default", re.I)
_EDITOR = re.compile(r"adobe|photoshop|lightroom|gimp|picasa|paint|acdsee|irfan|aperture|capture one|darktable", re.I)


def read_orientation(tags: Tags) -> int | None:
    """1 to 8, as written."""
    orientation = tags.main.whole(_ORIENTATION)
    return orientation if orientation in range(1, 9) else None


def read_camera(tags: Tags) -> str | None:
    """Maker and model, the maker once."""
    make, model = tags.main.text(_MAKE), tags.main.text(_MODEL)
    return name_camera(make, model)


def name_camera(make: str | None, model: str | None) -> str | None:
    """`Canon` and `Canon EOS 40D` are one name; so are `NIKON CORPORATION` and `NIKON D70`."""
    if make and model and not model.casefold().startswith(make.split()[0].casefold()):
        return f"{make} {model}"
    return model or make


def read_lens(tags: Tags) -> str | None:
    """The lens where it stands in a plain tag; makers' own notes are not searched."""
    lens = tags.exif.text(_LENS_MODEL)
    return lens if lens and lens.strip("-. 0") else None


def _positive(number: float | None) -> float | None:
    return number if number is not None and number > 0 else None


def _power_of_two(apex: float | None) -> float | None:
    """2 to the power of an APEX value, unless no shutter or lens has that."""
    return None if apex is None or abs(apex) > 32 else 2.0**apex  # noqa: PLR2004  (2^32 s is over a century)


def read_exposure_s(tags: Tags) -> float | None:
    """Seconds."""
    apex = tags.exif.number(_SHUTTER_APEX)
    return _positive(tags.exif.number(_EXPOSURE)) or _power_of_two(None if apex is None else -apex)


def read_aperture(tags: Tags) -> float | None:
    """The f-number."""
    apex = _power_of_two(tags.exif.number(_APERTURE_APEX))
    return _positive(tags.exif.number(_APERTURE)) or (round(apex**0.5, 1) if apex else None)


def read_iso(tags: Tags) -> int | None:
    """Sensitivity; where it does not fit into its field, the one that stands elsewhere."""
    iso = tags.exif.whole(_ISO)
    if iso is None or iso >= _ISO_TOO_LARGE or iso <= 0:
        iso = next((int(found) for tag in _SENSITIVITIES if (found := _positive(tags.exif.number(tag)))), None)
    return iso


def read_focal_length_mm(tags: Tags) -> float | None:
    """Of the lens itself, not its equivalent on film."""
    return _positive(tags.exif.number(_FOCAL_LENGTH))


def read_pixels(tags: Tags) -> tuple[int, int] | None:
    """The size that EXIF tells, for files whose own is out of reach."""
    width, height = tags.exif.whole(_PIXELS_X), tags.exif.whole(_PIXELS_Y)
    return (width, height) if width and height and width > 0 and height > 0 else None


def read_location(tags: Tags) -> Location | None:
    """The place; None without both hemispheres, for a coordinate of unknown sign is none."""
    latitude, longitude = (from_degrees(tags.gps.numbers(tag + 1), tags.gps.text(tag)) for tag in (1, 3))
    return believable(latitude, longitude)


def read_gps_utc(tags: Tags) -> datetime | None:
    """The satellites' time, in UTC."""
    day = parse_moment(tags.gps.text(_GPS_DATE))
    clock = tags.gps.numbers(_GPS_TIME)
    if day is None or len(clock) != 3:  # noqa: PLR2004  (hours, minutes, seconds)
        return None
    seconds = clock[0] * 3600 + clock[1] * 60 + clock[2]
    return day.local.replace(tzinfo=UTC) + timedelta(seconds=seconds) if 0 <= seconds < 86_400 else None  # noqa: PLR2004 - the seconds of a day


def _moment(directory: Directory, tags: Tags, tag: int) -> Moment | None:
    return parse_moment(
        directory.text(tag), offset=tags.exif.text(_OFFSETS[tag]), fraction=tags.exif.text(_FRACTIONS[tag])
    )


def read_original(tags: Tags) -> Moment | None:
    """When the shutter opened."""
    return _moment(tags.exif, tags, _ORIGINAL)


def read_digitized(tags: Tags) -> Moment | None:
    """When the picture became data: for a camera the same moment, for a scan another."""
    return _moment(tags.exif, tags, _DIGITIZED)


def read_changed(tags: Tags) -> Moment | None:
    """When the file was last changed.

    Believed as the moment of taking only where the file names a camera and no editing program: then
    nobody changed it after the camera wrote it. Everything else may be years off.
    """
    edited = _EDITOR.search(tags.main.text(_SOFTWARE) or "")
    return None if edited or read_camera(tags) is None else _moment(tags.main, tags, _DATE_TIME)


def read_description(tags: Tags) -> str | None:
    """What a person wrote, or a camera."""
    return tags.main.text(_DESCRIPTION) or _windows_text(tags, _XP_TITLE) or _windows_text(tags, _XP_COMMENT)


def is_by_a_camera(description: str) -> bool:
    """Whether cameras put this description there by themselves; nobody wants it below a picture."""
    return _MACHINE_DESCRIPTION.fullmatch(description) is not None


def read_keywords(tags: Tags) -> tuple[str, ...]:
    """The tags that Windows writes, separated by semicolons."""
    return tuple(word.strip() for word in (_windows_text(tags, _XP_KEYWORDS) or "").split(";") if word.strip())


def _windows_text(tags: Tags, tag: int) -> str | None:
    text = (tags.main.raw(tag) or b"").decode("utf-16-le", errors="ignore")
    return text.partition("\0")[0].strip() or None


def read_rating(tags: Tags) -> int | None:
    """0 to 5 stars, as Windows writes them."""
    rating = tags.main.whole(_RATING)
    return rating if rating in range(6) else None


def read_live_photo_id(tags: Tags) -> str | None:
    """Apple's content identifier."""
    return read_apple_content_id(tags.exif.raw(_MAKER_NOTE))
