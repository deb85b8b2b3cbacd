"""From `curl` to `safe`: photos a second, memory and CPU of a whole Mediascream.

    python -m bench.end_to_end [--photos 300] [--large-gb 2]

A server with no settings but a folder of its own (SQLite, folder archive) gets made-up 12 MP photos by one
`curl` after another, two at a time, as fast as it takes them. Measured: photos a second from the first request
until the last is `safe`; the sum of the proportional memory (PSS) of all its processes, at its highest and when
nothing was to do for a minute and a half; CPU when idle; seconds until healthy of a second start; memory while a
large video is uploaded. Beside it, in the same run, `sharp` alone making the two pictures of the same files.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from bench.renditions import make_photo
from tests.e2e.running import Running

WARM_UP = 6
IDLE_AFTER_S = 90
IDLE_WATCH_S = 30


class Watch(threading.Thread):
    """Looks at the memory of a process and its children once a second, since looking costs CPU too."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.peak_mb = 0.0
        self.stopped = threading.Event()

    def pss_mb(self) -> float:
        """The sum over all processes, shared pages counted once."""
        total = 0
        for process in self._family():
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        return total / 2**20

    def cpu_s(self) -> float:
        """CPU seconds of the server and its living children."""
        total = 0.0
        for process in self._family():
            try:
                used = process.cpu_times()
            except psutil.Error:
                continue
            total += used.user + used.system + used.children_user + used.children_system
        return total

    def _family(self) -> list[psutil.Process]:
        try:
            return [self.root, *self.root.children(recursive=True)]
        except psutil.Error:
            return []

    def run(self) -> None:
        """Until it is told to stop."""
        while not self.stopped.wait(1.0):
            self.peak_mb = max(self.peak_mb, self.pss_mb())


def make_photos(folder: Path, count: int) -> list[Path]:
    """Different 12 MP JPEGs of about 5 MB: one picture, each time with another comment and another corner."""
    picture = make_photo(4032, 3024, seed=1).copy_memory()
    files = []
    for number in range(count):
        file = folder / f"IMG_{number:04}.jpg"
        picture.wrap(x=number * 16, y=number * 8).jpegsave(str(file), Q=92, subsample_mode="on")
        files.append(file)
    return files


def curl(url: str, file: Path) -> None:
    """One upload, as in the documentation."""
    command = ["curl", "-sS", "-f", "-o", "/dev/null", "-X", "POST", "-F", f"photo_file=@{file}", f"{url}/photos/"]
    subprocess.run(command, check=True, timeout=120)


def warm_up(server: Running, files: list[Path]) -> None:
    """The first photos, which also start the decoders: for a person a second, for a rate a mistake."""
    began = time.monotonic()
    for file in files:
        curl(server.url, file)
    while any(photo["state"] != "safe" for photo in server.photos()):
        time.sleep(0.05)
    print(f"first {len(files)} photos safe {time.monotonic() - began:.1f} s after the first was sent, decoders started")


def measure_photos(server: Running, watch: Watch, files: list[Path]) -> None:
    """Photos a second, from the first request to the last `safe`."""
    cpu, began = watch.cpu_s(), time.monotonic()
    with ThreadPoolExecutor(2) as curls:
        list(curls.map(lambda file: curl(server.url, file), files))
    accepted = time.monotonic() - began
    ids = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    while any(one["state"] != "safe" for one in known(server, ids)):
        time.sleep(0.2)
    took = time.monotonic() - began
    size_mb = sum(file.stat().st_size for file in files) / len(files) / 1e6
    print(f"{len(files)} photos of 12 MP, {size_mb:.1f} MB each")
    print(f"  accepted     {len(files) / accepted:6.1f} photos/s")
    print(f"  safe         {len(files) / took:6.1f} photos/s   (bar: 15)")
    print(f"  CPU          {(watch.cpu_s() - cpu) / len(files) * 1000:6.0f} ms a photo")
    print(f"  peak memory  {watch.peak_mb:6.0f} MB PSS     (bar: 350)")


def known(server: Running, ids: list[str]) -> list[dict[str, str]]:
    """State of each."""
    answer: dict[str, dict[str, dict[str, str]]] = server.http.post("/photos/check", json={"ids": ids}).json()
    return list(answer["known"].values())


def measure_idle(watch: Watch) -> None:
    """Memory and CPU with nothing to do."""
    time.sleep(IDLE_AFTER_S)
    cpu, began = watch.cpu_s(), time.monotonic()
    time.sleep(IDLE_WATCH_S)
    share = (watch.cpu_s() - cpu) / (time.monotonic() - began) * 100
    print(f"  idle memory  {watch.pss_mb():6.0f} MB PSS     (bar: 160)")
    print(f"  idle CPU     {share:6.1f} % of a core (bar: 3)")


def measure_large(server: Running, watch: Watch, folder: Path, size_gb: float) -> None:
    """Memory while one large video comes in and is archived."""
    file = folder / "large.mp4"
    with file.open("wb") as video:
        video.write(bytes.fromhex("00000018667479706d70343200000000") + b"mp42isom")
        video.truncate(int(size_gb * 2**30))
    before = watch.pss_mb()
    watch.peak_mb = 0.0
    began = time.monotonic()
    curl(server.url, file)
    took = time.monotonic() - began
    while any(photo["state"] != "safe" for photo in server.photos(limit=5)[:1]):
        time.sleep(0.2)
    print(
        f"a video of {size_gb} GB: {size_gb * 2**30 / took / 1e6:.0f} MB/s up, "
        f"memory {before:.0f} -> at most {watch.peak_mb:.0f} MB PSS until safe"
    )


def main() -> None:
    """Everything, in one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--large-gb", type=float, default=2.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        folder = Path(name)
        files = make_photos(folder, arguments.photos)
        server = Running(folder / "data").start()
        try:
            server.stop()
            began = time.monotonic()
            server.start()
            print(f"second start: healthy after {time.monotonic() - began:.1f} s (bar: 3)")
            assert server.process is not None
            watch = Watch(server.process.pid)
            watch.start()
            warm_up(server, files[:WARM_UP])
            measure_photos(server, watch, files[WARM_UP:])
            measure_idle(watch)
            measure_large(server, watch, folder, arguments.large_gb)
        finally:
            server.close()


if __name__ == "__main__":
    main()
