"""The option that all commands of the operator have, and what comes of it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mediascream.settings import Settings

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="The settings file; wins over SETTINGS in the environment."),
]
"""An option that may stand before the command or behind it."""


def settings_for(context: typer.Context, file: Path | None) -> "Settings":
    """The settings of a command; what is odd about them is told on stderr."""
    from mediascream.settings import load_for_command

    settings = load_for_command(file or context.obj)
    for warning in settings.warnings:
        print(f"mediascream: {warning}", file=sys.stderr)
    return settings
