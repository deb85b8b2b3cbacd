"""One upload that may be resumed: how far it is, and what it is once all of it has come."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediascream.errors import DigestMismatch, NotAPhoto
from mediascream.intake.names import display_name
from mediascream.intake.receive import Received, sync_data
from mediascream.intake.spool import telling_full_disks
from mediascream.intake.values import SenderValues, read_values
from mediascream.intake.visits import Visits
from mediascream.media_types import HEAD_BYTES, identify
from mediascream.photo import PhotoId

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.intake.growing import GrowingFile
    from mediascream.intake.sheets import Sheet
    from mediascream.photo import MediaType


@dataclass(slots=True)
class Resumable:
    """One upload, alive in this process."""

    sheet: Sheet
    file: GrowingFile
    visits: Visits = field(default_factory=Visits)
    media_type: MediaType | None = None

    @property
    def offset(self) -> int:
        """How many bytes have come for good. Asks the disk, which is quick."""
        return (self.sheet.length or 0) if self.sheet.settled else self.file.size()

    @property
    def whole(self) -> bool:
        """Whether all bytes have come, and their last step is still to be done."""
        return not self.sheet.settled and self.sheet.length is not None and self.offset == self.sheet.length

    @property
    def file_name(self) -> str:
        """What its sender calls the file; empty where it does not say."""
        return display_name(self.sheet.words.get("filename", ""))

    def values(self) -> SenderValues:
        """What its sender says of the file."""
        return read_values(texts_of(self.sheet.words))

    def identify(self) -> MediaType:
        """The kind of file, by the bytes that have come. Reads the disk once.

        Raises:
            NotAPhoto: It is of no kind that is kept.
        """
        self.media_type = self.media_type or identify(self.file.head(HEAD_BYTES))
        if self.media_type is None:
            raise NotAPhoto(
                f"{self.file_name or 'The file'} is, by its bytes, no photo or video of a kind that is kept."
            )
        return self.media_type

    def received(self) -> Received:
        """The original that it is, once all bytes have come.

        Raises:
            NotAPhoto: It is of no kind that is kept.
            DigestMismatch: It is not what its sender announced.
        """
        media_type = self.identify()
        digest, announced = self.file.sha256(), self.sheet.words.get("sha256", "").lower()
        if announced and digest != announced:
            raise DigestMismatch(f"The bytes that came have the SHA-256 {digest}, not the one announced.")
        return Received(PhotoId(digest), self.file_name or f"photo.{media_type.ending}", media_type, self.file.size())

    def link_to(self, link: Path) -> None:
        """A second name for its bytes, or a copy where the file system knows no such thing (FAT)."""
        try:
            os.link(self.file.path, link)
        except OSError:
            with telling_full_disks():
                shutil.copyfile(self.file.path, link)
                with link.open("rb+") as file:
                    sync_data(file.fileno())


def texts_of(words: dict[str, str]) -> dict[str, list[str]]:
    """Metadata as `read_values` wants it."""
    return {name: [value] for name, value in words.items()}
