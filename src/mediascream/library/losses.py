"""What can be wrong with a copy that was there: the words for it, which a receipt tells as its `error.code`."""

from __future__ import annotations

from typing import Final

from mediascream.photo import DeliveryState

DAMAGED: Final = "damaged"
"""An archive's copy was found to be other bytes."""

LOST: Final = "lost"
"""An archive's copy was found to be no longer there."""

MISSING: Final = "original-missing"
"""The bytes that were to be brought somewhere are nowhere."""

SPOOL_DAMAGED: Final = "source-damaged"
"""The only copy there is, in the spool, is no longer what was sent."""

GONE: Final = "gone"
"""A copy at a service was taken away there."""

WANTED_AGAIN: Final = frozenset({DAMAGED, LOST, MISSING, SPOOL_DAMAGED})
"""Where the same file, sent again, helps."""

WRONG: Final = WANTED_AGAIN | {GONE}

LOST_NOTE: Final = "lost"
"""The note of an archive's delivery that tells its next attempt to heal: `DAMAGED` or `LOST`."""

ASKED_NOTE: Final = "asked"
"""Beside it: the services that gave no equal file back, with commas between. They are not asked for it every hour."""

AT_REST: Final = frozenset({DeliveryState.WAITING, DeliveryState.BLOCKED, DeliveryState.CANCELLED})
"""The states of a delivery with that note in which nobody is about to write to the archive."""
