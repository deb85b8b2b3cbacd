"""What the laptop's side costs: `mediascream upload` beside `curl --parallel`, and a second run over known files.

    python -m bench.client [--photos 300] [--known 100000]

First, the same made-up photos go into two empty servers without a worker: to one by `curl --parallel`, four at a
time by PUT (their digests are known beforehand, which no real sender has for nothing), to the other by `mediascream
upload`, which walks, hashes and asks first. Five rounds; the median of the ratios counts. Then a folder of files that
the server knows is sent twice: the second run reads none of them.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import psutil

from bench.load import photos
from mediascream.hub import Hub
from mediascream.library import photos as photos_library
from mediascream.library.records import NewPhoto
from mediascream.photo import Kind, PhotoId
from mediascream.settings import Settings
from tests.e2e.running import Running

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

T = TypeVar("T")

SIZE_BYTES = 5_000_000
ROUNDS = 5
AT_ONCE = 4
WARM_UP_S = 2.5
"""The ledger keeps no file that is younger than that."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command."""

    wall_s: float
    peak_mb: float
    stdout: str


def upload(server: Running, folder: Path, state: Path) -> Run:
    """`mediascream upload`, watched."""
    environment = os.environ | {"XDG_STATE_HOME": str(state)}
    began, peak = time.monotonic(), 0
    command = [sys.executable, "-m", "mediascream", "upload", str(folder), "--server", server.url]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
            except psutil.Error:
                break
            time.sleep(0.02)
        stdout = process.communicate()[0]
    if process.returncode:
        raise SystemExit(f"the upload ended with {process.returncode}: {stdout}")
    return Run(time.monotonic() - began, peak / 2**20, stdout)


def curl(server: Running, files: dict[Path, str], folder: Path) -> float:
    """Seconds that `curl --parallel` takes for the same."""
    config = folder / "curl.config"
    config.write_text(
        "\nnext\n".join(
            f'url = "{server.url}/photos/{photo_id}"\nupload-file = "{file}"\noutput = "/dev/null"\nfail\nsilent'
            for file, photo_id in files.items()
        )
    )
    began = time.monotonic()
    subprocess.run(["curl", "--parallel", "--parallel-max", str(AT_ONCE), "-K", str(config)], check=True)
    return time.monotonic() - began


def sending(count: int) -> None:
    """The client beside curl."""
    ratios = [_round(turn, count) for turn in range(ROUNDS)]
    print(f"median ratio {statistics.median(ratios):.2f} (bar: 1.25)")


def _round(turn: int, count: int) -> float:
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        files = {}
        (folder / "in").mkdir()
        for number, content in enumerate(photos(count, SIZE_BYTES)):
            file = folder / "in" / f"{number:04}.jpg"
            file.write_bytes(content)
            files[file] = hashlib.sha256(content).hexdigest()
        acts: list[Callable[[], object]] = [
            lambda: _with_server(folder / "curl", lambda server: curl(server, files, folder)),
            lambda: _with_server(folder / "ours", lambda server: upload(server, folder / "in", folder)),
        ]
        # Who goes second finds a disk that is busy with the first one's bytes: so they take turns, and it is let rest.
        order = (0, 1) if turn % 2 else (1, 0)
        results = {which: acts[which]() for which in order}
        curl_s, run = cast("float", results[0]), cast("Run", results[1])
    print(
        f"round {turn + 1}: {count} photos of {SIZE_BYTES // 10**6} MB: curl {curl_s:.2f} s, ours {run.wall_s:.2f} s, "
        f"ratio {run.wall_s / curl_s:.2f}, our memory {run.peak_mb:.0f} MB",
        flush=True,
    )
    return run.wall_s / curl_s


def knowing(count: int) -> None:
    """A second run over files that the server knows."""
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        server = Running(folder / "data", arguments=("--no-worker",))
        _fill(server, _make_files(folder / "in", count))
        time.sleep(WARM_UP_S)
        server.start()
        try:
            for name in ("first", "second"):
                run = upload(server, folder / "in", folder)
                print(f"{name} run over {count} known files: {run.wall_s:.2f} s, {run.peak_mb:.0f} MB", flush=True)
        finally:
            server.close()
    print("bars: second run 5 s, memory 120 MB")


def _make_files(folder: Path, count: int) -> list[str]:
    ids = []
    for number in range(count):
        if number % 1000 == 0:
            (folder / f"{number:06}").mkdir(parents=True)
        content = b"\xff\xd8\xff\xe0" + f"{number}".encode() * 20
        (folder / f"{number // 1000 * 1000:06}" / f"{number:06}.jpg").write_bytes(content)
        ids.append(hashlib.sha256(content).hexdigest())
    return ids


def _fill(server: Running, ids: list[str]) -> None:
    hub = Hub(Settings(data_folder=server.data, allow_volatile=True))
    now = datetime.now(UTC)

    def add(connection: sa.Connection) -> None:
        """Without deliveries and jobs, which nobody asks for here."""
        for one in part:
            photos_library.add(
                connection, NewPhoto(PhotoId(one), "a.jpg", "image/jpeg", "jpg", Kind.PHOTO, 100, now), []
            )

    try:
        for start in range(0, len(ids), 1000):
            part = ids[start : start + 1000]
            hub.database.write(add)
    finally:
        hub.close()


def _at_rest(act: Callable[[Running], T], server: Running) -> T:
    os.sync()
    return act(server)


def _with_server(data: Path, act: Callable[[Running], T]) -> T:
    server = Running(data, arguments=("--no-worker",))
    try:
        return _at_rest(act, server.start())
    finally:
        server.close()


def main() -> None:
    """Measure both and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--known", type=int, default=100_000)
    arguments = parser.parse_args()
    sending(arguments.photos)
    knowing(arguments.known)


if __name__ == "__main__":
    main()
