"""The inbox: the tree of names under which programs put photos over WebDAV, for each sender its own.

A sender must find again what it put, or it sends it once more. So each name leads to a photo of the library; the
photo lives without the name, and taking a name away takes no photo. Names of photos in the trash are not shown:
a telephone must not take them for kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.errors import ConflictingState
from mediascream.library import schema
from mediascream.library.moments import from_ms, to_ms
from mediascream.library.upsert import upsert
from mediascream.photo import PhotoId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mediascream.library.schema import AnyRow

_columns = schema.inbox.c
_SHOWN = (
    sa.select(
        _columns.folder,
        _columns.name,
        _columns.is_folder,
        _columns.modified_at_ms,
        _columns.added_at_ms,
        schema.photos.c.id,
        schema.photos.c.sha1,
        schema.photos.c.media_type,
        schema.photos.c.size_bytes,
    )
    .select_from(schema.inbox.outerjoin(schema.photos, schema.photos.c.number == _columns.photo))
    .where(_columns.sender == sa.bindparam("of_sender"), schema.photos.c.deleted_at_ms.is_(None))
)
_ONE = _SHOWN.where(_columns.folder == sa.bindparam("in_folder"), _columns.name == sa.bindparam("of_name"))
_CHILDREN = (
    _SHOWN.where(_columns.folder == sa.bindparam("in_folder"), _columns.name > sa.bindparam("after"))
    .order_by(_columns.name)
    .limit(sa.bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class InboxPath:
    """A name in the tree; the root has neither folder nor name.

    Attributes:
        folder: The folders above it, joined by `/`.
    """

    folder: str
    name: str

    @classmethod
    def of(cls, path: str) -> InboxPath:
        """`a/b/c.jpg` as folder `a/b` and name `c.jpg`."""
        folder, _, name = path.rpartition("/")
        return cls(folder, name)

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}" if self.folder else self.name

    def within(self, other: InboxPath) -> bool:
        """Whether it is `other`, or lies below it."""
        return not other.name or self == other or f"{self}/".startswith(f"{other}/")


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """What a name leads to: a folder, a photo, or, where a program made a name before it sent bytes, nothing yet.

    Attributes:
        sha1: Hex; known once the photo was processed.
    """

    path: InboxPath
    is_folder: bool
    modified_at: datetime
    added_at: datetime
    photo_id: PhotoId | None = None
    sha1: str | None = None
    media_type: str | None = None
    size_bytes: int = 0


def find(connection: sa.Connection, sender: str, path: InboxPath) -> InboxEntry | None:
    """What a name leads to; None where it is free."""
    values = {"of_sender": sender, "in_folder": path.folder, "of_name": path.name}
    row = connection.execute(_ONE, values).first()
    return None if row is None else _entry(row)


def children(
    connection: sa.Connection, sender: str, folder: str, *, after: str = "", limit: int = 500
) -> list[InboxEntry]:
    """What lies in a folder, by name, behind the name `after`."""
    values = {"of_sender": sender, "in_folder": folder, "after": after, "most": limit}
    return [_entry(row) for row in connection.execute(_CHILDREN, values)]


def put(
    connection: sa.Connection, sender: str, path: InboxPath, photo: int | None, *, modified_at: datetime, now: datetime
) -> None:
    """Have a name lead to a photo, or to nothing yet; what it led to before stays in the library.

    Raises:
        ConflictingState: The folder does not exist, or the name is that of a folder.
    """
    _require_folder(connection, sender, path.folder)
    there = find(connection, sender, path)
    if there is not None and there.is_folder:
        raise ConflictingState(f"{path} is a folder.")
    _write(connection, sender, path, photo=photo, is_folder=False, modified_at=modified_at, added_at=now)


def make_folder(connection: sa.Connection, sender: str, path: InboxPath, now: datetime) -> None:
    """Make an empty folder.

    Raises:
        ConflictingState: The folder above it does not exist.
    """
    _require_folder(connection, sender, path.folder)
    _write(connection, sender, path, photo=None, is_folder=True, modified_at=now, added_at=now)


def touch(connection: sa.Connection, sender: str, path: InboxPath, modified_at: datetime) -> None:
    """Say when the file behind a name was changed last."""
    found = _exactly(sender, path)
    connection.execute(sa.update(schema.inbox).where(found).values(modified_at_ms=to_ms(modified_at)))


def remove(connection: sa.Connection, sender: str, path: InboxPath) -> None:
    """Take a name away, and all below it. No photo goes with it."""
    connection.execute(sa.delete(schema.inbox).where(_subtree(sender, path)))


def copy(connection: sa.Connection, sender: str, source: InboxPath, target: InboxPath, *, deep: bool = True) -> None:
    """Have another name, and all below it, lead where `source` leads; what was there goes.

    Raises:
        ConflictingState: The target's folder does not exist, or lies inside the source.
    """
    if target.within(source):
        raise ConflictingState(f"{source} cannot be put into itself.")
    _require_folder(connection, sender, target.folder)
    wanted = _subtree(sender, source) if deep else _exactly(sender, source)
    rows = connection.execute(sa.select(schema.inbox).where(wanted)).all()
    remove(connection, sender, target)
    moved = [{**row._mapping, **_at(_shifted(InboxPath(row.folder, row.name), source, target))} for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it
    if moved:
        connection.execute(sa.insert(schema.inbox), moved)


def move(connection: sa.Connection, sender: str, source: InboxPath, target: InboxPath) -> None:
    """Give what lies under a name another; what was there goes.

    Raises:
        ConflictingState: As for `copy`.
    """
    copy(connection, sender, source, target)
    remove(connection, sender, source)


def _require_folder(connection: sa.Connection, sender: str, folder: str) -> None:
    if not folder:
        return
    above = find(connection, sender, InboxPath.of(folder))
    if above is None or not above.is_folder:
        raise ConflictingState(f"There is no folder {folder}; make it first.")


def _write(
    connection: sa.Connection,
    sender: str,
    path: InboxPath,
    *,
    photo: int | None,
    is_folder: bool,
    modified_at: datetime,
    added_at: datetime,
) -> None:
    values = {"photo": photo, "is_folder": is_folder, "modified_at_ms": to_ms(modified_at)}
    upsert(connection, schema.inbox, {"sender": sender, **_at(path), **values, "added_at_ms": to_ms(added_at)})


def _shifted(path: InboxPath, source: InboxPath, target: InboxPath) -> InboxPath:
    return InboxPath.of(str(target) + str(path).removeprefix(str(source)))


def _at(path: InboxPath) -> dict[str, str]:
    return {"folder": path.folder, "name": path.name}


def _exactly(sender: str, path: InboxPath) -> sa.ColumnElement[bool]:
    return sa.and_(_columns.sender == sender, _columns.folder == path.folder, _columns.name == path.name)


def _subtree(sender: str, path: InboxPath) -> sa.ColumnElement[bool]:
    below: Sequence[sa.ColumnElement[bool]] = (
        _exactly(sender, path),
        sa.and_(_columns.sender == sender, _columns.folder == str(path)),
        sa.and_(_columns.sender == sender, _columns.folder.startswith(f"{path}/", autoescape=True)),
    )
    return sa.or_(*below)


def _entry(row: AnyRow) -> InboxEntry:
    return InboxEntry(
        path=InboxPath(row.folder, row.name),
        is_folder=row.is_folder,
        modified_at=from_ms(row.modified_at_ms),
        added_at=from_ms(row.added_at_ms),
        photo_id=None if row.id is None else PhotoId(row.id),
        sha1=row.sha1,
        media_type=row.media_type,
        size_bytes=row.size_bytes or 0,
    )
