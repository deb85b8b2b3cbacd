"""The commands of the operator. Each builds what it needs from the settings and hands over."""

import typer

main = typer.Typer(name="mediascream", no_args_is_help=True, add_completion=False, help="Send a photo once; keep it.")


@main.callback()
def options() -> None:
    """Options before the command."""
