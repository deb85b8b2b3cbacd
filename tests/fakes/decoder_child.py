"""A child that behaves as the name of its file says: `die`, `hang`, `lie`, `drop`, `tell`, `misbehave` or else well.

Run by `Decoders(program=[this file])`; it speaks the real protocol (`processing/messages.py`).
"""

from __future__ import annotations

import io
import os
import signal
import socket
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mediascream.photo import Metadata
from mediascream.processing.confine import confine
from mediascream.processing.messages import READY, Report, pack_metadata, pack_report, read_frame, unpack_request
from mediascream.processing.messages import write_frame as write

if TYPE_CHECKING:
    from collections.abc import Callable

JPEG = b"\xff\xd8\xff\xe0 a picture"
WEBP = b"RIFF\0\0\0\0WEBPVP8 a picture"


def send(frame: bytes) -> None:
    """One frame to the parent."""
    pipe = io.FileIO(1, "wb", closefd=False)
    write(pipe.write, frame)


def say(description: str) -> None:
    """A whole answer whose metadata carry a word."""
    send(pack_metadata(Metadata(description=description)))
    send(pack_report(Report(placeholder=b"\1\2")))
    send(JPEG)
    send(WEBP)


def die() -> None:
    """Metadata, then a violent death."""
    send(pack_metadata(Metadata(description="last words")))
    signal.raise_signal(signal.SIGSEGV)


def hang() -> None:
    """Metadata, then nothing for ever."""
    send(pack_metadata(Metadata(description="still here")))
    threading.Event().wait()


def lie() -> None:
    """A web page in place of pictures."""
    send(pack_metadata(Metadata()))
    send(pack_report(Report(placeholder=b"\1")))
    send(b"<script>alert(1)</script>")
    send(WEBP)


def drop() -> None:
    """A frame that announces four gigabytes."""
    os.write(1, b"\xff\xff\xff\xff")


def tell() -> None:
    """The environment, as its metadata."""
    say(" ".join(sorted(os.environ)))


def misbehave() -> None:
    """Everything that must be refused; says what was not."""
    here = Path(__file__)
    attempts: dict[str, Callable[[], object]] = {
        "make a file": (here.parent / "new").touch,
        "open to write": partial(os.open, here, os.O_WRONLY),
        "truncate": partial(os.truncate, here, here.stat().st_size),
        "rename": partial(here.rename, here),
        "remove": (here.parent / "absent").unlink,
        "make a folder": here.parent.mkdir,
        "open a socket": socket.socket,
        "open a local socket": partial(socket.socket, socket.AF_UNIX),
        "run a program": partial(os.execv, "/bin/true", ["true"]),
        "signal another": partial(os.kill, os.getppid(), 0),
    }
    done = [name for name, attempt in attempts.items() if not _is_refused(attempt)]
    say(" ".join(done) or "all was refused")


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


ACTS: dict[str, Callable[[], None]] = {
    "die": die,
    "hang": hang,
    "lie": lie,
    "drop": drop,
    "tell": tell,
    "misbehave": misbehave,
}


def main() -> None:
    """Serve as the real child does."""
    confine(int(sys.argv[1]))
    send(READY)
    while frame := read_frame(sys.stdin.buffer.read):
        request = unpack_request(frame)
        act = ACTS.get(request.path.stem)
        if act is None:
            say(f"process {os.getpid()}")
        else:
            act()


if __name__ == "__main__":
    main()
