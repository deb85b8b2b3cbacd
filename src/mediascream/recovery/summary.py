"""What a rebuild found and did, for a person and for a program."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mediascream.library import schema, standing
from mediascream.photo import DeliveryState
from mediascream.recovery.remembering import LOSSES, Problem

if TYPE_CHECKING:
    from mediascream.recovery.remembering import Memory

MOST_TOLD = 1000
"""Of each problem so many are told one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a database holds.

    Attributes:
        photos: Without those in the trash.
        delivered: Copies by destination.
    """

    photos: int
    in_trash: int
    tombstones: int
    tags: int
    delivered: dict[str, int]

    @property
    def empty(self) -> bool:
        """Whether there is nothing that could be lost."""
        return self.photos + self.in_trash + self.tombstones == 0


def take_inventory(connection: sa.Connection) -> Inventory:
    """Count what the database holds."""
    columns = schema.photos.c
    total = connection.scalar(sa.select(sa.func.count()).select_from(schema.photos)) or 0
    deleted, purged = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.cast(columns.purged, sa.Integer)), 0)).where(
            schema.IN_TRASH
        )
    ).one()
    tags = connection.scalar(sa.select(sa.func.count(sa.distinct(schema.photo_tags.c.tag)))) or 0
    counts = standing.counts(connection)
    delivered = {str(name): states.get(DeliveryState.DELIVERED, 0) for name, states in counts.items()}
    return Inventory(total - deleted, deleted - purged, purged, tags, {name: n for name, n in delivered.items() if n})


@dataclass(slots=True)
class Summary:
    """What a rebuild did.

    Attributes:
        seen: Places of the archive that were looked at.
        taken_in: Photos that were not known before.
        changed: Photos that were known, and of which the archive knew something newer.
        problems: How often what was met.
        told: Lines for a person, a file each.
    """

    before: Inventory
    after: Inventory | None = None
    seen: int = 0
    taken_in: int = 0
    changed: int = 0
    problems: Counter[Problem] = field(default_factory=Counter)
    told: list[tuple[Problem, str]] = field(default_factory=list)

    @property
    def lossless(self) -> bool:
        """Whether all that the archive ever held is back."""
        return not LOSSES.intersection(self.problems)

    def note(self, problem: Problem, key: str, detail: str = "") -> None:
        """Remember what is not as it should be."""
        self.problems[problem] += 1
        if self.problems[problem] <= MOST_TOLD:
            self.told.append((problem, f"{key}: {detail}" if detail else key))

    def note_memory(self, memory: Memory) -> None:
        """As `note`, for what was read in one place."""
        if memory.problem is not None:
            self.note(memory.problem, memory.place.key, memory.detail)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "before": asdict(self.before),
            "after": asdict(self.after) if self.after else None,
            "seen": self.seen,
            "taken_in": self.taken_in,
            "changed": self.changed,
            "problems": {problem.name.lower().replace("_", "-"): count for problem, count in self.problems.items()},
        }
