"""Folders that hold what must not be lost: made, tried, and known to survive a reboot."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a folder lies.

    Attributes:
        device: `major:minor`, as in `/sys/dev/block`.
        options: Those of the mount and of the file system itself.
    """

    place: PurePath
    file_system: str
    device: str
    options: frozenset[str]


def file_system_of(path: Path) -> str | None:
    """The type of the file system that `path` lies on, such as `ext4`; None where the machine does not say."""
    mount = mount_of(path)
    return None if mount is None else mount.file_system


def mount_of(path: Path) -> Mount | None:
    """The mount that `path` lies on; None where the machine does not say."""
    try:
        table = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return mount_in(table, path.resolve())


def mount_in(table: str, path: PurePath) -> Mount | None:
    """The same, from the text of a mountinfo table (proc_pid_mountinfo(5), read 2026-11-24).

    Of the mounts above `path` the longest counts, and of two on one folder the later.
    """
    best: Mount | None = None
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        _, _, device, _, escaped, options, *_ = before.split(" ")
        file_system, _, more = after.split(" ", 2)
        place = PurePath(unescaped(escaped))
        if path.is_relative_to(place) and (best is None or len(place.parts) >= len(best.place.parts)):
            best = Mount(place, file_system, device, frozenset(f"{options},{more}".split(",")))
    return best


def unescaped(text: str) -> str:
    r"""A mount's folder as it is named: the table writes a blank as `\040`."""
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), text)


def free_bytes(folder: Path) -> int:
    """How much this user can still write where `folder` lies."""
    return shutil.disk_usage(folder).free


SHORT_BYTES = 5 * 2**30
SHORT_SHARE = 0.05


def room_is_short(free: int, total: int) -> bool:
    """Whether a person should make room: less than 5 GiB, or a twentieth of a small disk."""
    return free < min(SHORT_BYTES, total * SHORT_SHARE)
