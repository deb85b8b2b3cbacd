"""Where the bytes of an original can be read right now: the spool, or an archive that has them."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mediascream.archive.keys import Rendition, rendition_key
from mediascream.errors import DeliveryError, NotInArchive, TryLater
from mediascream.library.losses import WANTED_AGAIN
from mediascream.photo import ARCHIVES, DeliveryState, DestinationName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from io import FileIO

    from mediascream.archive.base import Archive
    from mediascream.library.records import PhotoRecord
    from mediascream.photo import PhotoId

CHUNK_BYTES = 1 << 20


class Originals:
    """Finds and reads originals.

    Args:
        archives: Every archive that may hold some, the present one first.
    """

    def __init__(self, spool: Path, archives: Mapping[DestinationName, Archive]) -> None:
        self.spool = spool
        self._archives = archives

    def spool_path(self, photo_id: PhotoId) -> Path:
        """Where the spool keeps an original, whether it is there or not."""
        return self.spool / photo_id

    def read(self, photo: PhotoRecord, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, in chunks of at most 1 MiB.

        Whether there is anything to read is noticed before this returns.

        Raises:
            NotInArchive: The bytes are nowhere (the photo was purged, or worse).
            TryLater: The archive cannot be reached now.
        """
        with contextlib.suppress(FileNotFoundError):
            return _read_file(self.spool_path(photo.id), start, end)
        missing = NotInArchive(self._where_it_is_not(photo))
        for receipt in photo.receipts:
            archive = self._archives.get(receipt.destination)
            if archive is None or receipt.remote_id is None or receipt.state is not DeliveryState.DELIVERED:
                continue
            try:
                return archive.read(receipt.remote_id, start=start, end=end)
            except NotInArchive as error:
                missing = error
        raise missing

    def _where_it_is_not(self, photo: PhotoRecord) -> str:
        kept = {receipt.destination for receipt in photo.receipts if receipt.state is DeliveryState.DELIVERED}
        absent = sorted(kept.intersection(ARCHIVES).difference(self._archives))
        if absent:
            return f"The original of {photo.file_name} ({photo.id}) lies in {absent[0]}, which the settings do not name: put its settings back."
        return f"The original of {photo.file_name} ({photo.id}) is neither in the spool nor archived."

    def leave_spool(self, photo_id: PhotoId) -> None:
        """Remove the spool file of a photo whose row says already that it is not needed."""
        self.spool_path(photo_id).unlink(missing_ok=True)

    @contextlib.contextmanager
    def as_file(self, photo: PhotoRecord) -> Iterator[Path]:
        """The original as a local file: the spool's own, else a temporary copy that was checked.

        Raises:
            NotInArchive: The bytes are nowhere.
            TryLater: The archive cannot be reached now, or what came from it is not the original.
        """
        spooled = self.spool_path(photo.id)
        # Only where the row says so: a file that is about to go may be there still, but not for long.
        if photo.spooled and spooled.exists():
            yield spooled
            return
        with self.checked_copy(photo, self.read(photo)) as copy:
            if copy is None:
                msg = f"What the archive holds of {photo.file_name} is not what was sent; trying again."
                raise TryLater(msg, reason="damaged-copy")
            yield copy

    @contextlib.contextmanager
    def checked_copy(self, photo: PhotoRecord, chunks: Iterable[bytes]) -> Iterator[Path | None]:
        """A temporary file of bytes that came from elsewhere; None where they are not the original's."""
        with tempfile.NamedTemporaryFile(dir=self.spool, prefix=".copy-", delete=True) as copy:
            digest, size_bytes = hashlib.sha256(), 0
            for chunk in chunks:
                digest.update(chunk)
                copy.write(chunk)
                size_bytes += len(chunk)
                if size_bytes > photo.size_bytes:
                    break
            copy.flush()
            yield Path(copy.name) if digest.hexdigest() == photo.id else None

    def fetch_renditions(self, photo: PhotoRecord, folder: Path) -> dict[str, str] | None:
        """Get the small pictures of a photo under `folder` from an archive that keeps them, instead of making them anew.

        Returns how each one's key ends, and its SHA-256; None where no archive has both, or none can be asked now.
        """
        for receipt in photo.receipts:
            archive = self._archives.get(receipt.destination)
            kept = archive is not None and archive.name is not DestinationName.FOLDER
            if archive is None or not kept or receipt.state is not DeliveryState.DELIVERED:
                continue
            with contextlib.suppress(NotInArchive, DeliveryError):
                pictures = {one: archive.read_document(rendition_key(photo.id, one)) for one in Rendition}
                for one, content in pictures.items():
                    _put_file(folder / rendition_key(photo.id, one), content)
                return {str(one): hashlib.sha256(content).hexdigest() for one, content in pictures.items()}
        return None


def _put_file(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as part:
        part.write(content)
    Path(part.name).replace(target)


def lacks_bytes(photo: PhotoRecord) -> bool:
    """Whether the photo's bytes were lost or damaged here, so that they are welcome once more.

    That is so from the moment on when an archive's copy is found wrong, before anybody has looked for another.
    """
    blocked = DeliveryState.BLOCKED
    codes = {receipt.error_code for receipt in photo.receipts if receipt.state is blocked}
    hurt = not photo.spooled or not codes.isdisjoint(WANTED_AGAIN)
    return not photo.archived and photo.deleted_at is None and hurt


def _read_file(path: Path, start: int, end: int | None) -> Iterator[bytes]:
    file = path.open("rb", buffering=0)
    file.seek(start)
    return _chunks(file, None if end is None else max(0, end - start))


def _chunks(file: FileIO, left: int | None) -> Iterator[bytes]:
    with file:
        while left is None or left > 0:
            chunk: bytes = file.read(CHUNK_BYTES if left is None else min(CHUNK_BYTES, left))
            if not chunk:
                return
            left = None if left is None else left - len(chunk)
            yield chunk
