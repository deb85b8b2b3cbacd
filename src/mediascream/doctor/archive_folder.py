"""A folder archive, put to the test by a scratch file."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from mediascream.archive.marker import read_library_id
from mediascream.doctor.findings import Finding, note, ok, problem
from mediascream.errors import DocumentUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.archive.base import Archive

ABOUT: Final = "folder"


def look_at_archive_folder(archive: Archive, root: Path) -> Iterator[Finding]:
    """Write, read, list and remove; and whether names can be given without a moment in which they could be taken.

    Raises:
        DeliveryError: It cannot be written, or is not mounted.
    """
    for finding in archive.examine():
        seen = f"{finding.ability}: {finding.detail}"
        if finding.present or finding.ability == "checksum":
            yield ok(ABOUT, seen)
        else:
            yield problem(
                ABOUT, f"{seen} - it does not", f"look at the disk of {root}: what is written there is not kept"
            )
    yield _hard_links(root / ".tmp")


def whose(archive: Archive, library_id: str | None) -> Finding:
    """Whether the archive is that of the database.

    Raises:
        DeliveryError: It cannot be asked.
    """
    about = str(archive.name) if archive.name == "folder" else "bucket"
    try:
        owner = read_library_id(archive)
    except DocumentUnreadable as error:
        return problem(about, error.detail, "put the right file back from a copy, or use a newer version")
    if owner is None:
        return note(about, f"{archive.place} is not marked yet: the first start does it")
    if owner == library_id:
        return ok(about, f"{archive.place} is the archive of this database")
    return problem(
        about,
        f"{archive.place} belongs to another library ({owner}) than the database ({library_id or 'none'})",
        "name the right archive or database; if the database was lost: mediascream rebuild --from archive",
    )


def _hard_links(folder: Path) -> Finding:
    first, second = folder / f"doctor-{uuid4().hex}", folder / f"doctor-{uuid4().hex}"
    try:
        first.touch()
        os.link(first, second)
    except OSError as error:
        if error.errno in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}:
            return note(ABOUT, "the file system has no hard links: names are looked up before each rename instead")
        return problem(ABOUT, f"no file can be made in {folder}: {error.strerror}", "mend its rights, or mount it")
    finally:
        first.unlink(missing_ok=True)
        second.unlink(missing_ok=True)
    return ok(ABOUT, "hard links: a name that is taken is never overwritten, whoever comes between")
