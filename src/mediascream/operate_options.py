"""The option that all commands of the operator have, and what comes of it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mediascream.settings import Settings, load_for_command

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="The settings file; wins over SETTINGS in the environment."),
]
"""An option that may stand before the command or behind it."""


def settings_for(context: typer.Context, file: Path | None) -> Settings:
    """The settings of a command; what is odd about them is told on stderr."""
    settings = load_for_command(file or context.obj)
    for warning in settings.warnings:
        print(f"mediascream: {warning}", file=sys.stderr)
    return settings
