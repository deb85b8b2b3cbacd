"""What the doctor makes of what it sees."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from mediascream.doctor.clock import judge_clock, judge_past
from mediascream.doctor.deliveries import judge_jobs
from mediascream.doctor.disks import judge_flush, judge_mount, judge_room, look_at_honesty, spins
from mediascream.doctor.findings import Finding, Level, note, ok, problem
from mediascream.doctor.own_settings import look_at_settings
from mediascream.doctor.proofs import judge_copies, judge_proof
from mediascream.doctor.rounds import Round, Rounds
from mediascream.doctor.tables import judge_revision
from mediascream.folders import Room
from mediascream.library.checked import Checked
from mediascream.library.upgrade import NEWEST
from mediascream.lock import Lock, holder_of
from mediascream.mounts import Mount
from mediascream.operate_doctor import as_lines, summary
from mediascream.queue.census import Census
from mediascream.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOME = Path("/home/me")


def mount(kind: str, *options: str) -> Mount:
    return Mount(PurePosixPath("/home"), kind, "8:1", frozenset(options))


@pytest.mark.parametrize(
    ("lies_on", "is_database", "level"),
    [
        (mount("ext4", "rw"), True, Level.OK),
        (mount("tmpfs", "rw"), False, Level.PROBLEM),
        (mount("overlay", "rw"), False, Level.PROBLEM),
        (mount("ext4", "ro"), False, Level.PROBLEM),
        (mount("ext4", "rw", "nobarrier"), False, Level.PROBLEM),
        (mount("nfs4", "rw"), True, Level.PROBLEM),
        (mount("nfs4", "rw"), False, Level.NOTE),
        (mount("exfat", "rw"), False, Level.WARNING),
    ],
)
def test_a_file_system_is_judged_by_what_it_does_to_photos(lies_on: Mount, is_database: bool, level: Level) -> None:
    found = judge_mount("spool", HOME, lies_on, is_database=is_database, allow_volatile=False)
    assert found.level is level
    assert lies_on.file_system in found.seen


def test_a_volatile_folder_that_was_allowed_is_a_warning_only() -> None:
    assert judge_mount("spool", HOME, mount("tmpfs"), is_database=False, allow_volatile=True).level is Level.WARNING


@pytest.mark.parametrize(
    ("total", "free", "level"),
    [
        (10**12, 6 * 10**9, Level.OK),
        (10**12, 5 * 10**9, Level.PROBLEM),
        (10**9, 10**8, Level.OK),
        (10**9, 10**7, Level.PROBLEM),
    ],
)
def test_little_room_is_a_problem_before_it_is_none(total: int, free: int, level: Level) -> None:
    assert judge_room(Room("spool", free, total)).level is level


def test_a_library_that_makes_flushes_do_nothing_is_named(tmp_path: Path) -> None:
    maps = {"the server": "7f00 r-xp 0 08:01 1 /usr/lib/libeatmydata/libeatmydata.so", "this command": "libc.so"}
    found = list(look_at_honesty([tmp_path, tmp_path], maps))
    assert [finding.level is Level.PROBLEM for finding in found] == [True, False]
    assert "the server" in found[0].seen


@pytest.mark.parametrize(
    ("turning", "took_s", "level"), [(True, 0.0001, Level.NOTE), (True, 0.01, Level.OK), (False, 0.0001, Level.OK)]
)
def test_a_flush_faster_than_the_disk_can_turn_is_doubted(turning: bool, took_s: float, level: Level) -> None:
    assert judge_flush(HOME, took_s, spins=turning).level is level


def test_a_partition_turns_as_its_disk_does(tmp_path: Path) -> None:
    (tmp_path / "sda" / "queue").mkdir(parents=True)
    (tmp_path / "sda" / "queue" / "rotational").write_text("1\n")
    (tmp_path / "sda" / "sda1").mkdir()
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "8:1").symlink_to(tmp_path / "sda" / "sda1")
    assert spins(mount("ext4"), tmp_path / "dev")
    (tmp_path / "sda" / "queue" / "rotational").write_text("0\n")
    assert not spins(mount("ext4"), tmp_path / "dev")
    assert not spins(mount("ext4"), tmp_path / "nowhere")
    assert not spins(None)


@pytest.mark.parametrize(("ahead_s", "level"), [(-30, Level.OK), (90, Level.WARNING), (-4000, Level.PROBLEM)])
def test_a_clock_that_services_would_refuse_is_a_problem(ahead_s: float, level: Level) -> None:
    assert judge_clock(ahead_s, "the bucket's").level is level


def test_a_clock_that_is_behind_its_own_past_is_a_problem() -> None:
    assert judge_past(NOW, NOW + timedelta(hours=1)).level is Level.PROBLEM
    assert judge_past(NOW, NOW - timedelta(hours=1)).level is Level.OK
    assert judge_past(NOW, None).level is Level.NOTE


@pytest.mark.parametrize(
    ("revision", "level"), [(NEWEST, Level.OK), ("0000", Level.NOTE), ("9999", Level.PROBLEM), (None, Level.NOTE)]
)
def test_tables_of_a_newer_version_are_a_problem(revision: str | None, level: Level) -> None:
    assert judge_revision(revision).level is level


@pytest.mark.parametrize(
    ("checked", "level", "seen"),
    [
        (None, Level.NOTE, "no drill has been made yet"),
        (Checked(NOW - timedelta(days=3), 5, 0), Level.OK, "the last drill was good, 3 days ago (5 copies)"),
        (Checked(NOW - timedelta(days=3), 5, 1), Level.PROBLEM, "1 were not what they should be"),
        (Checked(NOW - timedelta(days=327), 5, 0), Level.WARNING, "327 days ago"),
    ],
)
def test_a_drill_counts_by_how_it_ended_and_when(checked: Checked | None, level: Level, seen: str) -> None:
    found = judge_proof("drill", checked, NOW)
    assert found.level is level
    assert seen in found.seen


@pytest.mark.parametrize(
    ("jobs", "server_runs", "level"),
    [
        (Census(to_do=3), True, Level.OK),
        (Census(to_do=3), False, Level.NOTE),
        (Census(), False, Level.OK),
        (Census(given_up=1), True, Level.NOTE),
    ],
)
def test_jobs_that_nobody_does_are_told(jobs: Census, server_runs: bool, level: Level) -> None:
    assert judge_jobs(jobs, server_runs=server_runs).level is level


@pytest.mark.parametrize(
    ("told", "level"),
    [
        (None, Level.NOTE),
        ([[1, "database/2026-11-20.sqlite.zst"], [2, "database/2026-11-23.sqlite.zst"]], Level.OK),
        ([[1, "database/2026-11-10.sqlite.zst"]], Level.WARNING),
    ],
)
def test_copies_of_the_database_that_stopped_coming_are_a_warning(told: object, level: Level) -> None:
    assert judge_copies(told, NOW).level is level


def test_a_settings_file_with_secrets_that_others_may_read_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(f"DATA_FOLDER: {tmp_path / 'none'}\nFLICKR_API_KEY: k\nFLICKR_API_SECRET: hush\n")
    file.chmod(0o644)
    (found,) = [finding for finding in look_at_settings(load(file, {})) if finding.level is Level.WARNING]
    assert "FLICKR_API_SECRET" in found.seen
    assert "hush" not in found.seen
    assert found.to_do == f"chmod 600 {file}"
    file.chmod(0o600)
    assert [finding.level for finding in look_at_settings(load(file, {}))] == [Level.OK, Level.OK]


def test_a_provider_without_an_owner_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(
        f"DATA_FOLDER: {tmp_path / 'none'}\nOIDC_ISSUER: http://localhost:9\nOIDC_CLIENT_ID: a\nOIDC_CLIENT_SECRET: b\n"
    )
    file.chmod(0o600)
    (found,) = [finding for finding in look_at_settings(load(file, {})) if finding.level is Level.WARNING]
    assert "nobody gets in by http://localhost:9" in found.seen
    file.write_text(f"{file.read_text()}OIDC_SUBJECT: me\n")
    assert {finding.level for finding in look_at_settings(load(file, {}))} == {Level.OK}


def test_a_mistyped_name_in_the_environment_is_told(tmp_path: Path) -> None:
    settings = load(None, {"MEDIASCREAM_DATA_FOLDR": "x", "MEDIASCREAM_DATA_FOLDER": str(tmp_path / "none")})
    assert "MEDIASCREAM_DATA_FOLDR" in " ".join(finding.seen for finding in look_at_settings(settings))


def test_a_round_that_hangs_is_given_up_and_keeps_what_it_found() -> None:
    for_ever = threading.Event()

    def hang() -> Iterator[Finding]:
        yield ok("disk", "so far so good")
        for_ever.wait()

    rounds = Rounds()
    found = list(rounds.make(Round("disk", "looking at the disk", hang, limit_s=0.1)))
    for_ever.set()
    assert [finding.level for finding in found] == [Level.OK, Level.PROBLEM]
    assert "did not end within" in found[1].seen
    assert rounds.left_behind


def test_a_round_that_fails_is_a_finding_but_a_mistake_of_ours_is_an_error() -> None:
    def gone() -> Iterator[Finding]:
        yield note("disk", "first")
        raise OSError(5, "Input/output error")

    def wrong() -> Iterator[Finding]:
        yield note("disk", "first")
        raise KeyError("a mistake")

    assert "Input/output error" in list(Rounds().make(Round("disk", "looking", gone)))[1].seen
    with pytest.raises(KeyError):
        list(Rounds().make(Round("disk", "looking", wrong)))


def test_who_holds_a_lock_is_seen_without_taking_it(tmp_path: Path) -> None:
    file = tmp_path / "serve.lock"
    assert holder_of(file) is None
    lock = Lock(file)
    assert holder_of(file) == int(file.read_text())
    lock.release()
    assert holder_of(file) is None


def test_a_file_gets_aligned_lines_and_what_to_do_below() -> None:
    assert as_lines(problem("disk", "it is full", "make room")) == [
        "disk        problem  it is full",
        "                     → make room",
    ]


def test_the_sum_counts_what_needs_a_person() -> None:
    assert summary(Counter({Level.OK: 5, Level.NOTE: 2})) == "all is well"
    assert summary(Counter({Level.PROBLEM: 1, Level.WARNING: 2})) == "1 problem, 2 warnings"
