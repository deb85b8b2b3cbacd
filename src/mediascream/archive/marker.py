"""Whose archive it is: `mediascream.json` names the library, and a stranger's is never written into.

The library's id is made with its database, and written down there before the archive is claimed: then a
crash between the two leaves nothing that the next start does not understand.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from mediascream.archive.keys import MARKER_KEY, ORIGINALS
from mediascream.errors import ArchiveForeign, DocumentTooNew, DocumentUnreadable, NotInArchive

if TYPE_CHECKING:
    from mediascream.archive.base import Archive

FORMAT: Final = "mediascream-archive"
VERSION: Final = 1


def claim(archive: Archive, library_id: str, *, knows_originals: bool) -> None:
    """Make sure that the archive is this library's, marking it where it is new.

    Args:
        archive: Anything but the archive of another library.
        library_id: The database's; a new one where the database is new.
        knows_originals: Whether the database says that originals were stored here.

    Raises:
        ArchiveForeign: It is another library's, or this library's database was lost, or the archive was
            emptied or swapped for another, or its marker cannot be read. Nothing was changed.
        DeliveryError: The archive cannot be asked; claim it before the first put.
    """
    owner = _owner_of(archive)
    if owner is None and not knows_originals and next(archive.list(ORIGINALS), None) is None:
        mark(archive, library_id)
        owner = _owner_of(archive)  # another may have been quicker
    if owner != library_id:
        raise ArchiveForeign(_objection(owner, archive.place, library_id, knows_originals=knows_originals))


def mark(archive: Archive, library_id: str) -> None:
    """Write down whose the archive is, where nobody has yet."""
    archive.create_document(MARKER_KEY, _written(library_id))


def read_library_id(archive: Archive) -> str | None:
    """The id of the library whose archive it is; None where it is unmarked.

    Raises:
        DocumentUnreadable: The marker is damaged.
        DocumentTooNew: It is of a newer version.
    """
    try:
        content = archive.read_document(MARKER_KEY)
    except NotInArchive:
        return None
    return _read(content)


def _owner_of(archive: Archive) -> str | None:
    try:
        return read_library_id(archive)
    except DocumentUnreadable as error:
        raise ArchiveForeign(f"the archive {archive.place} cannot be used: {error.detail}") from error


def _written(library_id: str, *, indent: int | None = 2) -> bytes:
    text = json.dumps({"format": FORMAT, "version": VERSION, "library_id": library_id}, indent=indent)
    return f"{text}\n".encode()


def _read(content: bytes) -> str:
    try:
        fields = json.loads(content)
        kind, version, library_id = fields["format"], fields["version"], fields["library_id"]
    except (ValueError, TypeError, KeyError) as error:
        raise DocumentUnreadable(f"its {MARKER_KEY} is damaged: {content[:80]!r}") from error
    message = f"its {MARKER_KEY} says {kind!r} version {version!r}"
    if kind == FORMAT and isinstance(version, int) and version > VERSION:
        raise DocumentTooNew(f"{message}: use a newer Mediascream")
    if kind != FORMAT or version != VERSION or not isinstance(library_id, str):
        raise DocumentUnreadable(f"{message}, which is none of ours")
    return library_id


def _objection(owner: str | None, place: str, library_id: str, *, knows_originals: bool) -> str:
    """One line: what is wrong, and the ways out."""
    if owner is None and knows_originals:
        return (
            f"the archive {place} has no {MARKER_KEY}, though the database says that originals are there:"
            f" mount or name the right archive; only where that one is lost for good, put a {MARKER_KEY} there that says"
            f" {_written(library_id, indent=None).decode().strip()} (docs/recovery.md)"
        )
    if owner is None:
        return (
            f"the archive {place} holds originals but no {MARKER_KEY}: use another folder or S3_PREFIX,"
            " or make a database from it with `mediascream rebuild --from archive`"
        )
    if knows_originals:
        return (
            f"the archive {place} belongs to another library ({owner}): name the right archive,"
            " or use another folder or S3_PREFIX"
        )
    return (
        f"the archive {place} belongs to a library ({owner}) that this database does not know:"
        " run `mediascream rebuild --from archive`, or use another folder or S3_PREFIX"
    )
