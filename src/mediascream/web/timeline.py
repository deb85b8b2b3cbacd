"""Months, and the tiles of one month."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from mediascream import wire
from mediascream.library import timeline
from mediascream.web import openapi
from mediascream.web.packing import packed, takes_gzip
from mediascream.web.shapes import tiles
from mediascream.web.site import TheSite, site_of

router = APIRouter(tags=["Timeline"])

TheMonth = Annotated[str, Path(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2026-11"])]


@router.get("/timeline", summary="Every month that has photos", responses=openapi.problems(403))
async def months(site: TheSite) -> wire.TimelineMonths:
    """Newest first, by the wall clock of the places."""
    found = await site.read(timeline.months)
    return wire.TimelineMonths(months=tuple(wire.MonthCount(month=month, count=count) for month, count in found))


@router.get(
    "/timeline/{month}",
    summary="The photos of a month, in columns",
    response_model=wire.TimelineMonth,
    responses=openapi.problems(403, 422),
)
async def month(month: TheMonth, site: TheSite, request: Request, cursor: str | None = None) -> Response:
    """Columns of equal length, newest first; a long month comes in parts."""
    small = takes_gzip(request)
    return await site.read(lambda connection: packed(tiles(timeline.tiles(connection, month, cursor)), small=small))


async def asked_for_first(request: Request) -> list[str]:
    """The paths that the page of all photos asks for before it shows any."""
    site = await site_of(request)
    newest = await site.read(timeline.newest_month)
    return ["/timeline", *([] if newest is None else [f"/timeline/{newest}"])]
