"""What receiving costs: a multipart form to a hashed file in the spool, beside nginx and SHA-256 on the same bytes.

    python -m bench.receive [--rounds 3] [--sizes 0.3 5 25]

Ours: the whole way through uvicorn, edge, gate, form and spool, with everything that comes after (fsync, row,
job) left out; `bench.accept` measures that. The peer: nginx with its WebDAV module takes the same bytes as a PUT,
and SHA-256 is added as it costs in memory, without reading the file again: the least that anybody could spend.
Both servers have one process, and are measured in turn, in one run, in CPU seconds for 10^9 bytes.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.load import Cost

BARS = {0.3: 2.2, 5.0: 1.4, 25.0: 1.4}
"""Megabytes of a photo -> how much more than the peer it may cost."""
ROUND_BYTES = 400_000_000

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; user root;
events {{ worker_connections 64; }}
http {{
  access_log off; client_max_body_size 0; client_body_temp_path {folder}/temp; keepalive_requests 100000;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; location / {{ dav_methods PUT; }} }}
}}
"""


@contextlib.contextmanager
def ours(folder: Path) -> Iterator[tuple[int, int]]:
    """Our receiving server; its process id and port."""
    port = load.free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.receiving_server", str(folder), str(port)])
    try:
        load.wait_for(port)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[tuple[int, int]]:
    """nginx; its process id and port."""
    port = load.free_port()
    for name in ("files", "temp"):
        (folder / name).mkdir(parents=True)
    settings = folder / "nginx.conf"
    settings.write_text(NGINX.format(folder=folder, port=port))
    process = subprocess.Popen(["nginx", "-c", str(settings), "-p", str(folder)])
    try:
        load.wait_for(port)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(timeout=30)


def sha256_s_per_gb(content: bytes) -> float:
    """CPU seconds that hashing costs."""
    repeats = max(1, 200_000_000 // len(content))
    began = time.process_time()
    for _ in range(repeats):
        hashlib.sha256(content).digest()
    return (time.process_time() - began) / (repeats * len(content)) * 1e9


def measure_size(folder: Path, size_mb: float, rounds: int) -> float:
    """Print what a size costs both; how many times the peer's cost ours is."""
    size_bytes = round(size_mb * 1e6)
    contents = load.photos(max(8, round(ROUND_BYTES / size_bytes)), size_bytes)
    mine: list[Cost] = []
    peers: list[float] = []
    with ours(folder / "ours") as (our_pid, our_port), nginx(folder / "nginx") as (peer_pid, peer_port):
        for number in range(rounds + 1):
            cost = load.measure(our_pid, contents, load.post_form, our_port)
            peer = load.measure(peer_pid, contents, load.put_file, peer_port)
            for place in (folder / "ours", folder / "nginx" / "files"):
                _empty(place)
            if number:  # the first round warms both up
                mine.append(cost)
                peers.append(peer.cpu_s_per_gb + sha256_s_per_gb(contents[0]))
    our_s, peer_s = statistics.median(cost.cpu_s_per_gb for cost in mine), statistics.median(peers)
    per_second = statistics.median(cost.photos / cost.wall_s for cost in mine)
    print(
        f"  {size_mb:5.1f} MB: {our_s:5.2f} s/GB, nginx + SHA-256 {peer_s:5.2f} s/GB: "
        f"{our_s / peer_s:4.2f} x (bar: {BARS.get(size_mb, 1.4)}); {per_second:.0f} photos/s"
    )
    return our_s / peer_s


def _empty(folder: Path) -> None:
    for file in folder.iterdir():
        if file.is_file():
            file.unlink()


def main() -> None:
    """Every size, one after another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=float, nargs="+", default=sorted(BARS))
    arguments = parser.parse_args()
    if shutil.which("nginx") is None:
        sys.exit("nginx is needed as the peer: apt-get install nginx-light")
    print("receiving a form into a hashed spool file, CPU of the server")
    for size_mb in arguments.sizes:
        with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
            measure_size(Path(name), size_mb, arguments.rounds)


if __name__ == "__main__":
    main()
