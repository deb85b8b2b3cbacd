"""An upload against a strict server, over a real network that breaks where told."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from mediascream.client.fingerprint import CHUNK_BYTES
from mediascream.client.ledger import Ledger
from mediascream.client.meter import Meter
from mediascream.client.outcome import FileState, Outcome
from mediascream.client.patience import Patience
from mediascream.client.server import Server
from mediascream.client.upload import Order, Upload
from mediascream.client.values import NO_WISHES, Wishes
from mediascream.photo import PhotoId, PhotoState
from tests.fakes.flaky_proxy import FlakyProxy, in_front_of
from tests.fakes.mediascream_server import FakeServer, Kept, problem, running

if TYPE_CHECKING:
    from collections.abc import Iterator

JPEG = b"\xff\xd8\xff"
XMP = (
    '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://purl.org/dc/elements/1.1/">'
    "<r:Description><d:subject><r:Bag><r:li>strip</r:li></r:Bag></d:subject></r:Description></r:RDF>"
)
IMPATIENT = Patience(gone_s=0.3, breaks=3, first_delay_s=0.01)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with running(FakeServer()) as fake:
        yield fake


@pytest.fixture
def wire(server: FakeServer) -> Iterator[FlakyProxy]:
    with in_front_of(server.url) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the photos are, and where the test stands."""
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "in"


def photo(name: str, content: bytes | None = None) -> PhotoId:
    """Write a photo into the folder that is sent; each its own bytes where none are given."""
    content = JPEG + (content if content is not None else name.encode())
    path = Path("in") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return PhotoId(hashlib.sha256(content).hexdigest())


def send(
    url: str,
    *paths: str,
    wishes: Wishes = NO_WISHES,
    dry_run: bool = False,
    jobs: int = 4,
    ledger: Path | None = None,
    meter: Meter | None = None,
    token: str | None = None,
    noted: tuple[str, ...] = (),
) -> list[Outcome]:
    """One run, and how each file ended, by path."""
    order = Order(paths or ("in",), wishes, jobs=jobs, dry_run=dry_run, patience=IMPATIENT, noted=frozenset(noted))
    with Server(url, token) as there, Ledger(ledger) as notes:
        upload = Upload(
            order, server=there, ledger=notes, meter=meter or Meter(), random=Random(1), clock_ns=in_a_minute
        )
        outcomes = [outcome for batch in upload.run() for outcome in batch]
    return sorted(outcomes, key=lambda outcome: outcome.path)


def in_a_minute() -> int:
    """The ledger keeps no file that was written just now."""
    return time.time_ns() + 60_000_000_000


def states(outcomes: list[Outcome]) -> dict[str, str]:
    assert len({outcome.path for outcome in outcomes}) == len(outcomes)
    return {Path(outcome.path).name: str(outcome.state) for outcome in outcomes}


# ------------------------------------------------------------------------------------------ all is well


def test_new_photos_are_uploaded_with_their_names_and_times(server: FakeServer) -> None:
    photo_id = photo("Tür & Tor #1.jpg")
    os.utime("in/Tür & Tor #1.jpg", (1_700_000_000, 1_700_000_000.25))

    assert states(send(server.url)) == {"Tür & Tor #1.jpg": "uploaded"}
    kept = server.photos[photo_id]
    assert kept.body == Path("in/Tür & Tor #1.jpg").read_bytes()
    assert kept.values == {"file_name": "Tür & Tor #1.jpg", "modified_at": "2023-11-14T22:13:20.250000Z"}


def test_every_file_of_a_tree_ends_in_exactly_one_state(server: FakeServer) -> None:
    known = photo("known.jpg")
    trashed = photo("trashed.jpg")
    server.photos[known] = Kept(b"", {"file_name": "known.jpg"})
    server.photos[trashed] = Kept(b"", {"file_name": "trashed.jpg"}, state=PhotoState.DELETED)
    for number in range(40):
        photo(f"{number % 5}/new{number}.jpg")
    Path("in/notes.txt").write_text("no photo")
    Path("in/empty.jpg").write_bytes(b"")
    Path("in/broken.jpg").symlink_to("gone")

    outcomes = send(server.url)
    ended = states(outcomes)

    assert {Path(outcome.path).name: outcome.code for outcome in outcomes if outcome.state is FileState.IGNORED} == {
        "notes.txt": "not-a-photo",
        "empty.jpg": "empty-file",
    }
    assert {name: state for name, state in ended.items() if not name.startswith("new")} == {
        "known.jpg": "duplicate",
        "trashed.jpg": "deleted",
        "notes.txt": "ignored",
        "empty.jpg": "ignored",
        "broken.jpg": "failed",
    }
    new = [name for name in server.names() if name.startswith("new")]
    assert len(new) == 40
    assert sorted(name for name, state in ended.items() if state == "uploaded") == new


def test_equal_files_of_one_run_are_sent_once(server: FakeServer) -> None:
    for number in range(20):
        photo(f"{number}.jpg", content=b"the same" * 10_000)

    ended = list(states(send(server.url)).values())

    assert sorted(ended) == ["duplicate"] * 19 + ["uploaded"]
    assert server.count("PUT") == 1


def test_what_is_known_is_asked_in_batches_and_not_sent(server: FakeServer) -> None:
    for number in range(300):
        server.photos[photo(f"{number}.jpg")] = Kept(b"", {"file_name": str(number)})

    assert set(states(send(server.url)).values()) == {"duplicate"}
    assert server.count("PUT") == 0
    assert server.count("POST", "/photos/check") < 30


def test_a_dry_run_sends_nothing_and_tells_what_would_be(server: FakeServer) -> None:
    photo("a.jpg")
    photo("b.jpg", content=b"twin")
    photo("c.jpg", content=b"twin")
    server.photos[photo("known.jpg")] = Kept(b"", {"file_name": "known.jpg"})

    ended = states(send(server.url, dry_run=True, wishes=Wishes(tags=("x",))))

    assert sorted(ended.values()) == ["duplicate", "duplicate", "uploaded", "uploaded"]
    assert {method for method, _ in server.asked} == {"POST"}


def test_wishes_and_the_notes_of_a_sidecar_go_along(server: FakeServer) -> None:
    photo_id = photo("a.jpg")
    Path("in/a.xmp").write_text(XMP)

    outcomes = send(server.url, wishes=Wishes(tags=("vegas", "travel"), skip=("flickr",)))

    assert states(outcomes) == {"a.jpg": "uploaded", "a.xmp": "ignored"}
    values = server.photos[photo_id].values
    assert (values["tags"], values["skip"]) == ("vegas,travel,strip", "flickr")


def test_a_known_photo_gets_the_tags_that_it_lacks(server: FakeServer) -> None:
    photo_id = photo("a.jpg")
    server.photos[photo_id] = Kept(JPEG, {"file_name": "a.jpg"}, tags=["Vegas", "family"])

    assert states(send(server.url, wishes=Wishes(tags=("vegas", "travel")))) == {"a.jpg": "duplicate"}
    assert server.photos[photo_id].tags == ["Vegas", "family", "travel"]
    assert server.count("PUT") == 0


def test_a_known_photo_gets_what_notes_say_that_came_later_and_keeps_what_a_person_changed_since(
    server: FakeServer, tmp_path: Path
) -> None:
    photo_id = photo("a.jpg")
    server.photos[photo_id] = Kept(JPEG, {"file_name": "a.jpg"}, tags=["Vegas"])
    Path("in/a.xmp").write_text(XMP)
    ledger = tmp_path / "ledger.sqlite"

    (outcome,) = send(server.url, "in/a.jpg", noted=("in/a.jpg",), ledger=ledger)
    assert (outcome.state, outcome.code) == (FileState.DUPLICATE, "notes-added")
    assert server.photos[photo_id].tags == ["Vegas", "strip"]

    server.photos[photo_id].tags.remove("strip")
    send(server.url, "in/a.jpg", noted=("in/a.jpg",), ledger=ledger)
    assert server.photos[photo_id].tags == ["Vegas"]

    Path("in/a.xmp").write_text(XMP.replace("strip", "night"))
    send(server.url, "in/a.jpg", noted=("in/a.jpg",), ledger=ledger)
    assert server.photos[photo_id].tags == ["Vegas", "night"]


def test_a_token_that_may_not_add_notes_is_told_of_once(server: FakeServer) -> None:
    server.scope = "upload"
    for name in ("a", "b", "c"):
        server.photos[photo(f"{name}.jpg")] = Kept(JPEG, {"file_name": f"{name}.jpg"})
        Path(f"in/{name}.xmp").write_text(XMP)

    outcomes = send(server.url, noted=tuple(f"in/{name}.jpg" for name in ("a", "b", "c")), jobs=1)

    assert [outcome.code for outcome in outcomes if outcome.state is FileState.DUPLICATE].count("tags-not-added") == 1


def test_a_known_photo_that_has_the_tags_is_not_touched(server: FakeServer) -> None:
    server.photos[photo("a.jpg")] = Kept(JPEG, {"file_name": "a.jpg"}, tags=["Vegas"])

    send(server.url, wishes=Wishes(tags=("vegas",)))

    assert not server.edits


def test_a_token_that_may_not_tag_does_not_make_a_failure(server: FakeServer) -> None:
    server.scope = "upload"
    server.photos[photo("a.jpg")] = Kept(JPEG, {"file_name": "a.jpg"})

    (outcome,) = send(server.url, wishes=Wishes(tags=("vegas",)))

    assert (outcome.state, outcome.code) == (FileState.DUPLICATE, "tags-not-added")


def test_the_answer_to_an_upload_token_is_enough(server: FakeServer) -> None:
    server.scope, server.token = "upload", "secret"
    photo("a.jpg")

    assert states(send(server.url, token="secret")) == {"a.jpg": "uploaded"}


def test_a_photo_in_the_trash_stays_there_unless_wished(server: FakeServer) -> None:
    photo_id = photo("a.jpg")
    server.photos[photo_id] = Kept(b"", {"file_name": "a.jpg"}, state=PhotoState.DELETED)

    assert states(send(server.url)) == {"a.jpg": "deleted"}
    (restored,) = send(server.url, wishes=Wishes(restore=True))
    assert (restored.state, restored.code) == (FileState.DUPLICATE, "restored")
    assert server.photos[photo_id].state is PhotoState.SAFE


def test_names_that_are_no_text_and_very_long_ones_are_sent(server: FakeServer) -> None:
    for raw in (b"in/caf\xe9.jpg", b"in/" + b"n" * 251 + b".jpg", b"in/new\nline.jpg"):
        with open(raw, "wb") as file:  # noqa: PTH123  (a Path cannot be made of bytes)
            file.write(JPEG + raw)

    assert set(states(send(server.url)).values()) == {"uploaded"}
    assert set(server.names()) == {"caf\N{REPLACEMENT CHARACTER}.jpg", "n" * 251 + ".jpg", "new\nline.jpg"}


# ------------------------------------------------------------------------------------------ the ledger


def test_a_second_run_reads_no_unchanged_file_again(server: FakeServer, tmp_path: Path) -> None:
    for number in range(5):
        photo(f"{number}.jpg")
    ledger, first, second = tmp_path / "ledger.sqlite", Meter(), Meter()
    send(server.url, ledger=ledger, meter=first)
    photo("1.jpg", content=b"changed")
    ended = states(send(server.url, ledger=ledger, meter=second))

    assert ended == {"0.jpg": "duplicate", "1.jpg": "uploaded", "2.jpg": "duplicate"} | {
        "3.jpg": "duplicate",
        "4.jpg": "duplicate",
    }
    assert first.read_bytes == 5 * (3 + len("0.jpg"))
    assert second.read_bytes == Path("in/1.jpg").stat().st_size


# ------------------------------------------------------------------------------------------ troubles


def test_a_connection_that_breaks_in_the_middle_of_a_file_is_tried_again(server: FakeServer, wire: FlakyProxy) -> None:
    photo_id = photo("a.jpg", content=b"x" * 5 * CHUNK_BYTES)
    wire.cuts.extend([2 * CHUNK_BYTES, 3 * CHUNK_BYTES])
    meter = Meter()

    assert states(send(wire.url, jobs=1, meter=meter)) == {"a.jpg": "uploaded"}
    assert len(server.photos[photo_id].body) == 3 + 5 * CHUNK_BYTES
    assert meter.partial_bytes == 0


def test_a_photo_whose_answer_was_lost_counts_as_uploaded(server: FakeServer, wire: FlakyProxy) -> None:
    photo("a.jpg", content=b"x" * CHUNK_BYTES)
    wire.swallow_answers = 1

    assert states(send(wire.url)) == {"a.jpg": "uploaded"}
    assert server.count("PUT") == 2
    assert len(server.bodies) == 1


def test_a_file_that_breaks_each_connection_fails_alone(server: FakeServer, wire: FlakyProxy) -> None:
    photo("big.jpg", content=b"x" * 4 * CHUNK_BYTES)
    photo("small.jpg")
    wire.cuts.extend([2 * CHUNK_BYTES] * 50)

    outcomes = send(wire.url)

    assert states(outcomes) == {"big.jpg": "failed", "small.jpg": "uploaded"}
    assert outcomes[0].code == "connection-broken"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_a_server_that_is_busy_is_asked_again(server: FakeServer, status: int) -> None:
    photo("a.jpg")
    server.next_puts.append(problem(status, "busy", "Not now.", **{"Retry-After": "0"}))
    server.next_checks.append(problem(status, "busy", "Not now.", **{"Retry-After": "0"}))

    assert states(send(server.url)) == {"a.jpg": "uploaded"}


def test_bytes_that_came_out_damaged_are_sent_again(server: FakeServer) -> None:
    photo("a.jpg")
    server.next_puts.append(problem(422, "digest-mismatch", "Other bytes."))

    assert states(send(server.url)) == {"a.jpg": "uploaded"}


def test_a_file_that_changed_since_it_was_hashed_says_so(server: FakeServer) -> None:
    photo("a.jpg")
    server.on_check = lambda: void(photo("a.jpg", content=b"quite another"))

    (outcome,) = send(server.url)

    assert (outcome.state, outcome.code) == (FileState.FAILED, "changed-while-read")
    assert not server.photos


def test_a_file_that_shrinks_while_it_is_sent_says_so(server: FakeServer) -> None:
    photo("a.jpg", content=b"x" * 60 * CHUNK_BYTES)
    server.on_put = lambda: os.truncate("in/a.jpg", CHUNK_BYTES)

    (outcome,) = send(server.url)

    assert (outcome.state, outcome.code) == (FileState.FAILED, "changed-while-read")
    assert not server.photos


def test_a_file_that_vanishes_before_it_is_sent_says_so(server: FakeServer) -> None:
    photo("a.jpg")
    server.on_check = lambda: Path("in/a.jpg").unlink(missing_ok=True)

    (outcome,) = send(server.url)

    assert (outcome.state, outcome.code) == (FileState.FAILED, "unreadable")


def void(_: object) -> None:
    """For a call that is made for what it does."""


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        (413, "too-large", "failed"),
        (415, "not-a-photo", "ignored"),
        (422, "field-invalid", "failed"),
        (409, "x", "failed"),
    ],
)
def test_a_no_of_the_server_concerns_one_file(server: FakeServer, status: int, code: str, state: str) -> None:
    photo("a.jpg")
    photo("b.jpg")
    server.next_puts.append(problem(status, code, "These are the server's words."))

    outcomes = send(server.url, jobs=1)

    assert sorted(states(outcomes).values()) == sorted([state, "uploaded"])
    (refused,) = [outcome for outcome in outcomes if outcome.code]
    assert (refused.code, refused.detail) == (code, "These are the server's words.")


def test_a_full_disk_of_the_server_ends_the_run_with_every_file_told(server: FakeServer) -> None:
    for number in range(30):
        photo(f"{number}.jpg")
    Path("in/notes.txt").write_text("no photo")
    server.next_puts.extend(problem(507, "disk-full", "The server's disk is full.") for _ in range(1000))

    outcomes = send(server.url)

    assert list(states(outcomes).values()).count("failed") == 30
    assert states(outcomes)["notes.txt"] == "ignored"
    assert {outcome.code for outcome in outcomes} == {"disk-full", "not-sent", "not-a-photo"}
    assert "The server's disk is full." in {outcome.detail for outcome in outcomes}
    assert server.count("PUT") < 10


def test_one_file_too_many_for_a_nearly_full_disk_does_not_stop_the_rest(server: FakeServer) -> None:
    for number in range(6):
        photo(f"{number}.jpg")
    full = problem(507, "disk-full", "Full.")
    server.next_puts.extend([full, full, None, full, full, None])

    assert sorted(states(send(server.url, jobs=1)).values()) == ["failed"] * 4 + ["uploaded"] * 2


def test_a_server_that_stays_away_ends_the_run_with_every_file_told() -> None:
    for number in range(30):
        photo(f"{number}.jpg")

    outcomes = send("http://127.0.0.1:9")

    assert list(states(outcomes).values()) == ["failed"] * 30
    assert {outcome.code for outcome in outcomes} == {"not-sent"}


def test_a_token_that_is_revoked_meanwhile_ends_the_run(server: FakeServer) -> None:
    for number in range(20):
        photo(f"{number}.jpg")
    server.next_puts.extend(problem(401, "login-wanted", "This token is not valid any more.") for _ in range(100))

    assert set(states(send(server.url)).values()) == {"failed"}
    assert server.count("PUT") < 10


def test_the_next_run_goes_on_where_a_failed_one_stopped(server: FakeServer) -> None:
    for number in range(10):
        photo(f"{number}.jpg")
    server.next_puts.extend([None] * 4 + [problem(507, "disk-full", "Full.")] * 3)
    first = states(send(server.url, jobs=1))
    second = states(send(server.url))

    assert list(first.values()).count("uploaded") == 4
    assert {name for name, state in second.items() if state == "uploaded"} == {
        name for name, state in first.items() if state == "failed"
    }
