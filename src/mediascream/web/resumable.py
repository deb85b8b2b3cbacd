"""`/uploads/`: uploads that may be resumed, by tus 1.0.0. What becomes of the bytes is `intake/resumables.py`'s.

    POST     begin one, perhaps with its first bytes; or join parts
    HEAD     how far it is; whose last answer was lost learns here what the photo's id is
    PATCH    the next bytes; the last of them are answered once the photo is kept for good
    DELETE   end it

An upload is seen by the caller who began it, by nobody else. A HEAD, too, ends the reading of a request
that hangs, so the offset that it tells is the last word.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, Final, ParamSpec

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from mediascream.errors import (
    FieldInvalid,
    HeaderInvalid,
    MediascreamError,
    OffsetConflict,
    ResumableUnknown,
    UploadJoined,
    UploadTooLarge,
)
from mediascream.intake.resumable import Resumable
from mediascream.intake.resumables import DAYS_KEPT
from mediascream.intake.sheets import NAME
from mediascream.intake.visits import Visit
from mediascream.library.senders import key_of
from mediascream.web import openapi, tus
from mediascream.web.access import Caller
from mediascream.web.bodies import chunks
from mediascream.web.problems import error_response
from mediascream.web.site import Site, TheCaller, TheSite

P = ParamSpec("P")

EVERY_S: Final = 3600.0

_log = structlog.get_logger(__name__)

router = APIRouter(tags=["Resumable upload"])


def _speaks_tus(
    route: Callable[Concatenate[Request, P], Coroutine[Any, Any, Response]],
) -> Callable[..., Coroutine[Any, Any, Response]]:
    """Hold a request to the protocol, and say in every answer, problems too, which one it is."""

    @wraps(route)
    async def answer(request: Request, *args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            tus.check_version(request.headers)
            response = await route(request, *args, **kwargs)
        except MediascreamError as error:
            response = error_response(error)
        response.headers.update({"Tus-Resumable": tus.VERSION, "Tus-Version": tus.VERSION, "Cache-Control": "no-store"})
        return response

    return answer


@router.options("/uploads", include_in_schema=False)
@router.options("/uploads/{name:path}", include_in_schema=False)
@router.options(
    "/uploads/",
    summary="What is spoken here",
    status_code=204,
    response_class=Response,
    responses=openapi.problems(403),
)
async def tell_abilities(site: TheSite) -> Response:
    """The version of tus, its extensions, the checksums, and how large a file may be."""
    headers = {
        "Tus-Resumable": tus.VERSION,
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
        "Tus-Max-Size": str(site.resumables.limit_bytes),
    }
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


@router.post("/uploads", include_in_schema=False)
@router.post(
    "/uploads/",
    summary="Begin an upload that may be resumed",
    status_code=201,
    response_class=Response,
    responses=openapi.problems(400, 403, 409, 412, 413, 415, 422, 429, 507),
    openapi_extra=openapi.RESUMABLE_BEGIN,
)
@_speaks_tus
async def begin(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """Begin an upload (tus 1.0.0). Its address is in `Location`; what is said of the photo is judged here."""
    _refuse_encoded(request)
    owner, wanted = _owner(caller), tus.read_creation(request.headers)
    if wanted.join is not None:
        return await _join(site, owner, wanted)
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    offset = tus.read_offset({**request.headers, "upload-offset": "0"}) if has_body else None
    upload = await site.resumables.begin(owner, wanted.length, wanted.words, said=wanted.said, part=wanted.part)
    if offset is not None:
        async with upload.visits.visit() as visit:
            try:
                await _grow(request, site, upload, visit)
            except BaseException:
                await site.resumables.give_up(upload)
                raise
    return Response(status_code=HTTPStatus.CREATED, headers=_headers(upload) | _location(upload))


@router.head(
    "/uploads/{name}",
    summary="How far an upload is",
    response_class=Response,
    responses=openapi.problems(403, 404, 410, 412, 415, 422, 423, 507),
)
@_speaks_tus
async def tell_offset(request: Request, name: str, site: TheSite, caller: TheCaller) -> Response:  # noqa: ARG001 - as with `end`
    """How many bytes have come. Where all have, the photo is taken in if it was not."""
    async with _visit(site, caller, name) as (upload, _):
        await _take_in_if_whole(site, upload)
        return Response(status_code=HTTPStatus.OK, headers=_headers(upload) | _about(upload))


@router.patch(
    "/uploads/{name}",
    summary="Send the next bytes",
    status_code=204,
    response_class=Response,
    responses=openapi.problems(400, 403, 404, 409, 410, 412, 413, 415, 422, 423, 460, 507),
    openapi_extra=openapi.RESUMABLE_PIECE,
)
@_speaks_tus
async def send_piece(request: Request, name: str, site: TheSite, caller: TheCaller) -> Response:
    """The next bytes, from `Upload-Offset` on. With the last, `Mediascream-Photo-Id` says which photo they are."""
    _refuse_encoded(request)
    offset = tus.read_offset(request.headers)
    async with _visit(site, caller, name) as (upload, visit):
        if upload.sheet.joined:
            raise UploadJoined("This upload was made of finished parts; nothing can be added to it.")
        if offset != upload.offset:
            raise OffsetConflict(f"The upload goes on at byte {upload.offset}, not at {offset}.")
        await _grow(request, site, upload, visit)
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=_headers(upload))


@router.delete(
    "/uploads/{name}",
    summary="End an upload",
    status_code=204,
    response_class=Response,
    responses=openapi.problems(403, 404, 410, 412, 423),
)
@_speaks_tus
async def end(request: Request, name: str, site: TheSite, caller: TheCaller) -> Response:  # noqa: ARG001 - held to the protocol by it
    """Keep nothing of an upload. What is a photo by now stays one."""
    async with _visit(site, caller, name) as (upload, _):
        await site.resumables.end(upload)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/uploads/{name}", include_in_schema=False)
async def by_another_name(request: Request, name: str, site: TheSite, caller: TheCaller) -> Response:
    """Clients that can only POST say in a header what they mean (`X-HTTP-Method-Override` of tus)."""
    routes: dict[str, Callable[..., Awaitable[Response]]] = {"PATCH": send_piece, "DELETE": end, "HEAD": tell_offset}
    route = routes.get(request.headers.get("x-http-method-override", "").upper())
    if route is None:
        return error_response(HeaderInvalid("POST to an upload needs X-HTTP-Method-Override: PATCH, DELETE or HEAD."))
    return await route(request, name=name, site=site, caller=caller)


async def look_after(site: Site) -> None:
    """Every hour, let go of what nobody comes back for; here, since the spool belongs to the server alone."""
    while True:
        try:
            await site.resumables.look_after(datetime.now(UTC).date().isoformat())
        except (MediascreamError, OSError):
            _log.exception("unfinished uploads could not be looked after; that is done again in an hour")
        await asyncio.sleep(EVERY_S)


async def _grow(request: Request, site: Site, upload: Resumable, visit: Visit) -> None:
    checksum = tus.read_checksum(request.headers)
    length = tus.read_number(request.headers, "upload-length")
    if length is not None and length != upload.sheet.length:
        await site.resumables.declare(upload, length)
    declared = tus.read_number(request.headers, "content-length") or 0
    limit = site.resumables.limit_bytes if upload.sheet.length is None else upload.sheet.length
    if upload.offset + declared > limit:
        raise UploadTooLarge(f"With these {declared} bytes it would have more than the {limit} that it may have.")
    if not upload.sheet.settled:
        site.spool.require_room(declared)
        await site.resumables.grow(upload, _body(request, visit), checksum)
        await _take_in_if_whole(site, upload)


def _body(request: Request, visit: Visit) -> AsyncIterator[bytes]:
    async def receive() -> Message:
        return await visit.read(request.receive)

    return chunks(receive)


async def _take_in_if_whole(site: Site, upload: Resumable) -> None:
    if upload.whole and not upload.sheet.part:
        site.meters.accepted([await site.resumables.take_in(upload)])


async def _join(site: Site, owner: str, wanted: tus.Creation) -> Response:
    upload, accepted = await site.resumables.join(owner, wanted.join or (), wanted.words, said=wanted.said)
    site.meters.accepted([accepted] if accepted else [])
    return Response(status_code=HTTPStatus.CREATED, headers=_headers(upload) | _location(upload))


@contextlib.asynccontextmanager
async def _visit(site: Site, caller: Caller | None, name: str) -> AsyncIterator[tuple[Resumable, Visit]]:
    if NAME.fullmatch(name) is None:
        raise ResumableUnknown("There is no such upload here.")
    upload = site.resumables.find(name, _owner(caller))
    async with upload.visits.visit() as visit:
        yield site.resumables.find(name, _owner(caller)), visit  # asked again: it may have ended meanwhile


def _owner(caller: Caller | None) -> str:
    return key_of(caller.token) if caller else ""


def _location(upload: Resumable) -> dict[str, str]:
    return {"Location": f"/uploads/{upload.sheet.name}"}


def _headers(upload: Resumable) -> dict[str, str]:
    """What every answer about an upload says."""
    headers = {"Upload-Offset": str(upload.offset)}
    sheet = upload.sheet
    if sheet.photo_id is not None:
        headers["Mediascream-Photo-Id"] = sheet.photo_id
        headers["Mediascream-Duplicate"] = str(sheet.duplicate).lower()
    elif not sheet.settled:
        left = timedelta(days=DAYS_KEPT - sheet.idle_days)
        headers["Upload-Expires"] = tus.write_moment(datetime.now(UTC) + left)
    return headers


def _about(upload: Resumable) -> dict[str, str]:
    """What only HEAD says."""
    sheet = upload.sheet
    headers = {"Upload-Defer-Length": "1"} if sheet.length is None else {"Upload-Length": str(sheet.length)}
    if sheet.said:
        headers["Upload-Metadata"] = sheet.said
    if sheet.part:
        headers["Upload-Concat"] = "partial"
    elif sheet.joined:
        headers["Upload-Concat"] = "final;" + " ".join(f"/uploads/{name}" for name in sheet.joined)
    return headers


def _refuse_encoded(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise FieldInvalid("Send the bytes as they are, without a Content-Encoding.")
