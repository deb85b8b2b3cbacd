"""Google Takeout: which JSON belongs to which photo, and what it says. Pure.

Takeout names the notes of `IMG_1.jpg` in more than one way, and cuts long names:

    IMG_1.jpg.json                             until 2024
    IMG_1.jpg.supplemental-metadata.json       since then; the part before `.json` has at most 46 characters, so
    IMG_20240101_120000_long.jpg.supplemen.json
    IMG_1.jpg(1).json                          of IMG_1(1).jpg; since 2024 IMG_1.jpg.supplemental-metadata(1).json
    -                                          of IMG_1-edited.jpg, and of the video of a live photo: those of IMG_1.jpg

Sources, read 2026-11-24: the issues of GooglePhotosTakeoutHelper (#180, #286, #353) and of immich-go (#121, #405, #674)
that describe them, and Takeout folders of our own making in the tests.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mediascream.photo import LONGEST_TAG

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FAVOURITE: Final = "favourite"
LONGEST_DESCRIPTION: Final = 2000

_CUT: Final = 46
"""Characters of a JSON's name before `.json`, where it was cut."""
_SUPPLEMENT: Final = "supplemental-metadata"
_NUMBERED: Final = re.compile(r"(?P<rest>.*?)(?P<number>\(\d+\))?", re.DOTALL)
_EDITED: Final = (
    "-edited", "-bearbeitet", "-modifié", "-modifie", "-editado", "-editada", "-modificato", "-bewerkt", "-edytowane",
    "-redigerad", "-redigert", "-redigeret", "-muokattu", "-upraveno", "-szerkesztett", "-editat", "-düzenlendi",
    "-измененный", "-изменено", "-відредаговано", "-編集済み", "-已修改", "-已編輯", "-편집됨",
)  # fmt: skip
_STILL: Final = frozenset({"jpg", "jpeg", "heic", "heif", "png", "webp", "dng", "mp.jpg", "mp"})
_MOVING: Final = frozenset({"mp4", "mov", "mp", "m4v"})
_YEAR_FOLDER: Final = re.compile(
    r"(Photos from|Photos de|Photos du|Fotos von|Fotos aus|Fotos de|Fotos del|Foto da|Foto dal|Foto del|Foto's uit"
    r"|Foto's van|Zdjęcia z|Foton från|Bilder fra|Billeder fra|Kuvat vuodelta|Fotky z|Fényképek|Фото за|Фото з"
    r"|Fotografii din)\s*(19|20)\d\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TakeoutNotes:
    """What the JSON beside a photo says.

    Attributes:
        title: The name that the photo had at Google, uncut.
        taken_at: RFC 3339 in UTC; empty where it says none.
    """

    title: str = ""
    description: str = ""
    taken_at: str = ""
    latitude: str = ""
    longitude: str = ""
    people: tuple[str, ...] = ()
    favourite: bool = False
    trashed: bool = False

    @property
    def tags(self) -> tuple[str, ...]:
        """People, and whether it was a favourite."""
        return (*self.people, *((FAVOURITE,) if self.favourite else ()))


class _Name(NamedTuple):
    """A file's name without the number in brackets that tells it from others of that name."""

    plain: str
    number: str


def read_notes(content: bytes) -> TakeoutNotes | str | None:
    """The notes of a photo; of an album its title; None where the JSON is neither."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    if "photoTakenTime" in said or "geoData" in said or "url" in said:
        return _notes(said)
    title = said.get("title")
    return title.strip() if isinstance(title, str) and ("date" in said or "access" in said or len(said) < 6) else None  # noqa: PLR2004 - what albums have


def is_album(title: str) -> bool:
    """Whether this is an album that a person made, and not the folder of a year."""
    return bool(title) and _YEAR_FOLDER.fullmatch(title) is None


def as_tag(words: str) -> str:
    """An album's title or a person's name as a tag: one line, without the comma that parts tags."""
    printable = "".join(character if character.isprintable() else " " for character in words)
    return " ".join(printable.replace(",", " ").split())[:LONGEST_TAG].strip()


def pair(files: Iterable[str], notes: Mapping[str, TakeoutNotes]) -> dict[str, str]:
    """Of the files in one folder, the name of the JSON that belongs to each; who has none is left out.

    Args:
        files: Names of photos and videos.
        notes: The JSONs by their names.
    """
    finder = _Finder(notes)
    return {file: found for file in files if (found := finder.find(file)) is not None}


class _Finder:
    def __init__(self, notes: Mapping[str, TakeoutNotes]) -> None:
        self._exact: dict[_Name, str] = {}
        self._titles: dict[_Name, str] = {}
        self._cut: list[tuple[_Name, str]] = []
        for name in sorted(notes):
            about, whole = _about(name)
            self._exact.setdefault(about, name)
            self._titles.setdefault(_Name(_sanitised(notes[name].title), about.number), name)
            if not whole:
                self._cut.append((about, name))

    def find(self, file: str) -> str | None:
        guesses = (_Name(file, ""), *_guesses(_of_file(file)))
        return next((found for guess in guesses if (found := self._of(guess)) is not None), None)

    def _of(self, name: _Name) -> str | None:
        return self._exact.get(name) or self._titles.get(name) or self._of_cut(name)

    def _of_cut(self, name: _Name) -> str | None:
        """Both names may be cut, the photo's to one character more."""
        for about, found in self._cut:
            if about.number == name.number and name.plain.startswith(about.plain):
                return found
        return None


def _guesses(name: _Name) -> Iterable[_Name]:
    """The names under which the notes of a file may stand, the likeliest first."""
    yield name
    stem, _, ending = name.plain.rpartition(".")
    for suffix in _EDITED:
        if stem.lower().endswith(suffix):
            yield _Name(f"{stem[: -len(suffix)]}.{ending}", name.number)
    if ending.lower() in _MOVING:
        yield from (_Name(f"{stem}.{still}", name.number) for one in sorted(_STILL) for still in (one, one.upper()))
        yield from (_Name(f"{name.plain}.{still}", name.number) for still in ("jpg", "JPG"))


def _of_file(file: str) -> _Name:
    """`IMG_1(2).jpg` as `IMG_1.jpg` and `(2)`."""
    stem, dot, ending = file.rpartition(".")
    found = _NUMBERED.fullmatch(stem)
    if not dot or found is None:
        return _Name(file, "")
    return _Name(f"{found['rest']}.{ending}", found["number"] or "")


def _about(json_name: str) -> tuple[_Name, bool]:
    """Which file a JSON is about, and whether that name is whole."""
    base = json_name[: -len(".json")]
    found = _NUMBERED.fullmatch(base)
    rest, number = (base, "") if found is None else (found["rest"], found["number"] or "")
    plain, dot, last = rest.rpartition(".")
    if dot and _SUPPLEMENT.startswith(last.lower()) and "." in plain:
        return _Name(plain, number), True
    return _Name(rest, number), len(rest) < _CUT


def _sanitised(title: str) -> str:
    """A title as Takeout makes a file's name of it."""
    return re.sub(r"[&<>:\"/\\|?*'%]", "_", title)


def _notes(said: Mapping[str, Any]) -> TakeoutNotes:
    latitude, longitude = _place(said.get("geoDataExif")) or _place(said.get("geoData")) or ("", "")
    people = said.get("people")
    names = [one.get("name") for one in people if isinstance(one, dict)] if isinstance(people, list) else []
    return TakeoutNotes(
        title=_text(said.get("title")),
        description=_text(said.get("description"))[:LONGEST_DESCRIPTION],
        taken_at=_moment(said.get("photoTakenTime")),
        latitude=latitude,
        longitude=longitude,
        people=tuple(tag for name in names if (tag := as_tag(_text(name)))),
        favourite=said.get("favorited") is True,
        trashed=said.get("trashed") is True,
    )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _moment(value: object) -> str:
    seconds = value.get("timestamp") if isinstance(value, dict) else None
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return ""


def _place(value: object) -> tuple[str, str] | None:
    """Latitude and longitude; Google writes 0, 0 where it knows none."""
    if not isinstance(value, dict):
        return None
    latitude, longitude = value.get("latitude"), value.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180 or (latitude == 0 and longitude == 0):  # noqa: PLR2004 - of the globe
        return None
    return f"{latitude:.7f}", f"{longitude:.7f}"
