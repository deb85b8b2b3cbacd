"""Which files lie under the paths that a person named, in an order that never changes.

Passed over without a word, since nobody means them: hidden folders, the thumbnails and waste baskets
that NAS systems and desktops leave in photo folders, and all of an Apple Photos library but its
originals. Single files of that kind are told (`PassedOver`), so that the numbers add up.
What was named on the command line itself is always looked at, hidden or not.

Links are followed; a folder is entered once, however many ways lead to it, so a loop ends.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mediascream.errors import EmptyUpload, NotAPhoto

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NOBODYS_FOLDERS = frozenset({
    "@eadir", "#recycle", "@recycle", "#snapshot", "$recycle.bin", "system volume information", "lost+found",
})  # fmt: skip
_NOBODYS_FILES = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", ".nomedia"})
IN_THE_CLOUD = "in-the-cloud"
_DATALESS = 0x40000000
_APPLE_LIBRARY = ".photoslibrary"
_APPLE_ORIGINALS = frozenset({"originals", "Masters"})
_WASTE_BASKET = ".trash"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one version of a file from the next without reading it.

    The inode is left out: FAT cards and some network mounts make inodes up anew at each mount. The
    change time stands in for it, since it moves with every write, rename and restored modified time.
    """

    size_bytes: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, slots=True)
class Found:
    """An ordinary file. `path` is what a person typed plus the way from there; undecodable bytes are escapes."""

    path: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file that nobody means to send, with a stable word and a sentence for why."""

    path: str
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that cannot be looked at."""

    path: str
    why: str


Seen = Found | PassedOver | Unreadable


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file from what the system says of it."""
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def why_unreadable(error: OSError) -> str:
    """A sentence for a person."""
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case PermissionError():
            return "it may not be read: check its permissions"
        case _:
            return error.strerror or str(error)


def no_photo(size_bytes: int) -> tuple[str, str]:
    """Why a file is passed over whose bytes are of no photo: a stable word, and a sentence for a person."""
    if not size_bytes:
        return EmptyUpload.code, "it is empty"
    return NotAPhoto.code, "no photo or video by its bytes"


def walk(paths: Iterable[str], *, hidden: bool = False) -> Iterator[Seen]:
    """Every file that a person would mean by `paths`, each once.

    Args:
        paths: Files and folders; one that does not exist comes back as `Unreadable`.
        hidden: Also what a name with a leading dot hides. (Nobody's files stay out.)
    """
    walker = _Walker(hidden=hidden)
    for path in paths:
        yield from walker.start(path)


_Key = tuple[int, int]


def _key(status: os.stat_result) -> _Key:
    """What is the same file or folder, whichever way led there."""
    return status.st_dev, status.st_ino


@dataclass(slots=True)
class _Walker:
    hidden: bool
    folders: set[_Key] = field(default_factory=set)
    """Every folder that was entered."""
    named_files: set[_Key] = field(default_factory=set)
    """The same of files that were named themselves; those of folders are not kept, there may be millions."""

    def start(self, path: str) -> Iterator[Seen]:
        try:
            status, parent = Path(path).stat(), Path(path).parent.stat()
        except OSError as error:
            yield Unreadable(path, _why_not_there(path, error))
            return
        if stat.S_ISDIR(status.st_mode):
            yield from self._descend(path)
        elif not self._met_before(path, _key(status), _key(parent)):
            self.named_files.add(_key(status))
            yield _classify(path, status)

    def _met_before(self, path: str, file: _Key, parent: _Key) -> bool:
        in_folder = parent in self.folders and not self._is_hidden(Path(path).name)
        return in_folder or file in self.named_files

    def _descend(self, top: str) -> Iterator[Seen]:
        """Depth first with a list of our own: folders can be nested deeper than Python calls."""
        stack = [top]
        while stack:
            folder = stack.pop()
            try:
                entries = self._enter(folder)
            except OSError as error:
                yield Unreadable(folder, why_unreadable(error))
                continue
            below: list[str] = []
            for entry in entries:
                yield from self._look_at(entry, below)
            stack.extend(reversed(below))

    def _enter(self, folder: str) -> list[os.DirEntry[str]]:
        key = _key(Path(folder).stat())
        if key in self.folders:
            return []
        self.folders.add(key)
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: os.fsencode(entry.name))

    def _look_at(self, entry: os.DirEntry[str], below: list[str]) -> Iterator[Seen]:
        """What one entry is; folders to enter later are put into `below`."""
        try:
            status = entry.stat()
        except OSError as error:
            if not self._is_hidden(entry.name):
                yield Unreadable(entry.path, _why_not_there(entry.path, error))
            return
        if stat.S_ISDIR(status.st_mode):
            if self._is_meant(entry):
                below.append(entry.path)
        elif reason := self._why_passed_over(entry.name):
            yield PassedOver(entry.path, *reason)
        elif _key(status) not in self.named_files:
            yield _classify(entry.path, status)

    def _is_hidden(self, name: str) -> bool:
        return name.startswith(".") and not self.hidden

    def _is_meant(self, folder: os.DirEntry[str]) -> bool:
        return not self._is_hidden(folder.name) and not _is_nobodys(Path(folder.path))

    def _why_passed_over(self, name: str) -> tuple[str, str] | None:
        return _whose_file(name) or (("hidden", "a hidden file") if self._is_hidden(name) else None)


def is_on_the_way(path: str, top: str) -> bool:
    """Whether a walk of the folder `top` comes to the file or folder `path` and takes it, by its name and those above."""
    below = Path(path).relative_to(top)
    if any(part.startswith(".") for part in below.parts) or _whose_file(below.name):
        return False
    above = [Path(top, *below.parts[:depth]) for depth in range(1, len(below.parts))]
    return not any(map(_is_nobodys, above))


def _is_nobodys(folder: Path) -> bool:
    name = folder.name.lower()
    if name in _NOBODYS_FOLDERS or name.startswith(_WASTE_BASKET):
        return True
    return folder.parent.name.endswith(_APPLE_LIBRARY) and folder.name not in _APPLE_ORIGINALS


def _whose_file(name: str) -> tuple[str, str] | None:
    """Why a file that no person made is passed over."""
    if name.startswith(".") and name.endswith(".icloud"):
        return IN_THE_CLOUD, "it is only in iCloud: download it first"
    if name.startswith("._"):
        return "system-file", "macOS's notes on another file"
    return ("system-file", "left by the system") if name.lower() in _NOBODYS_FILES else None


def _classify(path: str, status: os.stat_result) -> Seen:
    if not stat.S_ISREG(status.st_mode):
        return PassedOver(path, NotAPhoto.code, "no ordinary file")
    if is_only_in_the_cloud(status):
        return PassedOver(path, IN_THE_CLOUD, "it is only in the cloud: download it first")
    return Found(path, stamp_of(status))


def is_only_in_the_cloud(status: object) -> bool:
    """Whether macOS keeps only the name here (iCloud, Dropbox, OneDrive): reading it would fetch its bytes.

    Source: `SF_DATALESS` in sys/stat.h of macOS 10.15 and later, read 2026-11-24. Untried on a Mac.
    """
    return bool(getattr(status, "st_flags", 0) & _DATALESS)


def _why_not_there(path: str, error: OSError) -> str:
    return "a link that leads nowhere" if Path(path).is_symlink() else why_unreadable(error)
