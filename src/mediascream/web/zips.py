"""Many originals as one zip: stored, not squeezed (photos are already), and streamed."""

from collections.abc import Callable, Iterable, Iterator

from zipstream import ZipStream

from mediascream.archive.keys import stem_of
from mediascream.library.reading import Named
from mediascream.photo import PhotoId


def name_entries(photos: Iterable[Named]) -> list[tuple[str, Named]]:
    """A name for each that every system can unpack, no two alike even where case does not count."""
    taken: set[str] = set()
    entries = []
    for photo in photos:
        stem = stem_of(photo.file_name)
        name, number = f"{stem}.{photo.ending}", 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem} ({number}).{photo.ending}"
        taken.add(name.casefold())
        entries.append((name, photo))
    return entries


def zip_chunks(entries: Iterable[tuple[str, Named]], read: Callable[[PhotoId], Iterator[bytes]]) -> ZipStream:
    """A zip that is made while it is iterated over; `len` of it is its size in bytes.

    Args:
        entries: Names and photos.
        read: The bytes of an original; called when its turn comes.
    """
    stream = ZipStream(sized=True)
    for name, photo in entries:
        stream.add(_later(read, photo.id), name, size=photo.size_bytes)
    return stream


def _later(read: Callable[[PhotoId], Iterator[bytes]], photo_id: PhotoId) -> Iterator[bytes]:
    yield from read(photo_id)
