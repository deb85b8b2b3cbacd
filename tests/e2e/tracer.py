"""Runs a program, writes down each step it takes towards the disk or the network, and kills it before the k-th.

    python -m tests.e2e.tracer --root FOLDER --armed FILE --trace FILE [--kill K] -- PROGRAM …

A step is a write, flush, name or removal below `--root` (SQLite's own included, and so each commit), or what is said
over a socket; writes that follow each other into one file are one. Counted over all threads and children, from the
moment on when `--armed` exists. The kill is -9 for all of them, before the call begins. The program knows nothing.

The kernel stops it at these calls only (SECCOMP_RET_TRACE), so that it is hardly slower than alone. Linux 5.3 or
newer on x86-64 and arm64. Sources, read 2026-11-24: ptrace(2), seccomp(2).
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import signal
import struct
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tests.e2e.steps import CALLS, SOCKET, Call, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TRACE_ME, _CONTINUE, _CONTINUE_TO_END, _SET_OPTIONS, _CALL_INFO = 0, 7, 24, 0x4200, 0x420E
_MARK_CALLS, _FORKS, _FILTERED, _DIE_WITH_ME = 1, 2 | 4 | 8, 1 << 7, 1 << 20
_FILTER_EVENT, _ALL_CHILDREN, _HERE = 7, 0x40000000, -100
_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_ALLOW, _TRACE = 0x7FFF0000, 0x7FF00000
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_HEAD_BYTES = 16


def why_not() -> str:
    """Why nothing can be traced here; empty where it can."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _ARCHITECTURE:
        return f"steps cannot be counted on {sys.platform} {machine}"
    child = os.fork()
    if child == 0:
        os._exit(0 if _LIBC.ptrace(_TRACE_ME, 0, 0, 0) == 0 else 1)
    return "" if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 else "this system lets nobody trace a program"


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_LIBC.ptrace.restype = ctypes.c_long


def _filter() -> bytes:
    """Stop at the calls of the list, and say which it is; let all others pass."""
    machine = platform.machine()
    column = list(_ARCHITECTURE).index(machine)

    def instructions() -> Iterator[tuple[int, int, int, int]]:
        yield _LOAD, 0, 0, 4
        yield _IF_EQUAL, 1, 0, _ARCHITECTURE[machine]
        yield _RETURN, 0, 0, _ALLOW
        yield _LOAD, 0, 0, 0
        for index, call in enumerate(CALLS):
            if call.numbers[column] >= 0:
                yield _IF_EQUAL, 0, 1, call.numbers[column]
                yield _RETURN, 0, 0, _TRACE | index
        yield _RETURN, 0, 0, _ALLOW

    return b"".join(struct.pack("=HBBI", *one) for one in instructions())


def _become(program: Sequence[str]) -> NoReturn:
    """In the child: be traced, be filtered, and turn into the program."""
    _LIBC.ptrace(_TRACE_ME, 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)
    steps = _filter()
    filtered = _Program(len(steps) // 8, steps)
    _LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    _LIBC.prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(filtered), 0, 0)
    os.execvp(program[0], list(program))  # noqa: S606 - the program is the test's own


class Tracer:
    """Watches one program and its children.

    Args:
        kill_at: The step that is not taken any more; 0 for none.
    """

    def __init__(self, root: Path, armed: Path, trace: Path, kill_at: int) -> None:
        self._root = f"{root.resolve()}/"
        self._armed = armed
        self._trace = trace.open("a", buffering=1)
        self._kill_at = kill_at
        self._count = 0
        self._under_way: dict[int, Step] = {}
        self._last: dict[int, tuple[str, ...]] = {}
        self._known: set[int] = set()

    def run(self, program: Sequence[str]) -> int:
        """To the end of the program; returns its exit code."""
        child = os.fork()
        if child == 0:
            _become(program)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda signum, _frame: os.kill(child, signum))
        os.waitpid(child, 0)
        _LIBC.ptrace(_SET_OPTIONS, child, 0, _MARK_CALLS | _FORKS | _FILTERED | _DIE_WITH_ME)
        self._known.add(child)
        self._go_on(child)
        code = 0
        while True:
            try:
                task, status = os.waitpid(-1, _ALL_CHILDREN)
            except ChildProcessError:
                return code
            if not os.WIFSTOPPED(status):
                code = os.waitstatus_to_exitcode(status) if task == child else code
            else:
                self._stopped(task, status)

    def _stopped(self, task: int, status: int) -> None:
        number, event = os.WSTOPSIG(status), status >> 16
        if event == _FILTER_EVENT:
            self._called(task)
        elif number == signal.SIGTRAP | 0x80:
            self._ended(task)
        elif event or number == signal.SIGTRAP or task not in self._known:
            self._known.add(task)  # a new one begins with a stop that nobody sent
            self._go_on(task)
        else:
            self._go_on(task, deliver=number)

    def _called(self, task: int) -> None:
        step = self._step(task)
        if step is None:
            self._go_on(task)
            return
        self._write_down(step)
        if step.number == self._kill_at:
            os.killpg(0, signal.SIGKILL)
        self._under_way[task] = step
        _LIBC.ptrace(_CONTINUE_TO_END, task, 0, 0)

    def _ended(self, task: int) -> None:
        step = self._under_way.pop(task, None)
        if step is not None:
            self._write_down(replace(step, done=True))
        self._go_on(task)

    def _go_on(self, task: int, *, deliver: int = 0) -> None:
        _LIBC.ptrace(_CONTINUE, task, 0, deliver)

    def _write_down(self, step: Step) -> None:
        self._trace.write(json.dumps(asdict(step)) + "\n")

    def _step(self, task: int) -> Step | None:
        """The call that a task is about to make, where it counts."""
        if not self._armed.exists():
            return None
        told = ctypes.create_string_buffer(96)
        _LIBC.ptrace(_CALL_INFO, task, len(told), ctypes.addressof(told))
        arguments = struct.unpack_from("=6Q", told, 32)
        call = CALLS[struct.unpack_from("=I", told, 80)[0]]
        try:
            what = self._below_root(_targets(task, call, arguments))
        except OSError:
            return None
        said = (call.name, *what)
        if not what or (what != (SOCKET,) and self._last.get(task) == said):
            return None
        self._last[task] = said
        self._count += 1
        return Step(self._count, call.name, what, _head(task, call, arguments) if what == (SOCKET,) else "")

    def _below_root(self, targets: Sequence[str]) -> tuple[str, ...]:
        if targets[0].startswith("socket:"):
            return () if _is_netlink(targets[0]) else (SOCKET,)
        inside = [target for target in targets if f"{target}/".startswith(self._root)]
        return tuple(f"{target}/".removeprefix(self._root).rstrip("/") or "." for target in inside)


def _is_netlink(socket: str) -> bool:
    """Whether it leads to the kernel, not to anybody outside."""
    inode = socket.removeprefix("socket:[").removesuffix("]")
    lines = Path("/proc/net/netlink").read_text().splitlines()
    return any(line.split()[-1] == inode for line in lines)


def _targets(task: int, call: Call, arguments: Sequence[int]) -> list[str]:
    """What a call changes: a file by its number, or paths."""
    if call.file is not None:
        return [str(Path(f"/proc/{task}/fd/{_number(arguments[call.file])}").readlink())]
    return [_absolute(task, arguments, index, folders=call.folders) for index in call.paths]


def _absolute(task: int, arguments: Sequence[int], index: int, *, folders: bool) -> str:
    path = _memory(task, arguments[index], 4096).partition(b"\0")[0]
    folder = _number(arguments[index - 1]) if folders else _HERE
    base = Path(f"/proc/{task}/cwd" if folder == _HERE else f"/proc/{task}/fd/{folder}").readlink()
    return os.path.normpath(base / os.fsdecode(path))


def _number(argument: int) -> int:
    """A C `int` in a register."""
    return ctypes.c_int(argument & 0xFFFFFFFF).value


def _head(task: int, call: Call, arguments: Sequence[int]) -> str:
    if call.says is None:
        return ""
    address = arguments[call.says]
    if call.parts:
        (address,) = struct.unpack("=Q", _memory(task, address, 8))
    return _memory(task, address, _HEAD_BYTES).decode("latin-1")


def _memory(task: int, address: int, most: int) -> bytes:
    """Bytes of a stopped task; fewer where its memory ends."""
    with Path(f"/proc/{task}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(most) or b""


def main() -> int:
    """As the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--root", "--armed", "--trace"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--kill", type=int, default=0)
    parser.add_argument("program", nargs="+")
    wanted = parser.parse_args()
    return Tracer(wanted.root, wanted.armed, wanted.trace, wanted.kill).run(wanted.program)


if __name__ == "__main__":
    sys.exit(main())
