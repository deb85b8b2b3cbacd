"""A few child processes that decode strangers' files, so that a hostile one harms nobody but itself.

    decoders = Decoders()
    outcome = decoders.decode(path, media_type, into=folder, stem=photo_id)

`decode` blocks until a child is free; callers are the jobs' own threads. Each child has a thread of ours that
attends to it: both come with the first file that finds the others busy, and leave when nothing came for a
minute. A file that kills or outlasts its child loses its preview, not its metadata, and the next file gets a new
child. What a child can do is in `confine.py`; what it says is in `messages.py`, and is never trusted.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediascream import media_types
from mediascream.errors import DecodersBroken, NoRendition
from mediascream.processing.attendant import Answer, Attendant, Task
from mediascream.processing.messages import Request, Wish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mediascream.photo import MediaType, Metadata

_PROGRAM = ("-m", "mediascream.processing.child")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file. Without pictures, `problem` says in words why.

    Attributes:
        preview: A JPEG of at most 2016 px.
        thumbnail: A WebP for the grid.
        placeholder: A ThumbHash.
    """

    metadata: Metadata
    preview: Path | None = None
    thumbnail: Path | None = None
    placeholder: bytes | None = None
    problem: str | None = None


class Decoders:
    """A pool of children.

    Args:
        children: How many files are decoded at once.
        limit_s: How long one file may take, by the clock on the wall.
        idle_s: How long a child stays without work.
        program: What a child runs; tests have children of their own.
    """

    def __init__(
        self, *, children: int = 2, limit_s: float = 120.0, idle_s: float = 60.0, program: Sequence[str] = _PROGRAM
    ) -> None:
        self.limit_s = limit_s
        self.program = program
        self.closed = False
        self._children, self._idle_s = children, idle_s
        self._tasks: deque[Task] = deque()
        self._change = threading.Condition()
        self._attendants: set[Attendant] = set()
        self._waiting = 0

    def decode(self, path: Path, media_type: MediaType, *, into: Path | None, stem: str) -> Outcome:
        """Read a file's metadata and write its small pictures, `STEM.preview.jpg` and `STEM.thumb.webp`.

        Blocks until it is done, which takes as long as the files before it and twice `limit_s` at most. Twice is
        as good as once: the pictures are replaced, each whole or not at all.

        Args:
            path: The original; only read.
            media_type: What `identify` found; it is read as nothing else.
            into: An existing folder; None where pictures cannot be kept, and metadata will have to do.
            stem: What the pictures' names start with.

        Raises:
            DecodersBroken: No child can be started, or the pool was closed; it says nothing of the file.
            OSError: The file cannot be read, or the pictures cannot be written.
        """
        with path.open("rb"):
            task = Task(Request(path.absolute(), media_type), Future())
        self._hand_over(task)
        return _settle(task.answer.result(), into, stem)

    def convert(self, path: Path, media_type: MediaType, *, into: Path) -> None:
        """Write the picture as a JPEG of the same size, with what a camera wrote of it, to `into`.

        Blocks as `decode` does. What `into` holds after an error is worth nothing.

        Raises:
            NoRendition: No JPEG can be made of this file.
            DecodersBroken: No child can be started, or the pool was closed; it says nothing of the file.
            OSError: The file cannot be read, or `into` cannot be written.
        """
        with path.open("rb"), into.open("wb") as sink:
            task = Task(Request(path.absolute(), media_type, Wish.JPEG), Future(), sink)
            self._hand_over(task)
            problem = task.answer.result().report.problem
        with into.open("rb") as made:
            if problem is None and media_types.identify(made.read(media_types.HEAD_BYTES)) != media_types.JPEG:
                problem = "the decoder answered with something that is no picture"
        if problem is not None:
            raise NoRendition(problem)

    def close(self) -> None:
        """End all children; files in their hands end with `DecodersBroken`. Twice is fine."""
        with self._change:
            self.closed = True
            attendants = list(self._attendants)
            self._change.notify_all()
        for attendant in attendants:
            attendant.interrupt()

    def _hand_over(self, task: Task) -> None:
        with self._change:
            if self.closed:
                raise DecodersBroken("the decoders are closed")
            self._tasks.append(task)
            if self._waiting < len(self._tasks) and len(self._attendants) < self._children:
                attendant = Attendant(self)
                self._attendants.add(attendant)
                attendant.start()
            self._change.notify()

    def next_task(self, attendant: Attendant) -> Task | None:
        """The next file; None where none came for long, and the attendant is struck off the list."""
        with self._change:
            self._waiting += 1
            self._change.wait_for(lambda: self._tasks or self.closed, timeout=self._idle_s)
            self._waiting -= 1
            if self._tasks:
                return self._tasks.popleft()
            self._attendants.discard(attendant)
            return None


def _settle(answer: Answer, into: Path | None, stem: str) -> Outcome:
    """Write the pictures, if they are what they must be."""
    problem = answer.report.problem
    if problem is None and not _are_pictures(answer):
        problem = "the decoder answered with something that is no picture"
    if problem is None and into is None:
        problem = "there was no place to keep it"
    if problem is not None or into is None:
        return Outcome(answer.metadata, problem=problem)
    preview, thumbnail = into / f"{stem}.preview.jpg", into / f"{stem}.thumb.webp"
    _write_whole(preview, answer.preview)
    _write_whole(thumbnail, answer.thumbnail)
    return Outcome(answer.metadata, preview, thumbnail, answer.report.placeholder)


def _are_pictures(answer: Answer) -> bool:
    heads = (answer.preview[: media_types.HEAD_BYTES], answer.thumbnail[: media_types.HEAD_BYTES])
    return [media_types.identify(head) for head in heads] == [media_types.JPEG, media_types.WEBP]


def _write_whole(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
