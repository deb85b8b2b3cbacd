"""Originals in an S3 bucket: AWS, or any server that speaks its language. For owners: `docs/s3.md`.

Each original goes up with a signed payload and a SHA-256 checksum, its id noted beside it; with both, a
byte flipped on the way was refused by every server tried. A small one is one conditional PUT; a large one
is looked for first and then sent in parts from a stream, so memory stays flat. Afterwards a HEAD must show
the right size and id. Where the bucket was seen to refuse wrong checksums that is proof, else the object is
read back and hashed.

At first contact the bucket is examined with a scratch object under `.tmp/`. What it lacks is done another
way: no conditional write: look first, one put a key at a time; no ranges: read and discard; checksum
headers not understood: sent without; checksums not compared: read back.
"""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import suppress
from itertools import chain, islice
from threading import Lock
from typing import TYPE_CHECKING

from mediascream.archive.base import Archive, Finding, Found, Stored
from mediascream.archive.key_locks import KeyLocks
from mediascream.archive.s3_bucket import CHUNK_BYTES, Bucket
from mediascream.archive.s3_circumstances import look_around
from mediascream.archive.s3_examination import Abilities, examine
from mediascream.archive.source import chunks_of, read_whole
from mediascream.errors import DeliveryError, KeyTaken, TryLater
from mediascream.photo import DestinationName, PhotoId, Proof

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mediascream.archive.s3_circumstances import Circumstances
    from mediascream.archive.s3_options import S3Options

SINGLE_PUT_BYTES = 8 << 20
"""Up to here an original is sent in one request, from memory."""
MAX_RETRIES = 4


class S3Archive(Archive):
    """An archive in a bucket. Making one talks to nobody.

    Args:
        options: The bucket.
        max_retries: How often a single request is tried again before an error is raised.

    Raises:
        SettingsInvalid: The certificate given is none.
    """

    name = DestinationName.S3

    def __init__(self, options: S3Options, *, max_retries: int = MAX_RETRIES) -> None:
        self.place = "/".join([options.bucket_url, *options.folders])
        self._options = options
        self._bucket = Bucket(options, max_retries=max_retries)
        self._locks = KeyLocks()
        self._examining = Lock()
        self._abilities: Abilities | None = None

    def put_original(self, key: str, source: Path, *, photo_id: PhotoId, size_bytes: int, media_type: str) -> Stored:
        """Send it unless it is there, then prove it."""
        with self._locks.holding(key):
            abilities = self._known_abilities()
            if size_bytes <= SINGLE_PUT_BYTES:
                content = read_whole(source, photo_id)
                sent = self._create(key, content, media_type=media_type, photo_id=photo_id)
                checked = abilities.checksum
            else:
                sent = self._bucket.head(key) is None
                checked = abilities.part_checksum
                if sent:
                    chunks = chunks_of(source, photo_id)
                    self._bucket.put_in_parts(
                        key, chunks, size_bytes=size_bytes, media_type=media_type, photo_id=photo_id
                    )
            if sent:
                return self._prove_sent(key, photo_id, size_bytes, checked=checked)
            return self._prove_earlier(key, photo_id, size_bytes)

    def put_document(self, key: str, content: bytes, *, media_type: str = "application/json") -> None:
        """One request, which replaces."""
        with self._locks.holding(key):
            self._bucket.put(key, content, media_type=media_type)

    def create_document(self, key: str, content: bytes, *, media_type: str = "application/json") -> bool:
        """One conditional request, or a look and a request."""
        with self._locks.holding(key):
            return self._create(key, content, media_type=media_type)

    def read_document(self, key: str) -> bytes:
        """One request."""
        return b"".join(self._bucket.get(key))

    def find(self, key: str) -> Found | None:
        """A HEAD; the id is the one noted at the put."""
        return self._bucket.head(key)

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """A GET of the part, or of the whole where the bucket knows no parts."""
        chunks = self._bucket.get(key, start, end)
        first = tuple(islice(chunks, 1))
        return chain(first, chunks)

    def digest_of(self, key: str) -> PhotoId:
        """The whole object is fetched."""
        return self._digest(key)

    def replace_original(
        self, key: str, source: Path, *, photo_id: PhotoId, size_bytes: int, media_type: str, aside: str
    ) -> Stored:
        """Copy the old bytes away through us, then overwrite; no bucket lacks that. Read back in any case."""
        with self._locks.holding(key):
            self._known_abilities()
            found = self._bucket.head(key)
            if found is not None and self._bucket.head(aside) is None:
                self._keep_as(key, aside, found.size_bytes, source.parent)
            self._put(key, chunks_of(source, photo_id), size_bytes, media_type, photo_id)
            found = self._bucket.head(key)
            if found is None or found.size_bytes != size_bytes or self._digest(key) != photo_id:
                raise TryLater("a healed copy came out damaged", reason="damaged-copy")
            return Stored(key, size_bytes, Proof.BYTES)

    def delete(self, key: str) -> None:
        """One request."""
        with self._locks.holding(key):
            self._bucket.delete(key)

    def list(self, prefix: str, *, after: str | None = None) -> Iterator[Found]:
        """A page of a thousand keys a request."""
        return self._bucket.list(prefix, after)

    def examine(self) -> Sequence[Finding]:
        """About a dozen small requests; also made by itself before the first put."""
        examination = examine(self._bucket, self._options)
        self._abilities = examination.abilities
        return examination.findings

    def look_around(self) -> Circumstances:
        """The bucket's rules, and who else may read it; examines it first."""
        self.examine()
        return look_around(self._bucket, self._options)

    def close(self) -> None:
        """The client lets go of its connections by itself."""

    def _known_abilities(self) -> Abilities:
        """What was found at first contact; the first to ask makes it."""
        with self._examining:
            if self._abilities is None:
                self._abilities = examine(self._bucket, self._options).abilities
            return self._abilities

    def _create(self, key: str, content: bytes, *, media_type: str, photo_id: PhotoId | None = None) -> bool:
        """Put it where nothing lies; False where something does."""
        conditional = self._known_abilities().conditional_write
        if not conditional and self._bucket.head(key):
            return False
        return self._bucket.put(key, content, media_type=media_type, photo_id=photo_id, create=conditional)

    def _keep_as(self, key: str, aside: str, size_bytes: int, scratch: Path) -> None:
        """By way of a local file: the client cannot fetch from within a put."""
        with tempfile.TemporaryFile(dir=scratch) as copy:
            for chunk in self._bucket.get(key):
                copy.write(chunk)
            copy.seek(0)
            self._put(aside, iter(lambda: copy.read(CHUNK_BYTES), b""), size_bytes, "application/octet-stream")

    def _put(
        self, key: str, chunks: Iterator[bytes], size_bytes: int, media_type: str, photo_id: PhotoId | None = None
    ) -> None:
        """Whole or not at all: a stream that ends with an error puts nothing."""
        if size_bytes <= SINGLE_PUT_BYTES:
            self._bucket.put(key, b"".join(chunks), media_type=media_type, photo_id=photo_id)
        else:
            self._bucket.put_in_parts(key, chunks, size_bytes=size_bytes, media_type=media_type, photo_id=photo_id)

    def _prove_sent(self, key: str, photo_id: PhotoId, size_bytes: int, *, checked: bool) -> Stored:
        """The proof of what was just sent; a damaged copy of ours is removed, so that the next try finds room."""
        found = self._bucket.head(key)
        if found is not None and found.sha256 not in {None, photo_id}:
            raise _taken(key)
        if found is not None and found.size_bytes == size_bytes:
            if checked:
                return Stored(key, size_bytes, Proof.CHECKSUM)
            if self._digest(key) == photo_id:
                return Stored(key, size_bytes, Proof.BYTES)
        if found is not None and found.sha256 == photo_id:
            with suppress(DeliveryError):
                self._bucket.delete(key)
        raise TryLater("a copy came out damaged and was thrown away", reason="damaged-copy")

    def _prove_earlier(self, key: str, photo_id: PhotoId, size_bytes: int) -> Stored:
        """The proof of what was there already; nobody knows now who checked what then, so it is read back."""
        found = self._bucket.head(key)
        if found is None:
            raise TryLater("the key was taken one moment and free the next", reason="conflict")
        if found.size_bytes != size_bytes or found.sha256 not in {None, photo_id} or self._digest(key) != photo_id:
            raise _taken(key)
        return Stored(key, size_bytes, Proof.BYTES)

    def _digest(self, key: str) -> PhotoId:
        digest = hashlib.sha256()
        for chunk in self._bucket.get(key):
            digest.update(chunk)
        return PhotoId(digest.hexdigest())


def _taken(key: str) -> KeyTaken:
    return KeyTaken(f"another file is already in the archive as {key}")
