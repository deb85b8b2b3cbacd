"""Folders listed as a bucket lists its keys: in the order of whole keys, lazily, from any point on."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from stat import S_ISREG
from typing import TYPE_CHECKING

from mediascream.archive.base import Found

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def found(key: str, status: os.stat_result) -> Found:
    """What the file system tells of the file under `key`."""
    return Found(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def walk(folder: Path, prefix: str, after: str) -> Iterator[Found]:
    """The files below `folder` whose keys come after `after`, ordered as a bucket orders them.

    A folder is sorted as if its name ended with `/`, for so its keys go on: `a.txt` comes before `a/b`.
    """
    for name, entry in _entries(folder):
        key = f"{prefix}/{name}" if prefix else name
        if entry.is_dir(follow_symlinks=False):
            if key > after or after.startswith(key):
                yield from walk(folder / entry.name, key.removesuffix("/"), after)
        elif key > after and (status := _status(entry)):
            yield found(key, status)


def _entries(folder: Path) -> list[tuple[str, os.DirEntry[str]]]:
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted((entry.name + "/" * entry.is_dir(follow_symlinks=False), entry) for entry in visible)


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """None where it was deleted while the folder was read, or is no file."""
    try:
        status = entry.stat()
    except FileNotFoundError:
        return None
    return status if S_ISREG(status.st_mode) else None
