"""What is written down of an upload that may be resumed, beside its bytes.

    SPOOL/.resumable/<name>.bytes   what has come so far; its size is the offset, and the only one there is
    SPOOL/.resumable/<name>.json    the sheet: whose it is, how long it will be, what its sender says of it
    SPOOL/.resumable/<name>.chunk   bytes that are kept only if their checksum turns out right

The bytes are made before the sheet and go after it was rewritten, so bytes without a sheet are litter.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog
from pydantic import TypeAdapter, ValidationError

from mediascream.errors import MediascreamError
from mediascream.intake.spool import FolderSync, telling_full_disks
from mediascream.photo import PhotoId  # noqa: TC001 - pydantic reads it when it runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


RESUMABLE: Final = ".resumable"
NAME: Final = re.compile(r"[A-Za-z0-9_-]{22}")

log = structlog.get_logger()

Words: TypeAlias = dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One upload.

    Attributes:
        owner: The key of the caller who began it (`library/senders.py`); nobody else sees it.
        length: How many bytes there will be; None while the sender has not said.
        words: The values of the contract by name, as they were sent and judged.
        said: All that its sender said of it, in the sender's own spelling; it is told back so.
        part: To be joined with others, and no photo by itself.
        joined: The names of the parts that it was made of.
        became: Of a part: the upload that has its bytes now.
        photo_id: Set once it is in the library; the bytes are gone then.
        duplicate: The library had that photo already.
        idle_days: Days on which the server ran and nothing came (see `note_day`).
        counted_on: The last of them.
        seen_bytes: How much there was then.
    """

    name: str
    owner: str
    length: int | None
    words: Words
    part: bool = False
    joined: tuple[str, ...] = ()
    became: str | None = None
    photo_id: PhotoId | None = None
    duplicate: bool = False
    idle_days: int = 0
    counted_on: str = ""
    seen_bytes: int = 0
    said: str = ""

    @property
    def settled(self) -> bool:
        """Whether its bytes have gone where they belong."""
        return self.photo_id is not None or self.became is not None


def note_day(sheet: Sheet, today: str, size_bytes: int) -> Sheet:
    """The sheet after a look at it on a day; a clock that jumps by a year counts as one day."""
    if size_bytes != sheet.seen_bytes:
        return dataclasses.replace(sheet, idle_days=0, counted_on=today, seen_bytes=size_bytes)
    if today == sheet.counted_on:
        return sheet
    first = not sheet.counted_on
    return dataclasses.replace(sheet, idle_days=sheet.idle_days + (not first), counted_on=today)


_SHEET: Final = TypeAdapter(Sheet)


class Sheets:
    """The folder of them. Everything here touches the disk: call it from threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sync_folder = FolderSync(folder)

    def bytes_of(self, name: str) -> Path:
        """Where the bytes of an upload lie."""
        return self.folder / f"{name}.bytes"

    def chunk_of(self, name: str) -> Path:
        """Where bytes lie that are not to be trusted yet."""
        return self.folder / f"{name}.chunk"

    def begin(self, sheet: Sheet) -> None:
        """Make an upload, empty and for good."""
        with telling_full_disks():
            os.close(os.open(self.bytes_of(sheet.name), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            self.write(sheet)
        except MediascreamError:
            self.remove(sheet.name)
            raise

    def write(self, sheet: Sheet) -> None:
        """Put the sheet in the place of the one before, for good."""
        draft = self.folder / f"{sheet.name}.draft"
        with telling_full_disks():
            with draft.open("w", encoding="utf-8") as file:
                json.dump(dataclasses.asdict(sheet), file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._sheet_of(sheet.name))
            self._sync_folder()

    def remove(self, name: str) -> None:
        """Leave nothing of an upload; the sheet goes first, so that a crash leaves only litter."""
        self._sheet_of(name).unlink(missing_ok=True)
        self.bytes_of(name).unlink(missing_ok=True)
        self.chunk_of(name).unlink(missing_ok=True)

    def load(self) -> Iterator[Sheet]:
        """Every upload that is there, once litter is gone. Before anything is received."""
        for path in (*self.folder.glob("*.draft"), *self.folder.glob("*.chunk")):
            path.unlink(missing_ok=True)
        for path in self.folder.glob("*.bytes"):
            if not self._sheet_of(path.stem).exists():
                path.unlink(missing_ok=True)
        for path in sorted(self.folder.glob("*.json")):
            sheet = _read(path)
            if sheet is not None and self._is_alive(sheet):
                yield sheet

    def close(self) -> None:
        """Let go of the folder."""
        self._sync_folder.close()

    def _is_alive(self, sheet: Sheet) -> bool:
        """Whether to go on with it. One that was being joined is joined again from its parts, which are there."""
        file = self.bytes_of(sheet.name)
        if sheet.settled:
            file.unlink(missing_ok=True)
            return True
        if not file.exists() or (sheet.joined and file.stat().st_size != sheet.length):
            self.remove(sheet.name)
            return False
        return True

    def _sheet_of(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def _read(path: Path) -> Sheet | None:
    try:
        return _SHEET.validate_json(path.read_bytes())
    except (ValidationError, OSError):
        log.warning("what is written of an unfinished upload cannot be read; it is left there", file=str(path))
        return None
