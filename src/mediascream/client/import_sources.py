"""Where an import reads from: folders and zip archives, looked at alike and never unpacked.

Names inside a zip come from a stranger: they are shown, compared and never made into a path.
"""

from __future__ import annotations

import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from zlib import error as ZlibError  # noqa: N812 - it is spelt like a function there

from mediascream.client.walk import Found, PassedOver, Stamp, Unreadable, stamp_of, walk, why_unreadable
from mediascream.errors import FileUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BROKEN: Final = "it is damaged: download it again"
BOMB: Final = "it would unpack to far more than a photo or video ever does: no real one is in there"
MOST_UNASKED_BYTES: Final = 64 * 1024 * 1024
"""What may unpack however much it was squeezed; a screen of one colour shrinks to a thousandth."""
MOST_SQUEEZED: Final = 100
"""By what larger members may have been squeezed: photos and videos are squeezed already, to 95 % and more."""
_PACKED: Final = (".tgz", ".tar.gz", ".tar", ".7z", ".rar")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an import, in a folder or in a zip.

    Attributes:
        place: The folder or zip that was named.
        name: The way from there, with `/`.
        stamp: Of a file in a zip: its size, and what tells this version of the zip.
    """

    place: str
    name: str
    stamp: Stamp
    zipped: bool

    @property
    def path(self) -> str:
        """For people and the ledger: `takeout-001.zip/Takeout/…/IMG_1.jpg`."""
        return f"{self.place}/{self.name}"

    @property
    def folder(self) -> str:
        """The way to the folder that it lies in."""
        return self.name.rpartition("/")[0]

    @property
    def file_name(self) -> str:
        """Its last part."""
        return self.name.rpartition("/")[2]


def members_of(place: str) -> Iterator[Member | PassedOver | Unreadable]:
    """Everything in a folder or a zip; what cannot be opened comes back as `Unreadable`."""
    if not Path(place).is_file():
        yield from _in_folder(place)
    elif (why := _why_no_zip(place)) is not None:
        yield Unreadable(place, why)
    else:
        yield from _in_zip(place)


def read_small(member: Member, limit_bytes: int) -> bytes:
    """The bytes of a small file; none where it is larger than the limit.

    Raises:
        FileUnreadable: The disk says no, or the zip is damaged.
    """
    if member.stamp.size_bytes > limit_bytes:
        return b""
    with opened(member) as file:
        return file.read(limit_bytes + 1)


@contextmanager
def opened(member: Member) -> Iterator[IO[bytes]]:
    """The file, to be read from its start.

    Raises:
        FileUnreadable: It is gone, the disk says no, or the zip is damaged, also while it is being read.
    """
    try:
        if not member.zipped:
            with Path(member.place, member.name).open("rb") as plain:
                yield plain
            return
        with zipfile.ZipFile(member.place) as archive, archive.open(member.name) as packed:
            yield packed
    except OSError as error:
        raise FileUnreadable(why_unreadable(error)) from error
    except (zipfile.BadZipFile, ZlibError, EOFError, KeyError, NotImplementedError) as error:
        raise FileUnreadable(BROKEN) from error
    except RuntimeError as error:  # what zipfile raises for a password
        raise FileUnreadable("it is encrypted: unpack it first") from error


def _in_folder(place: str) -> Iterator[Member | PassedOver | Unreadable]:
    for seen in walk([place]):
        if isinstance(seen, Found):
            yield Member(place, Path(seen.path).relative_to(place).as_posix(), seen.stamp, zipped=False)
        else:
            yield seen


def _in_zip(place: str) -> Iterator[Member | Unreadable]:
    try:
        stamp = stamp_of(Path(place).stat())
        with zipfile.ZipFile(place) as archive:
            listed: Sequence[zipfile.ZipInfo] = archive.infolist()
    except (OSError, zipfile.BadZipFile) as error:
        yield Unreadable(place, BROKEN if isinstance(error, zipfile.BadZipFile) else why_unreadable(error))
        return
    for entry in listed:
        if is_bomb(entry):
            yield Unreadable(f"{place}/{entry.filename}", BOMB)
        elif not entry.is_dir():
            as_it_is = Stamp(entry.file_size, stamp.mtime_ns, stamp.ctime_ns)
            yield Member(place, entry.filename, as_it_is, zipped=True)


def is_bomb(entry: zipfile.ZipInfo) -> bool:
    """Whether a member is a few bytes that become very many. That it is no longer than it says, zipfile sees to."""
    return entry.file_size > max(MOST_UNASKED_BYTES, MOST_SQUEEZED * entry.compress_size)


def _why_no_zip(place: str) -> str | None:
    try:
        with Path(place).open("rb") as file:
            if zipfile.is_zipfile(file):
                return None
    except OSError as error:
        return why_unreadable(error)
    if place.lower().endswith(_PACKED):
        return "only .zip can be read as it is: unpack this one and name the folder"
    return "no zip archive, or a damaged one: download it again"
