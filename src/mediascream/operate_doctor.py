"""The command `doctor`: looks at everything and says what to do. It works beside a running server."""

import json
import os
import sys
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from mediascream.doctor.findings import Finding, Level
from mediascream.operate_options import SettingsFile, settings_for

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

NOT_SAFE = 4
"""The exit code where there is a problem, as `verify` and `safe-to-delete` have it."""

COLOURS = {Level.OK: "green", Level.NOTE: "cyan", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command of this module to the program."""
    app.command()(doctor)


def doctor(
    context: typer.Context,
    settings: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a finding, and nothing else.")] = False,
    notify: Annotated[bool, typer.Option("--notify", help="Also send a test notice to NOTIFY_URL.")] = False,
) -> None:
    """Look at settings, disks, database, archive, services and clock; say what is wrong and what to do.

    Changes nothing: scratch files and objects are removed again. Exit code 0 where nothing is a problem, 4 where
    something is.
    """
    from rich.console import Console

    from mediascream.doctor.examination import Examination
    from mediascream.doctor.rounds import Rounds

    examination, rounds = Examination(settings_for(context, settings), try_notices=notify), Rounds()
    levels: Counter[Level] = Counter()
    out = Console(highlight=False)
    # On one screen, only one console can draw a line that moves and print lines above it.
    progress = out if out.is_terminal and not as_json else Console(stderr=True)
    for round_ in examination.rounds():
        with progress.status(f"{round_.doing} …"):
            for finding in rounds.make(round_):
                levels[finding.level] += 1
                write(finding, out, as_json=as_json)
    print(f"mediascream: {summary(levels)}", file=sys.stderr)
    leave(NOT_SAFE if levels[Level.PROBLEM] else 0, at_once=rounds.left_behind)


def write(finding: Finding, out: "Console", *, as_json: bool) -> None:
    """One finding on stdout: for a program, for a person, or for a file that a person reads later."""
    if as_json:
        print(json.dumps(asdict(finding), ensure_ascii=False), flush=True)
    elif out.is_terminal:
        out.print(as_row(finding))
    else:
        print(*as_lines(finding), sep="\n", flush=True)


def as_row(finding: Finding) -> "Table":
    """Aligned and coloured, wrapped to the terminal."""
    from rich.table import Table
    from rich.text import Text

    row = Table.grid(padding=(0, 2))
    row.add_column(width=10)
    row.add_column(width=7, style=COLOURS[finding.level])
    row.add_column(overflow="fold")
    row.add_row(finding.about, str(finding.level), Text(finding.seen))
    if finding.to_do:
        row.add_row("", "", Text(f"→ {finding.to_do}", style="bold"))
    return row


def as_lines(finding: Finding) -> list[str]:
    """Aligned, and as long as they are."""
    lines = [f"{finding.about:<10}  {finding.level:<7}  {finding.seen}"]
    return [*lines, f"{'':<21}→ {finding.to_do}"] if finding.to_do else lines


def summary(levels: Counter[Level]) -> str:
    """The sum, worst first."""
    if not levels[Level.PROBLEM] + levels[Level.WARNING]:
        return "all is well"
    names = {Level.PROBLEM: "problem", Level.WARNING: "warning"}
    return ", ".join(
        f"{levels[level]} {name}{'s' * (levels[level] != 1)}" for level, name in names.items() if levels[level]
    )


def leave(code: int, *, at_once: bool) -> None:
    """End the process; without waiting for a thread that still hangs on a disk or a network, where there is one."""
    if at_once:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise typer.Exit(code)
