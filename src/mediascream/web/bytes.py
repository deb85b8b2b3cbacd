"""Bytes of originals and renditions as answers: ranges, validators, names, and nothing that runs.

What is served here came from strangers. A browser is told to believe the media type, which is ours, and
to run nothing; only pictures and videos are shown in place, all else is offered as a file.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mediascream.errors import RangeEmpty
from mediascream.web.problems import error_response
from mediascream.web.ranges import NotModified, Part, Unsatisfiable, select
from mediascream.web.threads import Threads

SHOWN_IN_PLACE: Final = frozenset(
    f"image/{name}" for name in ("jpeg", "png", "gif", "webp", "avif", "bmp", "heic", "heif", "jxl", "jp2", "tiff")
) | frozenset(f"video/{name}" for name in ("mp4", "x-m4v", "webm", "quicktime"))
"""Raster pictures and videos that some browser shows; none of them can hold a script."""

SANDBOX: Final = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
FOREVER: Final = "private, max-age=31536000, immutable"
"""An address that holds a digest always means the same bytes."""

OpenAt = Callable[[int, int], Iterator[bytes]]
"""The bytes from a start up to but not including an end, in chunks; blocking, called in a thread."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Something with bytes that never change.

    Attributes:
        etag: Without quotes.
        file_name: What a person who saves it gets.
    """

    etag: str
    media_type: str
    size_bytes: int
    file_name: str

    def headers(self, *, download: bool = False) -> dict[str, str]:
        """What is true of the whole and of every part."""
        return {
            "Content-Type": self.media_type,
            "ETag": f'"{self.etag}"',
            "Accept-Ranges": "bytes",
            "Cache-Control": FOREVER,
            "Content-Disposition": disposition(self.file_name, self.media_type, download=download),
            "Content-Security-Policy": SANDBOX,
        }


def disposition(file_name: str, media_type: str, *, download: bool = False) -> str:
    """A Content-Disposition that keeps any name (RFC 6266 and 8187)."""
    kind = "inline" if media_type in SHOWN_IN_PLACE and not download else "attachment"
    plain = re.sub(r"[^ !#$&-.0-\[\]-~]", "_", file_name)
    if plain == file_name:
        return f'{kind}; filename="{plain}"'
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='', errors='replace')}"


def answer_bytes(request: Request, resource: Resource, content: bytes) -> Response:
    """Answer from memory: for what is small."""
    answer = _answer(request, resource)
    if isinstance(answer, Part):
        return Response(content[answer.start : answer.end], 206, resource.headers() | _content_range(resource, answer))
    return answer or Response(content, headers=resource.headers())


async def answer_stream(
    request: Request, resource: Resource, open_at: OpenAt, threads: Threads, *, download: bool = False
) -> Response:
    """Answer chunk by chunk, each read in a thread, with flat memory.

    The first chunk is read before this returns, so that what goes wrong there still becomes a problem.
    """
    answer = _answer(request, resource)
    if isinstance(answer, Response):
        return answer
    part = answer or Part(0, resource.size_bytes)
    headers = resource.headers(download=download) | {"Content-Length": str(part.end - part.start)}
    if answer:
        headers |= _content_range(resource, part)
    if request.method == "HEAD":
        return Response(headers=headers)
    first, chunks = await threads.run(_open, open_at, part)
    return ChunkResponse(first, chunks, threads, status_code=206 if answer else 200, headers=headers)


def _open(open_at: OpenAt, part: Part) -> tuple[bytes, Iterator[bytes]]:
    chunks = open_at(part.start, part.end)
    return next(chunks, b""), chunks


def _answer(request: Request, resource: Resource) -> Part | Response | None:
    """The finished answer where there are no bytes to send, the part that is wanted, or None for all of it."""
    selection = select(request.method, request.headers, etag=f'"{resource.etag}"', size_bytes=resource.size_bytes)
    match selection:
        case NotModified():
            kept = resource.headers()
            return Response(status_code=304, headers={name: kept[name] for name in ("ETag", "Cache-Control")})
        case Unsatisfiable():
            return _no_such_part(resource)
        case Part():
            return selection
        case _:
            return None


def _no_such_part(resource: Resource) -> Response:
    response = error_response(RangeEmpty(f"The range lies behind the end: there are {resource.size_bytes} bytes."))
    response.headers["Content-Range"] = f"bytes */{resource.size_bytes}"
    return response


def _content_range(resource: Resource, part: Part) -> dict[str, str]:
    return {"Content-Range": f"bytes {part.start}-{part.end - 1}/{resource.size_bytes}"}


class ChunkResponse(Response):
    """Sends chunks of a blocking iterator; stops where the client went away, and always closes it.

    Args:
        first: A chunk that was read already, or nothing.
    """

    def __init__(
        self, first: bytes, chunks: Iterator[bytes], threads: Threads, *, status_code: int, headers: dict[str, str]
    ) -> None:
        super().__init__(status_code=status_code, headers=headers)
        self._first, self._chunks, self._threads = first, chunks, threads

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as an ASGI application."""
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            chunk: bytes | None = self._first
            while chunk is not None and not gone.done():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                chunk = await self._threads.run(next, self._chunks, None)
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            await self._threads.run(_close, self._chunks)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _close(chunks: Iterator[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()
