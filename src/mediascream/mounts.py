"""What is mounted where, and what kinds of file system there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

MOUNTS: Final = Path("/proc/self/mountinfo")

NETWORK: Final = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "virtiofs", "vboxsf", "fuse.vmhgfs-fuse",
    "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.davfs", "davfs", "fuse.gvfsd-fuse",
})  # fmt: skip
"""Their files lie on another machine, or may be changed by another without this one hearing of it."""


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
