"""Clients of tus that nobody here wrote, and a server that dies under them."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tusclient.client import TusClient

from hatch_build import find_node
from tests.e2e.running import ROOT, Running
from tests.integration.tus_client import Tus, raw_patch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MB = 1024 * 1024
GALLERY = ROOT / "gallery"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all: no two tests here send the same bytes."""
    running = Running(tmp_path_factory.mktemp("tus") / "data", arguments=("--no-worker",))
    try:
        yield running.start()
    finally:
        running.close()


def photo(folder: Path, size: int) -> tuple[Path, str]:
    """A new photo and its id."""
    file = folder / "photo.jpg"
    file.write_bytes(b"\xff\xd8\xff\xe0" + os.urandom(size - 4))
    return file, hashlib.sha256(file.read_bytes()).hexdigest()


def kept(server: Running, photo_id: str) -> bytes:
    return server.http.get(f"/photos/{photo_id}/original").content


@pytest.mark.parametrize(
    "mode", ["plain", "chunked", "parallel", "with-creation", "deferred", "resumed", "parallel-resumed"]
)
def test_tus_js_client(server: Running, tmp_path: Path, mode: str) -> None:
    if not (GALLERY / "node_modules" / "tus-js-client").is_dir():
        pytest.skip("tus-js-client is not installed (make test installs it)")
    file, photo_id = photo(tmp_path, 12 * MB + 5)
    node = shutil.which("node", path=os.pathsep.join([str(find_node()), os.environ["PATH"]]))
    assert node is not None
    script = Path(__file__).with_name("tus_js_client.mjs")
    ended = subprocess.run(
        [node, str(script), f"{server.url}/uploads/", str(file), mode],
        cwd=GALLERY, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.strip() == photo_id
    assert kept(server, photo_id) == file.read_bytes()
    shown = server.photo(photo_id)
    assert (shown["file_name"], shown["tags"]) == (f"{mode}.jpg", ["from tus-js-client"])


@pytest.mark.parametrize("proven", [False, True])
def test_tuspy_stops_and_goes_on(server: Running, tmp_path: Path, *, proven: bool) -> None:
    file, photo_id = photo(tmp_path, 5 * MB + 3)
    client = TusClient(f"{server.url}/uploads/")
    with file.open("rb") as stream:
        how = {"file_stream": stream, "chunk_size": MB, "upload_checksum": proven}
        first = client.uploader(metadata={"filename": "tuspy.jpg"}, **how)
        first.upload(stop_at=2 * MB)
        second = client.uploader(url=first.url, **how)
        assert second.offset == 2 * MB
        second.upload()
    assert kept(server, photo_id) == file.read_bytes()


def test_curl(server: Running, tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    file, photo_id = photo(tmp_path, 3 * MB)
    head = tmp_path / "head"
    tus = [curl, "-sS", "-D", str(head), "-H", "Tus-Resumable: 1.0.0"]
    subprocess.run([*tus, "-X", "POST", "-H", f"Upload-Length: {3 * MB}", f"{server.url}/uploads/"], check=True)
    address = server.url + header(head, "location")
    subprocess.run(
        [*tus, "-X", "PATCH", "-T", str(file), "-H", "Upload-Offset: 0",
         "-H", "Content-Type: application/offset+octet-stream", address],
        check=True,
    )  # fmt: skip
    assert header(head, "mediascream-photo-id") == photo_id
    assert kept(server, photo_id) == file.read_bytes()


def header(head: Path, name: str) -> str:
    lines = (line.partition(":") for line in head.read_text().splitlines())
    return next(value.strip() for found, _, value in lines if found.lower() == name)


def test_a_server_that_is_killed_in_the_middle_goes_on_where_the_bytes_end(server: Running, tmp_path: Path) -> None:
    file, photo_id = photo(tmp_path, 40 * MB)
    content = file.read_bytes()
    tus = Tus(server.http)
    address = tus.begun(len(content), words={"filename": "killed.jpg"})
    on_disk = server.data / "spool" / ".resumable" / f"{address.rsplit('/', 1)[-1]}.bytes"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(raw_patch(address, 0, len(content)) + content[: 10 * MB])
        server.wait_until(lambda: on_disk.stat().st_size >= 9 * MB, 60, "the bytes did not arrive")
        server.kill()
    server.start()
    offset = tus.offset(address)
    assert 9 * MB <= offset <= 10 * MB
    answer = tus.patch(address, offset, content[offset:])
    assert answer.headers["mediascream-photo-id"] == photo_id
    assert kept(server, photo_id) == content
    assert server.photo(photo_id)["file_name"] == "killed.jpg"


@pytest.mark.parametrize("delays_ms", [(0, 15), pytest.param(range(0, 60, 4), marks=pytest.mark.long)])
def test_a_server_that_is_killed_before_it_answers_the_last_bytes_takes_the_photo_in(
    server: Running, tmp_path: Path, delays_ms: Sequence[int]
) -> None:
    """Whatever moment of the last step the kill hits."""
    for number, delay_ms in enumerate(delays_ms):
        file, photo_id = photo(tmp_path, 20 * MB)
        content = file.read_bytes()
        tus = Tus(server.http)
        address = tus.begun(len(content), words={"filename": f"last-{number}.jpg"})
        assert tus.patch(address, 0, content[:-10]).status_code == 204
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(raw_patch(address, len(content) - 10, 10) + content[-10:])
            time.sleep(delay_ms / 1000)
            server.kill()
        server.start()
        offset = tus.offset(address)
        if offset < len(content):
            assert tus.patch(address, offset, content[offset:]).status_code == 204
        assert tus.head(address).headers["mediascream-photo-id"] == photo_id
        assert kept(server, photo_id) == content
        assert server.photo(photo_id)["file_name"] == f"last-{number}.jpg"
