"""Photos as they are kept: lists, single ones, changes, the trash."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Body, Path, Query

from mediascream import wire
from mediascream.delivery import hand
from mediascream.errors import ConflictingState, DeliveryUnknown, FieldInvalid, PhotoUnknown
from mediascream.intake.values import clean_tags
from mediascream.library import photos, reading
from mediascream.library.records import Edit, PhotoQuery, PhotoRecord
from mediascream.library.senders import names_of_senders
from mediascream.photo import DestinationName, Kind, Location, PhotoId, PhotoState
from mediascream.web import openapi
from mediascream.web.access import Right
from mediascream.web.recheck import is_whole
from mediascream.web.shapes import glimpse, whole_photo
from mediascream.web.sight import may_see
from mediascream.web.site import Site, TheCaller, TheSite

PAGE: int = 100
MOST: int = 500

router = APIRouter(tags=["Photos"])

ThePhoto = Annotated[PhotoId, Path(alias="id", pattern="^[0-9a-f]{64}$", description="The SHA-256 of the file")]
Day = Annotated[wire.Day | None, Query(description="By the wall clock of the place: a day, or a day and time")]


@router.get("/photos", include_in_schema=False)
@router.get("/photos/", summary="List photos, newest taken first", responses=openapi.problems(403, 422))
async def list_photos(  # noqa: PLR0917 - each is a name in the query
    site: TheSite,
    limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
    tag: str | None = None,
    q: Annotated[str | None, Query(description="Words in file name, tags, camera, lens or description")] = None,
    taken_from: Annotated[Day, Query(alias="from")] = None,
    taken_to: Annotated[Day, Query(alias="to")] = None,
    state: PhotoState | None = None,
    kind: Kind | None = None,
    missing: Annotated[wire.KnownDestination | None, Query(description="What this destination does not have")] = None,
) -> wire.PhotosPage:
    """A page costs the same at the end of a million photos as at the start."""
    query = PhotoQuery(
        limit=limit,
        cursor=cursor,
        tag=tag,
        text=q,
        taken_from=first_moment(taken_from),
        taken_until=moment_after(taken_to),
        state=state,
        kind=kind,
        missing=missing,
    )
    page = await site.read(lambda connection: reading.page(connection, query))
    return wire.PhotosPage(photos=tuple(whole_photo(photo) for photo in page.items), next=page.next)


@router.post("/photos/check", summary="Ask which photos are known", responses=openapi.problems(403, 422))
async def check_photos(asked: wire.CheckRequest, site: TheSite) -> wire.CheckAnswer:
    """Ask before sending. With `deep`, what is archived is read again first; a damaged copy does not count."""
    found = await site.read(lambda connection: reading.known(connection, asked.ids))
    damaged: set[str] = set()
    if asked.deep:
        damaged = await _damaged(site, [one for one, (_, archived) in found.items() if archived])
        found = await site.read(lambda connection: reading.known(connection, asked.ids))
    return wire.CheckAnswer(
        known={
            PhotoId(one): wire.Known(state=state, archived=archived and one not in damaged)
            for one, (state, archived) in found.items()
        },
        unknown=tuple(one for one in dict.fromkeys(asked.ids) if one not in found),
    )


@router.get(
    "/photos/{id}",
    summary="One photo",
    response_model=wire.Photo | wire.PhotoGlimpse,
    responses=openapi.problems(403, 404, 422),
)
async def get_photo(photo_id: ThePhoto, site: TheSite, caller: TheCaller) -> wire.PhotoGlimpse:
    """A photo with its receipts."""

    def look(connection: sa.Connection) -> tuple[PhotoRecord, tuple[str, ...]]:
        if not may_see(connection, caller, photo_id):
            raise _unknown(photo_id)
        photo = require(connection, photo_id)
        return photo, names_of_senders(connection, photo.number)

    photo, senders = await site.read(look)
    if caller is None or not caller.may(Right.READ):
        return glimpse(photo)
    return whole_photo(photo).model_copy(update={"sent_by": senders or None})


@router.patch("/photos/{id}", summary="Change what is said of a photo", responses=openapi.problems(403, 404, 422))
async def edit_photo(photo_id: ThePhoto, edit: wire.PhotoEdit, site: TheSite) -> wire.Photo:
    """What is absent stays; null empties."""
    wanted = Edit(changes_of(edit))
    return await _change(site, photo_id, lambda connection: photos.edit(connection, photo_id, wanted))


@router.delete("/photos/{id}", summary="Put a photo into the trash", responses=openapi.problems(403, 404))
async def trash_photo(photo_id: ThePhoto, site: TheSite) -> wire.Photo:
    """Its open deliveries are cancelled; nothing is removed from any service. Twice is as good as once."""
    return await _change(site, photo_id, lambda connection: photos.trash(connection, photo_id, datetime.now(UTC)))


@router.post("/photos/{id}/restore", summary="Take a photo out of the trash", responses=openapi.problems(403, 404, 409))
async def restore_photo(photo_id: ThePhoto, site: TheSite) -> wire.Photo:
    """Its cancelled deliveries begin again."""

    def act(connection: sa.Connection) -> PhotoRecord:
        photo = require(connection, photo_id)
        if photo.purged:
            raise ConflictingState("The bytes of this photo are gone; send it again with restore=true.")
        return photos.untrash(connection, photo_id, site.hub.plan(photo.skip))

    return await _change(site, photo_id, act)


TheDestination = Annotated[wire.DestinationBody, Body()]


@router.post("/photos/{id}/retry", summary="Try a delivery again", responses=openapi.problems(403, 404, 409))
async def retry_delivery(photo_id: ThePhoto, wanted: TheDestination, site: TheSite) -> wire.Photo:
    """At once, and from the first attempt; a skipped one too."""
    return await _by_hand(site, photo_id, wanted.destination, hand.retry)


@router.post("/photos/{id}/skip", summary="Give a delivery up", responses=openapi.problems(403, 404, 409))
async def skip_delivery(photo_id: ThePhoto, wanted: TheDestination, site: TheSite) -> wire.Photo:
    """By the owner's wish, which only a retry of this photo ends."""
    return await _by_hand(site, photo_id, wanted.destination, hand.skip)


def require(connection: sa.Connection, photo_id: PhotoId) -> PhotoRecord:
    """The photo.

    Raises:
        PhotoUnknown: There is none.
    """
    photo = reading.get(connection, photo_id)
    if photo is None:
        raise _unknown(photo_id)
    return photo


def _unknown(photo_id: PhotoId) -> PhotoUnknown:
    return PhotoUnknown(f"No photo has the id {photo_id}.")


def changes_of(edit: wire.PhotoEdit) -> dict[str, Any]:
    """The changes that a request names, as the library takes them."""
    changes: dict[str, Any] = {
        name: getattr(edit, name) for name in edit.model_fields_set & {"description", "taken_at"}
    }
    if "tags" in edit.model_fields_set:
        changes["tags"] = clean_tags(edit.tags or ())
    if "latitude" in edit.model_fields_set:
        place = (edit.latitude, edit.longitude)
        changes["location"] = None if place[0] is None or place[1] is None else Location(place[0], place[1])
    if "\0" in (changes.get("description") or ""):
        raise FieldInvalid("description: holds a NUL character")
    return changes


def first_moment(day: date | datetime | None) -> datetime | None:
    """The first moment of the wall clock that is meant."""
    if day is None or isinstance(day, datetime):
        return day and day.replace(tzinfo=None)
    return datetime.combine(day, time())


def moment_after(day: date | datetime | None) -> datetime | None:
    """The first moment of the wall clock that is no longer meant: of a day all is meant, of a time its second."""
    first = first_moment(day)
    if first is None or first > datetime.max - timedelta(days=1):  # noqa: DTZ901 - a wall clock has no zone
        return None
    return first + (timedelta(seconds=1) if isinstance(day, datetime) else timedelta(days=1))


async def _change(site: Site, photo_id: PhotoId, act: Callable[[sa.Connection], object]) -> wire.Photo:
    """Do something to a photo, put what follows from it on the list, and show the photo as it is then."""

    def change(connection: sa.Connection) -> PhotoRecord:
        act(connection)
        site.hub.work.follow(connection, require(connection, photo_id).number)
        return require(connection, photo_id)

    return whole_photo(await site.hub.database.write_async(change))


async def _by_hand(
    site: Site,
    photo_id: PhotoId,
    name: DestinationName,
    act: Callable[[sa.Connection, Any, PhotoId, DestinationName], None],
) -> wire.Photo:
    if name not in hand.known_destinations(tuple(site.hub.archives)):
        raise DeliveryUnknown(f"There is no destination {name} here.")
    return await _change(site, photo_id, lambda connection: act(connection, site.hub.work, photo_id, name))


async def _damaged(site: Site, ids: Sequence[str]) -> set[str]:
    """Those whose copies in the archive, read again, are not what was sent."""
    return {one for one in ids if not await site.streams.run(is_whole, site.hub, PhotoId(one))}
