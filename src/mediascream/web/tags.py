"""The tags there are, for completing what somebody types."""

from typing import Annotated

from fastapi import APIRouter, Query

from mediascream import wire
from mediascream.library.tagging import most_used
from mediascream.photo import LONGEST_TAG
from mediascream.web import openapi
from mediascream.web.site import TheSite

OFFERED: int = 20
MOST: int = 200

router = APIRouter(tags=["Photos"])


@router.get("/tags", summary="Tags that begin so, most used first", responses=openapi.problems(403, 422))
async def list_tags(
    site: TheSite,
    prefix: Annotated[str, Query(max_length=LONGEST_TAG, description="In any spelling; without it, all tags")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = OFFERED,
) -> wire.TagsAnswer:
    """For completion: how often a tag is used is counted up to 1000 photos."""
    found = await site.read(lambda connection: most_used(connection, prefix, limit))
    return wire.TagsAnswer(tags=tuple(wire.TagCount(name=name, count=count) for name, count in found))
