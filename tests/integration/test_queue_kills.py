"""Workers that are killed in the middle of a job."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mediascream.database import Database, sqlite_url
from mediascream.errors import DataFolderInUse, FolderNotWritable
from mediascream.lock import Lock
from mediascream.queue.jobs import Job, Jobs
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def working(url: str, executor_id: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process; it is killed at the end of the body at the latest."""
    command = [sys.executable, "-m", "tests.queue_worker", url, executor_id, str(folder)]
    with (folder / f"{executor_id}.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def prepare(url: str, *names: str) -> None:
    database = Database(url)
    jobs = Jobs(database)
    jobs.prepare()
    for name in names:
        database.write(partial(jobs.enqueue, job=Job("wide", "work", name, (name,))))
    jobs.close()
    database.close()


def seen(folder: Path, pattern: str) -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))


def test_what_a_killed_worker_was_doing_is_done_again_by_the_next(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "db")
    prepare(url, "a", "b", "c")
    with working(url, "single", tmp_path):
        eventually(lambda: len(seen(tmp_path, "begun.*")) == 2)
    begun = seen(tmp_path, "begun.*")
    for name in begun:
        (tmp_path / name).unlink()
    (tmp_path / "go").touch()
    with working(url, "single", tmp_path):
        eventually(lambda: len(seen(tmp_path, "done.*")) == 3)
    assert set(begun) < set(seen(tmp_path, "begun.*"))


@pytest.mark.postgres
@pytest.mark.long
def test_a_living_worker_takes_the_jobs_of_a_dead_one_and_of_no_other(tmp_path: Path, postgres: str) -> None:
    url = postgres
    prepare(url, "a", "b")
    with working(url, "killed", tmp_path) as killed:
        eventually(lambda: len(seen(tmp_path, "begun.killed.*")) == 2)
        with working(url, "heir", tmp_path):
            prepare(url, "c")
            eventually(lambda: seen(tmp_path, "begun.heir.*") == ["begun.heir.c"])
            killed.kill()
            killed.wait()
            (tmp_path / "go").touch()
            eventually(lambda: len(seen(tmp_path, "done.heir.*")) == 3)
    assert seen(tmp_path, "done.killed.*") == []


def test_a_second_worker_on_the_same_folder_is_refused_with_one_line(tmp_path: Path) -> None:
    first = Lock(tmp_path / "worker.lock")
    with pytest.raises(DataFolderInUse) as refused:
        Lock(tmp_path / "worker.lock")
    assert "\n" not in str(refused.value)
    assert str(tmp_path) in str(refused.value)
    first.release()
    Lock(tmp_path / "worker.lock").release()


def test_a_lock_ends_with_its_process_however_that_ends(tmp_path: Path) -> None:
    hold = f"from pathlib import Path; from mediascream.lock import Lock; Lock(Path({str(tmp_path / 'it.lock')!r})); print('held', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DataFolderInUse, match=f"process {holder.pid}"):
            Lock(tmp_path / "it.lock")
        holder.kill()
    Lock(tmp_path / "it.lock").release()


def test_a_lock_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    with pytest.raises(FolderNotWritable, match="cannot be written"):
        Lock(tmp_path / "missing" / "it.lock")
