"""Which token sent which photo: all that an `upload` token can see is what it sent itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.library import schema
from mediascream.library.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediascream.photo import PhotoId

table = schema.senders

_PREFIX = "token:"


def key_of(token: int | None) -> str:
    """A caller as one word, to be kept in a file until its upload is whole; None: the owner."""
    return "owner" if token is None else f"{_PREFIX}{token}"


def token_of(key: str) -> int | None:
    """The token that `key_of` made this word of; None: none."""
    number = key.removeprefix(_PREFIX)
    return int(number) if number != key and number.isdecimal() else None


def note_sent(connection: sa.Connection, token: int | None, photos: Iterable[int]) -> None:
    """A token has sent the bytes of these photos, by their numbers.

    Twice is as good as once. None: no token did; the same for one that is not there (the database is a new one).
    """
    tokens = schema.tokens.c
    if token is None or connection.scalar(sa.select(tokens.number).where(tokens.number == token)) is None:
        return
    for photo in sorted(set(photos)):
        upsert(connection, table, {"photo": photo, "token": token})


def has_sent(connection: sa.Connection, token: int | None, photo_id: PhotoId) -> bool:
    """Whether a token has sent the bytes of this photo."""
    if token is None:
        return False
    photos = schema.photos
    joined = table.join(photos, table.c.photo == photos.c.number)
    asked = sa.select(table.c.photo).select_from(joined).where(table.c.token == token, photos.c.id == photo_id)
    return connection.scalar(asked) is not None


def names_of_senders(connection: sa.Connection, photo: int) -> tuple[str, ...]:
    """Who sent a photo: the members' names, or those of the tokens that are the owner's; sorted."""
    tokens = schema.tokens
    name = sa.func.coalesce(tokens.c.member, tokens.c.name)
    joined = table.join(tokens, table.c.token == tokens.c.number)
    asked = sa.select(name).select_from(joined).where(table.c.photo == photo).distinct().order_by(name)
    return tuple(connection.scalars(asked))
