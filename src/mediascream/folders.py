"""Folders that hold what must not be lost: made, tried, known to survive a reboot, and with room left."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediascream.errors import FolderNotWritable, VolatileFolder
from mediascream.mounts import file_system_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VOLATILE = frozenset({"tmpfs", "ramfs", "overlay", "fuse.fuse-overlayfs"})
"""File systems that a reboot, or the end of a container, empties."""


def prepare_folder(folder: Path, *, allow_volatile: bool) -> None:
    """Leave a folder at `folder` that this process can write to; what is made is for the owner alone.

    Raises:
        FolderNotWritable: It cannot be made, or files in it cannot.
        VolatileFolder: It would not survive a reboot, and that was not allowed.
    """
    if not allow_volatile and (file_system := file_system_of(folder)) in VOLATILE:
        raise VolatileFolder(
            f"{folder} is on {file_system}, which a reboot empties: choose another folder, or set ALLOW_VOLATILE: true"
        )
    try:
        make_private(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise FolderNotWritable(f"{folder} cannot be written: {error.strerror}") from None


def make_private(folder: Path) -> None:
    """Make `folder` and the folders above it that are missing, each with mode 0700."""
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(20, "Not a directory")


SHORT_BYTES: Final = 5 * 2**30
SHORT_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Room:
    """A disk that something is written to.

    Attributes:
        what: What a person calls that which lies there: `spool`.
        free: Bytes that this user can still write.
    """

    what: str
    free: int
    total: int

    def is_short(self, *, times: float = 1.0) -> bool:
        """Whether a person should make room: less than 5 GiB, or a twentieth of a small disk; or so many times that."""
        return self.free < times * min(SHORT_BYTES, self.total * SHORT_SHARE)

    def __str__(self) -> str:
        return f"{self.free / 1e9:.1f} GB of {self.total / 1e9:.0f} GB are left"


def room_of(what: str, folder: Path) -> Room:
    """How much room there is where a folder lies.

    Raises:
        OSError: The folder, or its disk, is not there.
    """
    usage = shutil.disk_usage(folder)
    return Room(what, usage.free, usage.total)


def rooms_of(folders: Mapping[str, Path]) -> list[Room]:
    """The disks that folders lie on, each by the first of them. One that is away is another trouble's matter."""
    rooms: dict[int, Room] = {}
    for what, folder in folders.items():
        with suppress(OSError):
            rooms.setdefault(folder.stat().st_dev, room_of(what, folder))
    return list(rooms.values())
