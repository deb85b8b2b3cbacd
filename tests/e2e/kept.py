"""A server's archive, looked at and put in place without the server: a folder, or a bucket of a real S3 server."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar
from uuid import uuid4

from mediascream.archive.keys import DAMAGED, MARKER_KEY, ORIGINALS, RENDITIONS, SIDECAR_ENDING
from mediascream.archive.s3_bucket import Bucket
from mediascream.photo import DestinationName, PhotoId
from mediascream.recovery.copies import FOLDER as COPIES
from tests.e2e.test_samples import s3_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pytest

    from tests.e2e.running import Running
    from tests.servers import S3Server

PARTS = {MARKER_KEY, ORIGINALS, RENDITIONS, COPIES, DAMAGED}
"""What a data folder holds of an archive, beside what else is in it."""
NOTED = (ORIGINALS, COPIES)
"""Where the id of what was put is noted beside it, but for sidecars."""


class Kept(ABC):
    """The archive of `server`, whether that runs or not.

    Attributes:
        name: What deliveries to it are called.
    """

    name: ClassVar[DestinationName]

    def __init__(self, server: Running) -> None:
        self.server = server

    def read(self, folder: str = ORIGINALS) -> Mapping[str, bytes]:
        """All that lies below one of its folders, by key; below `""` the whole archive."""
        return {key: self._content(key) for key in self.keys(folder)}

    @abstractmethod
    def keys(self, folder: str) -> Iterable[str]:
        """The same without the bytes."""

    @abstractmethod
    def hold(self, contents: Mapping[str, bytes]) -> None:
        """From now on this, by key, and nothing else is what the server finds there."""

    @abstractmethod
    def _content(self, key: str) -> bytes:
        """The bytes under a key."""


class KeptInFolder(Kept):
    """The data folder is the archive, too."""

    name = DestinationName.FOLDER

    def keys(self, folder: str) -> Iterable[str]:
        """Hidden files, too, which an archive lists nowhere."""
        files = (self.server.data / folder).rglob("*")
        found = [file.relative_to(self.server.data) for file in files if file.is_file()]
        return [file.as_posix() for file in found if file.parts[0] in PARTS]

    def hold(self, contents: Mapping[str, bytes]) -> None:
        """Files where there were others."""
        for key in self.keys(""):
            (self.server.data / key).unlink()
        for key, content in contents.items():
            file = self.server.data / key
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def _content(self, key: str) -> bytes:
        return (self.server.data / key).read_bytes()


class KeptInBucket(Kept):
    """A prefix of its own, and another one each time it is to hold something else.

    For what a server asked for just before it died may be carried out later.
    """

    name = DestinationName.S3

    def __init__(self, server: Running, s3: S3Server) -> None:
        super().__init__(server)
        self._s3 = s3
        self.hold({})

    def keys(self, folder: str) -> Iterable[str]:
        """As the bucket lists them."""
        return [found.key for found in self._bucket.list(folder, None)]

    def hold(self, contents: Mapping[str, bytes]) -> None:
        """Under a new prefix, of which the server hears with its next start."""
        prefix = f"crashes/{uuid4().hex}"
        self.server.settings |= s3_settings(self._s3, prefix)
        self._bucket = Bucket(replace(self._s3.options(), prefix=prefix), max_retries=2)
        for key, content in contents.items():
            noted = key.startswith(NOTED) and not key.endswith(SIDECAR_ENDING)
            photo_id = PhotoId(hashlib.sha256(content).hexdigest()) if noted else None
            self._bucket.put(key, content, media_type="application/octet-stream", photo_id=photo_id)

    def _content(self, key: str) -> bytes:
        return b"".join(self._bucket.get(key))


def kept_in(where: str, server: Running, request: pytest.FixtureRequest) -> Kept:
    """In a `folder`, or in a `bucket`, which the server is told of."""
    return KeptInFolder(server) if where == "folder" else KeptInBucket(server, request.getfixturevalue("ministack"))
