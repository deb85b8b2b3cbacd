"""Big files from the laptop to a real server, over a network that breaks where told."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from mediascream.client import resume
from mediascream.client.ledger import Ledger
from mediascream.client.meter import Meter
from mediascream.client.patience import Patience
from mediascream.client.server import Server
from mediascream.client.upload import Order, Upload
from mediascream.client.values import NO_WISHES, Wishes
from mediascream.errors import DiskFull
from mediascream.photo import PhotoId
from tests.fakes.flaky_proxy import FlakyProxy, in_front_of
from tests.fakes.mediascream_server import FakeServer, running
from tests.integration.tus_client import Tus
from tests.integration.web_server import WebServer, id_of, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.client.outcome import Outcome

MB = 1 << 20
SIZE = 6 * MB + 77
IMPATIENT = Patience(gone_s=0.3, breaks=2, first_delay_s=0.01)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with serving(tmp_path_factory.mktemp("data"), max_upload_bytes=16 * MB) as server:
        yield server


@pytest.fixture
def wire(server: WebServer) -> Iterator[FlakyProxy]:
    with in_front_of(f"http://127.0.0.1:{server.port}") as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the photos are; a few MB are big here, and come in pieces of two."""
    monkeypatch.setattr(resume, "BIG_BYTES", MB)
    monkeypatch.setattr(resume, "PIECE_BYTES", 2 * MB)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    return tmp_path


def photo(name: str) -> bytes:
    content = b"\xff\xd8\xff\xe0" + os.urandom(SIZE - 4)
    Path("in", name).write_bytes(content)
    return content


def send(url: str, *, meter: Meter | None = None, wishes: Wishes = NO_WISHES) -> list[Outcome]:
    """One run with the ledger that all runs here share."""
    order = Order(("in",), wishes, jobs=1, patience=IMPATIENT)
    with Server(url) as there, Ledger(Path("ledger")) as notes:
        upload = Upload(order, server=there, ledger=notes, meter=meter or Meter(), random=Random(1))
        return [outcome for batch in upload.run() for outcome in batch]


def states(outcomes: list[Outcome]) -> list[str]:
    return [str(outcome.state) for outcome in outcomes]


def kept(server: WebServer, content: bytes) -> bytes:
    return server.http.get(f"/photos/{id_of(content)}/original").content


def test_a_big_file_goes_in_pieces_with_its_values(server: WebServer, wire: FlakyProxy) -> None:
    content = photo("big.jpg")
    meter = Meter()
    assert states(send(wire.url, meter=meter, wishes=Wishes(tags=("sea",)))) == ["uploaded"]
    shown = server.http.get(f"/photos/{id_of(content)}").json()
    assert (shown["file_name"], shown["tags"], shown["size"]) == ("big.jpg", ["sea"], SIZE)
    assert kept(server, content) == content
    assert (meter.sent_bytes, meter.partial_bytes) == (SIZE, 0)
    assert states(send(wire.url)) == ["duplicate"]


def test_a_network_that_breaks_more_often_than_patience_lasts_is_outlived_as_long_as_it_goes_on(
    server: WebServer, wire: FlakyProxy
) -> None:
    content = photo("blinking.jpg")
    wire.cuts.extend([3 * MB // 2] * 5)
    meter = Meter()
    assert states(send(wire.url, meter=meter)) == ["uploaded"]
    assert kept(server, content) == content
    assert meter.sent_bytes < 2 * SIZE
    assert meter.partial_bytes == 0


def test_the_next_run_sends_only_what_is_not_there(server: WebServer, wire: FlakyProxy) -> None:
    content = photo("resumed.jpg")
    wire.cuts.extend([5 * MB, 1000, 1000, 1000])
    assert states(send(wire.url)) == ["failed"]
    wire.cuts.clear()
    meter = Meter()
    assert states(send(wire.url, meter=meter)) == ["uploaded"]
    assert kept(server, content) == content
    assert meter.sent_bytes <= SIZE - 3 * MB


def test_a_file_that_changed_since_begins_anew(server: WebServer, wire: FlakyProxy) -> None:
    photo("changing.jpg")
    wire.cuts.extend([5 * MB, 1000, 1000, 1000])
    assert states(send(wire.url)) == ["failed"]
    wire.cuts.clear()
    content = photo("changing.jpg")
    assert states(send(wire.url)) == ["uploaded"]
    assert kept(server, content) == content


def test_an_upload_that_the_server_forgot_begins_anew(server: WebServer, wire: FlakyProxy) -> None:
    content = photo("forgotten.jpg")
    wire.cuts.extend([5 * MB, 1000, 1000, 1000])
    assert states(send(wire.url)) == ["failed"]
    wire.cuts.clear()
    for sheet in (server.hub.settings.upload_folder / ".resumable").glob("*.json"):
        assert Tus(server.http).delete(f"/uploads/{sheet.stem}").status_code == 204
    assert states(send(wire.url)) == ["uploaded"]
    assert kept(server, content) == content


def test_a_full_disk_is_said_and_the_next_run_goes_on(
    server: WebServer, wire: FlakyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = photo("full.jpg")
    fill = threading.Event()

    def room(_self: object, _more_bytes: int) -> None:
        if fill.is_set():
            raise DiskFull("no room")

    monkeypatch.setattr("mediascream.intake.spool.Spool.require_room", room)
    monkeypatch.setattr(resume, "PIECE_BYTES", 3 * MB)
    on_bytes = Meter()
    seen = on_bytes.sent

    def sent(count: int) -> None:
        seen(count)
        if on_bytes.sent_bytes > 4 * MB:
            fill.set()

    monkeypatch.setattr(on_bytes, "sent", sent)
    (outcome,) = send(wire.url, meter=on_bytes)
    assert (str(outcome.state), outcome.code) == ("failed", "disk-full")
    fill.clear()
    meter = Meter()
    assert states(send(wire.url, meter=meter)) == ["uploaded"]
    assert kept(server, content) == content
    assert meter.sent_bytes <= SIZE - 3 * MB


def test_what_is_in_the_trash_comes_back_only_if_wished(server: WebServer, wire: FlakyProxy) -> None:
    content = photo("trash.jpg")
    assert states(send(wire.url)) == ["uploaded"]
    server.http.delete(f"/photos/{id_of(content)}")
    assert states(send(wire.url)) == ["deleted"]
    (outcome,) = send(wire.url, wishes=Wishes(restore=True))
    assert (str(outcome.state), outcome.code) == ("duplicate", "restored")


def test_a_server_that_takes_nothing_in_pieces_gets_it_as_a_whole() -> None:
    content = photo("old.jpg")
    with running(FakeServer()) as old:
        assert states(send(old.url)) == ["uploaded"]
        assert old.photos[PhotoId(id_of(content))].body == content
