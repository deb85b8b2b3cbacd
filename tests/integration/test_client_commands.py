"""The commands as a person and a script meet them: exit codes, what stands on stdout, what on stderr."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from mediascream.client.commands import register
from mediascream.photo import PhotoId, PhotoState
from tests.fakes.mediascream_server import FakeServer, Kept, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.testing import Result

JPEG = b"\xff\xd8\xff"
RECEIPT = {"destination": "folder", "state": "delivered", "proof": "bytes"}
STUCK = {"destination": "flickr", "state": "blocked", "error": {"code": "auth", "detail": "log in again"}}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with running(FakeServer()) as fake:
        yield fake


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the photos are, and where the test stands; signals are put back as they were."""
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield tmp_path / "in"
    for number, handler in handlers.items():
        signal.signal(number, handler)


def run(server: FakeServer | None, *words: str, **environment: str) -> Result:
    app = typer.Typer()
    register(app)
    here = {"MEDIASCREAM_SERVER": server.url} if server else {}
    return CliRunner().invoke(app, words, env=here | environment)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def photo(name: str) -> PhotoId:
    content = JPEG + name.encode()
    Path("in", name).write_bytes(content)
    return PhotoId(hashlib.sha256(content).hexdigest())


def keep(server: FakeServer, name: str, **values: Any) -> PhotoId:
    """A photo that is on the laptop and on the server."""
    photo_id = photo(name)
    server.photos[photo_id] = Kept(JPEG + name.encode(), {"file_name": name}, **values)
    return photo_id


# ------------------------------------------------------------------------------------------ upload


def test_a_person_gets_the_sum_on_stdout(server: FakeServer) -> None:
    photo("a.jpg")
    keep(server, "b.jpg")
    Path("in/notes.txt").write_text("x")

    result = run(server, "upload", "in")

    assert result.exit_code == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["uploaded", "1"],
        ["duplicate", "1"],
        ["deleted", "0"],
        ["ignored", "1"],
        ["failed", "0"],
        ["found", "3"],
    ]
    assert not result.stderr


def test_a_program_gets_one_line_a_file_and_nothing_else(server: FakeServer) -> None:
    new, known = photo("a.jpg"), keep(server, "b.jpg")
    Path("in/notes.txt").write_text("x")

    result = run(server, "upload", "in", "--json")

    by_path = {line["path"]: line for line in lines(result)}
    assert {path: (line["state"], line["id"]) for path, line in by_path.items()} == {
        "in/a.jpg": ("uploaded", new),
        "in/b.jpg": ("duplicate", known),
        "in/notes.txt": ("ignored", None),
    }
    assert "found" in result.stderr


def test_a_failed_file_is_named_and_ends_with_3(server: FakeServer) -> None:
    photo("a.jpg")

    result = run(server, "upload", "in", "gone.jpg")

    assert result.exit_code == 3
    assert result.stderr == "failed  gone.jpg: there is no such file\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "Missing argument"),
        (("in", "--skip", "flikr"), "flikr cannot be skipped; these can: flickr, gphotos"),
        (("in", "--skip", "folder"), "cannot be skipped"),
        (("in", "--timeout", "3"), "--wait"),
        (("in", "--jobs", "0"), "jobs"),
        (("in", "--nonsense"), "nonsense"),
        (("in", "--tags", f"sea,{'x' * 101}"), "100 characters"),
    ],
)
def test_wrong_usage_ends_with_2_before_anything_is_asked(
    server: FakeServer, words: tuple[str, ...], complaint: str
) -> None:
    result = run(server, "upload", *words, COLUMNS="200", TERM="dumb")

    assert result.exit_code == 2
    assert complaint in result.stderr
    assert not server.asked


def test_where_no_server_answers_one_line_says_what_to_do() -> None:
    result = run(None, "upload", "in", "--server", "http://localhost:9")

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "mediascream serve" in result.stderr
    assert not result.stdout


def test_https_where_there_is_none_is_said_in_words(server: FakeServer) -> None:
    result = run(None, "upload", "in", "--server", server.url.replace("http:", "https:"))

    assert result.exit_code == 1
    assert "it speaks http, not https" in result.stderr


def test_a_certificate_that_is_not_trusted_is_said_in_words_and_so_is_http_where_https_is_spoken() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parents[1] / "certificates" / "server.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        port = listening.getsockname()[1]
        for address, words in (
            (f"https://127.0.0.1:{port}", "its certificate is not trusted here"),
            (f"http://127.0.0.1:{port}", "or is it https there?"),
        ):
            shaking = threading.Thread(target=_shake_hands, args=(listening, context))
            shaking.start()
            result = run(None, "upload", "in", "--server", address)
            shaking.join()
            assert (result.exit_code, words in result.stderr) == (1, True), result.stderr


def _shake_hands(listening: socket.socket, context: ssl.SSLContext) -> None:
    """Speak TLS with whoever comes, and hang up."""
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        context.wrap_socket(connection, server_side=True)


def test_a_server_of_another_kind_is_told_apart(server: FakeServer) -> None:
    result = run(None, "upload", "in", "--server", server.url + "/elsewhere")

    assert result.exit_code == 1
    assert "does not answer as Mediascream does" in result.stderr


@pytest.mark.parametrize("url", ["http://", "ftp://localhost", "http://localhost:port"])
def test_an_address_that_makes_no_sense_ends_with_one_line(url: str) -> None:
    result = run(None, "upload", "in", "--server", url)

    assert result.exit_code == 1
    assert result.stderr.startswith("mediascream: ")
    assert "no address" in result.stderr


def test_a_missing_token_is_said_and_a_given_one_is_used(server: FakeServer) -> None:
    server.token = "secret"
    photo("a.jpg")
    refused = run(server, "upload", "in")
    taken = run(server, "upload", "in", MEDIASCREAM_TOKEN="secret")

    assert refused.exit_code == 1
    assert refused.stderr.startswith("mediascream: This server wants a token. (--token")
    assert taken.exit_code == 0
    assert "secret" not in taken.stdout + taken.stderr


def test_a_server_can_be_named_without_http(server: FakeServer) -> None:
    photo("a.jpg")

    assert run(None, "upload", "in", "--server", server.url.removeprefix("http://")).exit_code == 0


def test_localhost_reaches_a_server_on_127_0_0_1(server: FakeServer) -> None:
    photo("a.jpg")

    assert run(None, "upload", "in", "--server", server.url.replace("127.0.0.1", "localhost")).exit_code == 0


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(server: FakeServer) -> None:
    photo("a.jpg")

    result = run(server, "upload", "in", HTTP_PROXY="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9")

    assert result.exit_code == 0


def test_tags_may_come_in_several_ways(server: FakeServer) -> None:
    photo_id = photo("a.jpg")

    run(server, "upload", "in", "--tags", "vegas, travel", "--tags", "family,")

    assert server.photos[photo_id].values["tags"] == "vegas,travel,family"


def test_waiting_ends_when_all_is_safe(server: FakeServer) -> None:
    server.becomes = PhotoState.PROCESSING
    photo_id = photo("a.jpg")
    looks = iter(range(100))

    def become_safe() -> None:
        if photo_id in server.photos and next(looks) == 2:
            server.photos[photo_id].state = PhotoState.SAFE

    server.on_check = become_safe
    result = run(server, "upload", "in", "--wait", "--json")

    assert result.exit_code == 0
    assert [(line["state"], line["waited"]) for line in lines(result)] == [("uploaded", "safe")]


def test_waiting_ends_at_the_timeout_and_at_what_needs_a_person(server: FakeServer) -> None:
    server.becomes = PhotoState.PROCESSING
    photo("slow.jpg")
    keep(server, "stuck.jpg", state=PhotoState.ATTENTION)
    keep(server, "trash.jpg", state=PhotoState.DELETED)
    keep(server, "safe.jpg")
    Path("in/notes.txt").write_text("x")

    result = run(server, "upload", "in", "--wait", "--timeout", "0.3", "--json")

    assert result.exit_code == 4
    assert {line["path"]: line["waited"] for line in lines(result)} == {
        "in/slow.jpg": "timeout",
        "in/stuck.jpg": "attention",
        "in/trash.jpg": "deleted",
        "in/safe.jpg": "safe",
        "in/notes.txt": None,
    }


def test_a_dry_run_says_so(server: FakeServer) -> None:
    photo("a.jpg")

    text, data = run(server, "upload", "in", "--dry-run"), run(server, "upload", "in", "--dry-run", "--json")

    assert text.stdout.startswith("Nothing was sent (--dry-run).\nwould upload")
    assert [(line["state"], line["dry_run"]) for line in lines(data)] == [("uploaded", True)]
    assert not server.photos


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_with_130_and_the_next_run_goes_on(
    server: FakeServer, tmp_path: Path, number: signal.Signals
) -> None:
    for count in range(40):
        Path("in", f"{count:02}.jpg").write_bytes(JPEG + os.urandom(1000))
    program = (
        "import typer; from mediascream.client.commands import register; app = typer.Typer(); register(app);"
        "app.callback()(lambda: None); app()"
    )
    words = [sys.executable, "-c", program, "upload", "in", "--server", server.url, "--jobs", "1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        server.on_put = lambda: process.send_signal(number) if server.count("PUT") == 10 else None
        stdout, stderr = process.communicate(timeout=60)
    first = len(server.photos)
    second = run(server, "upload", "in")

    assert process.returncode == 130, stderr
    assert stdout.startswith("Interrupted.")
    assert 9 <= first < 40
    assert second.exit_code == 0
    assert len(server.photos) == 40
    assert len(server.bodies) <= 41, "more was sent twice than the file in flight"


# ------------------------------------------------------------------------------------------ safe-to-delete


@pytest.mark.parametrize("asked", [["empty"], ["--hashes", "none"]])
def test_where_there_is_nothing_to_ask_about_nothing_is_called_safe(server: FakeServer, asked: list[str]) -> None:
    Path("empty").mkdir()
    Path("none").touch()
    result = run(server, "safe-to-delete", *asked)
    assert result.exit_code == 4
    assert "no file to ask about" in result.stderr


def test_only_what_is_archived_is_called_safe(server: FakeServer) -> None:
    keep(server, "archived.jpg", receipts=[RECEIPT, STUCK], state=PhotoState.ATTENTION)
    waiting = {"destination": "s3", "state": "blocked", "error": {"code": "keys", "detail": "the key is wrong"}}
    keep(server, "waiting.jpg", archived=False, state=PhotoState.ATTENTION, receipts=[waiting])
    keep(server, "trash.jpg", state=PhotoState.DELETED)
    photo("new.jpg")

    result = run(server, "safe-to-delete", "in")

    assert result.exit_code == 4
    assert result.stdout.splitlines() == [
        "SAFE        in/archived.jpg",
        "NEVER SEEN  in/new.jpg",
        "NOT YET     in/trash.jpg  (it is in the trash there)",
        "NOT YET     in/waiting.jpg  (s3 is blocked: the key is wrong)",
    ]


def test_all_safe_ends_with_0(server: FakeServer) -> None:
    keep(server, "a.jpg")
    keep(server, "b.jpg")

    assert run(server, "safe-to-delete", "in").exit_code == 0


def test_everywhere_asks_for_every_copy(server: FakeServer) -> None:
    keep(server, "a.jpg", receipts=[RECEIPT, STUCK], state=PhotoState.ATTENTION)

    result = run(server, "safe-to-delete", "in", "--everywhere", "--json")

    assert result.exit_code == 4
    assert [(line["state"], line["detail"]) for line in lines(result)] == [
        ("NOT YET", "flickr is blocked: log in again")
    ]


def test_hidden_files_and_files_that_are_no_photos_are_never_called_safe(server: FakeServer) -> None:
    keep(server, "a.jpg")
    photo(".hidden.jpg")
    Path("in/notes.txt").write_text("x")
    Path("in/.b.heic.icloud").write_bytes(b"")
    Path("in/gone.jpg").symlink_to("nowhere")

    result = run(server, "safe-to-delete", "in", "--json")

    assert {line["path"]: line["state"] for line in lines(result)} == {
        "in/.b.heic.icloud": "NOT YET",
        "in/.hidden.jpg": "NEVER SEEN",
        "in/a.jpg": "SAFE",
        "in/gone.jpg": "NOT YET",
        "in/notes.txt": "NEVER SEEN",
    }


def test_a_file_is_judged_by_its_bytes_not_by_the_ledger(server: FakeServer, tmp_path: Path) -> None:
    keep(server, "a.jpg")
    run(server, "upload", "in")
    status = Path("in/a.jpg").stat()
    Path("in/a.jpg").write_bytes(JPEG + b"b.jpg")
    os.utime("in/a.jpg", ns=(status.st_atime_ns, status.st_mtime_ns))

    assert run(server, "safe-to-delete", "in").stdout.startswith("NEVER SEEN")


def test_deep_has_the_server_read_again(server: FakeServer) -> None:
    keep(server, "a.jpg")

    run(server, "safe-to-delete", "in", "--deep")

    assert server.deep == [False, True]


def test_deep_says_what_it_is_about_where_the_archive_does_not_answer(server: FakeServer) -> None:
    keep(server, "a.jpg", archived=False, receipts=[RECEIPT])

    result = run(server, "safe-to-delete", "in", "--deep")

    assert result.stdout == "NOT YET     in/a.jpg  (no whole copy of it could be read in the archive just now)\n"


def test_hashes_may_come_with_file_names_that_are_no_utf_8(server: FakeServer) -> None:
    photo_id = keep(server, "a.jpg")
    Path("hashes").write_bytes(b'\xef\xbb\xbf{"id": "%s", "path": "m\xfcnchen.jpg"}\n\xff\xfe\n' % photo_id.encode())

    result = run(server, "safe-to-delete", "--hashes", "hashes")

    assert result.exit_code == 4
    assert [line.split("  ")[0] for line in result.stdout.splitlines()] == ["SAFE", "NOT YET"]


# ------------------------------------------------------------------------------------------ status and the queue


def test_status_counts_and_names_what_needs_a_person(server: FakeServer) -> None:
    keep(server, "a.jpg", receipts=[RECEIPT, STUCK])

    assert run(server, "status").stdout.splitlines() == [
        "folder    delivered 1",
        "flickr    blocked 1  (ann)",
        "",
        "1 blocked:",
        "  a.jpg  flickr is blocked: log in again",
    ]


def test_status_of_files_tells_each_delivery(server: FakeServer) -> None:
    keep(server, "a.jpg", receipts=[RECEIPT, STUCK], state=PhotoState.ATTENTION)
    photo("new.jpg")

    result = run(server, "status", "in")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "attention   in/a.jpg",
        "            folder is delivered (proof: bytes)",
        "            flickr is blocked: log in again",
        "never seen  in/new.jpg",
    ]


def test_status_of_a_file_that_is_not_there_is_a_failure(server: FakeServer) -> None:
    result = run(server, "status", "no.jpg")

    assert (result.exit_code, result.stdout) == (3, "unreadable  no.jpg  (there is no such file)\n")


def test_status_for_programs_is_json_alone(server: FakeServer) -> None:
    keep(server, "a.jpg", receipts=[RECEIPT])

    assert [line["name"] for line in lines(run(server, "status", "--json"))] == ["folder", "flickr"]
    (line,) = lines(run(server, "status", "in", "--json"))
    assert (line["state"], line["archived"], line["receipts"][0]["destination"]) == ("safe", True, "folder")


@pytest.mark.parametrize("verb", ["pause", "resume", "backfill"])
def test_a_destination_is_told_what_to_do(server: FakeServer, verb: str) -> None:
    result = run(server, verb, "flickr")

    assert result.exit_code == 0
    assert server.acts == [f"/destinations/flickr/{verb}"]
    assert result.stdout.startswith("flickr ")


def test_a_destination_that_does_not_exist_is_wrong_usage(server: FakeServer) -> None:
    assert run(server, "pause", "flikr").exit_code == 2
    assert not server.asked


def test_a_photo_is_tried_again_where_it_is_stuck(server: FakeServer) -> None:
    photo_id = keep(server, "a.jpg", receipts=[RECEIPT, STUCK])

    by_id, by_file = run(server, "retry", photo_id), run(server, "retry", "in/a.jpg")

    assert by_id.exit_code == by_file.exit_code == 0
    assert server.acts == [f'/photos/{photo_id}/retry {{"destination":"flickr"}}'] * 2


def test_one_photo_that_cannot_be_tried_does_not_keep_the_others_from_it(server: FakeServer) -> None:
    keep(server, "a.jpg", receipts=[STUCK])

    result = run(server, "retry", "0" * 64, "in/none.jpg", "in/a.jpg")

    assert result.exit_code == 3
    assert len(server.acts) == 1
    assert len(result.stderr.splitlines()) == 2


def test_a_whole_destination_or_all_are_tried_again(server: FakeServer) -> None:
    run(server, "retry", "--destination", "gphotos")
    run(server, "retry", "--all")

    assert server.acts == ["/destinations/gphotos/retry", "/destinations/flickr/retry"]


@pytest.mark.parametrize("words", [(), ("in/a.jpg", "--all"), ("--all", "--destination", "flickr")])
def test_retry_wants_to_know_what(server: FakeServer, words: tuple[str, ...]) -> None:
    assert run(server, "retry", *words).exit_code == 2
    assert not server.asked
