"""The child: decodes one file after the other for its parent, until that closes the pipe.

`python -m mediascream.processing.child PARENT_PID`, started by `decoder.py` only. It imports little, and a
type's decoder when the first such file comes, for each child must be small. It catches nothing but what is
known of broken files: an error of ours ends it, and the last thing it says is which.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from mediascream.errors import NoRendition
from mediascream.processing.confine import confine
from mediascream.processing.conversion import convert
from mediascream.processing.messages import (
    READY,
    Report,
    Request,
    Wish,
    pack_metadata,
    pack_report,
    read_frame,
    unpack_request,
    write_frame,
)
from mediascream.processing.metadata import read_metadata
from mediascream.processing.renditions import Rendered, render

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from mediascream.photo import Metadata

    Send = Callable[[bytes], None]

_PART_BYTES = 1 << 20
"""A whole JPEG is sent in frames of so many bytes, so that the parent need not hold it."""


def _take_over_output() -> Send:
    """The pipe to the parent, for us alone: libraries that print get the void instead."""
    pipe = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return lambda frame: write_frame(pipe.write, frame)


def _announce_death(send: Send) -> None:
    """Make our last words those of the error that ends us."""

    def announce(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        send(pack_report(Report(problem=f"the decoder failed: {kind.__name__}: {error}"[:1000], last=True)))

    sys.excepthook = announce


def _try_to_make(request: Request, metadata: Metadata) -> Rendered | bytes | str:
    """The pictures, or the JPEG; or why there are none."""
    try:
        if request.wish is Wish.JPEG:
            return convert(request.path, request.media_type, metadata)
        return render(request.path, request.media_type, metadata.orientation)
    except NoRendition as error:
        return error.detail
    except MemoryError:
        return "decoding it needs too much memory"


def _serve(request: Request, send: Send) -> None:
    metadata = read_metadata(request.path, request.media_type)
    send(pack_metadata(metadata))
    match _try_to_make(request, metadata):
        case str(problem):
            send(pack_report(Report(problem=problem)))
        case bytes(jpeg):
            send(pack_report(Report()))
            for start in range(0, len(jpeg), _PART_BYTES):
                send(jpeg[start : start + _PART_BYTES])
            send(b"")
        case rendered:
            send(pack_report(Report(rendered.placeholder)))
            send(rendered.preview)
            send(rendered.thumbnail)


def main() -> None:
    """Serve the parent until it is gone."""
    confine(int(sys.argv[1]))
    send = _take_over_output()
    _announce_death(send)
    send(READY)
    while frame := read_frame(sys.stdin.buffer.read):
        _serve(unpack_request(frame), send)


if __name__ == "__main__":
    main()
