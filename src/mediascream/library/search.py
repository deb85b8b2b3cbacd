"""Full-text search, newest first: FTS5 in SQLite, a GIN index in Postgres, behind one seam.

The index's row is the photo's `sort_key`, so the newest hits come first without sorting. What is
searched: file name, tags, camera, lens, description. Every word must occur; each may be a beginning.

Neither database takes a text apart here (they would do it differently): both are given the words of
`words.py`. Beside them stands a mark for each tag, so that 'with this tag and these words' is one
question to the index, whichever of the two is rare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from mediascream.library.words import words_asked, words_to_find

if TYPE_CHECKING:
    from collections.abc import Iterable

CREATE = {
    # The tokenizer `ascii` parts words at our blanks and leaves all beyond ASCII alone. Which word stands
    # where is never asked, so it is not kept (detail, columnsize). A beginning of up to six letters has an index of
    # its own and is read off newest first; of a longer one, all hits are gathered before the first is shown.
    "sqlite": (
        "CREATE VIRTUAL TABLE photo_text USING fts5(words, tokenize='ascii', detail='none', columnsize=0, prefix='1 2 3 4 5 6')",
    ),
    "postgresql": (
        "CREATE TABLE photo_text (rowid bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX ix_photo_text_words ON photo_text USING gin (words)",
    ),
}
"""What a new database needs; run by the first migration."""

TABLE = sa.table("photo_text", sa.column("rowid", sa.BigInteger))

_TAG = "\ue000"
"""Begins the mark of a tag: from the private use area, which no word holds."""

_INSERT = {
    "sqlite": sa.text("INSERT INTO photo_text (rowid, words) VALUES (:key, :words)"),
    "postgresql": sa.text("INSERT INTO photo_text (rowid, words) VALUES (:key, array_to_tsvector(:words))"),
}
_UPDATE = {
    "sqlite": sa.text("UPDATE photo_text SET rowid = :key, words = :words WHERE rowid = :old_key"),
    "postgresql": sa.text(
        "UPDATE photo_text SET rowid = :key, words = array_to_tsvector(:words) WHERE rowid = :old_key"
    ),
}
_DELETE = sa.text("DELETE FROM photo_text WHERE rowid = :key")
_MATCH = {
    "sqlite": sa.text("photo_text MATCH :search"),
    "postgresql": sa.text("photo_text.words @@ CAST(:search AS tsquery)"),
}


def index(connection: sa.Connection, key: int, texts: Iterable[str | None], tags: Iterable[int]) -> None:
    """Make a photo findable that was not: by the words of `texts`, and by the numbers of its tags.

    `key` is its `sort_key`.
    """
    connection.execute(_INSERT[connection.dialect.name], {"key": key, "words": _words(connection, texts, tags)})


def reindex(
    connection: sa.Connection, old_key: int, key: int, texts: Iterable[str | None], tags: Iterable[int]
) -> None:
    """Make a photo that was findable so by these texts and tags alone, perhaps at another place in time."""
    values = {"old_key": old_key, "key": key, "words": _words(connection, texts, tags)}
    connection.execute(_UPDATE[connection.dialect.name], values)


def forget(connection: sa.Connection, key: int) -> None:
    """Make a photo unfindable."""
    connection.execute(_DELETE, {"key": key})


def matching(dialect: str, text: str, tag: int | None = None) -> sa.TextClause | None:
    """The condition on `TABLE` that `text` (and a tag's number) stands for; None where it holds no word."""
    words = words_asked(text)
    if not words:
        return None
    marks = [] if tag is None else [f"{_TAG}{tag}"]
    if dialect == "sqlite":
        search = " ".join([f'"{word}"*' for word in words] + [f'"{mark}"' for mark in marks])
    else:
        search = " & ".join([f"'{word}':*" for word in words] + [f"'{mark}'" for mark in marks])
    return _MATCH[dialect].bindparams(search=search)


def _words(connection: sa.Connection, texts: Iterable[str | None], tags: Iterable[int]) -> str | list[str]:
    words = words_to_find(texts) + [f"{_TAG}{tag}" for tag in tags]
    return " ".join(words) if connection.dialect.name == "sqlite" else words
