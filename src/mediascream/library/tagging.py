"""Tags: trimmed, in NFC, unique without case, the first spelling kept."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.library import schema

if TYPE_CHECKING:
    from collections.abc import Iterable


def fold(tag: str) -> str:
    """What two spellings of one tag have in common."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", tag.strip()).casefold())


def add_tags(connection: sa.Connection, photo: int, sort_key: int, names: Iterable[str]) -> bool:
    """Give a photo tags that it may have already; True where one was new to it."""
    had = _tags_of(connection, photo)
    fresh = {fold(name): name for name in reversed(list(names))}
    missing = [name for folded, name in fresh.items() if folded not in had]
    for name in missing:
        connection.execute(
            sa.insert(schema.photo_tags).values(tag=_number_of(connection, name), sort_key=sort_key, photo=photo)
        )
    return bool(missing)


def replace_tags(connection: sa.Connection, photo: int, sort_key: int, names: Iterable[str]) -> bool:
    """Give a photo exactly these tags; True where that changed anything."""
    wanted = list(names)
    kept = {fold(name) for name in wanted}
    gone = [number for folded, number in _tags_of(connection, photo).items() if folded not in kept]
    if gone:
        table = schema.photo_tags
        connection.execute(sa.delete(table).where(table.c.photo == photo, table.c.tag.in_(gone)))
    return add_tags(connection, photo, sort_key, wanted) or bool(gone)


def move_tags(connection: sa.Connection, photo: int, sort_key: int) -> None:
    """Follow a photo to its new place in time."""
    table = schema.photo_tags
    connection.execute(sa.update(table).where(table.c.photo == photo).values(sort_key=sort_key))


def names_of(connection: sa.Connection, photo: int) -> list[str]:
    """A photo's tags as they are spelt."""
    query = (
        sa.select(schema.tags.c.name)
        .join(schema.photo_tags, schema.tags.c.number == schema.photo_tags.c.tag)
        .where(schema.photo_tags.c.photo == photo)
        .order_by(schema.tags.c.folded)
    )
    return list(connection.scalars(query))


def find_tag(connection: sa.Connection, name: str) -> int | None:
    """The number of a tag in any spelling, or None."""
    return connection.scalar(sa.select(schema.tags.c.number).where(schema.tags.c.folded == fold(name)))


def _tags_of(connection: sa.Connection, photo: int) -> dict[str, int]:
    query = (
        sa.select(schema.tags.c.folded, schema.tags.c.number)
        .join(schema.photo_tags, schema.tags.c.number == schema.photo_tags.c.tag)
        .where(schema.photo_tags.c.photo == photo)
    )
    return {folded: number for folded, number in connection.execute(query)}


def _number_of(connection: sa.Connection, name: str) -> int:
    known = find_tag(connection, name)
    if known is not None:
        return known
    spelling = unicodedata.normalize("NFC", name.strip())
    inserted = connection.execute(sa.insert(schema.tags).values(name=spelling, folded=fold(name)))
    key = inserted.inserted_primary_key
    assert key is not None
    return int(key[0])
