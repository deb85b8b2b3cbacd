"""What a child may not ask of the kernel: a network, another program, another process, a change to any file.

A decoder needs to read files, memory and threads; whoever takes one over through a hostile photo needs these. They
fail with EPERM, so that a library that tries out of habit goes on. Linux on x86-64 and arm64; nothing elsewhere.

Sources, read 2026-11-24: seccomp(2), Documentation/userspace-api/seccomp_filter.rst and the kernel's two tables
`arch/x86/entry/syscalls/syscall_64.tbl` and `include/uapi/asm-generic/unistd.h`.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFUSED = {
    "x86_64": {
        **{"socket": 41, "connect": 42, "bind": 49, "socketpair": 53, "io_uring_setup": 425},
        **{"execve": 59, "execveat": 322, "fork": 57, "vfork": 58},
        **{
            "ptrace": 101,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "pidfd_open": 434,
            "kill": 62,
            "tkill": 200,
        },
        **{"unlink": 87, "unlinkat": 263, "rename": 82, "renameat": 264, "renameat2": 316, "truncate": 76},
        **{"link": 86, "linkat": 265, "symlink": 88, "symlinkat": 266, "mkdir": 83, "mkdirat": 258, "rmdir": 84},
        **{"chmod": 90, "fchmod": 91, "fchmodat": 268, "chown": 92, "fchownat": 260, "creat": 85, "openat2": 437},
        **{"mknod": 133, "mknodat": 259, "setxattr": 188, "utimensat": 280},
    },
    "aarch64": {
        **{"socket": 198, "connect": 203, "bind": 200, "socketpair": 199, "io_uring_setup": 425},
        **{"execve": 221, "execveat": 281},
        **{
            "ptrace": 117,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "pidfd_open": 434,
            "kill": 129,
            "tkill": 130,
        },
        **{"unlinkat": 35, "renameat": 38, "renameat2": 276, "truncate": 45},
        **{"linkat": 37, "symlinkat": 36, "mkdirat": 34},
        **{"fchmod": 52, "fchmodat": 53, "fchownat": 54, "openat2": 437},
        **{"mknodat": 33, "setxattr": 5, "utimensat": 88},
    },
}
_OPEN = {"x86_64": {2: 1, 257: 2}, "aarch64": {56: 2}}
"""The calls that open a file, and which of their arguments are the flags."""

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_FILTER, _FOR_ALL_THREADS, _NO_NEW_PRIVS = 1, 1, 38
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000
_LOAD, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT, _ARGUMENT_BYTES = 0, 4, 16, 8
_X32_CALL = 0x40000000
_MAY_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True, slots=True)
class _Step:
    """One instruction of the kernel's filter machine; `yes` and `no` say how many steps to leap over."""

    code: int
    value: int
    yes: int = 0
    no: int = 0

    def pack(self) -> bytes:
        return struct.pack("=HBBI", self.code, self.yes, self.no, self.value)


def _steps(machine: str) -> Iterator[_Step]:
    yield _Step(_LOAD, _ARCH_AT)
    yield _Step(_IF_EQUAL, _AUDIT_ARCH[machine], yes=1)
    yield _Step(_RETURN, _KILL)
    yield _Step(_LOAD, _NUMBER_AT)
    if machine == "x86_64":
        yield _Step(_IF_ANY_BIT, _X32_CALL, no=1)
        yield _Step(_RETURN, _REFUSE)
    for number in _REFUSED[machine].values():
        yield _Step(_IF_EQUAL, number, no=1)
        yield _Step(_RETURN, _REFUSE)
    for number, argument in _OPEN[machine].items():
        yield _Step(_IF_EQUAL, number, no=4)
        yield _Step(_LOAD, _ARGUMENTS_AT + argument * _ARGUMENT_BYTES)
        yield _Step(_IF_ANY_BIT, _MAY_WRITE, no=1)
        yield _Step(_RETURN, _REFUSE)
        yield _Step(_RETURN, _ALLOW)
    yield _Step(_RETURN, _ALLOW)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def refuse_system_calls() -> bool:
    """Give them up, for good and for all threads; whether the kernel took it."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _REFUSED:
        return False
    steps = list(_steps(machine))
    program = _Program(len(steps), b"".join(step.pack() for step in steps))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.syscall(_SECCOMP[machine], _SET_FILTER, _FOR_ALL_THREADS, ctypes.byref(program)) == 0)
