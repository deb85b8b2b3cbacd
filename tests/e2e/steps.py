"""What is a step: a system call that changes what survives, or says something to the outside.

Sources, read 2026-11-24: the kernel's two tables `arch/x86/entry/syscalls/syscall_64.tbl` and
`include/uapi/asm-generic/unistd.h`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


SOCKET = "socket"
"""In place of a path, where something is said to the outside."""


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that may be a step.

    Attributes:
        numbers: Its number on x86-64 and on arm64; -1 where there is none.
        file: Which argument is the file that it changes, or where something is sent.
        paths: Which arguments are paths; with `folders`, each is preceded by the folder it counts from.
        says: Which argument points to what is written, and `parts` whether that is a list of pieces.
    """

    name: str
    numbers: tuple[int, int]
    file: int | None = None
    paths: tuple[int, ...] = ()
    folders: bool = False
    says: int | None = None
    parts: bool = False


CALLS = (
    Call("write", (1, 64), file=0, says=1),
    Call("pwrite64", (18, 68), file=0),
    Call("writev", (20, 66), file=0, says=1, parts=True),
    Call("pwritev", (296, 70), file=0),
    Call("pwritev2", (328, 287), file=0),
    Call("sendfile", (40, 71), file=0),
    Call("copy_file_range", (326, 285), file=2),
    Call("connect", (42, 203), file=0),
    Call("sendto", (44, 206), file=0, says=1),
    Call("sendmsg", (46, 211), file=0),
    Call("fsync", (74, 82), file=0),
    Call("fdatasync", (75, 83), file=0),
    Call("ftruncate", (77, 46), file=0),
    Call("truncate", (76, 45), paths=(0,)),
    Call("rename", (82, -1), paths=(0, 1)),
    Call("renameat", (264, 38), paths=(1, 3), folders=True),
    Call("renameat2", (316, 276), paths=(1, 3), folders=True),
    Call("link", (86, -1), paths=(0, 1)),
    Call("linkat", (265, 37), paths=(1, 3), folders=True),
    Call("unlink", (87, -1), paths=(0,)),
    Call("unlinkat", (263, 35), paths=(1,), folders=True),
    Call("mkdir", (83, -1), paths=(0,)),
    Call("mkdirat", (258, 34), paths=(1,), folders=True),
    Call("rmdir", (84, -1), paths=(0,)),
)


@dataclass(frozen=True, slots=True)
class Step:
    """What a line of the trace tells.

    Attributes:
        number: Counted from 1; the same number once more, `done`, when the call has ended.
        what: The paths below the root, or `socket`.
        head: The first bytes of what is said over a socket.
    """

    number: int
    call: str
    what: tuple[str, ...]
    head: str = ""
    done: bool = False


def read_trace(file: Path) -> list[Step]:
    """The steps of a trace in their order; a last line that was cut short is left out."""
    lines = file.read_text().split("\n")[:-1] if file.exists() else []
    told = [json.loads(line) for line in lines]
    return [Step(**one | {"what": tuple(one["what"])}) for one in told]
