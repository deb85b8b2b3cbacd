"""Copies of the SQLite file: whole ones beside it before an upgrade, and ones without secrets for the archive.

A copy is made by SQLite's backup interface: one state of the database, while others read and write
(https://sqlite.org/backup.html, read 2026-11-24: in one step, so that it never begins again; in WAL mode it keeps
nobody from writing).

What a copy for the archive may hold is listed here, and all else is left out: a table, a fact or a note that somebody
adds is no secret that can be forgotten. Emptied tables keep their shape, and the file is written anew, so that no free
page holds what was deleted.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from typing import TYPE_CHECKING, Final

from mediascream.errors import DatabaseUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KEPT_TABLES: Final = frozenset(
    {
        "alembic_version",
        "checks",
        "dbos_migrations",  # so that the to-do list's tables, which are emptied, are not made again
        "deliveries",
        "delivery_counts",
        "destinations",
        "facts",
        "months",
        "photo_counts",
        "photo_tags",
        "photo_text",
        "photo_text_config",
        "photo_text_content",
        "photo_text_data",
        "photo_text_docsize",
        "photo_text_idx",
        "photos",
        "tags",
    }
)
"""The tables whose rows go into the archive's copy."""

KEPT_FACTS: Final = frozenset({"library_id", "database_copies", "elapsed", "audit_due_ms"})
"""The count of elapsed time belongs to the rows that are measured by it."""
KEPT_NOTES: Final = frozenset({"began", "remote_id", "twin"})
"""Of what a delivery remembers, that which leads to its copy. Not the tokens of an upload that was cut short."""


def copy_database(source: Path, target: Path) -> None:
    """Make `target` one state of `source`, secrets and all; a file of mode 0600 that is on disk for good.

    Raises:
        sqlite3.Error: One of the two cannot be read or written, or there is no room.
        OSError: The same.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with _opened(source) as original, _opened(target) as copy:
        original.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # a single file, complete in itself
    _flush(target)


def without_secrets(copy: Path, target: Path) -> None:
    """Write to `target` what of the copy may lie in the archive. `copy` is changed, and of no further use.

    Raises:
        sqlite3.Error: It cannot be read or written, or there is no room.
    """
    with _opened(copy) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("BEGIN")
        for name in _tables(connection):
            if name not in KEPT_TABLES:
                connection.execute(f'DELETE FROM "{name}"')  # noqa: S608 - a name out of the database itself
        _thin_facts(connection)
        _thin_notes(connection)
        connection.execute("COMMIT")
        connection.execute("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)
    _flush(target)


def check_copy(copy: Path) -> str:
    """Look at every page of a copy; returns the revision of its tables.

    Raises:
        DatabaseUnusable: It is damaged, or none of ours.
    """
    try:
        with _opened(copy) as connection:
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise DatabaseUnusable(f"the copy is damaged: {error}") from error
    if verdict != "ok" or revision is None:
        raise DatabaseUnusable(f"the copy is damaged: {verdict if revision else 'it names no revision'}")
    return str(revision[0])


def settle_log(file: Path) -> None:
    """Bring what stands in a database's log beside it into the file itself, as far as that can be done."""
    with contextlib.suppress(sqlite3.Error), _opened(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def fact_of(copy: Path, name: str) -> object:
    """A fact that a copy holds; None where it does not."""
    with _opened(copy) as connection:
        row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return None if row is None else json.loads(row[0])


def count_photos(file: Path) -> int:
    """How many photos a database knows; none where it has no tables yet.

    Raises:
        sqlite3.Error: It cannot be read.
    """
    with _opened(file) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'photos'").fetchone():
            return 0
        return int(connection.execute("SELECT count(*) FROM photos").fetchone()[0])


def prepare_for_service(copy: Path, facts: Mapping[str, object], *, began: str) -> None:
    """Make a copy ready to take the place of the database: with these facts, and with deliveries that look before they send.

    `began` is the moment from which on nobody knows what became of them.
    """
    with _opened(copy) as connection:
        connection.execute("BEGIN")
        for name, value in facts.items():
            connection.execute(
                "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, json.dumps(value)),
            )
        connection.execute(
            "UPDATE deliveries SET notes = json_insert(notes, '$.began', ?) "
            "WHERE state <> 'delivered' AND destination NOT IN ('folder', 's3')",
            (began,),
        )
        connection.execute("COMMIT")
    _flush(copy)


def _tables(connection: sqlite3.Connection) -> list[str]:
    """All tables with rows of somebody; statistics hold samples of them and count."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return [name for (name,) in rows if name != "sqlite_sequence"]


def _thin_facts(connection: sqlite3.Connection) -> None:
    for (name,) in connection.execute("SELECT name FROM facts").fetchall():
        if name not in KEPT_FACTS:
            connection.execute("DELETE FROM facts WHERE name = ?", (name,))


def _thin_notes(connection: sqlite3.Connection) -> None:
    rows = connection.execute("SELECT photo, destination, notes FROM deliveries WHERE notes <> '{}'").fetchall()
    for photo, destination, notes in rows:
        kept = {name: value for name, value in json.loads(notes).items() if name in KEPT_NOTES}
        connection.execute(
            "UPDATE deliveries SET notes = ? WHERE photo = ? AND destination = ?",
            (json.dumps(kept), photo, destination),
        )


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as connection:
        yield connection


def _flush(file: Path) -> None:
    for path in (file, file.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
