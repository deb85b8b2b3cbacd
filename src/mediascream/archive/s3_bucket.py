"""A bucket and what can be done with it. The only file that imports obstore, and so the one that translates its errors.

obstore is a Rust client (facts about 0.12.1 measured 2026-11-24). Its synchronous calls are used on
purpose: after an asynchronous one the process can abort as it ends. It limits a whole request to 30 s
unless told otherwise, which cuts a part off on a slow uplink. Its settings fall back to `AWS_*` environment
variables, so each one that could change ours, a session token above all, is given here.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from mediascream.archive.base import Found
from mediascream.archive.s3_trouble import explain, has_status, is_missing_key, is_past_the_end, ranges_are_ignored
from mediascream.errors import NotInArchive, SettingsInvalid
from mediascream.photo import PhotoId, is_photo_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from obstore import Attributes, GetOptions, GetResult
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Credential

    from mediascream.archive.s3_options import S3Options

PART_BYTES = 8 << 20
PARTS_AT_ONCE = 4
MAX_PARTS = 9_000
"""S3 allows 10,000; larger objects get larger parts."""
CHUNK_BYTES = 1 << 20
_ID_NOTE = "sha256"
_SEEN_LATELY_S = 60.0


class Bucket:
    """Keys below the prefix of one bucket. Every error is one of ours.

    Attributes:
        answers_ranges: False once it was seen to answer a part with the whole.

    Args:
        options: Where it is, and the keys to it.
        max_retries: How often one request is tried again before it becomes an error. They end within
            45 s, for longer waits are the queue's.
    """

    def __init__(self, options: S3Options, *, max_retries: int) -> None:
        self._options = options
        self._max_retries = max_retries
        self._store = _connect(options, max_retries, checksums=True)
        self._sends_checksums = True
        self._seen_at = -_SEEN_LATELY_S
        self.answers_ranges = True

    def use_checksums(self, *, wanted: bool) -> None:
        """Whether to send checksum headers; some servers do not understand them."""
        if wanted != self._sends_checksums:
            self._store = _connect(self._options, self._max_retries, checksums=wanted)
            self._sends_checksums = wanted

    def put(
        self, key: str, content: bytes, *, media_type: str, photo_id: PhotoId | None = None, create: bool = False
    ) -> bool:
        """Store `content` in one request. With `create` False where something lies there, if the bucket heeds it."""
        with self._explaining(key):
            try:
                obstore.put(
                    self._store,
                    key,
                    content,
                    attributes=_attributes(media_type, photo_id),
                    mode="create" if create else "overwrite",
                    use_multipart=False,
                )
            except AlreadyExistsError:
                return False
        return True

    def put_in_parts(
        self, key: str, chunks: Iterator[bytes], *, size_bytes: int, media_type: str, photo_id: PhotoId | None
    ) -> None:
        """Store a stream of about `size_bytes`, replacing what is there; nothing where `chunks` ends with an error."""
        with self._explaining(key):
            obstore.put(
                self._store,
                key,
                chunks,
                attributes=_attributes(media_type, photo_id),
                use_multipart=True,
                chunk_size=max(PART_BYTES, -(-size_bytes // MAX_PARTS)),
                max_concurrency=PARTS_AT_ONCE,
            )

    def head(self, key: str) -> Found | None:
        """What lies under `key`, or None.

        The answer to a HEAD has no body: a missing bucket, or a refusal, looks like a missing key. So where
        the bucket has not just been seen to be well, a GET is made for its reason.
        """
        try:
            found = _found(key, obstore.get(self._store, key, options={"head": True}))
        except (FileNotFoundError, BaseError) as error:
            if isinstance(error, FileNotFoundError) and monotonic() - self._seen_at < _SEEN_LATELY_S:
                return None
            if has_status(str(error)):
                return self._look_closer(key)
            raise explain(str(error), bucket_url=self._options.bucket_url) from error
        self._seen_at = monotonic()
        return found

    def get(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `end` in chunks of at most 1 MiB, lazily; `NotInArchive` comes with the first."""
        if end is not None and end <= start:
            if self.head(key) is None:
                raise _missing(key)
            return
        with self._explaining(key):
            answer, skip = self._open(key, start, end)
            if answer is not None:
                length = None if end is None else end - start
                yield from _cut((memoryview(buffer) for buffer in answer.stream(CHUNK_BYTES)), skip, length)

    def delete(self, key: str) -> None:
        """Remove what lies there, if anything."""
        with suppress(NotInArchive), self._explaining(key):
            obstore.delete(self._store, key)

    def list(self, prefix: str, after: str | None) -> Iterator[Found]:
        """All below `prefix`, a page of a thousand at a time."""
        with self._explaining(prefix):
            for page in obstore.list(self._store, prefix or None, offset=after, chunk_size=1000):
                yield from (Found(meta["path"], meta["size"], meta["last_modified"]) for meta in page)

    def _open(self, key: str, start: int, end: int | None) -> tuple[GetResult | None, int]:
        """The answer, and how many of its bytes are to be skipped; no answer where the part begins past the end."""
        if (start == 0 and end is None) or not self.answers_ranges:
            return obstore.get(self._store, key), start
        part: GetOptions = {"range": {"offset": start} if end is None else (start, end)}
        try:
            return obstore.get(self._store, key, options=part), 0
        except BaseError as error:
            if is_past_the_end(str(error)):
                return None, 0
            if not ranges_are_ignored(str(error)):
                raise
        self.answers_ranges = False
        return self._open(key, start, end)

    def _look_closer(self, key: str) -> Found | None:
        with suppress(NotInArchive), self._explaining(key):
            return _found(key, obstore.get(self._store, key))
        return None

    @contextmanager
    def _explaining(self, key: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if is_missing_key(str(error)):
                self._seen_at = monotonic()
                raise _missing(key) from error
            raise explain(str(error), bucket_url=self._options.bucket_url) from error
        except BaseError as error:
            raise explain(str(error), bucket_url=self._options.bucket_url) from error
        self._seen_at = monotonic()


def _connect(options: S3Options, max_retries: int, *, checksums: bool) -> S3Store:
    """The client; it talks to nobody yet."""
    retries: RetryConfig = {
        "max_retries": max_retries,
        "retry_timeout": timedelta(seconds=45),
        "backoff": {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=5), "base": 2},
    }
    config: S3Config = {
        "endpoint": options.server_url,
        "aws_endpoint_url_s3": options.server_url,
        "region": options.signing_region,
        "virtual_hosted_style_request": options.is_virtual_hosted,
        "unsigned_payload": False,
        "skip_signature": False,
        "s3_express": False,
        "disable_bulk_delete": True,
    }
    if checksums:
        config["checksum_algorithm"] = "sha256"
    try:
        return S3Store(
            options.bucket,
            prefix="/".join(options.folders) or None,
            config=config,
            credential_provider=_credentials(options),
            client_options=_network(options),
            retry_config=retries,
        )
    except ValueError as error:
        raise SettingsInvalid(f"S3_CA_FILE: {error}") from error


def _credentials(options: S3Options) -> Callable[[], S3Credential]:
    """Given this way, a session token of the environment is not mixed in."""
    keys: S3Credential = {
        "access_key_id": options.access_key,
        "secret_access_key": options.secret_key,
        "token": None,
        "expires_at": None,
    }
    return lambda: keys


def _network(options: S3Options) -> ClientConfig:
    network: ClientConfig = {
        "allow_http": True,
        "timeout": "1h",
        "read_timeout": "60s",
        "connect_timeout": "10s",
        "user_agent": "mediascream",
    }
    if options.root_certificate:
        network["root_certificate"] = options.root_certificate
    return network


def _attributes(media_type: str, photo_id: PhotoId | None) -> Attributes:
    return {"Content-Type": media_type} | ({_ID_NOTE: photo_id} if photo_id else {})


def _found(key: str, answer: GetResult) -> Found:
    """Some servers give the names of notes back in capitals."""
    meta, notes = answer.meta, {name.lower(): value for name, value in answer.attributes.items()}
    note = notes.get(_ID_NOTE, "")
    return Found(key, meta["size"], meta["last_modified"], PhotoId(note) if is_photo_id(note) else None)


def _missing(key: str) -> NotInArchive:
    return NotInArchive(f"the bucket has no {key}")


def _cut(buffers: Iterable[memoryview], skip: int, length: int | None) -> Iterator[bytes]:
    """The `length` bytes after the first `skip`, in chunks of at most 1 MiB."""
    position, end = 0, None if length is None else skip + length
    for buffer in buffers:
        wanted = buffer[max(0, skip - position) : None if end is None else max(0, end - position)]
        for offset in range(0, len(wanted), CHUNK_BYTES):
            yield bytes(wanted[offset : offset + CHUNK_BYTES])
        position += len(buffer)
        if end is not None and position >= end:
            return
