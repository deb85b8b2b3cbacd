"""A spool on a disk that is really full."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.integration.web_server import WebServer, form, id_of, jpeg, photo_part, read_all, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MB = 1024 * 1024


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    """A server whose spool has 8 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {os.fsdecode(mounted.stderr).strip()}")
    try:
        with serving(tmp_path / "data", upload_folder=disk / "spool") as server:
            yield server
    finally:
        subprocess.run(["umount", disk], check=True)


def test_what_does_not_fit_is_refused_before_it_is_read(server: WebServer) -> None:
    answer = server.send(jpeg(padding=9 * MB))
    assert (answer.status_code, answer.json()["code"]) == (507, "disk-full")
    assert server.spool() == []


def test_what_turns_out_not_to_fit_is_removed_again(server: WebServer) -> None:
    content = jpeg(padding=9 * MB)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(content), 65_536):
            yield content[start : start + 65_536]

    answer = server.http.put(f"/photos/{id_of(content)}", content=pieces())
    assert (answer.status_code, answer.json()["code"]) == (507, "disk-full")
    assert server.spool() == []
    assert server.photos() == []


def test_all_files_of_a_form_go_where_one_does_not_fit(server: WebServer) -> None:
    body = form(*(photo_part(jpeg(number, padding=3 * MB)) for number in range(4)))
    head = b"POST /photos/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    with server.connect() as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(head + b"Content-Type: multipart/form-data; boundary=XyZ\r\n\r\n")
            connection.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        assert read_all(connection).startswith(b"HTTP/1.1 507 ")
    assert server.spool() == []


def test_health_tells_of_little_room_before_there_is_none(server: WebServer) -> None:
    assert server.http.get("/health").json()["reasons"] == []
    spool = server.hub.settings.upload_folder
    (spool.parent / "other").write_bytes(bytes(shutil.disk_usage(spool).free - 300_000))
    answer = server.http.get("/health")
    told = answer.json()
    assert (answer.status_code, told["status"]) == (200, "degraded")
    assert [reason["code"] for reason in told["reasons"]] == ["little-room"]
    assert told["rooms"][0] == {"what": "spool", "free": 299_008, "total": 8 * MB, "little": True}
    assert server.send(jpeg()).status_code == 201


def test_what_fits_is_kept_and_room_is_left_for_the_rest(server: WebServer) -> None:
    assert server.send(jpeg(1, padding=3 * MB)).status_code == 201
    assert server.send(jpeg(2, padding=6 * MB)).status_code == 507
    assert server.send(jpeg(3)).status_code == 201
    assert server.spool() == sorted(id_of(content) for content in (jpeg(1, padding=3 * MB), jpeg(3)))
    assert server.http.get("/health").json()["status"] == "ok"
