"""What there is to import, and what is said of each file beside its bytes: Takeout, an Immich library, a plain folder.

All names are read first, then all notes; the photos themselves are read later, one by one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mediascream.client import takeout
from mediascream.client.import_sources import Member, members_of, read_small
from mediascream.client.outcome import FileState, Outcome
from mediascream.client.sidecar import Notes, parse_notes
from mediascream.client.walk import PassedOver, Unreadable
from mediascream.errors import FileUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mediascream.client.takeout import TakeoutNotes

_MOST_NOTES_BYTES: Final = 4 << 20
_DERIVED: Final = frozenset({"thumbs", "encoded-video", "profile", "backups"})
"""Folders of an Immich library that hold nothing that was sent to it."""
NOTES, TRASHED, DERIVED = "notes", "in-the-other-trash", "derived"


class Format(StrEnum):
    """How the notes beside photos are written."""

    TAKEOUT = "takeout"
    IMMICH = "immich"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Item:
    """A file that may be a photo.

    Attributes:
        values: What is said of it, by the names of the contract, without tags.
        noted: Whether anything was found beside it.
    """

    member: Member
    name: str
    tags: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    noted: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that was found.

    Attributes:
        ended: Files that are no photos for sure, or cannot be read.
    """

    items: list[Item]
    ended: list[Outcome]


def catalogue(places: Sequence[str], kind: Format, *, albums: bool = True) -> Catalogue:
    """Look at all names, and read all notes.

    Args:
        places: Folders and zips; parts of one Takeout are one.
        kind: How notes are written.
        albums: Whether albums become tags.
    """
    members, ended = _look(places, kind)
    if kind is Format.TAKEOUT:
        return _takeout(members, ended, albums=albums)
    return _with_sidecars(members, ended)


def _look(places: Iterable[str], kind: Format) -> tuple[list[Member], list[Outcome]]:
    members: list[Member] = []
    ended: list[Outcome] = []
    for place in places:
        for seen in members_of(place):
            match seen:
                case PassedOver(path, code, why):
                    ended.append(Outcome(path, FileState.IGNORED, code=code, detail=why))
                case Unreadable(path, why):
                    ended.append(Outcome(path, FileState.FAILED, code=FileUnreadable.code, detail=why))
                case Member() if kind is Format.IMMICH and _DERIVED & set(PurePosixPath(seen.name).parts[:-1]):
                    ended.append(_ignored(seen, DERIVED, "made by Immich"))
                case Member():
                    members.append(seen)
    return members, ended


def _takeout(members: Iterable[Member], ended: list[Outcome], *, albums: bool) -> Catalogue:
    folders: defaultdict[str, list[Member]] = defaultdict(list)
    notes: defaultdict[str, dict[str, TakeoutNotes]] = defaultdict(dict)
    titles: dict[str, str] = {}
    for member in members:
        if not member.file_name.lower().endswith(".json"):
            folders[member.folder].append(member)
            continue
        said = _read_notes(member, ended)
        if isinstance(said, str):
            titles[member.folder] = said
        elif said is not None:
            notes[member.folder][member.file_name] = said
    items: list[Item] = []
    for folder, files in folders.items():
        title = titles.get(folder, "")
        album = takeout.as_tag(title) if albums and takeout.is_album(title) else ""
        pairs = takeout.pair([file.file_name for file in files], notes[folder])
        for file in files:
            said = notes[folder].get(pairs.get(file.file_name, ""))
            if said is not None and said.trashed:
                ended.append(_ignored(file, TRASHED, "in the trash at Google"))
            else:
                items.append(_noted(file, said, album))
    return Catalogue(items, ended)


def _read_notes(member: Member, ended: list[Outcome]) -> TakeoutNotes | str | None:
    try:
        said = takeout.read_notes(read_small(member, _MOST_NOTES_BYTES))
    except FileUnreadable as trouble:
        ended.append(Outcome(member.path, FileState.FAILED, code=trouble.code, detail=trouble.detail))
        return None
    ended.append(_ignored(member, NOTES, "notes on photos"))
    return said


def _noted(file: Member, said: TakeoutNotes | None, album: str) -> Item:
    tags = (album,) if album else ()
    if said is None:
        return Item(file, file.file_name, tags)
    values = {
        "description": said.description,
        "taken_at": said.taken_at,
        "latitude": said.latitude,
        "longitude": said.longitude,
    }
    given = {name: value for name, value in values.items() if value}
    return Item(file, _whole_name(file.file_name, said.title), (*tags, *said.tags), given, noted=True)


def _whole_name(cut: str, title: str) -> str:
    """The title, where Takeout cut it to make the file's name; what it named anew keeps the new name."""
    stem, _, ending = cut.rpartition(".")
    return title if title.startswith(stem) and title.lower().endswith(f".{ending.lower()}") else cut


def _with_sidecars(members: Iterable[Member], ended: list[Outcome]) -> Catalogue:
    found = list(members)
    sidecars = {one.path.lower(): one for one in found if one.file_name.lower().endswith(".xmp")}
    items: list[Item] = []
    for member in found:
        if member.path.lower() in sidecars:
            ended.append(_ignored(member, NOTES, "notes on a photo"))
        else:
            items.append(_beside(member, sidecars))
    return Catalogue(items, ended)


def _beside(member: Member, sidecars: dict[str, Member]) -> Item:
    path = member.path.lower()
    sidecar = sidecars.get(f"{path}.xmp") or sidecars.get(f"{path.rpartition('.')[0]}.xmp")
    if sidecar is None:
        return Item(member, member.file_name)
    try:
        notes = parse_notes(read_small(sidecar, _MOST_NOTES_BYTES))
    except FileUnreadable:
        notes = Notes()
    values = {
        "description": notes.description,
        "taken_at": notes.taken_at,
        "latitude": notes.latitude,
        "longitude": notes.longitude,
    }
    given = {name: value for name, value in values.items() if value}
    return Item(member, member.file_name, notes.tags, given, noted=True)


def _ignored(member: Member, code: str, why: str) -> Outcome:
    return Outcome(member.path, FileState.IGNORED, member.stamp.size_bytes, code=code, detail=why)
