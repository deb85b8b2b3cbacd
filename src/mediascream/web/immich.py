"""A small part of Immich's API, so that its command line client and immich-go can send photos here.

Off unless `IMMICH_API` is true. It is for sending: nothing here shows a photo, changes one or deletes one. An id is
ours, a SHA-256, where Immich would give a UUID; both programs only hand it on. A photo in the trash is no duplicate
to them, and its upload is refused: `immich upload --delete` must not take it for safe. Nor is one whose bytes were lost
here: they are taken again.

Source, read 2026-11-24: the requests of @immich/cli 3.2.2, and those of immich-go 0.31 (immich/*.go).
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mediascream.delivery.originals import lacks_bytes
from mediascream.errors import ConflictingState
from mediascream.intake.accept import Accepted
from mediascream.intake.form import FormDecoder
from mediascream.intake.receive import Landing
from mediascream.intake.values import SenderValues, Texts, read_values
from mediascream.library import reading
from mediascream.library.digests import by_sha1, count_by_kind
from mediascream.library.records import Outcome
from mediascream.media_types import ENDINGS
from mediascream.photo import Kind, PhotoId
from mediascream.processing.xmp import DC, Xmp
from mediascream.web.access import Caller, Right
from mediascream.web.sight import may_see
from mediascream.web.site import Site, TheCaller, TheSite, sender_of
from mediascream.web.uploads import accept, read_form, refuse_encoded

VERSION: Final = (2, 7, 5)
"""The Immich that is spoken like; clients ask whether it is new enough for them."""
FAVOURITE: Final = "favourite"
"""The tag of what Immich calls a favourite."""

_ASIDES: Final = frozenset({"sidecarData"})
_CREATED: Final = "2026-01-01T00:00:00.000Z"
_HEX: Final = re.compile(r"[0-9a-f]{40}")


async def require_switched_on(site: TheSite) -> None:
    """Answer as if there were nothing here, where the owner did not ask for it."""
    if not site.hub.settings.immich_api:
        raise HTTPException(404, "There is nothing here. (The API of Immich is off; IMMICH_API: true switches it on.)")


router = APIRouter(include_in_schema=False, dependencies=[Depends(require_switched_on)])


class Asset(BaseModel):
    """A file whose name and SHA-1 a client tells before it sends it."""

    id: Annotated[str, Field(max_length=4096)]
    checksum: Annotated[str, Field(max_length=64)]


class Question(BaseModel):
    """Of many files, which to send."""

    assets: Annotated[list[Asset], Field(max_length=5000)]


@router.get("/.well-known/immich")
async def well_known() -> dict[str, Any]:
    """Where the API is."""
    return {"api": {"endpoint": "/api"}}


@router.get("/api/server/ping")
async def ping() -> dict[str, str]:
    """Whether anybody is there."""
    return {"res": "pong"}


@router.get("/api/server/version")
async def version() -> dict[str, Any]:
    """The Immich that is spoken like."""
    return {**dict(zip(("major", "minor", "patch"), VERSION, strict=True)), "prerelease": None}


@router.get("/api/server/about")
async def about() -> dict[str, Any]:
    """The same in words."""
    written = "v" + ".".join(map(str, VERSION))
    return {"version": written, "versionUrl": "", "licensed": False, "build": "mediascream"}


@router.get("/api/server/media-types")
async def media_types() -> dict[str, list[str]]:
    """The endings of what is kept. The bytes have the last word."""
    return {
        "image": [f".{ending}" for ending in ENDINGS[Kind.PHOTO].split()],
        "video": [f".{ending}" for ending in ENDINGS[Kind.VIDEO].split()],
        "sidecar": [".xmp"],
    }


@router.get("/api/users/me")
async def me(caller: TheCaller) -> dict[str, Any]:
    """Who calls."""
    name = caller.name if caller is not None else ""
    return {
        "id": "00000000-0000-4000-8000-000000000000",
        "name": name,
        "email": f"{re.sub('[^A-Za-z0-9._-]', '-', name)}@mediascream.invalid",
        "isAdmin": False,
        "createdAt": _CREATED,
        "updatedAt": _CREATED,
        "quotaSizeInBytes": None,
        "quotaUsageInBytes": 0,
        "status": "active",
    }


@router.get("/api/api-keys/me")
async def my_key(caller: TheCaller) -> dict[str, Any]:
    """What the key may do: all that can be done here."""
    name = caller.name if caller is not None else ""
    dates = {"createdAt": _CREATED, "updatedAt": _CREATED}
    return {"id": "00000000-0000-4000-8000-000000000001", "name": name, "permissions": ["all"], **dates}


@router.get("/api/assets/statistics")
async def statistics(site: TheSite, caller: TheCaller) -> dict[str, int]:
    """How many photos and videos there are, to who may know."""
    counts = await site.read(count_by_kind) if caller is not None and caller.may(Right.READ) else {}
    images, videos = counts.get(Kind.PHOTO, 0), counts.get(Kind.VIDEO, 0)
    return {"images": images, "videos": videos, "total": images + videos}


@router.post("/api/search/metadata")
async def search(_asked: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
    """Nothing is found: immich-go looks for what is here already, and hears it of each file by its checksum."""
    nothing: dict[str, Any] = {"total": 0, "count": 0, "items": [], "facets": [], "nextPage": None}
    return {"assets": nothing, "albums": nothing}


@router.post("/api/assets/bulk-upload-check")
async def check(asked: Question, site: TheSite) -> dict[str, Any]:
    """Which of these files are here already."""
    digests = [digest_of(asset.checksum) for asset in asked.assets]
    kept = await site.read(lambda connection: _kept(connection, [one for one in digests if one]))
    return {"results": list(_verdicts(asked.assets, digests, kept))}


@router.post("/api/assets")
async def send(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """One photo or video, with what its client says of it."""
    duplicate = await _known_by_checksum(request, site, caller)
    if duplicate is not None:
        return JSONResponse({"id": duplicate, "status": "duplicate"})
    refuse_encoded(request)
    decoder = FormDecoder(request.headers.get("content-type", ""), file_field="assetData", asides=_ASIDES)
    async with Landing(site.spool, limit_bytes=site.hub.settings.max_upload_bytes, sender=sender_of(caller)) as landing:
        await read_form(request, decoder, landing)
        accepted = await accept(site, caller, landing, values_of(decoder.close()))
    return _answer(accepted[0])


async def _known_by_checksum(request: Request, site: Site, caller: Caller | None) -> PhotoId | None:
    """The photo that the client names before it sends it, where it is kept here, and the caller's to see."""
    digest = digest_of(request.headers.get("x-immich-checksum", ""))

    def look(connection: sa.Connection) -> PhotoId | None:
        found = _kept(connection, [digest or ""]).get(digest or "")
        return found if found and may_see(connection, caller, found) else None

    return await site.read(look) if digest else None


def _kept(connection: sa.Connection, digests: Sequence[str]) -> dict[str, PhotoId]:
    """The photos with these SHA-1s that a client may delete its own file of: not in the trash, and their bytes not lost."""
    known = {digest: one for digest, one in by_sha1(connection, digests).items() if not one.deleted}
    doubtful = reading.get_many(connection, [one.id for one in known.values() if not one.archived])
    lost = {photo.id for photo in doubtful if lacks_bytes(photo)}
    return {digest: one.id for digest, one in known.items() if one.id not in lost}


def _answer(accepted: Accepted) -> Response:
    photo = accepted.photo
    if accepted.outcome is Outcome.DELETED:
        raise ConflictingState(f"{photo.file_name} was deleted here; restore it from the trash, or leave it out.")
    new = accepted.outcome is Outcome.NEW
    return JSONResponse({"id": photo.id, "status": "created" if new else "duplicate"}, 201 if new else 200)


def digest_of(checksum: str) -> str | None:
    """A SHA-1 in hex, from hex or base64; None where it is none."""
    if _HEX.fullmatch(checksum.lower()):
        return checksum.lower()
    try:
        decoded = base64.b64decode(checksum, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded.hex() if len(decoded) == 20 else None  # noqa: PLR2004 - the length of a SHA-1


def values_of(texts: Texts) -> SenderValues:
    """What an Immich client says of a file, in our words.

    `fileCreatedAt` is the file's own time with one client and the time of the photo with the other; where it is not
    that of the last change, it is taken for the time of the photo.
    """
    created, modified = _first(texts, "fileCreatedAt"), _first(texts, "fileModifiedAt")
    notes = Xmp(sidecar.encode() if (sidecar := _first(texts, "sidecarData")) else None)
    tags = [*notes.list(f"{DC}subject"), *([FAVOURITE] if _first(texts, "isFavorite").lower() == "true" else [])]
    said: dict[str, Sequence[str]] = {
        "modified_at": [modified] if modified else [],
        "taken_at": [created] if created and created != modified else [],
        "tags": [" ".join(tag[:100].replace(",", " ").split()) for tag in tags],
        "description": [text] if (text := notes.text(f"{DC}description")) else [],
    }
    return read_values({name: values for name, values in said.items() if values})


def _first(texts: Texts, name: str) -> str:
    return next(iter(texts.get(name, ())), "")


def _verdicts(
    assets: Sequence[Asset], digests: Sequence[str | None], kept: dict[str, PhotoId]
) -> Iterable[dict[str, Any]]:
    for asset, digest in zip(assets, digests, strict=True):
        found = kept.get(digest) if digest else None
        if found is None:
            yield {"id": asset.id, "action": "accept"}
        else:
            yield {
                "id": asset.id,
                "action": "reject",
                "reason": "duplicate",
                "assetId": found,
                "isTrashed": False,
            }
