"""What a power cut leaves behind is decided by the order of flushes: seen in the system calls of a real upload.

A disk may write what was not flushed in any order, or not at all. So the data of a file must be flushed before it gets
its name, the name before a row tells of it, and the row before anybody is told.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.e2e.pictures import write_jpegs
from tests.e2e.running import Running
from tests.e2e.steps import SOCKET
from tests.e2e.traced import Traced

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.steps import Step

pytestmark = pytest.mark.survival
WRITES = {"write", "writev", "pwrite64", "pwritev", "pwritev2", "copy_file_range", "sendfile"}
FLUSHES = {"fsync", "fdatasync"}
NAMES = {"rename", "renameat", "renameat2", "link", "linkat"}
FOLDERS = {"mkdir", "mkdirat"}
REMOVALS = {"unlink", "unlinkat"}
LOG = "mediascream.sqlite-wal"


class Order:
    """A trace, read forward: each thing that is asked for must begin after the one before has ended."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self._at = -1
        self._seen = ["the beginning"]

    def then(self, told: str, wanted: Callable[[Step], bool]) -> Step:
        """The first step of this kind from here on; its end is where the next search begins."""
        for at, step in enumerate(self._steps):
            if at > self._at and not step.done and wanted(step):
                self._at = self._end_of(step)
                self._seen.append(told)
                return step
        raise AssertionError(f"{told}: not seen after {' < '.join(self._seen)}")

    def _end_of(self, step: Step) -> int:
        return next(at for at, other in enumerate(self._steps) if other.done and other.number == step.number)

    def commit(self, of_what: str) -> None:
        """A transaction is written and flushed."""
        self.then(f"{of_what} is written", lambda step: step.call in WRITES and step.what == (LOG,))
        self.then(f"{of_what} is flushed", lambda step: step.call in FLUSHES and step.what == (LOG,))


@pytest.fixture(scope="module")
def upload(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Step], str]:
    """The trace of one upload until it is safe, and the photo's id."""
    folder = tmp_path_factory.mktemp("order")
    (file,) = write_jpegs(folder / "photos", 1)
    with closing(Running(folder / "data")) as server:
        traced = Traced(server)
        traced.start()
        traced.arm()
        assert traced.send(file)
        traced.wait_over()
        assert server.stop() == 0  # the end of the last step is told then, too
    return traced.steps(), hashlib.sha256(file.read_bytes()).hexdigest()


def named(steps: list[Step], ending: str) -> tuple[str, str]:
    """The name that a file had while it was written, and the one that it got, which ends like this."""
    return next(
        (step.what[0], step.what[1])
        for step in steps
        if step.call in NAMES and len(step.what) == 2 and step.what[1].endswith(ending)
    )


def flush_of(path: str) -> Callable[[Step], bool]:
    return lambda step: step.call in FLUSHES and step.what == (path,)


def made(folder: str) -> Callable[[Step], bool]:
    return lambda step: step.call in FOLDERS and step.what == (folder,)


def test_the_sender_is_told_only_once_data_name_and_row_are_on_disk(upload: tuple[list[Step], str]) -> None:
    steps, photo = upload
    part, _ = named(steps, f"spool/{photo}")
    order = Order(steps)
    order.then("the data is written", lambda step: step.call in WRITES and step.what == (part,))
    order.then("the data is flushed", flush_of(part))
    order.then("the data gets its name", lambda step: step.call in NAMES and step.what == (part, f"spool/{photo}"))
    order.then("the name is flushed", flush_of("spool"))
    order.commit("the row")
    order.then("the sender is told", lambda step: step.what == (SOCKET,) and step.head.startswith("HTTP/1.1 201"))


def test_the_spool_lets_go_only_once_copy_sidecar_and_receipt_are_on_disk(upload: tuple[list[Step], str]) -> None:
    steps, photo = upload
    order = Order(steps)  # the archive may be at work before the sender has read its answer
    copy, original = named(steps, f"~{photo[:12]}.jpg")
    folder = original.rpartition("/")[0]
    order.then("the copy is written", lambda step: step.call in WRITES and step.what == (copy,))
    order.then("the copy is flushed", flush_of(copy))
    order.then("the copy gets its name", lambda step: step.call in NAMES and step.what == (copy, original))
    order.then("the copy's name is flushed", flush_of(folder))
    draft, sidecar = named(steps, f"~{photo[:12]}.jpg.json")
    order.then("the sidecar is written", lambda step: step.call in WRITES and step.what == (draft,))
    order.then("the sidecar is flushed", flush_of(draft))
    order.then("the sidecar gets its name", lambda step: step.call in NAMES and step.what == (draft, sidecar))
    order.then("the sidecar's name is flushed", flush_of(folder))
    order.commit("the receipt")
    order.then("the spool lets go", lambda step: step.call in REMOVALS and step.what == (f"spool/{photo}",))


def test_nothing_is_written_to_a_file_after_its_last_flush(upload: tuple[list[Step], str]) -> None:
    steps, photo = upload
    for ending in (f"spool/{photo}", f"~{photo[:12]}.jpg", f"~{photo[:12]}.jpg.json"):
        unnamed, name = named(steps, ending)
        last = [step.call for step in steps if not step.done and step.what[-1:] in {(unnamed,), (name,)}]
        changes = [call in WRITES for call in last if call in WRITES | FLUSHES]
        assert not changes[-1], f"{name} was changed after it was flushed: {last}"


def test_each_new_folder_of_the_archive_is_flushed_before_anything_in_it_counts(
    upload: tuple[list[Step], str],
) -> None:
    steps, photo = upload
    copy, original = named(steps, f"~{photo[:12]}.jpg")
    parents = [str(one) for one in PurePosixPath(original).parents]
    for outer, inner in pairwise(reversed(parents)):
        order = Order(steps)
        order.then(f"{inner} is made", made(inner))
        order.then(f"the name of {inner} is flushed", flush_of(outer))
        order.then("the copy gets its name", lambda step: step.call in NAMES and step.what == (copy, original))
