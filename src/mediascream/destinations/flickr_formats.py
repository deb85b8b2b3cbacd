"""What Flickr takes as it is, what it gets a JPEG of instead, and what it never gets. Pure.

Flickr keeps JPEG, PNG and GIF, and makes a JPEG of TIFF. Whether it takes HEIC, WebP or a camera's RAW has changed
over the years and is not written down, so it is asked: its error 5 is the truth, and so is 8 for what is too large
(https://github.com/oPromessa/flickr-uploader/issues/77, read 2026-11-24). Formats that no version of it
was seen to take are not sent at all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from mediascream import media_types
from mediascream.errors import FileRefused
from mediascream.photo import Kind, PhotoId

if TYPE_CHECKING:
    from mediascream.destinations.base import Derivative, Outgoing

NEVER_TAKEN = frozenset(
    kind.name for kind in (media_types.AVIF, media_types.JXL, media_types.JP2, media_types.J2C, media_types.PSD)
)
CURED_BY_A_JPEG = frozenset({"format-refused", "too-large"})
"""Reasons of a refusal that another file of the same picture may not meet."""


def refused_unasked(photo: Outgoing) -> FileRefused | None:
    """Why Flickr need not be asked; None where it must."""
    if photo.media_type in NEVER_TAKEN:
        return FileRefused(f"Flickr does not take {photo.media_type} ({photo.file_name}).", reason="format-refused")
    if photo.kind is Kind.VIDEO and photo.duration_s == 0:
        return FileRefused(f"{photo.file_name} is a video of no length.", reason="empty-video")
    return None


def as_jpeg(photo: Outgoing, derivative: Derivative) -> Outgoing:
    """The JPEG in place of the original; its id is that of its own bytes, by which they are checked on the way."""
    return replace(
        photo,
        id=PhotoId(derivative.sha256),
        sha1=derivative.sha1,
        file_name=f"{PurePath(photo.file_name).stem}.{media_types.JPEG.ending}",
        media_type=media_types.JPEG.name,
        ending=media_types.JPEG.ending,
        size_bytes=derivative.size_bytes,
        original=derivative.content,
        make_jpeg=None,
    )


def advised(error: FileRefused) -> FileRefused:
    """The refusal, with the setting that would help against it."""
    return FileRefused(f"{error.detail} With FLICKR_CONVERT: jpeg it gets a JPEG instead.", reason=error.reason)
