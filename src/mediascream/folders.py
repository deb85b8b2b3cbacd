"""Folders that hold what must not be lost: made, tried, and known to survive a reboot."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path, PurePath

from mediascream.errors import FolderNotWritable, VolatileFolder

VOLATILE = frozenset({"tmpfs", "ramfs", "overlay", "fuse.fuse-overlayfs"})
"""File systems that a reboot, or the end of a container, empties."""

MOUNTS = Path("/proc/self/mountinfo")


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


def file_system_of(path: Path) -> str | None:
    """The type of the file system that `path` lies on, such as `ext4`; None where the machine does not say."""
    try:
        table = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return file_system_in(table, path.resolve())


def file_system_in(table: str, path: PurePath) -> str | None:
    """The same, from the text of a mountinfo table (proc_pid_mountinfo(5), read 2026-11-24).

    Of the mounts above `path` the longest counts, and of two on one folder the later.
    """
    best: tuple[int, str] | None = None
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        place = PurePath(unescaped(before.split(" ")[4]))
        if path.is_relative_to(place) and (best is None or len(place.parts) >= best[0]):
            best = (len(place.parts), after.split(" ")[0])
    return best and best[1]


def unescaped(text: str) -> str:
    r"""A mount's folder as it is named: the table writes a blank as `\040`."""
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), text)


def free_bytes(folder: Path) -> int:
    """How much this user can still write where `folder` lies."""
    return shutil.disk_usage(folder).free
