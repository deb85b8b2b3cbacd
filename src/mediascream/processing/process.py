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
    from mediascream.photo import PhotoId
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
    digests = {} if renditions is None or outcome.problem is not None else digests_of(photo.id, renditions)
    return Processed(sha1, outcome.metadata, outcome.placeholder, outcome.problem, digests)


def digests_of(photo_id: PhotoId, renditions: Path) -> dict[str, str]:
    """How each rendition's key ends -> SHA-256 of the file, by which a rotten one is noticed."""
    files = {rendition: renditions / rendition_key(photo_id, rendition) for rendition in Rendition}
    return {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items() if file.exists()}
