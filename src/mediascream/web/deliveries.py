"""Deliveries across photos, and the destinations as a whole."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query

from mediascream import wire
from mediascream.delivery import hand
from mediascream.errors import DeliveryUnknown
from mediascream.hub import Hub
from mediascream.library import standing
from mediascream.library.accounts import get_account
from mediascream.photo import SERVICES, DeliveryState, DestinationName
from mediascream.web import openapi
from mediascream.web.shapes import delivery
from mediascream.web.site import Site, TheSite

router = APIRouter(tags=["Deliveries"])

TheName = Annotated[DestinationName, Path(alias="destination")]


@router.get("/deliveries", summary="List deliveries, youngest photo first", responses=openapi.problems(403, 422))
async def list_deliveries(
    site: TheSite,
    state: DeliveryState | None = None,
    destination: DestinationName | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: str | None = None,
) -> wire.DeliveriesPage:
    """What waits, what failed and why."""
    page = await site.read(
        lambda connection: standing.page(connection, state=state, destination=destination, limit=limit, cursor=cursor)
    )
    return wire.DeliveriesPage(deliveries=tuple(delivery(one) for one in page.items), next=page.next)


@router.get("/destinations", summary="How every destination stands", responses=openapi.problems(403))
async def list_destinations(site: TheSite) -> wire.DestinationsAnswer:
    """The archive first."""
    return wire.DestinationsAnswer(destinations=tuple(await site.read(read_destinations(site.hub))))


@router.post(
    "/destinations/{destination}/pause", summary="Begin no more deliveries", responses=openapi.problems(403, 404)
)
async def pause(name: TheName, site: TheSite) -> wire.Destination:
    """Until `resume`. What is being sent is finished."""
    return await _act(site, name, lambda: hand.pause(site.hub.work, name))


@router.post("/destinations/{destination}/resume", summary="Go on", responses=openapi.problems(403, 404))
async def resume(name: TheName, site: TheSite) -> wire.Destination:
    """At once, whatever trouble was noted."""
    return await _act(site, name, lambda: hand.resume(site.hub.work, name))


@router.post("/destinations/{destination}/retry", summary="Try everything again", responses=openapi.problems(403, 404))
async def retry(name: TheName, site: TheSite) -> wire.Destination:
    """All that waits, is blocked or has failed there."""
    work = site.hub.work
    return await _act(site, name, lambda: work.database.write(lambda c: hand.retry_all(c, work, name)))


@router.post(
    "/destinations/{destination}/backfill", summary="Send what is lacking", responses=openapi.problems(403, 404, 409)
)
async def backfill(name: TheName, site: TheSite) -> wire.Destination:
    """What was skipped because the destination was not connected, and what was there before it."""
    job = hand.plan_job(name, 0, stamp=int(datetime.now(UTC).timestamp()))

    def act() -> None:
        hand.require_connected(site.hub.work, name)
        site.hub.database.write(lambda connection: site.hub.jobs.enqueue(connection, job))

    return await _act(site, name, act)


def read_destinations(hub: Hub) -> Callable[[sa.Connection], list[wire.Destination]]:
    """A reader of all destinations. An archive of before is shown while it holds something."""

    def act(connection: sa.Connection) -> list[wire.Destination]:
        counts = standing.counts(connection)
        names = hand.known_destinations(tuple(hub.archives))
        shown = [name for name in names if name in SERVICES or name == hub.archive.name or counts.get(name)]
        return [
            wire.Destination(
                name=name,
                kind="service" if name in SERVICES else "archive",
                connected=name not in SERVICES or name in hub.connected,
                account=account_label(connection, name),
                paused=standing.standing(connection, name).paused,
                counts=counts.get(name, {}),
            )
            for name in shown
        ]

    return act


def account_label(connection: sa.Connection, name: DestinationName) -> str | None:
    """Whose account it is; None where no log-in was made here."""
    account = get_account(connection, name)
    return account.account if account is not None else None


async def _act(site: Site, name: DestinationName, act: Callable[[], None]) -> wire.Destination:
    """Do something to a destination, and show how it stands then."""
    if name not in hand.known_destinations(tuple(site.hub.archives)):
        raise DeliveryUnknown(f"There is no destination {name} here.")
    await site.readers.run(act)
    site.bus.noticed(set())
    found = await site.read(read_destinations(site.hub))
    return next(one for one in found if one.name == name)
