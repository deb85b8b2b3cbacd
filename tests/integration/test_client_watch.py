"""Watching real folders. `stepped` tests have clocks of their own and need no thread; the others listen for real."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mediascream.client.outcome import FileState, Outcome
from mediascream.client.walk import is_on_the_way
from mediascream.client.watch import Tempo, Watch
from mediascream.client.writers import is_being_written
from mediascream.errors import ServerGone
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

JPEG = b"\xff\xd8\xff"
QUICK = Tempo(rest_s=0.3, tick_s=0.05, poll_s=0.1, whole_s=3600, away_s=0.1)


@dataclass
class Post:
    """Takes files as the server would.

    Attributes:
        arrived: The digest of what each path held when it was sent, in order.
        away: Whether the server is.
        noted: The photos that were sent, or looked at again, for the sake of their sidecars.
    """

    arrived: list[tuple[str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    away: bool = False
    failing: set[str] = field(default_factory=set)
    batches: int = 0
    noted: list[str] = field(default_factory=list)

    def greet(self) -> None:
        if self.away:
            raise ServerGone("nobody answers")

    def say(self, line: str) -> None:
        self.said.append(line)

    def send(self, paths: tuple[str, ...], noted: frozenset[str]) -> Iterator[list[Outcome]]:
        self.batches += 1
        if not self.away:
            self.noted += sorted(Path(path).name for path in noted)
        for path in paths:
            yield [self._send(path)]

    def _send(self, path: str) -> Outcome:
        name = Path(path).name
        if self.away:
            return Outcome(path, FileState.FAILED, code="not-sent")
        if name in self.failing:
            return Outcome(path, FileState.FAILED, code="unreadable")
        self.arrived.append((name, hashlib.sha256(Path(path).read_bytes()).hexdigest()))
        return Outcome(path, FileState.UPLOADED)

    @property
    def names(self) -> list[str]:
        return sorted(name for name, _ in self.arrived)


@dataclass
class Clocks:
    """Both clocks of a machine; sleep moves only the one on the wall."""

    steady_s: float = 1000.0
    wall_s: float = 4e9

    def go_on(self, seconds: float) -> None:
        self.steady_s += seconds
        self.wall_s += seconds


class Stepped:
    """A watch whose clocks stand still, on a folder that nobody tells of."""

    def __init__(self, folder: Path, tempo: Tempo | None = None) -> None:
        self.post, self.clocks = Post(), Clocks()
        self.watch = Watch(
            (str(folder),),
            self.post,
            tempo or Tempo(rest_s=5, poll_s=1000),
            clock_s=lambda: self.clocks.steady_s,
            wall_s=lambda: self.clocks.wall_s,
            told_of=lambda _folder: False,
        )

    def after(self, seconds: float) -> list[str]:
        self.clocks.go_on(seconds)
        self.watch.step()
        return self.post.names


@contextmanager
def watching(*folders: Path, told: bool = True) -> Iterator[Post]:
    post, stopped = Post(), threading.Event()
    watch = Watch(tuple(map(str, folders)), post, QUICK, told_of=lambda _folder: told)
    thread = threading.Thread(target=watch.run, args=(stopped,))
    thread.start()
    try:
        yield post
    finally:
        stopped.set()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def test_stepped_what_was_there_before_is_sent_at_the_start_but_nobody_s_files_are_not(folder: Path) -> None:
    for name in ("a.jpg", "deep/er/b.jpg", ".hidden.jpg", "@eaDir/thumb.jpg", ".Trash/c.jpg", "Thumbs.db"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(JPEG)
    assert Stepped(folder).after(0) == ["a.jpg", "b.jpg"]


def test_stepped_what_came_while_the_machine_slept_is_found_when_it_wakes(folder: Path) -> None:
    stepped = Stepped(folder)
    stepped.after(0)
    (folder / "a.jpg").write_bytes(JPEG)
    assert stepped.after(3) == []
    stepped.clocks.wall_s += 3600
    assert stepped.after(3) == ["a.jpg"]


def test_stepped_a_clock_that_is_set_back_stops_nothing(folder: Path) -> None:
    stepped = Stepped(folder, Tempo(rest_s=5, poll_s=1))
    stepped.clocks.wall_s = 1e6  # so that the file seems to come from the future
    (folder / "a.jpg").write_bytes(JPEG)
    assert stepped.after(2) == []
    assert stepped.after(4) == []
    assert stepped.after(2) == ["a.jpg"]


def test_stepped_a_server_that_is_away_is_told_of_once_and_the_files_wait(folder: Path) -> None:
    (folder / "a.jpg").write_bytes(JPEG)
    stepped = Stepped(folder)
    stepped.post.away = True
    for _ in range(20):
        assert stepped.after(10) == []
    assert stepped.post.batches == 1
    assert [line for line in stepped.post.said if "takes nothing" in line] == stepped.post.said
    assert len(stepped.post.said) == 1
    stepped.post.away = False
    assert stepped.after(60) == ["a.jpg"]
    assert stepped.post.said[1:] == ["the server is there again, after 4:10 min"]


def test_stepped_a_file_that_fails_holds_up_no_other_and_is_tried_again(folder: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(JPEG)
    stepped = Stepped(folder)
    stepped.post.failing = {"a.jpg"}
    assert stepped.after(0) == ["b.jpg"]
    assert stepped.after(30) == ["b.jpg"]
    assert stepped.post.batches == 1
    stepped.post.failing = set()
    assert stepped.after(31) == ["a.jpg", "b.jpg"]


def test_stepped_notes_that_come_after_their_photo_are_told_once(folder: Path) -> None:
    for name in ("a.jpg", "b.nef", "b.jpg", "c.jpg"):
        (folder / name).write_bytes(JPEG)
    stepped = Stepped(folder, Tempo(rest_s=5, poll_s=1))
    stepped.after(6)
    assert stepped.post.noted == []
    (folder / "a.jpg.xmp").write_bytes(b"notes")
    (folder / "b.xmp").write_bytes(b"notes")
    stepped.after(6)
    stepped.after(6)
    stepped.after(60)
    assert stepped.post.noted == ["a.jpg", "b.jpg", "b.nef"]
    (folder / "a.jpg.xmp").write_bytes(b"other notes")
    stepped.after(6)
    stepped.after(6)
    assert stepped.post.noted[3:] == ["a.jpg"]


def test_stepped_notes_wait_for_a_server_that_is_away_and_for_a_photo_that_grows(folder: Path) -> None:
    (folder / "a.jpg").write_bytes(JPEG)
    stepped = Stepped(folder, Tempo(rest_s=5, poll_s=1))
    stepped.after(6)
    stepped.post.away = True
    (folder / "a.xmp").write_bytes(b"notes")
    stepped.after(6)
    stepped.after(6)
    stepped.post.away = False
    stepped.after(60)
    assert stepped.post.noted == ["a.jpg"]
    stepped.clocks.wall_s = 0.0  # nothing is old by this clock
    (folder / "b.xmp").write_bytes(b"notes")
    stepped.after(1)
    for number in range(5):
        (folder / "b.jpg").write_bytes(JPEG * (number + 1))
        stepped.after(4)
    assert stepped.post.noted == ["a.jpg"]
    stepped.after(6)
    stepped.after(6)
    assert stepped.post.noted == ["a.jpg", "b.jpg"]


def test_stepped_after_an_empty_mount_nothing_is_asked_again_and_what_is_gone_is_forgotten(
    folder: Path, tmp_path: Path
) -> None:
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(JPEG)
    stepped = Stepped(folder, Tempo(rest_s=5, poll_s=1, whole_s=1))
    assert stepped.after(6) == ["a.jpg", "b.jpg"]
    away = folder.rename(tmp_path / "unplugged")
    folder.mkdir()
    (folder / "NOT MOUNTED.txt").write_text("")
    for _ in range(3):
        stepped.after(6)
    batches = stepped.post.batches
    (folder / "NOT MOUNTED.txt").unlink()
    folder.rmdir()
    (away / "b.jpg").unlink()
    away.rename(folder)
    assert stepped.after(6) == stepped.after(6)
    assert stepped.post.batches == batches
    (folder / "b.jpg").write_bytes(JPEG)
    stepped.after(6)
    stepped.after(6)
    assert stepped.post.names.count("b.jpg") == 2


def test_stepped_a_file_that_is_gone_when_its_turn_comes_is_no_failure(folder: Path) -> None:
    stepped = Stepped(folder, Tempo(rest_s=5, poll_s=1))
    stepped.clocks.wall_s = 1e6
    (folder / "a.jpg").write_bytes(JPEG)
    stepped.after(2)
    (folder / "a.jpg").unlink()
    stepped.watch._tops[0].next_look_s = 1e12
    assert stepped.after(10) == []
    assert stepped.post.batches == 0


def test_a_new_file_is_sent_once_and_so_is_one_that_is_renamed_into_place(folder: Path) -> None:
    with watching(folder) as post:
        (folder / "a.jpg").write_bytes(JPEG)
        eventually(lambda: post.names == ["a.jpg"])
        (folder / ".b.jpg.Xy12").write_bytes(JPEG + b"b")
        (folder / ".b.jpg.Xy12").rename(folder / "b.jpg")
        eventually(lambda: post.names == ["a.jpg", "b.jpg"])
        (folder / "c.jpg").write_bytes(JPEG)
        eventually(lambda: post.names == ["a.jpg", "b.jpg", "c.jpg"])


def test_a_link_that_leads_back_brings_nothing_twice_and_one_that_leads_elsewhere_is_followed(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.jpg").write_bytes(JPEG)
    with watching(folder) as post:
        (folder / "a.jpg").write_bytes(JPEG)
        eventually(lambda: post.names == ["a.jpg"])
        (folder / "back").symlink_to(".")
        (folder / "on").symlink_to(tmp_path / "elsewhere")
        eventually(lambda: post.names == ["a.jpg", "b.jpg"])
    assert post.names == ["a.jpg", "b.jpg"]


def test_a_folder_that_is_moved_in_is_sent_with_all_that_is_in_it(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "card" / "dcim").mkdir(parents=True)
    for number in range(5):
        (tmp_path / "card" / "dcim" / f"{number}.jpg").write_bytes(JPEG + bytes([number]))
    with watching(folder) as post:
        (folder / "first.jpg").write_bytes(JPEG)
        eventually(lambda: post.names)
        (tmp_path / "card").rename(folder / "card")
        eventually(lambda: len(post.arrived) == 6)


@pytest.mark.parametrize("told", [True, False])
def test_a_file_that_grows_slowly_is_sent_once_and_whole(folder: Path, told: bool) -> None:
    whole = JPEG + b"".join(bytes([number]) * 1000 for number in range(8))
    with watching(folder, told=told) as post, (folder / "a.jpg").open("wb", buffering=0) as file:
        for start in range(0, len(whole), 1000):
            file.write(whole[start : start + 1000])
            threading.Event().wait(0.15)  # faster than it takes to be thought at rest
        file.close()
        eventually(lambda: post.arrived)
    assert post.arrived == [("a.jpg", hashlib.sha256(whole).hexdigest())]


def test_a_file_that_is_open_for_writing_is_not_at_rest(folder: Path) -> None:
    path = folder / "a.jpg"
    with path.open("wb", buffering=0) as file:
        file.write(JPEG)
        if not is_being_written(str(path)):
            pytest.skip("this file system does not tell who writes")
        with watching(folder) as post:
            (folder / "b.jpg").write_bytes(JPEG)
            eventually(lambda: post.names == ["b.jpg"])
            threading.Event().wait(0.5)
            assert post.names == ["b.jpg"]
            file.write(b"the rest")
            file.close()
            eventually(lambda: post.names == ["a.jpg", "b.jpg"])
    assert not is_being_written(str(path))
    assert ("a.jpg", hashlib.sha256(JPEG + b"the rest").hexdigest()) in post.arrived


@pytest.mark.parametrize("told", [True, False])
def test_a_folder_that_goes_and_comes_back_is_watched_again(folder: Path, tmp_path: Path, told: bool) -> None:
    with watching(folder, told=told) as post:
        (folder / "a.jpg").write_bytes(JPEG)
        eventually(lambda: post.names == ["a.jpg"])
        folder.rename(tmp_path / "elsewhere")
        eventually(lambda: any("is not there" in line for line in post.said))
        (tmp_path / "elsewhere" / "b.jpg").write_bytes(JPEG)
        (tmp_path / "elsewhere").rename(folder)
        eventually(lambda: post.names == ["a.jpg", "b.jpg"])
        (folder / "c.jpg").write_bytes(JPEG)
        eventually(lambda: post.names == ["a.jpg", "b.jpg", "c.jpg"])
    assert [line.rpartition(" is ")[2] for line in post.said] == ["not there; waiting for it", "there again"]


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    with watching(tmp_path / "card") as post:
        eventually(lambda: post.said)
        (tmp_path / "card").mkdir()
        (tmp_path / "card" / "a.jpg").write_bytes(JPEG)
        eventually(lambda: post.names == ["a.jpg"])


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("/in/a.jpg", True),
        ("/in/x/y/a.jpg", True),
        ("/in/.a.jpg", False),
        ("/in/.x/a.jpg", False),
        ("/in/@eaDir/a.jpg", False),
        ("/in/x/#recycle/y/a.jpg", False),
        ("/in/thumbs.db", False),
        ("/in/Family.photoslibrary/originals/a.jpg", True),
        ("/in/Family.photoslibrary/resources/a.jpg", False),
    ],
)
def test_a_change_counts_where_a_walk_would_come_by(path: str, taken: bool) -> None:
    assert is_on_the_way(path, "/in") is taken
