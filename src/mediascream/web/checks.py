"""What audits, drills and people's own checks found."""

from typing import Annotated

from fastapi import APIRouter, Query

from mediascream import wire
from mediascream.library import check_log
from mediascream.library.checks import Result
from mediascream.web import openapi
from mediascream.web.shapes import check
from mediascream.web.site import TheSite

router = APIRouter(tags=["Deliveries"])


@router.get("/checks", summary="List what checks of copies found, newest first", responses=openapi.problems(403, 422))
async def list_checks(
    site: TheSite,
    destination: wire.KnownDestination | None = None,
    result: Result | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: str | None = None,
) -> wire.ChecksPage:
    """What was wrong stays in the list for ever; of what was well, the last 100,000 checks."""
    page = await site.read(
        lambda connection: check_log.page(
            connection, destination=destination, result=result, limit=limit, cursor=cursor
        )
    )
    return wire.ChecksPage(checks=tuple(check(one) for one in page.items), next=page.next)
