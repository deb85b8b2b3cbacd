"""Does this bucket really compare the checksums that it is given? It is sent wrong ones, on purpose.

Some servers store a checksum unread and give it back (`rclone serve s3`), some ignore the header. Only one
that was seen to refuse a wrong checksum is believed when it takes a right one. The client computes its
checksums itself and cannot be made to lie, so these few requests are signed by hand.
"""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediascream.archive.s3_by_hand import ByHand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx2

    from mediascream.archive.s3_options import S3Options

CONTENT = b"Mediascream was here"

_UPLOAD_ID = re.compile(r"<UploadId>\s*([^<\s]+)\s*</UploadId>")
_ABOUT_CHECKSUMS = re.compile(r"<Code>\s*\w*(?:Digest|Checksum)\w*\s*</Code>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a wrong checksum was refused, and a sentence on what was seen."""

    refused: bool
    detail: str


class ChecksumProbe:
    """Puts a right and a wrong checksum to a bucket, as a whole object and as a part of one."""

    def __init__(self, options: S3Options) -> None:
        self._by_hand = ByHand(options)

    def of_an_object(self, key: str) -> Verdict:
        """Try it with whole objects; `key` may hold `CONTENT` afterwards."""
        return self._compare(key, {})

    def of_a_part(self, key: str) -> Verdict:
        """Try it with a part of an upload that is then given up."""
        with self._upload(key) as upload_id:
            if upload_id is None:
                return Verdict(refused=False, detail="a multipart upload could not be begun")
            return self._compare(key, {"partNumber": "1", "uploadId": upload_id})

    def close(self) -> None:
        """Let go of connections."""
        self._by_hand.close()

    def _compare(self, key: str, query: Mapping[str, str]) -> Verdict:
        """A refusal counts only if the same request with the right checksum is taken."""
        right = self._put(key, query, checksum_of=CONTENT)
        if not right.is_success:
            return Verdict(refused=False, detail=f"a right checksum was answered with HTTP {right.status_code}")
        wrong = self._put(key, query, checksum_of=CONTENT[::-1])
        refused = wrong.is_client_error and _ABOUT_CHECKSUMS.search(wrong.text) is not None
        return Verdict(refused, f"a wrong checksum was {'refused' if refused else 'not refused'}")

    def _put(self, key: str, query: Mapping[str, str], *, checksum_of: bytes) -> httpx2.Response:
        checksum = base64.b64encode(hashlib.sha256(checksum_of).digest()).decode()
        headers = {"x-amz-checksum-sha256": checksum}
        return self._by_hand.of_object("PUT", key, query=query, headers=headers, body=CONTENT)

    @contextmanager
    def _upload(self, key: str) -> Iterator[str | None]:
        headers = {"x-amz-checksum-algorithm": "SHA256"}
        begun = self._by_hand.of_object("POST", key, query={"uploads": ""}, headers=headers)
        match = _UPLOAD_ID.search(begun.text)
        if match is None:
            yield None
            return
        try:
            yield match[1]
        finally:
            self._by_hand.of_object("DELETE", key, query={"uploadId": match[1]})
