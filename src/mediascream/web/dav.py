"""The WebDAV inbox at `/dav/`: a drive that takes photos, for programs that know nothing of Mediascream.

    PUT, MKCOL, MOVE, COPY, DELETE      dav_writing.py: a file enters the library when it is whole
    PROPFIND, HEAD, GET, PROPPATCH      here: what lies there, so that a program skips what it put before
    LOCK, UNLOCK                        dav_locks.py: Finder and Explorer write only where they can lock

WebDAV class 1 and the exclusive locks of class 2 (RFC 4918, read 2026-11-24). Each sender sees its own names.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from mediascream.errors import CallerRefused, NotInInbox
from mediascream.library import inbox
from mediascream.library.inbox import InboxEntry, InboxPath
from mediascream.web import dav_writing
from mediascream.web.access import Right
from mediascream.web.bytes import Resource, answer_stream
from mediascream.web.dav_locks import seconds_of
from mediascream.web.dav_visit import Visit, visit_of
from mediascream.web.dav_xml import (
    WHEN_CHANGED,
    Room,
    Wish,
    accepted,
    lock_discovery,
    multistatus,
    read_changes,
    read_lock,
    read_time,
    read_wish,
    response,
)
from mediascream.web.photos import require
from mediascream.web.recheck import read_original
from mediascream.web.site import TheCaller, TheSite

METHODS: Final = (
    "OPTIONS",
    "GET",
    "HEAD",
    "PUT",
    "DELETE",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
)
PAGE: Final = 500
"""So many names are read at a time, and sent."""

XML: Final = "application/xml; charset=utf-8"
FINITE: Final = '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>\n'
WELCOME: Final = (
    "This is the inbox of Mediascream, a WebDAV drive. Connect to this address from PhotoSync, FolderSync, rclone,\n"
    "Finder or Explorer: what is put here enters the library. To see what is kept, open the page at /.\n"
)

router = APIRouter(include_in_schema=False)


@router.api_route("/dav", methods=list(METHODS))
@router.api_route("/dav/{path:path}", methods=list(METHODS))
async def serve_inbox(request: Request, site: TheSite, caller: TheCaller, path: str = "") -> Response:
    """Everything that is asked of the inbox."""
    return await HANDLERS.get(request.method, dav_writing.write)(visit_of(request, site, caller, path))


async def _options(_visit: Visit) -> Response:
    return Response(headers={"DAV": "1, 2", "MS-Author-Via": "DAV", "Allow": ", ".join(METHODS)})


async def _get(visit: Visit) -> Response:
    if not visit.path.name:
        return PlainTextResponse(WELCOME)
    entry = await _existing(visit)
    if entry.is_folder or entry.photo_id is None:
        return Response(headers={"Content-Type": "application/octet-stream"})
    if visit.request.method == "GET" and not (visit.caller and visit.caller.may(Right.READ)):
        raise CallerRefused("This token may put photos here, and ask what is there; reading them takes the scope read.")
    photo_id, site = entry.photo_id, visit.site
    photo = await site.read(lambda connection: require(connection, photo_id))

    def open_at(start: int, end: int) -> Iterator[bytes]:
        return read_original(site.hub, photo, start=start, end=end)

    resource = Resource(photo.id, photo.media_type, photo.size_bytes, photo.file_name)
    answer = await answer_stream(visit.request, resource, open_at, site.streams, download=True)
    answer.headers["Cache-Control"] = "private, no-cache"  # unlike an id, a name may mean other bytes tomorrow
    answer.headers["Last-Modified"] = entry.modified_at.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return answer


async def _propfind(visit: Visit) -> Response:
    depth = visit.request.headers.get("depth", "infinity")
    if depth not in {"0", "1"}:
        return Response(FINITE, 403, media_type=XML)
    wish = read_wish(await visit.request.body())
    entry = await _existing(visit)
    pieces = _listing(visit, entry, wish, deep=depth == "1" and entry.is_folder)
    return StreamingResponse(_read(visit, pieces), 207, media_type=XML)


async def _read(visit: Visit, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await visit.site.readers.run(next, pieces, None)) is not None:
        yield piece


def _listing(visit: Visit, entry: InboxEntry, wish: Wish, *, deep: bool) -> Iterator[bytes]:
    """The answer in pieces of some hundred names; blocking."""
    room = _room(visit)

    def shown(one: InboxEntry) -> str:
        return response(one, wish, room, visit.site.locks.as_xml(visit.sender, one.path))

    def named() -> Iterator[str]:
        yield shown(entry)
        after = ""
        while deep and (page := _children(visit, after)):
            yield "".join(map(shown, page))
            after = page[-1].path.name

    return (piece.encode() for piece in multistatus(named()))


def _children(visit: Visit, after: str) -> list[InboxEntry]:
    with visit.site.hub.database.reading() as connection:
        return inbox.children(connection, visit.sender, str(visit.path), after=after, limit=PAGE)


def _room(visit: Visit) -> Room:
    disk = os.statvfs(visit.site.spool.folder)
    return Room((disk.f_blocks - disk.f_bfree) * disk.f_frsize, disk.f_bavail * disk.f_frsize)


async def _proppatch(visit: Visit) -> Response:
    """Only the time of the last change is kept; the rest is taken with thanks, or Explorer calls the copy failed."""
    entry = await _existing(visit)
    visit.refuse_locked()
    changes = read_changes(await visit.request.body())
    times = [read_time(text) for name, text in changes.items() if name in WHEN_CHANGED]
    modified_at = next((one for one in times if one is not None), None)
    if modified_at is not None and visit.path.name:
        await visit.write(lambda connection: inbox.touch(connection, visit.sender, visit.path, modified_at))
    answer = multistatus([accepted(visit.path, changes, is_folder=entry.is_folder)])
    return Response("".join(answer), 207, media_type=XML)


async def _lock(visit: Visit) -> Response:
    """Lock a name; one that is free is made, without bytes yet, as RFC 4918 has it (7.3)."""
    body = await visit.request.body()
    seconds = seconds_of(visit.request.headers.get("timeout", ""))
    locks, tokens = visit.site.locks, visit.request.headers.get("if", "")
    if not body.strip():
        renewed = locks.renew(visit.sender, visit.path, tokens, seconds=seconds)
        return _locked(renewed.as_xml(), 200) if renewed else Response(status_code=412)
    deep = visit.request.headers.get("depth", "infinity") != "0"
    lock = locks.take(visit.sender, visit.path, read_lock(body), deep=deep, seconds=seconds)
    made = await visit.read(_is_free(visit))
    if made:
        await visit.write(dav_writing.placing(visit, photo=None, modified_at=datetime.now(UTC)))
    answer = _locked(lock.as_xml(), 201 if made else 200)
    answer.headers["Lock-Token"] = f"<{lock.token}>"
    return answer


async def _unlock(visit: Visit) -> Response:
    released = visit.site.locks.release(visit.sender, visit.request.headers.get("lock-token", ""))
    return Response(status_code=204 if released else 409)


def _is_free(visit: Visit) -> Callable[..., bool]:
    return lambda connection: not visit.litter and inbox.find(connection, visit.sender, visit.path) is None


def _locked(active: str, status: int) -> Response:
    return Response(lock_discovery(active), status, media_type=XML)


async def _existing(visit: Visit) -> InboxEntry:
    if not visit.path.name:
        now = datetime.now(UTC)
        return InboxEntry(InboxPath("", ""), is_folder=True, modified_at=now, added_at=now)
    found = await visit.read(lambda connection: inbox.find(connection, visit.sender, visit.path))
    if found is None:
        raise NotInInbox(f"There is no {visit.path} in the inbox.")
    return found


HANDLERS: Final = {
    "OPTIONS": _options,
    "GET": _get,
    "HEAD": _get,
    "PROPFIND": _propfind,
    "PROPPATCH": _proppatch,
    "LOCK": _lock,
    "UNLOCK": _unlock,
}
"""What only looks, or locks; the rest writes."""
