"""Copies in a bucket that somebody damaged: a whole server finds them, heals them where it can, and asks where not."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from mediascream.archive.s3 import S3Archive
from tests.e2e.pictures import write_jpegs
from tests.e2e.running import SAFE_S
from tests.e2e.test_move import drop_old, is_in_both
from tests.e2e.test_samples import s3_settings
from tests.e2e.test_verify import command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.running import Running
    from tests.servers import S3Server

ROT = b"\xff\xd8\xff\xe0 other bytes"


class Damaged:
    """A server, and what lies in its bucket, changed behind its back."""

    def __init__(self, server: Running, archive: S3Archive, files: list[Path]) -> None:
        self.server, self.archive, self.files = server, archive, files

    def keys(self) -> list[str]:
        """Where each photo lies, in the order of the files."""
        photos = sorted(self.server.photos(), key=lambda photo: str(photo["file_name"]))
        return [str(one["remote_id"]) for photo in photos for one in photo["receipts"] if one["destination"] == "s3"]

    def damage_one_and_delete_one(self) -> None:
        """The first two."""
        damaged, lost, *_ = self.keys()
        self.archive.put_document(damaged, ROT)
        self.archive.delete(lost)

    def verify(self) -> tuple[int, str]:
        """The exit code of `mediascream verify`, and the numbers it ends with."""
        done = command(self.server, "verify", "--destination", "s3")
        return done.returncode, done.stderr.strip().rpartition("checked: ")[2]

    def checks(self, result: str) -> set[str]:
        """What was wrong, by the log."""
        answer = self.server.http.get("/checks", params={"result": result, "destination": "s3"})
        answer.raise_for_status()
        return {check["code"] for check in answer.json()["checks"]}

    def assert_whole(self) -> None:
        """The bucket holds what was sent."""
        kept = [b"".join(self.archive.read(key)) for key in self.keys()]
        assert kept == [file.read_bytes() for file in self.files]

    def health(self) -> dict[str, Any]:
        """As its owner sees it."""
        answer: dict[str, Any] = self.server.http.get("/health").json()
        return answer


def archive_of(s3: S3Server, prefix: str) -> S3Archive:
    return S3Archive(replace(s3.options(), prefix=prefix))


@pytest.fixture
def in_bucket(stopped: Running, ministack: S3Server, tmp_path: Path) -> Iterator[Damaged]:
    """Three photos that are in a bucket only."""
    prefix = f"e2e/{uuid4().hex}"
    stopped.settings = s3_settings(ministack, prefix)
    files = write_jpegs(tmp_path / "photos", 3)
    stopped.start().upload(*files).raise_for_status()
    stopped.wait_safe()
    with closing(archive_of(ministack, prefix)) as archive:
        yield Damaged(stopped, archive, files)


@pytest.fixture(params=["ministack", "rclone"])
def moved(request: pytest.FixtureRequest, stopped: Running, tmp_path: Path) -> Iterator[Damaged]:
    """Three photos that moved from a folder, which has them still, to a bucket on one of two independent servers."""
    s3: S3Server = request.getfixturevalue(request.param)
    prefix = f"e2e/{uuid4().hex}"
    files = write_jpegs(tmp_path / "photos", 3)
    stopped.start().upload(*files).raise_for_status()
    stopped.wait_safe()
    stopped.stop()
    stopped.settings |= s3_settings(s3, prefix)
    stopped.start()
    stopped.wait_until(lambda: all(map(is_in_both, stopped.photos())), SAFE_S, "the photos did not move")
    with closing(archive_of(s3, prefix)) as archive:
        yield Damaged(stopped, archive, files)


def test_what_is_wrong_in_a_bucket_is_found_told_and_healed_by_the_same_files(in_bucket: Damaged) -> None:
    server = in_bucket.server
    in_bucket.damage_one_and_delete_one()
    assert in_bucket.verify() == (4, "1 good, 0 healed, 2 wrong, 0 could not be asked")
    assert in_bucket.checks("wrong") == {"damaged", "lost"}
    assert [photo["state"] for photo in server.photos()].count("attention") == 2
    server.upload(*in_bucket.files).raise_for_status()
    server.wait_safe()
    in_bucket.assert_whole()
    assert in_bucket.verify() == (0, "3 good, 0 healed, 0 wrong, 0 could not be asked")


@pytest.mark.long
def test_what_is_wrong_in_a_bucket_is_healed_from_the_archive_of_before(moved: Damaged) -> None:
    moved.damage_one_and_delete_one()
    assert moved.verify() == (0, "1 good, 2 healed, 0 wrong, 0 could not be asked")
    moved.assert_whole()
    assert [moved.archive.read_document(found.key) for found in moved.archive.list("damaged")] == [ROT]
    assert drop_old(moved.server).returncode == 0


@pytest.mark.long
def test_an_audit_and_a_drill_of_a_bucket_are_made_by_themselves_and_tell_what_they_found(moved: Damaged) -> None:
    server = moved.server
    server.stop()
    checked_long_ago = "UPDATE deliveries SET checked_at_ms = 0 WHERE destination = 's3'"
    drill_due = "INSERT INTO facts (name, value) VALUES ('drill_due_ms', ?)"
    with closing(sqlite3.connect(server.data / "mediascream.sqlite")) as database, database:
        database.execute(checked_long_ago)
        database.execute("DELETE FROM facts WHERE name IN ('drill_due_ms', 'audit_due_ms')")
        database.execute(drill_due, (json.dumps(0),))
    server.write_settings(AUDIT_PER_DAY="1000000, 1 TiB")
    server.start()
    server.wait_until(lambda: "last_drill" in moved.health(), SAFE_S, "no drill was made")
    assert moved.health()["last_drill"]["good"]
    moved.damage_one_and_delete_one()
    server.wait_until(lambda: moved.checks("healed") == {"damaged", "lost"}, SAFE_S, "the audit healed nothing")
    moved.assert_whole()
    assert moved.health()["last_audit"]["good"]
