"""What acceptance costs beyond receiving: fsync, row, deliveries, job and answer, in CPU milliseconds a photo.

    python -m bench.accept [--photos 600]

The whole server without its worker gets photos of 0.3 MB; what `bench.receive` measures for the same bytes is
taken off.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench import load
from bench.receive import ours
from tests.e2e.running import Running

SIZE_BYTES = 300_000
BAR_MS = 8.0


def main() -> None:
    """Both servers in turn, on the same number of different photos."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=600)
    arguments = parser.parse_args()
    warm, contents = load.photos(50, SIZE_BYTES), load.photos(arguments.photos, SIZE_BYTES)
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        folder = Path(name)
        with ours(folder / "receive") as (pid, port):
            load.measure(pid, warm, load.post_form, port)
            received = load.measure(pid, contents, load.post_form, port)
        server = Running(folder / "data", arguments=("--no-worker",)).start()
        try:
            assert server.process is not None
            load.measure(server.process.pid, warm, load.post_form, server.port)
            accepted = load.measure(server.process.pid, contents, load.post_form, server.port)
        finally:
            server.close()
    beyond_ms = accepted.cpu_ms_per_photo - received.cpu_ms_per_photo
    print(f"  receiving    {received.cpu_ms_per_photo:5.2f} ms CPU a photo of {SIZE_BYTES / 1e6} MB")
    print(
        f"  acceptance   {beyond_ms:5.2f} ms beyond it (bar: {BAR_MS}); {accepted.photos / accepted.wall_s:.0f} photos/s"
    )


if __name__ == "__main__":
    main()
