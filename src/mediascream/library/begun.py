"""Log-ins that were begun and wait for their owner to come back, each once and not for long.

In the database, so that a log-in that a command began can be finished by the server that the browser is sent back to.
The word that comes back (the state) is kept as its hash only; what is kept beside it is worth nothing without a code
that the service gives to the owner's browser.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from mediascream.library.facts import get_fact, put_fact
from mediascream.library.moments import to_ms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import sqlalchemy as sa

FACT = "log_ins_begun"
PATIENCE_MS = 15 * 60 * 1000
MOST = 20
"""More are begun only by somebody who plays; then the oldest is forgotten."""


def put_begun(connection: sa.Connection, state: str, kept: Mapping[str, str], *, now: datetime) -> None:
    """Keep what is needed to finish a log-in until its state comes back."""
    entry = {"kept": dict(kept), "at_ms": to_ms(now)}
    begun = _young(connection, now) | {_mark(state): entry}
    put_fact(connection, FACT, dict(list(begun.items())[-MOST:]))


def take_begun(connection: sa.Connection, state: str, *, now: datetime) -> Mapping[str, str] | None:
    """What was kept, and only now; None where nothing was begun with this state, or too long ago."""
    begun = _young(connection, now)
    entry = begun.pop(_mark(state), None)
    put_fact(connection, FACT, begun)
    return entry["kept"] if entry is not None else None


def waits(connection: sa.Connection, state: str, *, now: datetime) -> bool:
    """Whether a log-in still waits for its owner."""
    return _mark(state) in _young(connection, now)


def _young(connection: sa.Connection, now: datetime) -> dict[str, dict[str, Any]]:
    begun: dict[str, dict[str, Any]] = get_fact(connection, FACT) or {}
    return {mark: one for mark, one in begun.items() if 0 <= to_ms(now) - one["at_ms"] < PATIENCE_MS}


def _mark(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
