"""A destination that another package brings: copies lie in a folder, under their ids. As docs/add-a-destination.md has it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mediascream.destinations.base import Delivered, Destination
from mediascream.errors import TryLater
from mediascream.photo import DestinationName, Proof

if TYPE_CHECKING:
    from mediascream.destinations.base import Attempt, LogIns, Outgoing, Shared
    from mediascream.settings import Settings


def build(settings: Settings, log_ins: LogIns, shared: Shared) -> Shoebox | None:
    """The destination; None where its owner did not set it up."""
    folder = os.environ.get("SHOEBOX_FOLDER")
    return Shoebox(Path(folder)) if folder else None


class Shoebox(Destination):
    """A folder with copies."""

    name = DestinationName("shoebox")

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def connected(self) -> bool:
        """Whether the folder is there."""
        return self._folder.is_dir()

    def deliver(self, photo: Outgoing, attempt: Attempt) -> Delivered:
        """Bring one copy: done twice, it is one all the same."""
        place = self._folder / f"{photo.id}.{photo.ending}"
        found = place.exists()
        if not found:
            self._write(photo, place)
        return Delivered(place.name, Proof.LISTED, size=place.stat().st_size, found=found)

    def _write(self, photo: Outgoing, place: Path) -> None:
        """Beside first, then to its place in one step, so that half a copy never has the name of a whole one."""
        beside, digest = place.with_suffix(".part"), hashlib.sha256()
        with beside.open("wb") as file:
            for chunk in photo.original.read():
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != photo.id:
            msg = f"What was read of {photo.file_name} is not what was sent."
            raise TryLater(msg, reason="damaged-copy")
        beside.rename(place)
