"""What follows a failed attempt. Pure: the clock and the dice come in as arguments.

Whether to try again is a property of the error. An archive never refuses and never gives up: it waits,
or is blocked, until it works, and the spool file stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mediascream.errors import DeliveryError, DestinationBlocked, FileRefused, QuotaSpent, TryLater
from mediascream.library.losses import DAMAGED, LOST, SPOOL_DAMAGED
from mediascream.photo import DeliveryState

FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 3600.0
LONGEST_ARCHIVE_WAIT_S = 300.0
GIVE_UP_AFTER = 20
"""Attempts at a service, which with the waits between them are about half a day."""

BLOCKED_PROBE_S = 60.0
"""How often a blocked archive is tried again: a person may have made room, and nothing else tells."""

NO_ROOM = frozenset({"storage-full", "account-full", "videos-full"})
"""Reasons of `DestinationBlocked` that end when a person makes room, of which a service tells nobody."""

ROOM_PROBE_S = 86_400.0
"""How often a service without room is tried again. Each look costs the upload of one photo."""

WHOLE = frozenset({"unreachable", "throttled", "clock-wrong"})
"""Reasons of `TryLater` that say something of the whole destination, not of one photo."""

ONE_PHOTO = frozenset({"key-taken", "too-big", "file-system-limit", "cold-storage", DAMAGED, LOST, SPOOL_DAMAGED})
"""Reasons of `DestinationBlocked` that say something of one photo only: the others go on."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to become of a delivery.

    Attributes:
        until: When it is tried again; None where it is not by itself.
        whole: It is trouble of the whole destination: others need not try before `until`.
    """

    state: DeliveryState
    code: str
    detail: str
    until: datetime | None = None
    whole: bool = False


def judge(error: DeliveryError, *, attempts: int, archive: bool, now: datetime, dice: float) -> Verdict:
    """The verdict on an attempt that ended with `error`.

    `attempts` counts this one too; `dice`, 0 to 1, spreads the retries of many photos. What is blocked on an
    archive for its own sake has no `until`: `reconcile` tries it again now and then.
    """
    code, detail = error.reason, error.detail
    match error:
        case QuotaSpent():
            return Verdict(DeliveryState.WAITING, code, detail, error.resets_at, whole=True)
        case DestinationBlocked() if code in ONE_PHOTO:
            return Verdict(DeliveryState.BLOCKED, code, detail)
        case DestinationBlocked():
            return Verdict(
                DeliveryState.BLOCKED, code, detail, _look_again_at(code, archive=archive, now=now), whole=True
            )
        case FileRefused() if not archive:
            return Verdict(DeliveryState.REFUSED, code, detail)
        case TryLater() if attempts >= GIVE_UP_AFTER and not archive and code not in WHOLE:
            return Verdict(DeliveryState.FAILED, code, f"{detail} Given up after {attempts} attempts.")
        case _:
            asked = error.retry_after_s if isinstance(error, TryLater) else None
            wait_s = back_off_s(attempts, archive=archive, dice=dice)
            until = now + timedelta(seconds=max(wait_s, asked or 0.0))
            return Verdict(DeliveryState.WAITING, code, detail, until, whole=code in WHOLE)


def _look_again_at(code: str, *, archive: bool, now: datetime) -> datetime | None:
    """When a blocked destination is looked at again by itself; None where only a person's act can end it."""
    if archive:
        return now + timedelta(seconds=BLOCKED_PROBE_S)
    return now + timedelta(seconds=ROOM_PROBE_S) if code in NO_ROOM else None


def back_off_s(attempts: int, *, archive: bool, dice: float) -> float:
    """Seconds until the next attempt: doubling, with full jitter above a half."""
    longest = LONGEST_ARCHIVE_WAIT_S if archive else LONGEST_WAIT_S
    full = min(longest, FIRST_WAIT_S * 2 ** min(attempts - 1, 20))
    return float(full * (0.5 + dice / 2))
