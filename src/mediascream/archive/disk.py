"""Files on a disk: copied by the kernel, hashed, and made to survive a power cut.

A file's content is safe once `flush_file` returned, its name once `flush_folder` did for the folder that
holds it, and for the parent of each folder newly made. A failed flush is final: the kernel may have
dropped the dirty pages, so a second call on the same file would lie
(https://mydbanotebook.org/post/fsync/, read 2026-11-24). On macOS fsync stops at the drive's own cache and
F_FULLFSYNC does not (untried).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from typing import TYPE_CHECKING, BinaryIO

from mediascream.photo import PhotoId

if TYPE_CHECKING:
    from pathlib import Path

_FULL_FLUSH: int | None = getattr(fcntl, "F_FULLFSYNC", None)
_AT_ONCE = 1 << 30
_KERNEL_CANNOT = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF}
UNREADABLE = {errno.EIO, errno.EBADMSG, errno.EILSEQ, getattr(errno, "EUCLEAN", errno.EIO)}
"""What a disk says of a bad sector, and a file system that keeps checksums of bytes that rotted."""
_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS}


def flush_file(descriptor: int) -> None:
    """Make an open file's content durable."""
    if _FULL_FLUSH is None:
        os.fsync(descriptor)
    else:
        fcntl.fcntl(descriptor, _FULL_FLUSH)


def flush_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        flush_file(descriptor)
    finally:
        os.close(descriptor)


def make_folders(folder: Path, *, under: Path) -> None:
    """Make `folder` and its parents durably; `under` must exist, and is never made."""
    if folder == under or folder.is_dir():
        return
    make_folders(folder.parent, under=under)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)


def copy_content(source: BinaryIO, target: BinaryIO) -> None:
    """Copy from where both files stand to the end of `source`, without the bytes passing through us.

    Shares blocks instead of copying where the file system can (btrfs, XFS). What the kernel will not
    do, at once or from some point on, is read and written.
    """
    try:
        while os.copy_file_range(source.fileno(), target.fileno(), _AT_ONCE):
            pass
    except AttributeError:  # macOS
        pass
    except OSError as error:
        if error.errno not in _KERNEL_CANNOT:
            raise
    shutil.copyfileobj(source, target, 1 << 20)
    target.flush()


def digest_of(path: Path) -> PhotoId:
    """The SHA-256 of a flushed file, read from the disk rather than from memory where that can be asked for."""
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return PhotoId(hashlib.file_digest(file, "sha256").hexdigest())


def publish(temporary: Path, target: Path) -> bool:
    """Give a finished file its name, whole and durable; False where the name is taken already.

    Where the file system has no hard links (exFAT, some network shares), there is a moment between
    looking and renaming: callers hold a lock for the name.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        if target.exists():
            return False
        temporary.rename(target)
    flush_folder(target.parent)
    return True
