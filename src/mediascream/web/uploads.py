"""Photos come in: `POST /photos/` as a form, `PUT /photos/{id}` as bytes whose digest the sender knows.

    body → FormDecoder → Landing (spool) → Acceptance (row, deliveries, job) → answer

All files of a request are kept, or none. The answer goes out when bytes and rows are on disk for good.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from mediascream import wire
from mediascream.delivery.originals import lacks_bytes
from mediascream.errors import FieldInvalid, UploadTooLarge
from mediascream.intake.accept import Accepted, new_photo
from mediascream.intake.form import FileBegins, FormDecoder
from mediascream.intake.names import display_name
from mediascream.intake.receive import IncomingFile, Landing
from mediascream.intake.values import SenderValues, Texts, read_values
from mediascream.library import reading
from mediascream.library.records import Outcome, PhotoRecord
from mediascream.library.senders import note_sent
from mediascream.photo import PhotoId, PhotoState
from mediascream.web import openapi
from mediascream.web.access import Caller, Right
from mediascream.web.bodies import chunks
from mediascream.web.shapes import glimpse, whole_photo
from mediascream.web.sight import may_see
from mediascream.web.site import Site, TheCaller, TheSite, sender_of

LOOK_AT_BYTES: Final = 64 * 1024 * 1024
"""How much is read behind a file that cannot be kept, to name the other bad ones in the same answer."""

router = APIRouter(tags=["Upload"])


@router.post("/photos", include_in_schema=False)
@router.post(
    "/photos/",
    summary="Send photos",
    status_code=201,
    response_model=wire.PhotosAnswer,
    responses=openapi.problems(400, 403, 413, 415, 422, 507)
    | {200: {"model": wire.PhotosAnswer, "description": "All were known already"}},
    openapi_extra=openapi.FORM,
)
async def send_photos(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """Send one or more photos or videos as a form. The fields hold for all files, wherever they stand."""
    refuse_encoded(request)
    decoder = FormDecoder(request.headers.get("content-type", ""))
    site.spool.require_room(_declared_bytes(request))
    async with Landing(site.spool, limit_bytes=site.hub.settings.max_upload_bytes, sender=sender_of(caller)) as landing:
        await read_form(request, decoder, landing)
        values = read_values(decoder.close())
        return _answer_accepted(caller, await accept(site, caller, landing, values))


@router.put(
    "/photos/{id}",
    summary="Send one photo whose digest is known",
    status_code=201,
    response_model=wire.PhotosAnswer,
    responses=openapi.problems(400, 403, 413, 415, 422, 507)
    | {200: {"model": wire.PhotosAnswer, "description": "Known already; the body was not needed"}},
    openapi_extra=openapi.BODY,
)
async def put_photo(
    request: Request, site: TheSite, caller: TheCaller, photo_id: Annotated[wire.Id, Path(alias="id")]
) -> Response:
    """Send one photo. One that is known already is answered without reading its body, and stays as it is.

    Of one whose bytes were lost or damaged here the body is read, and takes their place.
    Who may see only what they sent has to send the bytes all the same: an id alone proves nothing.
    """
    refuse_encoded(request)
    texts = _query(request)
    values = read_values(texts)
    known = await site.read(lambda connection: _known(connection, caller, photo_id))
    if known is not None and not (values.restore and known.state is PhotoState.DELETED) and not lacks_bytes(known):
        return _answer(caller, HTTPStatus.OK, [(known, True)])
    limit_bytes = site.hub.settings.max_upload_bytes
    declared = _declared_bytes(request)
    if declared > limit_bytes:
        raise UploadTooLarge(f"A file may have {limit_bytes} bytes, not {declared}.")
    site.spool.require_room(declared)
    async with Landing(site.spool, limit_bytes=limit_bytes, sender=sender_of(caller)) as landing:
        file = await landing.begin(display_name("".join(texts.get("file_name", [])[:1])))
        async for chunk in chunks(request.receive):
            await file.write(memoryview(chunk))
            landing.refuse()
        return _answer_accepted(caller, await accept(site, caller, landing, values, expected=photo_id))


async def read_form(request: Request, decoder: FormDecoder, landing: Landing) -> None:
    """Lead the files of a form into the landing; past a bad one, only as far as is worth it."""
    file: IncomingFile | None = None
    left = LOOK_AT_BYTES
    async for chunk in chunks(request.receive):
        for event in decoder.feed(chunk):
            match event:
                case FileBegins(name):
                    file = await landing.begin(name)
                case memoryview() if file is not None:
                    await file.write(event)
        if landing.refused:
            left -= len(chunk)
            if left < 0:
                landing.refuse()
    landing.end()


def _known(connection: sa.Connection, caller: Caller | None, photo_id: PhotoId) -> PhotoRecord | None:
    """The photo, where it is there and the caller may know it."""
    return reading.get(connection, photo_id) if may_see(connection, caller, photo_id) else None


async def accept(
    site: Site, caller: Caller | None, landing: Landing, values: SenderValues, *, expected: PhotoId | None = None
) -> list[Accepted]:
    """Make what has landed photos, for good, and keep in mind who sent them."""
    received = await landing.settle(expected=expected)
    new = [new_photo(one, values, now=datetime.now(UTC)) for one in received]

    def write(connection: sa.Connection) -> list[Accepted]:
        known = None if expected is None or values.restore else reading.get(connection, expected)
        if known is not None and not lacks_bytes(known):
            accepted = [Accepted(known, Outcome.DUPLICATE)]  # by its id, known already: nothing of it changes
        else:
            accepted = site.hub.acceptance.accept(connection, new, restore=values.restore)
        note_sent(connection, caller.token if caller is not None else None, (one.photo.number for one in accepted))
        return accepted

    accepted = await asyncio.shield(site.hub.database.write_async(write))
    if all(one.outcome is Outcome.NEW for one in accepted):
        landing.keep()
    site.meters.accepted(accepted)
    return accepted


def _answer_accepted(caller: Caller | None, accepted: Sequence[Accepted]) -> Response:
    return _answer(caller, _status(accepted), [(one.photo, one.outcome is not Outcome.NEW) for one in accepted])


def _status(accepted: Sequence[Accepted]) -> HTTPStatus:
    new = any(one.outcome is Outcome.NEW for one in accepted)
    return HTTPStatus.CREATED if new else HTTPStatus.OK


def _answer(caller: Caller | None, status: HTTPStatus, photos: Sequence[tuple[PhotoRecord, bool]]) -> Response:
    show = whole_photo if caller is not None and caller.may(Right.READ) else glimpse
    shown = wire.PhotosAnswer(photos=tuple(show(photo, duplicate=duplicate) for photo, duplicate in photos))
    location = {"Location": f"/photos/{photos[0][0].id}"} if status is HTTPStatus.CREATED else {}
    return Response(shown.model_dump_json(), status, location, media_type="application/json")


def _query(request: Request) -> Texts:
    query = request.query_params
    return {name: query.getlist(name) for name in query}


def _declared_bytes(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isdecimal() else 0


def refuse_encoded(request: Request) -> None:
    """Refuse bytes that would have to be unpacked first.

    Raises:
        FieldInvalid: They would.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise FieldInvalid("Send the bytes as they are, without a Content-Encoding.")
