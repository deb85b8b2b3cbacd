"""Deliveries across photos, and the destinations as a whole."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query

from mediascream import wire
from mediascream.delivery import hand
from mediascream.delivery.estimate import Load, done_at, left_of
from mediascream.destinations.base import HasQuota, Quota
from mediascream.errors import DeliveryUnknown
from mediascream.hub import Hub
from mediascream.library import standing
from mediascream.library.accounts import get_account
from mediascream.photo import ARCHIVES, DeliveryState, DestinationName
from mediascream.web import openapi
from mediascream.web.shapes import delivery
from mediascream.web.site import Site, TheSite

router = APIRouter(tags=["Deliveries"])

TheName = Annotated[wire.KnownDestination, Path(alias="destination")]


@router.get("/deliveries", summary="List deliveries, youngest photo first", responses=openapi.problems(403, 422))
async def list_deliveries(
    site: TheSite,
    state: DeliveryState | None = None,
    destination: wire.KnownDestination | None = None,
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
        known = hand.known_destinations(tuple(hub.archives))
        shown = [name for name in known if name not in ARCHIVES or name == hub.archive.name or counts.get(name)]
        shown += sorted(set(counts) - set(known))  # what a package brought that is not installed any more
        connected, now = hub.connected, datetime.now(UTC)
        return [
            _destination(connection, hub, name, counts.get(name, {}), connected=name in connected, now=now)
            for name in shown
        ]

    return act


def _destination(
    connection: sa.Connection,
    hub: Hub,
    name: DestinationName,
    counts: dict[DeliveryState, int],
    *,
    connected: bool,
    now: datetime,
) -> wire.Destination:
    stands, left, service = standing.standing(connection, name), left_of(counts), hub.services.get(name)
    quota = service.quota() if connected and isinstance(service, HasQuota) else None
    rate = hub.rates.see(name, delivered=counts.get(DeliveryState.DELIVERED, 0), left=left, now=now)
    load = Load(left, stands, service.limit if service is not None else None, quota, rate)
    open_to_us = connected or name in ARCHIVES
    return wire.Destination(
        name=name,
        kind="archive" if name in ARCHIVES else "service",
        connected=open_to_us,
        account=account_label(connection, name),
        paused=stands.paused,
        counts=counts,
        quota=None if quota is None else wire.Quota(limit=quota.limit, used=quota.used, resets_at=quota.resets_at),
        estimate_done_at=done_at(load, now) if open_to_us else None,
    )


def read_quotas(hub: Hub) -> dict[DestinationName, Quota]:
    """The quotas of the connected services that have one."""
    connected = [service for service in hub.services.values() if service.connected]
    return {service.name: service.quota() for service in connected if isinstance(service, HasQuota)}


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
