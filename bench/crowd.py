"""How long a photo takes while thousands of connections hang: `python -m bench.crowd [COUNT]`.

A real server on loopback. A third of them says nothing, a third half a head, a third half a body. The wait for a head is half
a minute, so all is measured within that.
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.load import HEAD, TAIL, photos

COUNT = 10_000
ROUNDS = 40
BODY = (
    b"POST /photos/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=bench-boundary-7d1f\r\n"
)
FIRSTS = (b"", b"POST /photos/ HTTP/1.1\r\nHost: localhost\r\n", BODY + b"Content-Length: 100000\r\n\r\n" + HEAD)


def main() -> None:
    """Print the median with and without the crowd."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, count + 500)), hard))
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        port = _serve(Path(folder), stack)
        alone = _median_s(port)
        for number in range(count):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            connection.sendall(FIRSTS[number % len(FIRSTS)])
        crowded = _median_s(port)
    print(f"{count} hanging connections: {crowded * 1000:.1f} ms a photo, alone {alone * 1000:.1f} ms")
    print(f"ratio {crowded / alone:.2f} (the bar is 2)")


def _serve(folder: Path, stack: contextlib.ExitStack) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    settings = folder / "settings.yaml"
    settings.write_text(f"DATA_FOLDER: {folder}/data\nPORT: {port}\nALLOW_VOLATILE: true\n")
    environment = os.environ | {"SETTINGS": str(settings)}
    command = [sys.executable, "-m", "mediascream", "serve", "--no-worker"]
    server = stack.enter_context(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
    stack.callback(server.terminate)
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return port
        time.sleep(0.1)
    sys.exit("the server did not come up")


def _median_s(port: int) -> float:
    took = []
    for photo in photos(ROUNDS, 200_000):
        body = HEAD + photo + TAIL
        kind = "multipart/form-data; boundary=bench-boundary-7d1f"
        request = urllib.request.Request(f"http://127.0.0.1:{port}/photos/", body, {"Content-Type": kind})
        begun = time.perf_counter()
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - a server of our own
            assert answer.status == 201
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


if __name__ == "__main__":
    main()
