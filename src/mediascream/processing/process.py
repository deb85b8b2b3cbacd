"""The processing step: what one file says, its small pictures, and the hash that Flickr and Google check by."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mediascream.archive.keys import Rendition, rendition_key
from mediascream.library.records import Processed
from mediascream.photo import MediaType

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.library.records import PhotoRecord
    from mediascream.processing.sandbox import Decoders


def process_file(file: Path, photo: PhotoRecord, decoders: Decoders, renditions: Path | None) -> Processed:
    """Look at an original; twice gives the same.

    `renditions` is the folder under which `renditions/3f/9a/…` is written; None where that was tried in vain.

    Raises:
        DecodersBroken: No child process can be started; it says nothing of the file.
        OSError: The file cannot be read, or the pictures cannot be written.
    """
    folder = None
    if renditions is not None:
        folder = (renditions / rendition_key(photo.id, Rendition.THUMB)).parent
        folder.mkdir(parents=True, exist_ok=True)
    media_type = MediaType(photo.media_type, photo.kind, photo.ending)
    outcome = decoders.decode(file, media_type, into=folder, stem=photo.id)
    with file.open("rb") as original:
        sha1 = hashlib.file_digest(original, "sha1").hexdigest()
    return Processed(sha1, outcome.metadata, outcome.placeholder, outcome.problem)
