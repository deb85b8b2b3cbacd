"""How the server is: health for whoever watches it, numbers for Prometheus, events for its pages."""

import shutil
from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from mediascream import wire
from mediascream.errors import DiskFull
from mediascream.folders import Room
from mediascream.library import reading, standing
from mediascream.library.checks import AUDIT_FACT
from mediascream.library.facts import get_fact
from mediascream.library.records import PhotoRecord
from mediascream.photo import DestinationName
from mediascream.recovery.drill import last_drill
from mediascream.web import meters, openapi
from mediascream.web.deliveries import read_destinations, read_quotas
from mediascream.web.events import in_parts
from mediascream.web.shapes import whole_photo
from mediascream.web.site import Site, TheCaller, TheSite

router = APIRouter(tags=["Server"])

_DOWN: Final[dict[int | str, dict[str, Any]]] = {503: {"model": wire.Health, "description": "No upload can be taken"}}


@router.get("/health", summary="Whether uploads can be taken", response_model=wire.Health, responses=_DOWN)
async def health(site: TheSite, caller: TheCaller) -> Response:
    """Open to all; the reasons are told to those who may read."""
    found = await site.readers.run(examine, site)
    shown = found if caller is not None else wire.Health(status=found.status)
    status = 503 if found.status == "down" else 200
    untold = {name for name in ("last_audit", "last_drill", "rooms") if getattr(shown, name) is None}
    return Response(
        shown.model_dump_json(exclude=untold), status, {"Cache-Control": "no-store"}, media_type="application/json"
    )


@router.get("/metrics", summary="Numbers for Prometheus", response_class=Response, responses=openapi.problems(403))
async def metrics(site: TheSite) -> Response:
    """In its text format."""
    return Response(await site.readers.run(_metrics, site), media_type=meters.MEDIA_TYPE)


@router.get(
    "/events", summary="What changes, as it changes", response_class=Response, responses=openapi.problems(403, 429)
)
async def events(site: TheSite, caller: TheCaller) -> Response:
    """Server-sent events `photo` and `destination`, each with the changed object as its data."""
    who = "" if caller is None else f"{caller.token} {caller.session}"
    site.bus.check_room(who)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(site.bus.listen(who), headers=headers, media_type="text/event-stream")


def examine(site: Site) -> wire.Health:
    """How the server is, with all reasons."""
    try:
        site.spool.require_room(1)
        with site.hub.database.reading() as connection:
            reasons = [reason for name in site.hub.archives for reason in _trouble(connection, name)]
            reasons += [reason for name in site.hub.services for reason in _trouble(connection, name)]
            audit, drill = get_fact(connection, AUDIT_FACT), last_drill(connection)
    except DiskFull as error:
        return wire.Health(status="down", reasons=(wire.HealthReason(code=error.code, detail=error.detail),))
    except sa.exc.SQLAlchemyError as error:
        return wire.Health(status="down", reasons=(wire.HealthReason(code="database", detail=str(error)),))
    rooms = site.hub.rooms()
    reasons += [_little(room) for room in rooms if room.is_short()]
    return wire.Health(
        status="degraded" if reasons else "ok",
        reasons=tuple(reasons),
        rooms=tuple(
            wire.Room(what=room.what, free=room.free, total=room.total, little=room.is_short()) for room in rooms
        ),
        last_audit=None if audit is None else wire.LastProof.model_validate(audit),
        last_drill=None if drill is None else wire.LastProof(at=drill.at, good=drill.good, detail=drill.detail),
    )


async def tell_changes(site: Site) -> None:
    """Tell all listeners what changes, for ever."""
    told: dict[DestinationName, wire.Destination] = {}
    while True:
        for numbers in in_parts(await site.bus.changed()):
            for photo in await site.readers.run(_read_numbers, site, numbers):
                site.bus.publish("photo", whole_photo(photo))
        for destination in await site.read(read_destinations(site.hub)):
            if told.get(destination.name) != destination:
                told[destination.name] = destination
                site.bus.publish("destination", destination)


def _read_numbers(site: Site, numbers: list[int]) -> list[PhotoRecord]:
    with site.hub.database.reading() as connection:
        return reading.get_by_numbers(connection, numbers)


def _trouble(connection: sa.Connection, name: DestinationName) -> list[wire.HealthReason]:
    stands = standing.standing(connection, name)
    if stands.trouble is None:
        return []
    return [wire.HealthReason(code=stands.code or stands.trouble, destination=name, detail=stands.detail)]


def _little(room: Room) -> wire.HealthReason:
    detail = f"{room.what}: {room}; when it is full, uploads are refused"
    return wire.HealthReason(code="little-room", detail=detail)


def _metrics(site: Site) -> bytes:
    with site.hub.database.reading() as connection:
        photos, deliveries = standing.photo_counts(connection), standing.counts(connection)
    free_bytes = shutil.disk_usage(site.spool.folder).free
    quotas = read_quotas(site.hub)
    return site.meters.page(photos=photos, deliveries=deliveries, quotas=quotas, free_bytes=free_bytes)
