"""Hostile files through a real server and its worker: each ends as it must, and costs nobody else anything."""

from __future__ import annotations

import hashlib
import io
import re
import threading
import zipfile
from typing import TYPE_CHECKING

import psutil
import pytest

from tests import made_hostile
from tests.e2e.running import Running
from tests.integration.web_server import form, jpeg
from tests.made_hostile import End, Hostile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MB = 1 << 20
MOST_OF_THE_SERVER_MB = 600
MOST_OF_A_DECODER_MB = 2000
"""A picture of the most pixels that are allowed takes one."""
WITHIN_S = 240
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Scales(threading.Thread):
    """Weighs a server and its children, again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._server = psutil.Process(pid)
        self._enough = threading.Event()
        self.server_mb = self.child_mb = 0.0

    def run(self) -> None:
        while not self._enough.wait(0.05):
            self.server_mb = max(self.server_mb, _weight_mb(self._server))
            for child in self._server.children(recursive=True):
                self.child_mb = max(self.child_mb, _weight_mb(child))

    def stop(self) -> None:
        self._enough.set()
        self.join()


def _weight_mb(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / MB
    except psutil.Error:
        return 0.0


def _id(file: Hostile) -> str:
    return hashlib.sha256(file.content).hexdigest()


def _send(server: Running, file: Hostile) -> int:
    """By hand, so that the name goes out as it is but for what browsers escape in it; libraries escape more."""
    name = re.sub(r'["\r\n]', lambda letter: f"%{ord(letter[0]):02X}", file.name).encode()
    head = b'--XyZ\r\nContent-Disposition: form-data; name="photo_file"; filename="' + name + b'"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=XyZ"}
    return server.http.post("/photos/", content=form(head + file.content + b"\r\n"), headers=headers).status_code


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Hostile]:
    found = made_hostile.every_hostile_file(tmp_path_factory.mktemp("made"))
    assert len(found) > 200
    assert len({_id(file) for file in found}) == len(found)
    return found


@pytest.fixture(scope="module")
def kept(files: list[Hostile]) -> list[Hostile]:
    """Those that are to be kept."""
    return [file for file in files if file.end is not End.REFUSED]


@pytest.fixture(scope="module")
def answers() -> dict[str, int]:
    """The status that each file was answered with, by what is wrong with it."""
    return {}


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, files: list[Hostile], kept: list[Hostile], answers: dict[str, int]
) -> Iterator[tuple[Running, Scales]]:
    """A server that took them all, and was weighed as it did."""
    running = Running(tmp_path_factory.mktemp("hostile") / "data").furnish().start()
    assert running.process is not None
    scales = Scales(running.process.pid)
    scales.start()
    try:
        for file in files:
            answers[file.why] = _send(running, file)
        running.wait_safe(within_s=WITHIN_S)
        scales.stop()
        yield running, scales
    finally:
        running.close()


def test_each_is_refused_or_kept(server: tuple[Running, Scales], files: list[Hostile], answers: dict[str, int]) -> None:
    refused = {file.why: answers[file.why] for file in files if file.end is End.REFUSED}
    assert set(refused.values()) == {415, 422}, refused
    assert {why: status for why, status in answers.items() if why not in refused and status != 201} == {}


def test_what_is_kept_is_safe_and_comes_back_byte_for_byte(server: tuple[Running, Scales], kept: list[Hostile]) -> None:
    for file in kept:
        answer = server[0].http.get(f"/photos/{_id(file)}/original")
        assert answer.content == file.content, file.why


def test_pictures_come_of_those_that_have_some_and_the_others_have_none(
    server: tuple[Running, Scales], kept: list[Hostile]
) -> None:
    seen = {file.why: server[0].http.get(f"/photos/{_id(file)}/thumbnail").status_code for file in kept}
    wanted = {file.why: 200 if file.end is End.SHOWN else 404 for file in kept if file.end is not End.KEPT}
    assert {why: status for why, status in seen.items() if status != wanted.get(why, status)} == {}
    assert set(seen.values()) == {200, 404}


def test_nothing_of_them_runs_in_a_browser(server: tuple[Running, Scales], kept: list[Hostile]) -> None:
    for file in kept:
        headers = server[0].http.head(f"/photos/{_id(file)}/original").headers
        assert headers["content-type"].startswith(("image/", "video/")), file.why
        assert "svg" not in headers["content-type"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert not CONTROLS.search(headers["content-disposition"]), file.why
        assert "set-cookie" not in headers


def test_names_and_words_of_strangers_are_one_line_that_shows_what_it_says(server: tuple[Running, Scales]) -> None:
    for photo in server[0].photos():
        for words in (photo["file_name"], *photo["tags"]):
            assert words
            assert not CONTROLS.search(words), repr(words)
            assert len(words) <= 255
        assert "/" not in photo["file_name"]
        assert "\\" not in photo["file_name"]


def test_originals_lie_in_the_archive_under_names_that_every_system_can_have(
    server: tuple[Running, Scales], kept: list[Hostile]
) -> None:
    found = server[0].originals()
    assert len(found) == len(kept)
    for file in found:
        assert len(file.name.encode()) <= 255
        assert not CONTROLS.search(file.name), file.name
        assert not re.search(r'[<>:"|?*\\]', file.name), file.name
        assert file.suffix not in {".html", ".svg", ".js", ".exe", ".php", ".jar"}
    assert {file.name for file in server[0].data.parent.iterdir()} == {"data", "data.log", "data.settings.yaml"}


def test_a_zip_of_them_unpacks_in_one_folder(server: tuple[Running, Scales], kept: list[Hostile]) -> None:
    named = [_id(file) for file in kept if file.why.startswith("the name")]
    answer = server[0].http.post("/photos/zip", json={"ids": named})
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert len({name.casefold() for name in names}) == len(named)
    for name in names:
        assert not re.search(r'[/\\<>:"|?*]', name), name
        assert not CONTROLS.search(name), name
        assert name.endswith(".jpg")


def test_the_log_is_lines_that_no_stranger_wrote(server: tuple[Running, Scales]) -> None:
    log = server[0].log_text()
    assert "Mediascream is at" in log
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e]", log)
    strange = [line for line in log.splitlines() if not re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", line)]
    assert strange == []


def test_memory_stays_within_bounds(server: tuple[Running, Scales]) -> None:
    _, scales = server
    assert scales.server_mb < MOST_OF_THE_SERVER_MB
    assert scales.child_mb < MOST_OF_A_DECODER_MB


def test_the_next_photo_has_its_pictures(server: tuple[Running, Scales], tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary.jpg"
    ordinary.write_bytes(jpeg(99))
    photo_id = server[0].upload(ordinary).json()["photos"][0]["id"]
    server[0].wait_safe(photo_id)
    assert server[0].http.get(f"/photos/{photo_id}/thumbnail").status_code == 200
