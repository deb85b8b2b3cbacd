"""Full-text search, newest first: FTS5 in SQLite, a GIN index in Postgres, behind one seam.

The index's row is the photo's `sort_key`, so the newest hits come first without sorting. What is
searched: file name, tags, camera, lens, description. Every word must occur; each may be a beginning.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.library import schema

if TYPE_CHECKING:
    from collections.abc import Iterable

WORD = re.compile(r"\w+")

CREATE = {
    "sqlite": ("CREATE VIRTUAL TABLE photo_text USING fts5(words, tokenize='unicode61', prefix='2 3')",),
    "postgresql": (
        "CREATE TABLE photo_text (rowid bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX ix_photo_text_words ON photo_text USING gin (words)",
    ),
}
"""What a new database needs; run by the first migration."""

_INSERT = {
    "sqlite": sa.text("INSERT INTO photo_text (rowid, words) VALUES (:key, :words)"),
    "postgresql": sa.text("INSERT INTO photo_text (rowid, words) VALUES (:key, to_tsvector('simple', :words))"),
}
_DELETE = sa.text("DELETE FROM photo_text WHERE rowid = :key")
_MATCH = {
    "sqlite": "SELECT rowid FROM photo_text WHERE photo_text MATCH :search",
    "postgresql": "SELECT rowid FROM photo_text WHERE words @@ to_tsquery('simple', :search)",
}


def index(connection: sa.Connection, sort_key: int, texts: Iterable[str | None]) -> None:
    """Make a photo findable by these texts, and by nothing else."""
    connection.execute(_DELETE, {"key": sort_key})
    words = " ".join(word for text in texts if text for word in words_of(text))
    connection.execute(_INSERT[connection.dialect.name], {"key": sort_key, "words": words})


def forget(connection: sa.Connection, sort_key: int) -> None:
    """Make a photo unfindable."""
    connection.execute(_DELETE, {"key": sort_key})


def words_of(text: str) -> list[str]:
    """The words that are searched for and found: letters and digits, underscores part them too."""
    return [word for word in WORD.findall(text.casefold().replace("_", " "))]


def matching(connection: sa.Connection, text: str) -> sa.ColumnElement[bool] | None:
    """The condition on `photos` that `text` stands for; None where it holds no word."""
    words = words_of(text)
    if not words:
        return None
    dialect = connection.dialect.name
    search = " ".join(f'"{word}"*' for word in words) if dialect == "sqlite" else " & ".join(f"{w}:*" for w in words)
    hits = sa.text(_MATCH[dialect]).bindparams(search=search).columns(sa.column("rowid", sa.BigInteger))
    return schema.photos.c.sort_key.in_(hits)
