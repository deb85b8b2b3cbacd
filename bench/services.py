"""How fast photos reach the services: 300 of 300 KB, to fakes on loopback that answer after 200 ms.

    python -m bench.services [--photos 300] [--per-hour 36000]

They are archived while the services are paused; measured is the time from `resume` until the last is delivered. Flickr
takes what `FLICKR_PER_HOUR` allows (two calls a photo), so its time is compared with the time that this allows. Google
Photos has no rate a second; there the calls are counted too, for a day has 10,000 of them.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from tests.e2e.pictures import jpeg
from tests.e2e.services import Services, both_services

SIZE_BYTES = 300_000
ANSWERS_AFTER_S = 0.2
CALLS_A_PHOTO = 2
BAR = 1.3


def write_photos(folder: Path, count: int) -> list[Path]:
    """Small pictures with noise behind their end, which costs a decoder nothing."""
    dice, files = random.Random(1), []
    for number in range(count):
        picture = jpeg(number)
        file = folder / f"IMG_{number:04}.jpg"
        file.write_bytes(picture + dice.randbytes(SIZE_BYTES - len(picture)))
        files.append(file)
    return files


def measure(services: Services, name: str, count: int) -> float:
    """Seconds from `resume` until all are there."""
    services.act("resume", name)
    began = time.monotonic()
    while services.delivered(name) < count:
        time.sleep(0.1)
    return time.monotonic() - began


def fill(services: Services, files: list[Path]) -> None:
    """Have everything archived, and nothing sent."""
    for name in ("flickr", "gphotos"):
        services.act("pause", name)
    for start in range(0, len(files), 20):
        services.server.upload(*files[start : start + 20]).raise_for_status()
    while services.delivered("folder") < len(files):
        time.sleep(0.1)


def run(folder: Path, *, photos: int, per_hour: int) -> None:
    """Both, one after the other."""
    with both_services(folder, per_hour=per_hour) as services:
        services.flickr.slow_s = services.google.slow_s = ANSWERS_AFTER_S
        services.server.start()
        fill(services, write_photos(folder, photos))
        took, allowed = measure(services, "flickr", photos), photos * CALLS_A_PHOTO * 3600 / per_hour
        print(f"{photos} photos of {SIZE_BYTES // 1000} KB, answers after {ANSWERS_AFTER_S} s")
        print(
            f"  Flickr         {took:6.1f} s; {per_hour} calls an hour allow it in {allowed:.1f} s: {took / allowed:.2f} x (bar: {BAR})"
        )
        took = measure(services, "gphotos", photos)
        print(f"  Google Photos  {took:6.1f} s, {services.google.calls.total()} calls")
        assert len(services.flickr.live) == len(services.google.items) == photos


def main() -> None:
    """Everything, in one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--per-hour", type=int, default=36_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        run(Path(name), photos=arguments.photos, per_hour=arguments.per_hour)


if __name__ == "__main__":
    main()
