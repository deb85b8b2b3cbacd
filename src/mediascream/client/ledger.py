"""What was already hashed: path and stamp of a file → its id, so that an unchanged file is not read again.

Beside that, the names of uploads that were begun in pieces and have not ended, and which notes on photos a server was told.

It says nothing of what a server has; that is asked anew in each run. One ledger therefore serves all
servers, and may be deleted at any time: the next run hashes again. Where it cannot be opened or
written (read-only home, full disk, damaged file), a run goes on without it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from mediascream.client.walk import Stamp
from mediascream.photo import PhotoId

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_VERSION = 3
_SCHEMA = """
CREATE TABLE file (
    path BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
    photo_id BLOB NOT NULL
) WITHOUT ROWID
"""
_UPLOADS = "CREATE TABLE upload (key BLOB PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID"
_TOLD = "CREATE TABLE told (key BLOB PRIMARY KEY) WITHOUT ROWID"
_RECALL = "SELECT photo_id, size_bytes, mtime_ns, ctime_ns FROM file WHERE path = ?"
_WRITE_EVERY = 100
_TICK_NS = 2_000_000_000
"""A file may be written again within one tick of its clock, with no change to its stamp; FAT's are 2 s long."""

_Row = tuple[bytes, int, int, int, bytes]


class Ledger:
    """Used by several threads at once, and by several runs at once.

    Args:
        file: Where it is kept; made with its folder if need be. None keeps nothing at all.
    """

    def __init__(self, file: Path | None) -> None:
        self._lock = threading.Lock()
        self._unwritten: list[_Row] = []
        self._database = _open(file) if file is not None else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        with self._lock:
            self._write()
            self._close()

    @property
    def works(self) -> bool:
        """Whether anything is remembered."""
        return self._database is not None

    def recall(self, path: str, stamp: Stamp) -> PhotoId | None:
        """The id of the file as it is stamped now; None where it was never hashed or has changed."""
        with self._lock:
            row = self._read(path)
        if row is None:
            return None
        photo_id, *remembered = row
        return PhotoId(photo_id.hex()) if Stamp(*remembered) == stamp else None

    def remember(self, path: str, stamp: Stamp, photo_id: PhotoId, *, now_ns: int) -> None:
        """Note that the file had this id, unless it is so young that its next change might not show.

        What was noted last may be lost to a kill; it is then hashed again.
        """
        if stamp.ctime_ns > now_ns - _TICK_NS or abs(stamp.mtime_ns - now_ns) < _TICK_NS:
            return
        row = (_key(path), stamp.size_bytes, stamp.mtime_ns, stamp.ctime_ns, bytes.fromhex(photo_id))
        with self._lock:
            self._unwritten.append(row)
            if len(self._unwritten) >= _WRITE_EVERY:
                self._write()

    def forget(self, path: str) -> None:
        """Hash this file anew next time: what was noted turned out to be wrong."""
        with self._lock:
            self._unwritten.append((_key(path), 0, 0, 0, b""))

    def recall_upload(self, key: bytes) -> str | None:
        """The name of an upload that was begun and has not ended."""
        with self._lock:
            row = self._one("SELECT name FROM upload WHERE key = ?", key)
        return None if row is None else str(row[0])

    def remember_upload(self, key: bytes, name: str) -> None:
        """Note an upload that was begun, at once: what is lost of it is sent again."""
        with self._lock:
            self._do("INSERT OR REPLACE INTO upload VALUES (?, ?)", key, name)

    def forget_upload(self, key: bytes) -> None:
        """It has ended."""
        with self._lock:
            self._do("DELETE FROM upload WHERE key = ?", key)

    def has_told(self, key: bytes) -> bool:
        """Whether a server was told this before."""
        with self._lock:
            return self._one("SELECT 1 FROM told WHERE key = ?", key) is not None

    def note_told(self, key: bytes) -> None:
        """A server was told this."""
        with self._lock:
            self._do("INSERT OR IGNORE INTO told VALUES (?)", key)

    def _do(self, statement: str, *values: bytes | str) -> None:
        if self._database is None:
            return
        try:
            with self._database:
                self._database.execute(statement, values)
        except sqlite3.Error:
            self._close()

    def _one(self, question: str, *values: bytes | str) -> tuple[object, ...] | None:
        if self._database is None:
            return None
        try:
            row: tuple[object, ...] | None = self._database.execute(question, values).fetchone()
        except sqlite3.Error:
            self._close()
            return None
        return row

    def _read(self, path: str) -> tuple[bytes, int, int, int] | None:
        if self._database is None:
            return None
        try:
            row: tuple[bytes, int, int, int] | None = self._database.execute(_RECALL, (_key(path),)).fetchone()
        except sqlite3.Error:
            self._close()
            return None
        return row

    def _write(self) -> None:
        """In one short transaction, so that another run never waits long for the lock."""
        rows, self._unwritten = self._unwritten, []
        if self._database is None or not rows:
            return
        try:
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)", rows)
        except sqlite3.Error:
            self._close()

    def _close(self) -> None:
        """The first trouble is the last: from then on the ledger is empty."""
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
            self._database = None


def _key(path: str) -> bytes:
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100  (Path.absolute keeps "..", and resolve() asks the disk)


def _open(file: Path) -> sqlite3.Connection | None:
    """Open the ledger, or a new one in its place where it is damaged or of another version."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connect(file)
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError:
            file.unlink()
            return _connect(file)
    except (OSError, sqlite3.Error):
        return None


def _connect(file: Path) -> sqlite3.Connection:
    """Losing the last notes costs nothing but time, so nothing waits for the disk."""
    database = sqlite3.connect(file, timeout=5, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")
        _migrate(database)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _migrate(database: sqlite3.Connection) -> None:
    if database.execute("PRAGMA user_version").fetchone() == (_VERSION,):
        return
    with database:
        database.execute("BEGIN IMMEDIATE")
        for table, made in (("file", _SCHEMA), ("upload", _UPLOADS), ("told", _TOLD)):
            database.execute(f"DROP TABLE IF EXISTS {table}")
            database.execute(made)
        database.execute(f"PRAGMA user_version = {_VERSION}")
