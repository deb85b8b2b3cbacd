"""How commands talk with a person: questions and advice on stderr, the result alone on stdout."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from mediascream.errors import CannotStart, DeliveryError

INTERRUPTED = 130
NOBODY = "nothing was typed, so nothing was connected"


def tell(*lines: str) -> None:
    """Say something to the person; the result alone goes to stdout."""
    print(*lines, sep="\n", file=sys.stderr)


def ask(question: str) -> str:
    """What the person types, or another program writes; the question too is not the result.

    Raises:
        CannotStart: Nobody answers.
    """
    print(question, end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    if not answer:
        raise CannotStart(NOBODY)
    return answer


@contextmanager
def telling_troubles() -> Iterator[None]:
    """What a service answered to a log-in that did not come about is the one line that the command ends with."""
    try:
        yield
    except DeliveryError as error:
        raise CannotStart(error.detail) from error


@contextmanager
def interruptible(kept: str) -> Iterator[None]:
    """Ctrl-C ends the command with one line that says what became of its work, and exit code 130."""
    try:
        yield
    except KeyboardInterrupt as interruption:
        tell(f"\nmediascream: interrupted; {kept}")
        raise typer.Exit(INTERRUPTED) from interruption
