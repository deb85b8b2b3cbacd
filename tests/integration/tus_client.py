"""A small client of tus, for tests: says what it is told to, right or wrong."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

PIECE = {"Content-Type": "application/offset+octet-stream"}


def metadata(**words: str) -> str:
    """The header `Upload-Metadata`."""
    return ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in words.items())


@dataclass(frozen=True)
class Tus:
    """A client of one server."""

    http: httpx2.Client

    def begin(
        self, length: int | None = None, *, body: bytes = b"", words: dict[str, str] | None = None, **more: str
    ) -> httpx2.Response:
        """POST; `more` are headers, with `_` for `-`."""
        headers = {"Tus-Resumable": "1.0.0"}
        headers |= {} if length is None else {"Upload-Length": str(length)}
        headers |= {"Upload-Metadata": metadata(**words)} if words else {}
        headers |= PIECE if body else {}
        return self.http.post("/uploads/", content=body, headers=headers | _headers(more))

    def begun(self, length: int | None = None, *, words: dict[str, str] | None = None, **more: str) -> str:
        """The address of a new upload."""
        answer = self.begin(length, body=b"", words=words, **more)
        assert answer.status_code == 201, answer.text
        return answer.headers["location"]

    def head(self, address: str, **more: str) -> httpx2.Response:
        """HEAD."""
        return self.http.head(address, headers={"Tus-Resumable": "1.0.0"} | _headers(more))

    def offset(self, address: str) -> int:
        """What HEAD says."""
        answer = self.head(address)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["upload-offset"])

    def patch(self, address: str, offset: int, body: bytes, **more: str) -> httpx2.Response:
        """PATCH."""
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset)} | PIECE
        return self.http.patch(address, content=body, headers=headers | _headers(more))

    def delete(self, address: str) -> httpx2.Response:
        """DELETE."""
        return self.http.delete(address, headers={"Tus-Resumable": "1.0.0"})


def raw_patch(address: str, offset: int, length: int) -> bytes:
    """The head of a PATCH, for a raw connection."""
    return (
        f"PATCH {address} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _headers(more: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in more.items()}
