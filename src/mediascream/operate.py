"""The commands of the operator. Each builds what it needs from the settings and hands over."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mediascream.errors import CannotStart
from mediascream.settings import Settings, Shown, effective, load_for_command

app = typer.Typer(
    name="mediascream",
    help="Send a photo once: it is kept, copied exactly once to each service you like, and you can prove it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="The settings file; wins over SETTINGS in the environment."),
]
"""An option that may stand before the command or behind it."""


def main() -> None:
    """Run the command that was asked for; what stops it is one line, and exit code 1."""
    try:
        app()
    except CannotStart as error:
        print(f"mediascream: {error}", file=sys.stderr)
        sys.exit(1)


@app.callback()
def options(context: typer.Context, settings: SettingsFile = None) -> None:
    """Take the options that hold for every command."""
    context.obj = settings


def settings_for(context: typer.Context, file: Path | None) -> Settings:
    """The settings of a command; what is odd about them is told on stderr."""
    settings = load_for_command(file or context.obj)
    for warning in settings.warnings:
        print(f"mediascream: {warning}", file=sys.stderr)
    return settings


@app.command("settings")
def show_settings(
    context: typer.Context,
    settings: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print the settings in effect, secrets masked, and where each came from."""
    for shown in effective(settings_for(context, settings)):
        print(json.dumps(asdict(shown)) if as_json else as_line(shown))


def as_line(shown: Shown) -> str:
    """A setting as a person reads it; only what is not the default says where it is from."""
    text = shown.value if shown.value and isinstance(shown.value, str) else json.dumps(shown.value)
    return f"{shown.key}: {text}  # {shown.origin}"
