"""A thread that attends to one child: gives it one file after the other, and a new life where one kills it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol

from mediascream.errors import DecodersBroken
from mediascream.photo import Metadata
from mediascream.processing.decoder import ChildDied, ChildTooSlow, Decoder
from mediascream.processing.messages import BrokenMessage, Report, Request, Wish, unpack_metadata, unpack_report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

_LIVES = 2
"""A child that dies may have been killed by a stranger (an operator, a machine out of memory): once more, then."""

_PATIENCE_S = 5.0
_MAX_JPEG_BYTES = 1 << 30


@dataclass(slots=True)
class Answer:
    """What a child has said so far of one file."""

    metadata: Metadata = field(default_factory=Metadata)
    report: Report = field(default_factory=Report)
    preview: bytes = b""
    thumbnail: bytes = b""


@dataclass(frozen=True, slots=True)
class Task:
    """A file, and the promise of an answer.

    Attributes:
        sink: Where a whole JPEG is written to, for requests that want one.
    """

    request: Request
    answer: Future[Answer]
    sink: BinaryIO | None = None


class Employer(Protocol):
    """Where an attendant gets its work from."""

    limit_s: float
    """How long one file may take."""
    program: Sequence[str]
    """What a child runs."""
    closed: bool
    """Whether no file is taken any more."""

    def next_task(self, attendant: Attendant) -> Task | None:
        """Blocks; None where the attendant is to leave."""
        ...


class Attendant(threading.Thread):
    """Has at most one child at a time, from the first file on."""

    def __init__(self, employer: Employer) -> None:
        super().__init__(name="decoder-attendant", daemon=True)
        self._employer = employer
        self._child: Decoder | None = None

    def run(self) -> None:
        """Work until there is none."""
        while (task := self._employer.next_task(self)) is not None:
            try:
                task.answer.set_result(self._attend(task))
            except BaseException as error:  # noqa: BLE001  (not caught, but carried to the thread that waits for it)
                self._bury_child()
                task.answer.set_exception(error)
        if self._child is not None:
            self._child.end(patience_s=_PATIENCE_S)

    def interrupt(self) -> None:
        """Called by another thread once the employer is closed: take the child away from its file, and wait."""
        child = self._child
        if child is not None:
            child.kill()
        self.join()

    def _attend(self, task: Task) -> Answer:
        answer = Answer()
        for _ in range(_LIVES):
            answer = Answer(metadata=answer.metadata)
            try:
                self._converse(self._living_child(), task, answer)
            except ChildTooSlow:
                self._bury_child()
                answer.report = Report(problem=f"decoding it took longer than {self._employer.limit_s:g} s")
            except (ChildDied, BrokenMessage) as error:
                self._bury_child()
                answer.report = Report(problem=f"decoding it killed the decoder: {error}")
                continue
            break
        return answer

    def _living_child(self) -> Decoder:
        if self._child is None and not self._employer.closed:
            self._child = Decoder(self._employer.program)
        if self._child is None or self._employer.closed:
            raise DecodersBroken("the decoders are closed")
        return self._child

    def _converse(self, child: Decoder, task: Task, answer: Answer) -> None:
        child.ask(task.request, limit_s=self._employer.limit_s)
        frame = child.receive_frame()
        answer.metadata = unpack_metadata(frame)
        answer.report = unpack_report(child.receive_frame())
        if task.request.wish is Wish.JPEG and answer.report.problem is None and task.sink is not None:
            _receive_whole(child, task.sink)
        elif answer.report.problem is None:
            answer.preview, answer.thumbnail = child.receive_frame(), child.receive_frame()
        if answer.report.last:
            self._bury_child()

    def _bury_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


def _receive_whole(child: Decoder, sink: BinaryIO) -> None:
    """A picture in as many frames as it takes, in place of what an earlier life has left of it."""
    sink.seek(0)
    sink.truncate()
    while part := child.receive_frame():
        sink.write(part)
        if sink.tell() > _MAX_JPEG_BYTES:
            raise BrokenMessage("a picture without an end")
