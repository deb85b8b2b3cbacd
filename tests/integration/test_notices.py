"""Notices to real servers: a webhook, ntfy and a mail server, all of this machine."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from mediascream.delivery.retry import judge
from mediascream.delivery.troubles import end_trouble, raise_trouble
from mediascream.doctor.findings import Level
from mediascream.doctor.notices import look_at_notices, try_notices
from mediascream.errors import DestinationBlocked
from mediascream.library.deliveries import stop
from mediascream.library.facts import get_fact
from mediascream.notices.book import FACT
from mediascream.notices.telling import Message, Telling
from mediascream.notices.watchman import Watched, Watchman
from mediascream.photo import DeliveryState, DestinationName
from mediascream.settings import Secret
from tests.e2e.running import free_port
from tests.house import House
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session

HELLO = Message("test", "a test", "Nothing is wrong.")


class Heard:
    """What came to a server: path and body of each request; `status` is its answer."""

    def __init__(self) -> None:
        self.came: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        self.url = ""


@contextmanager
def listening() -> Iterator[Heard]:
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.came.append((self.path, json.loads(body)))
            self.send_response(heard.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def heard() -> Iterator[Heard]:
    with listening() as listener:
        yield listener


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.close()


def watchman(house: House, *addresses: str) -> Watchman:
    watched = Watched(house.database, list, 0, now=lambda: house.now)
    return Watchman(watched, Telling([Secret(address) for address in addresses]))


def block(house: House) -> None:
    full = DestinationBlocked("the disk is full: make room", reason="no-space")
    verdict = judge(full, attempts=1, archive=True, now=house.now, dice=0.5)
    house.act(lambda connection: raise_trouble(connection, house.work, DestinationName.FOLDER, verdict))


def test_a_webhook_is_told_once_of_an_event_and_once_of_its_end(house: House, heard: Heard) -> None:
    watching = watchman(house, f"http://{heard.url}/hook?token=hush")
    watching.round()
    block(house)
    watching.round()
    watching.round()
    house.act(lambda connection: end_trouble(connection, house.work, DestinationName.FOLDER))
    watching.round()
    watching.round()
    assert [path for path, _ in heard.came] == ["/hook?token=hush"] * 2
    begun, ended = (body for _, body in heard.came)
    assert begun["title"] == "Mediascream: folder is blocked"
    assert "make room" in begun["text"]
    assert (begun["key"], begun["ended"], ended["ended"]) == ("blocked:folder", False, True)
    with house.database.reading() as connection:
        assert get_fact(connection, FACT) == {}


def test_a_single_copy_that_an_audit_found_damaged_is_told_of(house: House, heard: Heard) -> None:
    photo_id, _ = house.send(b"\xff\xd8\xff\xe0 a picture")
    watching = watchman(house, f"http://{heard.url}/")
    watching.round()
    assert heard.came == []
    number, name = house.photo(photo_id).number, DestinationName.FOLDER
    damaged = {"code": "damaged", "detail": "its bytes are no longer those that were sent"}
    house.act(lambda connection: stop(connection, number, name, DeliveryState.BLOCKED, **damaged))
    watching.round()
    assert [body["key"] for _, body in heard.came] == ["failed:folder"]


def test_a_notice_that_is_not_taken_is_seen_by_the_doctor_and_tried_again(house: House, heard: Heard) -> None:
    address = f"http://{heard.url}/hush"
    watching = watchman(house, address)
    heard.status = 500
    block(house)
    watching.round()
    watching.round()
    assert len(heard.came) == 1
    with house.database.reading() as connection:
        fact = get_fact(connection, FACT)
    (found,) = look_at_notices((Secret(address),), fact)
    assert found.level is Level.WARNING
    assert "HTTP 500" in found.seen
    assert "hush" not in json.dumps(fact)
    heard.status = 200
    house.now += timedelta(hours=1)
    watching.round()
    assert len(heard.came) == 2
    with house.database.reading() as connection:
        assert [found.level for found in look_at_notices((Secret(address),), get_fact(connection, FACT))] == [Level.OK]


def test_a_watchman_begins_by_itself_and_ends_when_told(house: House, heard: Heard) -> None:
    block(house)
    watching = watchman(house, f"http://{heard.url}/")
    watching.start()
    eventually(lambda: heard.came)
    watching.stop()


def test_ntfy_gets_title_and_text(heard: Heard) -> None:
    telling = Telling([Secret(f"ntfy://{heard.url}/my-topic")])
    assert telling.tell(HELLO, telling.marks) == {}
    ((_, body),) = heard.came
    assert (body["topic"], body["title"], body["message"]) == ("my-topic", "Mediascream: a test", HELLO.text)


class Mailbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.letters: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        self.letters.append((envelope.content or b"").decode() if isinstance(envelope.content, bytes) else "")
        return "250 OK"


def test_a_mail_server_gets_a_letter() -> None:
    mailbox = Mailbox()
    port = free_port()
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        telling = Telling([Secret(f"mailto://127.0.0.1:{port}?to=me@example.org&from=hub@example.org")])
        assert telling.tell(HELLO, telling.marks) == {}
    finally:
        server.stop()
    (letter,) = mailbox.letters
    assert "Subject: Mediascream: a test" in letter
    assert "To: me@example.org" in letter


def test_each_address_is_told_whatever_the_others_do(heard: Heard) -> None:
    gone, unknown, there = "http://127.0.0.1:1/hush", "nonsense://hush", f"http://{heard.url}/"
    found = list(try_notices((Secret(gone), Secret(unknown), Secret(there))))
    assert [finding.level for finding in found] == [Level.WARNING, Level.WARNING, Level.OK]
    told = " ".join(finding.seen for finding in found)
    assert "cannot be reached" in told
    assert "no service is known" in told
    assert "1 of 3" in told
    assert "hush" not in told


def test_a_message_that_does_not_get_through_in_time_is_given_up(heard: Heard) -> None:
    telling = Telling([Secret(f"http://{heard.url}/hush")], timeout_s=0.01)
    (why,) = telling.tell(HELLO, telling.marks).values()
    assert "no answer within" in why
    assert "hush" not in why
