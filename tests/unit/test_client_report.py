"""The numbers that a person reads add up, and the lines can be printed."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from mediascream import wire
from mediascream.client.meter import Meter, Rate
from mediascream.client.outcome import ExitCode, FileState, Outcome, Tally, Waited
from mediascream.client.progress import Progress
from mediascream.client.report import LineReport, Naming, report_on, summary
from mediascream.client.words import shown, shown_receipt, shown_size, shown_time, unfinished


def outcome(
    state: FileState, path: str = "a.jpg", *, code: str | None = None, waited: Waited | None = None, size: int = 10
) -> Outcome:
    return Outcome(path, state, size, code=code, detail=code and f"because {code}", waited=waited)


def tally(*outcomes: Outcome) -> Tally:
    counted = Tally()
    for one in outcomes:
        counted.add(one)
        counted.add_waited(one)
    return counted


def test_the_states_of_the_sum_add_up_to_what_was_found() -> None:
    counted = tally(*(outcome(state) for state in FileState), outcome(FileState.IGNORED, code="not-a-photo"))
    lines = list(summary(counted, seconds=2.0, sent_bytes=10, dry_run=False))
    counts = [int(line.split()[1]) for line in lines]

    assert [line.split()[0] for line in lines] == [*FileState, "found"]
    assert sum(counts[:-1]) == counts[-1] == 6
    assert "1 not-a-photo" in lines[3]


def test_a_dry_run_does_not_claim_to_have_uploaded() -> None:
    lines = list(summary(tally(outcome(FileState.UPLOADED)), seconds=1, sent_bytes=0, dry_run=True))

    assert lines[0].split()[:3] == ["would", "upload", "1"]


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], ExitCode.ALL_WELL),
        ([outcome(FileState.UPLOADED), outcome(FileState.IGNORED), outcome(FileState.DELETED)], ExitCode.ALL_WELL),
        ([outcome(FileState.UPLOADED, waited=Waited.SAFE)], ExitCode.ALL_WELL),
        ([outcome(FileState.UPLOADED), outcome(FileState.FAILED)], ExitCode.SOME_FAILED),
        ([outcome(FileState.UPLOADED, waited=Waited.SAFE), outcome(FileState.FAILED)], ExitCode.SOME_FAILED),
        ([outcome(FileState.UPLOADED, waited=Waited.TIMEOUT)], ExitCode.NOT_ALL_SAFE),
        ([outcome(FileState.DUPLICATE, waited=Waited.ATTENTION)], ExitCode.NOT_ALL_SAFE),
        ([outcome(FileState.DELETED, waited=Waited.DELETED)], ExitCode.NOT_ALL_SAFE),
    ],
)
def test_the_exit_code_tells_how_it_went(outcomes: list[Outcome], code: ExitCode) -> None:
    assert tally(*outcomes).exit_code() is code


def test_only_files_that_need_an_eye_are_named() -> None:
    naming = Naming()
    quiet = [outcome(FileState.UPLOADED), outcome(FileState.DUPLICATE), outcome(FileState.IGNORED, code="hidden")]

    assert not list(naming.lines(quiet))
    assert list(naming.lines([outcome(FileState.FAILED, code="too-large")])) == ["failed  a.jpg: because too-large"]


@pytest.mark.parametrize("waited", [Waited.TIMEOUT, Waited.ATTENTION])
def test_a_file_that_did_not_become_safe_is_named_with_a_reason(waited: Waited) -> None:
    (line,) = Naming().lines([outcome(FileState.UPLOADED, waited=waited)])
    assert line.startswith(f"{waited}  a.jpg: it is kept there, but ")


def test_a_thousand_equal_failures_are_not_all_named() -> None:
    lines = list(Naming().lines(outcome(FileState.FAILED, f"{n}.jpg", code="not-sent") for n in range(1000)))

    assert len(lines) == 21
    assert lines[-1] == "failed  … and more for this reason (not-sent); --json names all"


def test_a_thousand_photos_that_did_not_become_safe_are_summed_up_by_how_they_ended() -> None:
    stuck = [replace(outcome(FileState.UPLOADED, f"{n}.jpg"), waited=Waited.ATTENTION) for n in range(30)]
    late = [replace(outcome(FileState.DUPLICATE, f"{n}.jpg"), waited=Waited.TIMEOUT) for n in range(30)]
    more = [line for line in Naming().lines([*stuck, *late]) if "…" in line]

    assert more == [f"{ended}  … and more for this reason; --json names all" for ended in ("attention", "timeout")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("in/Café 日本.jpg", "in/Café 日本.jpg"),
        ("a\x1b[2Jb.jpg", "a\N{REPLACEMENT CHARACTER}[2Jb.jpg"),
        ("a\nb.jpg", "a\N{REPLACEMENT CHARACTER}b.jpg"),
        ("caf\udce9.jpg", "caf\N{REPLACEMENT CHARACTER}.jpg"),
    ],
)
def test_a_name_cannot_play_tricks_on_the_terminal(path: str, expected: str) -> None:
    assert shown(path) == expected


@pytest.mark.parametrize(
    ("size", "expected"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (3_140_000_000, "3.1 GB"), (5e15, "5000.0 TB")]
)
def test_sizes_are_told_as_disks_are_sold(size: float, expected: str) -> None:
    assert shown_size(size) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(0.4, "0 s"), (59.4, "59 s"), (200, "3:20 min"), (7500, "2:05 h")])
def test_times_are_told_shortly(seconds: float, expected: str) -> None:
    assert shown_time(seconds) == expected


def test_a_rate_is_that_of_the_last_seconds() -> None:
    rate = Rate(window_s=10)
    for second in range(30):
        rate.at(second, 1_000_000)

    assert rate.at(30, 1_000_000 + 500) == 50


def test_lines_for_a_log_come_now_and_then() -> None:
    written = io.StringIO()
    report = LineReport(Console(file=written, width=200), now_s=0)
    progress = Progress(tally(outcome(FileState.UPLOADED)), Meter())
    for tenth in range(210):
        progress.advance(tenth / 10)
        report.draw(progress, tenth / 10)

    lines = written.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("1 file · 10 B · ")


def test_a_pipe_gets_no_drawing() -> None:
    assert isinstance(report_on(Console(file=io.StringIO()), plain=False, now_s=0), LineReport)


def receipt(**values: object) -> wire.Receipt:
    return wire.Receipt.model_validate({"destination": "folder", "state": "queued"} | values)


def test_only_the_archive_counts_unless_everywhere_is_asked_for() -> None:
    archive, service = receipt(), receipt(destination="flickr", state="blocked")
    done = receipt(destination="gphotos", state="skipped", reason="not_connected")

    assert unfinished([archive, service, done], everywhere=False) == [archive]
    assert unfinished([archive, service, done], everywhere=True) == [archive, service]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"state": "delivered", "proof": "bytes"}, "folder is delivered (proof: bytes)"),
        ({"state": "skipped", "reason": "sender"}, "folder is skipped (sender)"),
        (
            {"state": "blocked", "error": {"code": "auth", "detail": "log in again"}},
            "folder is blocked: log in again",
        ),
    ],
)
def test_a_receipt_is_told_in_a_line(values: dict[str, object], expected: str) -> None:
    assert shown_receipt(receipt(**values)) == expected
