"""The bytes of photos: originals and renditions, singly or as one zip."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from mediascream import wire
from mediascream.archive.keys import Rendition, rendition_key
from mediascream.errors import NoRendition, NotInArchive, PhotoUnknown
from mediascream.library import reading
from mediascream.library.reading import Named
from mediascream.photo import PhotoId
from mediascream.web import openapi
from mediascream.web.bytes import ChunkResponse, Resource, answer_bytes, answer_stream
from mediascream.web.photos import ThePhoto, require
from mediascream.web.recheck import read_original
from mediascream.web.site import Site, TheSite
from mediascream.web.zips import name_entries, zip_chunks

router = APIRouter(tags=["Bytes"])

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The bytes", "content": {"*/*": {"schema": {"contentMediaType": "application/octet-stream"}}}},
    206: {"description": "A part of the bytes"},
    304: {"description": "Not changed"},
    **openapi.problems(403, 404, 416, 422, 503),
}
_MEDIA_TYPES: Final = {Rendition.THUMB: "image/webp", Rendition.PREVIEW: "image/jpeg"}

Download = Annotated[str | None, Query(description="Given: offered as a file instead of shown")]


@router.head("/photos/{id}/original", include_in_schema=False)
@router.get("/photos/{id}/original", summary="The bytes that were sent", response_class=Response, responses=_ANSWERS)
async def original(photo_id: ThePhoto, request: Request, site: TheSite, download: Download = None) -> Response:
    """From the spool or from the archive, whole or a range of them."""
    photo = await site.read(lambda connection: require(connection, photo_id))
    resource = Resource(photo.id, photo.media_type, photo.size_bytes, photo.file_name)

    def open_at(start: int, end: int) -> Iterator[bytes]:
        return read_original(site.hub, photo, start=start, end=end)

    return await answer_stream(request, resource, open_at, site.streams, download=download is not None)


@router.head("/photos/{id}/thumbnail", include_in_schema=False)
@router.get("/photos/{id}/thumbnail", summary="A small picture", response_class=Response, responses=_ANSWERS)
async def thumbnail(photo_id: ThePhoto, request: Request, site: TheSite) -> Response:
    """WebP, made once; 404 with the code `no-rendition` until it is there, or where there will be none."""
    return await _rendition(photo_id, request, site, Rendition.THUMB)


@router.head("/photos/{id}/preview", include_in_schema=False)
@router.get("/photos/{id}/preview", summary="A picture to fill the screen", response_class=Response, responses=_ANSWERS)
async def preview(photo_id: ThePhoto, request: Request, site: TheSite) -> Response:
    """JPEG, made once; of a video, its poster."""
    return await _rendition(photo_id, request, site, Rendition.PREVIEW)


@router.post(
    "/photos/zip",
    summary="Many originals as one zip",
    response_class=Response,
    responses={200: {"description": "The zip", "content": {"application/zip": {}}}, **openapi.problems(403, 404, 422)},
)
async def zipped(wanted: wire.ZipRequest, site: TheSite) -> Response:
    """Streamed; its length is told before, and nothing is stored on the way."""
    photos = await site.read(lambda connection: _all_named(connection, list(dict.fromkeys(wanted.ids))))
    stream = zip_chunks(name_entries(photos), lambda photo_id: _read_whole(site, photo_id))
    headers = {
        "Content-Type": "application/zip",
        "Content-Length": str(len(stream)),
        "Content-Disposition": 'attachment; filename="photos.zip"',
        "Cache-Control": "no-store",
    }
    return ChunkResponse(b"", iter(stream), site.streams, status_code=200, headers=headers)


async def _rendition(photo_id: PhotoId, request: Request, site: Site, rendition: Rendition) -> Response:
    name, content = await site.readers.run(_read_rendition, site, photo_id, rendition)
    media_type = _MEDIA_TYPES[rendition]
    resource = Resource(f"{photo_id}-{rendition.name.lower()}", media_type, len(content), name)
    return answer_bytes(request, resource, content)


def _read_rendition(site: Site, photo_id: PhotoId, rendition: Rendition) -> tuple[str, bytes]:
    with site.hub.database.reading() as connection:
        found = next(iter(reading.named(connection, [photo_id])), None)
    if found is None:
        raise PhotoUnknown(f"No photo has the id {photo_id}.")
    name = f"{PurePath(found.file_name).stem}.{rendition.value.rsplit('.', 1)[1]}"
    key = rendition_key(photo_id, rendition)
    try:
        return name, (site.hub.settings.data_folder / key).read_bytes()
    except FileNotFoundError:
        _require_preview(found)
    try:
        return name, site.hub.archive.read_document(key)
    except NotInArchive:
        site.hub.work.render_again(photo_id)
        raise NoRendition(f"The {rendition.name.lower()} of {found.file_name} was lost and is made again.") from None


def _require_preview(photo: Named) -> None:
    if photo.preview is None:
        raise NoRendition(f"There is no picture of {photo.file_name} yet.")
    if photo.preview == "none":
        raise NoRendition(f"There is no preview of {photo.file_name}: {photo.preview_problem or 'it cannot be read'}.")


def _all_named(connection: sa.Connection, ids: list[PhotoId]) -> list[Named]:
    found: dict[PhotoId, Named] = {}
    for start in range(0, len(ids), 500):
        found |= {one.id: one for one in reading.named(connection, ids[start : start + 500])}
    unknown = [one for one in ids if one not in found]
    if unknown:
        raise PhotoUnknown(
            f"No photo has the id {unknown[0]}" + (f", nor {len(unknown) - 1} others." if unknown[1:] else ".")
        )
    return [found[one] for one in ids]


def _read_whole(site: Site, photo_id: PhotoId) -> Iterator[bytes]:
    with site.hub.database.reading() as connection:
        photo = require(connection, photo_id)
    return read_original(site.hub, photo)
