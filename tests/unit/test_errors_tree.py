"""The drawing in `errors.py` is what a reader goes by, so it has to be true."""

from __future__ import annotations

import inspect

from mediascream import errors
from mediascream.errors import MediascreamError

BRANCHES = ("├── ", "└── ")


def drawn() -> list[tuple[int, str]]:
    """Depth and name of each line of the drawing."""
    lines = (line for line in (inspect.getdoc(errors) or "").splitlines() if "──" in line)
    return [(depth_of(line), line.split("── ")[1].split()[0]) for line in lines]


def depth_of(line: str) -> int:
    """How deep a drawn line is; four characters draw one level."""
    return (line.index("──") - 1 - len("    ")) // len(BRANCHES[0]) + 1


def real(parent: type[MediascreamError], depth: int = 1) -> list[tuple[int, str]]:
    """Depth and name of every error below `parent`, in the order they are written."""
    found = []
    for child in parent.__subclasses__():
        found += [(depth, child.__name__), *real(child, depth + 1)]
    return found


def test_the_drawing_shows_every_error_where_it_hangs() -> None:
    assert drawn() == real(MediascreamError)


def test_no_two_errors_share_a_code() -> None:
    every = [MediascreamError, *(vars(errors)[name] for _, name in real(MediascreamError))]
    codes = [error.code for error in every]
    assert len(set(codes)) == len(codes)
