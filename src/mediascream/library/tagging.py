"""Tags: trimmed, in NFC, unique without case, the first spelling kept, at most 100 characters long."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.columns import storable_text
from mediascream.photo import LONGEST_TAG

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_tags, _photo_tags = schema.tags, schema.photo_tags
_OF_PHOTO = (
    sa.select(_tags.c.folded, _tags.c.number, _tags.c.name)
    .join(_photo_tags, _tags.c.number == _photo_tags.c.tag)
    .where(_photo_tags.c.photo == sa.bindparam("photo"))
    .order_by(_tags.c.folded)
)
_BY_FOLDED = sa.select(_tags.c.folded, _tags.c.number, _tags.c.name).where(
    _tags.c.folded.in_(sa.bindparam("folded", expanding=True))
)
_NEW_TAG = sa.insert(_tags).returning(_tags.c.number)
_TAG_PHOTO = sa.insert(_photo_tags)


COUNTED = 1000
"""More photos than these are not counted: it tells often used tags from rare ones, at a bounded price."""


class Tag(NamedTuple):
    """A tag that at least one photo had once."""

    number: int
    name: str


Tags: TypeAlias = "Mapping[str, Tag]"
"""The tags of a photo by what all their spellings have in common."""


def spelling(tag: str) -> str:
    """A tag as it is kept; empty where nothing is left of it."""
    return unicodedata.normalize("NFC", storable_text(tag)).strip()[:LONGEST_TAG].rstrip()


def fold(tag: str) -> str:
    """What all spellings of one tag have in common."""
    return unicodedata.normalize("NFC", spelling(tag).casefold())


def tags_of(connection: sa.Connection, photo: int) -> Tags:
    """The tags of one photo."""
    rows = connection.execute(_OF_PHOTO, {"photo": photo})
    return {folded: Tag(number, name) for folded, number, name in rows}


def add_tags(
    connection: sa.Connection, photo: int, sort_key: int, names: Iterable[str], *, had: Tags | None = None
) -> Tags:
    """Give a photo tags that it may have already; returns all that it has now.

    `had` are those that it has, where the caller knows them.
    """
    have = tags_of(connection, photo) if had is None else had
    wanted = {fold(name): spelling(name) for name in reversed(list(names))}
    missing = {folded: name for folded, name in wanted.items() if folded and folded not in have}
    if not missing:
        return have
    fresh = _tags_for(connection, missing)
    rows = [{"tag": tag.number, "sort_key": sort_key, "photo": photo} for tag in fresh.values()]
    connection.execute(_TAG_PHOTO, rows)
    return {**have, **fresh}


def replace_tags(connection: sa.Connection, photo: int, sort_key: int, names: Iterable[str], *, had: Tags) -> Tags:
    """Give a photo exactly these tags; returns them."""
    wanted = list(names)
    folded_wanted = {fold(name) for name in wanted}
    kept = {folded: tag for folded, tag in had.items() if folded in folded_wanted}
    gone = [tag.number for folded, tag in had.items() if folded not in kept]
    if gone:
        table = _photo_tags
        connection.execute(sa.delete(table).where(table.c.photo == photo, table.c.tag.in_(gone)))
    return add_tags(connection, photo, sort_key, wanted, had=kept)


def move_tags(connection: sa.Connection, photo: int, sort_key: int) -> None:
    """Follow a photo to its new place in time."""
    connection.execute(sa.update(_photo_tags).where(_photo_tags.c.photo == photo).values(sort_key=sort_key))


def most_used(connection: sa.Connection, begun: str, limit: int) -> list[tuple[str, int]]:
    """Tags that begin so in any spelling, each with how many photos bear it, most used first.

    At most `COUNTED` photos are counted, those in the trash among them; a tag that no photo bears any more is left out.
    """
    bearing = sa.select(_photo_tags.c.sort_key).where(_photo_tags.c.tag == _tags.c.number).limit(COUNTED)
    count = sa.select(sa.func.count()).select_from(bearing.correlate(_tags).subquery()).scalar_subquery()
    prefix = unicodedata.normalize("NFC", storable_text(begun).casefold()).lstrip()
    query = sa.select(_tags.c.name, count.label("count")).where(_tags.c.folded.startswith(prefix, autoescape=True))
    counted = query.subquery()
    shown = sa.select(counted.c.name, counted.c.count).where(counted.c.count > 0)
    rows = connection.execute(shown.order_by(counted.c.count.desc(), counted.c.name).limit(limit))
    return [(name, number) for name, number in rows]


def find_tag(connection: sa.Connection, name: str) -> int | None:
    """The number of a tag in any spelling, or None."""
    return connection.scalar(sa.select(_tags.c.number).where(_tags.c.folded == fold(name)))


def _tags_for(connection: sa.Connection, names: Mapping[str, str]) -> dict[str, Tag]:
    """The tags of these names, made where there are none yet."""
    known = connection.execute(_BY_FOLDED, {"folded": list(names)})
    found = {folded: Tag(number, name) for folded, number, name in known}
    for folded, name in names.items():
        if folded not in found:
            number = connection.scalars(_NEW_TAG, {"name": name, "folded": folded}).one()
            found[folded] = Tag(number, name)
    return found
