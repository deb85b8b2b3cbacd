"""Settings as a person or a program may see them: secrets masked, and where each came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mediascream.settings.declared import FIELDS
from mediascream.settings.kinds import Allowance, Secret

if TYPE_CHECKING:
    from mediascream.settings.declared import Settings

Plain = str | int | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting in effect.

    Attributes:
        value: As JSON can hold it; None where it is not set.
        origin: `default`, `file PATH` or `environment NAME`.
    """

    key: str
    value: Plain
    origin: str


def effective(settings: Settings) -> list[Shown]:
    """Every setting in the order of its declaration."""
    return [
        Shown(key, plain(getattr(settings, declared.name)), settings.origins.get(key, "default"))
        for key, declared in FIELDS.items()
    ]


def plain(value: object) -> Plain:
    """A value as JSON can hold it, masked where it is secret."""
    match value:
        case None | bool() | int():
            return value
        case tuple():
            return [str(part) for part in value]
        case Secret() | Path() | str() | Allowance():
            return str(value)
        case _:
            raise TypeError(f"a setting cannot hold a {type(value).__name__}")
