"""A data folder as the first released version wrote it, put in place from frozen files; see `first_version/README.md`."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

FIRST_VERSION: Final = Path(__file__).parent / "first_version"

DESCRIBED: Final = "341d8108d3f584575a6220bcaf44bdcb77a8ca652bc52e3ef807e387079a953d"
CORRECTED: Final = "f67f54400080cb4850378801fdee157e1f32bc658f4a0f6a32ee77c497813ace"
TRASHED: Final = "7a27637d9b007ee95af637dc85ef3bc17883344f62d85b8a0f3fe4cc3fed2f6d"
TAKEN_IN: Final = "cd929d2c6efc4d7b457c8ce50c41fe92ca269b9a592cc59de52b6b5f497db441"
"""Its photos: one with everything, one corrected by hand, one in the trash, one that waits for its first job."""


def make_archive(data: Path) -> None:
    """What the first version left in a folder archive."""
    shutil.copytree(FIRST_VERSION / "originals", data / "originals")
    shutil.copy(FIRST_VERSION / "mediascream.json", data)


def make_data_folder(data: Path) -> None:
    """The archive, the database and the spool of the first version."""
    make_archive(data)
    make_library(data)


def make_library(data: Path, archive: str = "folder") -> None:
    """Its database and its spool, as they would have been with an archive of that name."""
    shutil.copytree(FIRST_VERSION / "spool", data / "spool")
    with closing(sqlite3.connect(data / "mediascream.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        written = (FIRST_VERSION / "database.sql").read_text()
        connection.executescript(written.replace("'folder'", f"'{archive}'"))


def archive_contents(archive: str = "folder") -> dict[str, bytes]:
    """What it left in an archive of that name, by key."""
    files = [FIRST_VERSION / "mediascream.json", *(FIRST_VERSION / "originals").rglob("*.*")]
    contents = {file.relative_to(FIRST_VERSION).as_posix(): file.read_bytes() for file in files}
    return {
        key: content.replace(b'"folder"', f'"{archive}"'.encode()) if key.endswith(".json") else content
        for key, content in contents.items()
    }
