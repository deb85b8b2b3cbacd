"""What was found, how bad it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


class Level(StrEnum):
    """How bad it is. Only a problem puts photos in danger or keeps them from going on."""

    OK = "ok"
    NOTE = "note"
    """Good to know; nothing has to be done."""
    WARNING = "warning"
    """Works, but not as well as it should."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        about: What it concerns, the same word for each kind of finding: `bucket`, `disk`, `clock`.
        seen: A sentence: what was found.
        to_do: What a person should do; empty where nothing.
    """

    about: str
    level: Level
    seen: str
    to_do: str = ""


def ok(about: str, seen: str) -> Finding:
    """All is well."""
    return Finding(about, Level.OK, seen)


def note(about: str, seen: str, to_do: str = "") -> Finding:
    """Good to know."""
    return Finding(about, Level.NOTE, seen, to_do)


def warning(about: str, seen: str, to_do: str) -> Finding:
    """Should be mended some day."""
    return Finding(about, Level.WARNING, seen, to_do)


def problem(about: str, seen: str, to_do: str) -> Finding:
    """Must be mended."""
    return Finding(about, Level.PROBLEM, seen, to_do)


def ago(span: timedelta) -> str:
    """A stretch of time for a person, in its largest unit."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
