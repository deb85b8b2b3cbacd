"""Notes that photo programs keep beside a photo, in `NAME.xmp` or `NAME.JPG.xmp`.

Lightroom, darktable, digiKam, Capture One and Immich write them. Only what the contract lets a sender
say is taken: keywords, description, date and place. What the photo's own bytes say wins, at the server.
What a server would refuse is left out here: a photo must not fail for what lies beside it.

Source: XMP specification part 1 and 2 (ISO 16684-1), and the Exif schema for XMP, read 2026-11-24.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from mediascream.photo import LONGEST_TAG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

_ENDING: Final = ".xmp"
_MOST_BYTES: Final = 4 << 20
_LONGEST_DESCRIPTION: Final = 2000
"""As in IPTC; it travels in a URL."""
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_SUBJECT: Final = "{http://purl.org/dc/elements/1.1/}subject"
_DESCRIPTION: Final = "{http://purl.org/dc/elements/1.1/}description"
_EXIF: Final = "{http://ns.adobe.com/exif/1.0/}"
_DATES: Final = (
    f"{_EXIF}DateTimeOriginal",
    "{http://ns.adobe.com/photoshop/1.0/}DateCreated",
    "{http://ns.adobe.com/xap/1.0/}CreateDate",
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_PLACE: Final = re.compile(r"(\d+),(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?([NSEW])")


@dataclass(frozen=True, slots=True)
class Notes:
    """What a sidecar says, as the query of an upload wants it; empty where it says nothing.

    Attributes:
        taken_at: With an offset where the sidecar has one, else the wall clock of the place.
    """

    tags: tuple[str, ...] = ()
    description: str = ""
    taken_at: str = ""
    latitude: str = ""
    longitude: str = ""


def read_sidecar(photo: str) -> Notes:
    """The notes beside a photo; empty where there are none, or none that can be read."""
    try:
        file = _sidecar_of(Path(photo))
        content = b"" if file is None or file.stat().st_size > _MOST_BYTES else file.read_bytes()
    except OSError:  # also a name that is too long with four letters more
        return Notes()
    return parse_notes(content)


def _sidecar_of(photo: Path) -> Path | None:
    """`DSC1.JPG.xmp` is surely meant for this photo; `DSC1.xmp` may be for its RAW twin, and fits both."""
    candidates = (photo.with_name(photo.name + ".xmp"), photo.with_suffix(".xmp"), photo.with_suffix(".XMP"))
    return next((file for file in candidates if file.is_file()), None)


def is_sidecar(path: str) -> bool:
    """Whether a file is, by its name, notes on another."""
    return path.lower().endswith(_ENDING)


def photos_of(sidecars: Iterable[str]) -> dict[str, list[str]]:
    """The files that each of these is read for; a folder is listed once for all that lie in it."""
    folders: defaultdict[Path, list[str]] = defaultdict(list)
    for sidecar in sidecars:
        folders[Path(sidecar).parent].append(sidecar)
    return {one: photos for folder, ones in folders.items() for one, photos in _beside(folder, ones)}


def _beside(folder: Path, sidecars: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    by_name: defaultdict[str, list[Path]] = defaultdict(list)
    with suppress(OSError):
        for file in folder.iterdir():
            if not is_sidecar(file.name):
                by_name[file.name].append(file)
                by_name[file.stem].append(file)
    for sidecar in sidecars:
        named = sorted(set(by_name[Path(sidecar).stem]))
        yield sidecar, [str(file) for file in named if file.is_file() and _sidecar_of(file) == Path(sidecar)]


def parse_notes(content: bytes) -> Notes:
    """What an XMP packet says; nothing where it cannot be read."""
    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError):
        return Notes()
    return _notes(root.findall(f".//{_RDF}Description"))


def _notes(descriptions: list[Element]) -> Notes:
    latitude, longitude = (
        _degrees(descriptions, "GPSLatitude", most=90),
        _degrees(descriptions, "GPSLongitude", most=180),
    )
    return Notes(
        tags=tuple(tag for tag in _items(descriptions, _SUBJECT) if _is_tag(tag)),
        description=next(iter(_items(descriptions, _DESCRIPTION)), "")[:_LONGEST_DESCRIPTION],
        taken_at=next((date for name in _DATES if _is_date(date := _text(descriptions, name))), ""),
        latitude=latitude if longitude else "",
        longitude=longitude if latitude else "",
    )


def _is_tag(text: str) -> bool:
    return len(text) <= LONGEST_TAG and text.isprintable()


def _is_date(text: str) -> bool:
    """XMP also allows a year alone or a day alone; those are no moment."""
    if not _DATE.fullmatch(text):
        return False
    with suppress(ValueError):
        datetime.fromisoformat(text)
        return True
    return False


def _text(descriptions: list[Element], name: str) -> str:
    """A simple value: an attribute of the description, or an element in it."""
    for description in descriptions:
        text = description.get(name) or description.findtext(name)
        if text and text.strip():
            return text.strip()
    return ""


def _items(descriptions: list[Element], name: str) -> list[str]:
    """The items of a bag, a sequence or of alternatives."""
    found = (item.text or "" for element in descriptions for item in element.findall(f"{name}//{_RDF}li"))
    return [text.strip() for text in found if text.strip()]


def _degrees(descriptions: list[Element], name: str, *, most: int) -> str:
    """`52,30.5N` or `52,30,30N` as decimal degrees."""
    match = _PLACE.fullmatch(_text(descriptions, _EXIF + name))
    if match is None:
        return ""
    degrees, minutes, seconds, side = match.groups()
    value = int(degrees) + float(minutes) / 60 + float(seconds or 0) / 3600
    return f"{-value if side in 'SW' else value:.7f}" if value <= most else ""
