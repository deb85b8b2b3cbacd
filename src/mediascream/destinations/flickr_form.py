"""The body of an upload: the fields, then the file, streamed and never whole in memory.

The last chunk is held back until the bytes before it, together with it, are known to be the original's.
Where they are not, the request is cut short, and Flickr keeps nothing of it.
"""

from __future__ import annotations

import hashlib
import html
import secrets
from pathlib import PurePath
from typing import TYPE_CHECKING

from mediascream.destinations.flickr_tags import tag_line
from mediascream.errors import TryLater
from mediascream.photo import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mediascream.destinations.base import Outgoing

LONGEST_TITLE = 255


def upload_fields(photo: Outgoing, privacy: Mapping[str, str], machine_tags: Iterable[str]) -> dict[str, str]:
    """The form of an upload without its file; who may see it is always said, or the account's default would hold."""
    fields = {
        "title": PurePath(photo.file_name).stem[:LONGEST_TITLE],
        "description": html.escape(photo.description or "", quote=False),
        "tags": tag_line(photo.tags, machine_tags),
        **privacy,
        "safety_level": "1",
        "content_type": "1",
        "async": "1" if photo.kind is Kind.VIDEO else "0",
    }
    return {name: value for name, value in fields.items() if value}


class UploadForm:
    """A multipart form with one file, named `photo`; it can be iterated once."""

    def __init__(self, fields: Mapping[str, str], photo: Outgoing) -> None:
        boundary = f"mediascream-{secrets.token_hex(16)}"
        parts = [_part(boundary, f'name="{name}"', "") + value.encode() + b"\r\n" for name, value in fields.items()]
        file = f'name="photo"; filename="{_in_quotes(photo.file_name)}"'
        self._head = b"".join(parts) + _part(boundary, file, f"Content-Type: {photo.media_type}\r\n")
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._photo = photo
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(self._head) + photo.size_bytes + len(self._tail)),
        }

    def __iter__(self) -> Iterator[bytes]:
        """The body.

        Raises:
            TryLater: What is read is not the original; the request ends here.
        """
        yield self._head
        yield from checked(self._photo)
        yield self._tail


def checked(photo: Outgoing) -> Iterator[bytes]:
    """The bytes of a photo; the last of them come only if all were right.

    Raises:
        TryLater: They were not.
    """
    digest = hashlib.sha256()
    held = b""
    for chunk in photo.original.read():
        if held:
            yield held
        digest.update(chunk)
        held = chunk
    if digest.hexdigest() != photo.id:
        msg = f"The bytes of {photo.file_name} changed on the way to Flickr; nothing was sent."
        raise TryLater(msg, reason="damaged-copy")
    yield held


def _part(boundary: str, disposition: str, headers: str) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{headers}\r\n".encode()


def _in_quotes(file_name: str) -> str:
    """As browsers write a file name (https://html.spec.whatwg.org/#multipart-form-data, read 2026-11-24)."""
    return file_name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
