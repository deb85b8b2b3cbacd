"""The pool of children: one that dies, hangs or lies costs one file its pictures, and nobody anything else."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from PIL import Image

import mediascream
from mediascream.errors import DecodersBroken
from mediascream.media_types import JPEG
from mediascream.processing.sandbox import Decoders, Outcome
from tests.fakes import decoder_child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAKE = (decoder_child.__file__,)


@pytest.fixture
def closing() -> Iterator[Callable[[Decoders], Decoders]]:
    """Closes what is handed to it when the test ends."""
    pools: list[Decoders] = []

    def keep(pool: Decoders) -> Decoders:
        pools.append(pool)
        return pool

    yield keep
    for pool in pools:
        pool.close()


@pytest.fixture
def fakes(closing: Callable[[Decoders], Decoders]) -> Decoders:
    """One fake child at a time."""
    return closing(Decoders(children=1, program=FAKE))


def ask(pool: Decoders, folder: Path, name: str) -> Outcome:
    """Decode a file whose name tells the fake child what to do."""
    file = folder / f"{name}.jpg"
    file.write_bytes(b"anything")
    return pool.decode(file, JPEG, into=folder, stem="out")


def children() -> list[psutil.Process]:
    """The decoders among this process's children; a database server of other tests may be one, too."""
    return [child for child in psutil.Process().children() if child.is_running() and is_decoder(child)]


def is_decoder(child: psutil.Process) -> bool:
    try:
        return any("processing.child" in word or "decoder_child" in word for word in child.cmdline())
    except psutil.Error:
        return False


def test_pictures_are_written_under_the_stem_and_nothing_else_is_left(fakes: Decoders, tmp_path: Path) -> None:
    outcome = ask(fakes, tmp_path, "well")
    assert (outcome.preview, outcome.thumbnail) == (tmp_path / "out.preview.jpg", tmp_path / "out.thumb.webp")
    assert outcome.placeholder == b"\1\2"
    assert (tmp_path / "out.preview.jpg").read_bytes() == decoder_child.JPEG
    assert {file.name for file in tmp_path.iterdir()} == {"well.jpg", "out.preview.jpg", "out.thumb.webp"}


def test_a_child_serves_one_file_after_the_other(fakes: Decoders, tmp_path: Path) -> None:
    first, second = ask(fakes, tmp_path, "a"), ask(fakes, tmp_path, "b")
    assert first.metadata.description == second.metadata.description


def test_a_file_that_kills_its_child_keeps_its_metadata_and_says_what_happened(fakes: Decoders, tmp_path: Path) -> None:
    outcome = ask(fakes, tmp_path, "die")
    assert outcome.metadata.description == "last words"
    assert outcome.preview is None
    assert outcome.problem == "decoding it killed the decoder: it was ended by SIGSEGV"
    assert ask(fakes, tmp_path, "next").problem is None


def test_a_file_that_hangs_is_given_up_and_keeps_its_metadata(
    closing: Callable[[Decoders], Decoders], tmp_path: Path
) -> None:
    pool = closing(Decoders(children=1, limit_s=0.5, program=FAKE))
    outcome = ask(pool, tmp_path, "hang")
    assert outcome.metadata.description == "still here"
    assert outcome.problem == "decoding it took longer than 0.5 s"
    assert ask(pool, tmp_path, "next").problem is None


@pytest.mark.parametrize("name", ["lie", "drop"])
def test_a_child_that_says_nonsense_is_not_believed(fakes: Decoders, tmp_path: Path, name: str) -> None:
    outcome = ask(fakes, tmp_path, name)
    assert outcome.problem
    assert not list(tmp_path.glob("out*"))


def test_a_child_killed_by_a_stranger_costs_no_file_its_pictures(fakes: Decoders, tmp_path: Path) -> None:
    ask(fakes, tmp_path, "first")
    (child,) = children()
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert ask(fakes, tmp_path, "second").problem is None


def test_a_child_knows_no_secrets(fakes: Decoders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIASCREAM_S3_SECRET_KEY", "secret")
    names = (ask(fakes, tmp_path, "tell").metadata.description or "").split()
    assert "PYTHONPATH" in names
    assert "MEDIASCREAM_S3_SECRET_KEY" not in names
    assert "HOME" not in names


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux refuses a process single system calls")
def test_a_child_cannot_change_a_file_reach_a_network_or_run_a_program(fakes: Decoders, tmp_path: Path) -> None:
    assert ask(fakes, tmp_path, "misbehave").metadata.description == "all was refused"


def test_as_many_children_work_as_were_asked_for(closing: Callable[[Decoders], Decoders], tmp_path: Path) -> None:
    pool = closing(Decoders(children=2, limit_s=1, program=FAKE))
    (tmp_path / "hang.jpg").write_bytes(b"anything")
    with ThreadPoolExecutor(6) as threads:
        hanging = [
            threads.submit(pool.decode, tmp_path / "hang.jpg", JPEG, into=tmp_path, stem=str(number)) for number in "ab"
        ]
        wanted = threads.submit(ask, pool, tmp_path, "well")
        assert [one.result().problem for one in hanging] == ["decoding it took longer than 1 s"] * 2
        assert wanted.result().problem is None
    assert len(children()) <= 2


def test_children_leave_when_nothing_comes(closing: Callable[[Decoders], Decoders], tmp_path: Path) -> None:
    pool = closing(Decoders(children=1, idle_s=0.1, program=FAKE))
    ask(pool, tmp_path, "first")
    _gone, alive = psutil.wait_procs(children(), timeout=30)
    assert not alive
    assert ask(pool, tmp_path, "second").problem is None


def test_closing_ends_the_children_and_the_files_in_their_hands(fakes: Decoders, tmp_path: Path) -> None:
    (tmp_path / "hang.jpg").write_bytes(b"anything")
    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(fakes.decode, tmp_path / "hang.jpg", JPEG, into=tmp_path, stem="x")
        while not children():
            threading.Event().wait(0.01)
        fakes.close()
        with pytest.raises(DecodersBroken):
            hanging.result()
    assert not children()
    with pytest.raises(DecodersBroken):
        ask(fakes, tmp_path, "late")


def test_a_child_that_cannot_start_is_no_fault_of_the_file(
    closing: Callable[[Decoders], Decoders], tmp_path: Path
) -> None:
    pool = closing(Decoders(children=1, program=["-c", "raise SystemExit(7)"]))
    with pytest.raises(DecodersBroken, match="ended with code 7"):
        ask(pool, tmp_path, "well")


def test_a_file_that_is_not_there_is_an_error_of_its_own(fakes: Decoders, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fakes.decode(tmp_path / "absent.jpg", JPEG, into=tmp_path, stem="x")


def test_children_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.jpg")
    script = (
        "import sys, time, psutil; from pathlib import Path; from mediascream.media_types import JPEG\n"
        "from mediascream.processing.sandbox import Decoders; pool = Decoders(); folder = Path(sys.argv[1])\n"
        "print(pool.decode(folder / 'photo.jpg', JPEG, into=folder, stem='x').problem, flush=True)\n"
        "print(psutil.Process().children()[0].pid, flush=True); sys.stdin.read()"
    )
    source = str(Path(mediascream.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": source},
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().strip() == "None"
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        _, alive = psutil.wait_procs([child], timeout=30)
        assert not alive
