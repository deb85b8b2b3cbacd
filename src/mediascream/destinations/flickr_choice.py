"""Which file of a photo goes to Flickr: the original, or the JPEG made from it.

The choice is written down with the rest of what an attempt remembers (`flickr_sending.py`), so that the next one
sends the same bytes, by which Flickr recognises them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediascream.destinations.flickr_formats import CURED_BY_A_JPEG, advised, as_jpeg, refused_unasked
from mediascream.errors import FileRefused
from mediascream.photo import Kind

if TYPE_CHECKING:
    from mediascream.destinations.base import Attempt, Outgoing


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice for one attempt.

    Attributes:
        converts: Whether the owner wants a JPEG sent where the original is not taken.
    """

    photo: Outgoing
    attempt: Attempt
    converts: bool

    @property
    def is_jpeg(self) -> bool:
        """Whether what was sent, or found, is the JPEG."""
        return bool(self._note("jpeg"))

    def file(self) -> Outgoing:
        """What to begin with.

        Raises:
            FileRefused: Flickr takes no file of this photo.
            TryLater: The JPEG cannot be made now.
        """
        if self._note("remote_id"):
            return self.photo  # the copy is there, so nothing is sent
        if self.is_jpeg and (self.converts or self._note("began")):
            return self._jpeg()
        if self.is_jpeg:
            self.attempt.remember(jpeg="")
        refusal = refused_unasked(self.photo)
        return self.photo if refusal is None else self.instead(refusal)

    def instead(self, refusal: FileRefused) -> Outgoing:
        """What to send after Flickr refused a file.

        Raises:
            FileRefused: There is nothing else.
            TryLater: The JPEG cannot be made now.
        """
        if self.is_jpeg or refusal.reason not in CURED_BY_A_JPEG or self.photo.kind is Kind.VIDEO:
            raise refusal
        if not self.converts:
            raise advised(refusal) from refusal
        try:
            return self._jpeg()
        except FileRefused as error:
            raise FileRefused(f"{refusal.detail} {error.detail}", reason=refusal.reason) from error

    def _jpeg(self) -> Outgoing:
        if self.photo.make_jpeg is None:
            msg = f"No JPEG can be made of {self.photo.file_name} here."
            raise FileRefused(msg, reason="not-convertible")
        made, before = self.photo.make_jpeg(), self._note("jpeg")
        if before and before != made.sha256 and self._note("began"):
            self.attempt.remember(jpeg=made.sha256, remade="yes")
        elif before != made.sha256:
            self.attempt.remember(jpeg=made.sha256, began="", failures="")
        return as_jpeg(self.photo, made)

    def _note(self, name: str) -> str:
        return self.attempt.notes.get(name, "")
