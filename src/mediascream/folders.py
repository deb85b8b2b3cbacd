"""Folders that hold what must not be lost: made, tried, and known to survive a reboot."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING

from mediascream.errors import FolderNotWritable, VolatileFolder
from mediascream.mounts import file_system_of

if TYPE_CHECKING:
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


def free_bytes(folder: Path) -> int:
    """How much this user can still write where `folder` lies."""
    return shutil.disk_usage(folder).free


SHORT_BYTES = 5 * 2**30
SHORT_SHARE = 0.05


def room_is_short(free: int, total: int) -> bool:
    """Whether a person should make room: less than 5 GiB, or a twentieth of a small disk."""
    return free < min(SHORT_BYTES, total * SHORT_SHARE)
