"""`mediascream doctor`'s rounds, on real folders, databases and buckets, well and ill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from mediascream.archive.base import Finding as Ability
from mediascream.archive.folder import FolderArchive
from mediascream.archive.s3 import S3Archive
from mediascream.database import Database, sqlite_url
from mediascream.delivery.retry import judge
from mediascream.delivery.troubles import raise_trouble
from mediascream.destinations.memory import MemoryDestination
from mediascream.doctor.archive_folder import look_at_archive_folder, whose
from mediascream.doctor.bucket import look_at_bucket
from mediascream.doctor.clock import look_at_clock_of
from mediascream.doctor.decoders import look_at_decoders
from mediascream.doctor.deliveries import look_at_deliveries, look_at_spool, remember
from mediascream.doctor.examination import Examination
from mediascream.doctor.findings import Finding, Level
from mediascream.doctor.rounds import Round, Rounds
from mediascream.doctor.services import look_at_services
from mediascream.doctor.tables import check_pages, look_at_tables
from mediascream.errors import DestinationBlocked, TryLater
from mediascream.library import check_log
from mediascream.library.checked import last_checks
from mediascream.library.checks import By, Check, Result
from mediascream.library.facts import put_fact
from mediascream.library.upgrade import upgrade
from mediascream.photo import DestinationName
from mediascream.settings import load
from tests.fakes.s3_faults import Answer, Passing, passing_on
from tests.house import LIBRARY, House

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tests.servers import S3Server

JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.close()


def bad(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level in {Level.PROBLEM, Level.WARNING}]


def said(findings: Iterable[Finding]) -> str:
    return "\n".join(f"{finding.level}: {finding.seen} -> {finding.to_do}" for finding in findings)


def everything(folder: Path, **settings: str) -> list[Finding]:
    environ = {f"MEDIASCREAM_{key}": value for key, value in settings.items()}
    looked = Examination(load(None, environ | {"MEDIASCREAM_DATA_FOLDER": str(folder)}))
    rounds = Rounds()
    try:
        return [
            finding
            for round_ in looked.rounds()
            if round_.about != "decoders"  # they take seconds, and are tried once below
            for finding in rounds.make(round_)
        ]
    finally:
        looked.close()


def test_a_folder_that_is_not_there_yet_is_not_made_by_looking(tmp_path: Path) -> None:
    found = everything(tmp_path / "new")
    assert bad(found) == []
    assert "the first start makes" in said(found)
    assert not (tmp_path / "new").exists()


def test_a_library_that_is_well_has_no_problem_and_looks_the_same_afterwards(house: House, tmp_path: Path) -> None:
    photo_id, _ = house.send(JPEG)
    house.run()
    before = sorted(str(path) for path in (tmp_path / "archive").rglob("*"))
    house.act(lambda connection: put_fact(connection, "library_id", LIBRARY))
    found = everything(
        tmp_path / "archive", ALLOW_VOLATILE="true", UPLOAD_FOLDER=str(house.spool), DB_FILE=str(tmp_path / "db")
    )
    assert [finding for finding in found if finding.level is Level.PROBLEM] == []
    assert "is the archive of this database" in said(found)
    assert sorted(str(path) for path in (tmp_path / "archive").rglob("*")) == before
    assert house.photo(photo_id).archived


@pytest.mark.parametrize(("revision", "problems"), [("0001", 0), ("9999", 1)])
def test_tables_of_another_version_are_not_looked_into(tmp_path: Path, revision: str, problems: int) -> None:
    built = House(tmp_path)
    built.act(lambda connection: connection.execute(sa.text(f"UPDATE alembic_version SET version_num = '{revision}'")))  # noqa: S608 - ours
    built.close()
    found = everything(tmp_path / "archive", ALLOW_VOLATILE="true", DB_FILE=str(tmp_path / "db"))
    assert sum(finding.level is Level.PROBLEM for finding in found if finding.about != "disk") == problems
    assert "its pages are whole" in said(found)


def test_an_archive_whose_database_is_lost_is_a_problem(house: House, tmp_path: Path) -> None:
    found = everything(tmp_path / "archive", ALLOW_VOLATILE="true", DB_FILE=str(tmp_path / "no-such-file"))
    assert "mediascream rebuild --from archive" in said(bad(found))


def test_a_database_without_tables_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mediascream.sqlite").touch()
    found = everything(tmp_path, ALLOW_VOLATILE="true")
    assert [finding for finding in found if finding.level is Level.PROBLEM and finding.about != "disk"] == []
    told = said(found)
    assert "it has no tables yet" in told
    assert "without a database of this version nobody knows" in told


def test_the_clock_is_compared_with_those_of_servers_that_are_asked_anyway(rclone: S3Server) -> None:
    (found,) = look_at_clock_of(rclone.endpoint, "that of flickr")
    assert (found.level, found.seen) == (Level.OK, "this clock agrees with that of flickr to the minute")
    assert list(look_at_clock_of("http://127.0.0.1:1/", "that of nobody")) == []


@pytest.mark.postgres
def test_a_database_on_postgres_is_looked_at_too(postgres: str, tmp_path: Path) -> None:
    opened = Database(postgres)
    upgrade(opened)
    opened.close()
    found = everything(tmp_path / "data", DATABASE_URL=postgres)
    told = said(finding for finding in found if finding.about in {"database", "upload"})
    assert "ok: its tables are those of this version" in told
    assert "no photo has come yet" in told
    assert "quick_check" not in told


def test_a_database_that_cannot_be_reached_is_a_problem_without_its_password(tmp_path: Path) -> None:
    found = everything(tmp_path / "data", DATABASE_URL="postgresql://me:hush@127.0.0.1:1/photos")
    (trouble,) = [finding for finding in found if finding.level is Level.PROBLEM]
    assert trouble.about == "database"
    assert "hush" not in said(found)


def test_a_bucket_is_put_to_the_test_and_left_as_it_was(rclone: S3Server) -> None:
    archive = S3Archive(replace(rclone.options(), prefix="doctor/tried"))
    found = list(look_at_bucket(archive))
    told = said(found)
    assert "ok: write" in told
    assert "ok: multipart: a file can be sent in parts" in told
    assert "note: checksum: a wrong checksum was not refused" in told
    assert "ok: public-read: without keys nothing can be read" in told
    assert "ok: this clock agrees with the bucket's" in told
    assert [finding for finding in found if finding.level is Level.PROBLEM] == []
    assert list(archive.list("")) == []


def test_a_bucket_that_anybody_can_read_is_a_problem(ministack: S3Server) -> None:
    found = list(look_at_bucket(S3Archive(ministack.options())))
    problems = said(finding for finding in found if finding.level is Level.PROBLEM)
    assert "anybody can download your photos" in problems
    assert "anybody can find your photos" in problems
    assert "ok: checksum: a wrong checksum was refused" in said(found)


LIFECYCLE = b"""<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<Rule><ID>tidy</ID><Status>Enabled</Status><Filter><Prefix>%s</Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule>
<Rule><ID>cold</ID><Status>Enabled</Status><Filter/><Transition><Days>9</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>
<Rule><ID>off</ID><Status>Disabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule>
<Rule><ID>marks</ID><Status>Enabled</Status><Filter/><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>
</LifecycleConfiguration>"""


@pytest.mark.parametrize(
    ("prefix", "concerns"), [(b"", True), (b"photos/originals/2026", True), (b"photos/", True), (b"logs/", False)]
)
def test_a_rule_that_deletes_originals_is_a_problem_and_others_are_not(
    rclone: S3Server, prefix: bytes, concerns: bool
) -> None:
    def with_rules(request: Passing) -> Passing | Answer:
        return Answer(200, LIFECYCLE % prefix) if "lifecycle" in request.path else request

    with passing_on(rclone.endpoint, with_rules) as url:
        archive = S3Archive(replace(rclone.options(), endpoint=url, prefix="photos"))
        told = said(bad(look_at_bucket(archive)))
    assert ("problem: expiry: the lifecycle rule 'tidy' deletes objects (30)" in told) is concerns
    assert "cold-storage: the lifecycle rule 'cold' moves objects to GLACIER" in told
    assert "'off'" not in told
    assert "'marks'" not in told


def test_a_bucket_that_refuses_the_keys_is_a_finding_that_says_so(rclone: S3Server) -> None:
    archive = S3Archive(replace(rclone.options(), secret_key="wrong"), max_retries=0)
    found = list(Rounds().make(Round("bucket", "looking", lambda: look_at_bucket(archive))))
    assert [finding.level for finding in found] == [Level.PROBLEM]
    assert "check S3_ACCESS_KEY and S3_SECRET_KEY" in found[0].seen


class Forgetful(FolderArchive):
    """What it was given does not come back."""

    def examine(self) -> Sequence[Ability]:
        return (Ability("read", present=False, detail="a file comes back as it was written"),)


def test_a_folder_that_loses_what_is_written_is_a_problem(tmp_path: Path) -> None:
    found = list(look_at_archive_folder(Forgetful(tmp_path), tmp_path))
    assert [finding.level for finding in found] == [Level.PROBLEM, Level.OK]


def test_every_library_that_reads_pictures_loads_and_a_picture_becomes_a_preview() -> None:
    found = list(look_at_decoders())
    assert [finding.level for finding in found] == [Level.OK] * 6, said(found)


def test_an_archive_of_another_library_is_a_problem(house: House) -> None:
    assert whose(house.archive, LIBRARY).level is Level.OK
    assert "another library" in whose(house.archive, "another").seen
    (house.folder / "archive" / "mediascream.json").write_text("{")
    assert "damaged" in whose(house.archive, LIBRARY).seen


def test_a_damaged_database_is_a_problem(tmp_path: Path) -> None:
    built = House(tmp_path)
    for number in range(40):
        built.send(JPEG + bytes([number]), tags=tuple(f"tag {number} {other}" for other in range(40)))
    built.close()
    size = (tmp_path / "db").stat().st_size
    with (tmp_path / "db").open("r+b") as file:
        file.seek(size // 4096 // 2 * 4096)
        file.write(b"\xff" * 40_960)
    database = Database(sqlite_url(tmp_path / "db"))
    found = list(Rounds().make(Round("database", "reading", lambda: check_pages(database))))
    database.close()
    assert [finding.level for finding in found] == [Level.PROBLEM]


def test_a_file_that_is_no_database_is_a_problem_and_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "mediascream.sqlite").write_bytes(b"this is no database at all, whatever its name is" * 100)
    found = everything(tmp_path, ALLOW_VOLATILE="true")
    assert "database" in [finding.about for finding in found if finding.level is Level.PROBLEM]
    assert "folder" in [finding.about for finding in found]


def test_the_tables_of_this_version_are_fine(house: House) -> None:
    assert said(look_at_tables(house.database)).startswith("ok")


def test_what_a_destination_needs_of_a_person_is_a_problem(house: House) -> None:
    house.send(JPEG)
    house.run()
    with house.database.reading() as connection:
        assert bad(look_at_deliveries(remember(connection))) == []
    blocked = judge(
        DestinationBlocked("the disk is full: make room", reason="no-space"),
        attempts=1, archive=True, now=house.now, dice=0.5,
    )  # fmt: skip
    house.act(lambda connection: raise_trouble(connection, house.work, DestinationName.FOLDER, blocked))
    with house.database.reading() as connection:
        told = said(bad(look_at_deliveries(remember(connection))))
    assert "make room" in told
    assert "mediascream retry --destination folder" in told


def test_a_single_damaged_copy_is_not_told_as_a_blocked_destination(house: House) -> None:
    photo_id, _ = house.send(JPEG)
    house.run()
    house.archive.put_document(str(house.receipt(photo_id).remote_id), b"rot")
    house.auditor.check(house.photo(photo_id).number, DestinationName.FOLDER, By.VERIFY)
    with house.database.reading() as connection:
        told = said(bad(look_at_deliveries(remember(connection))))
    assert "folder: 1 blocked" in told
    assert "it is blocked" not in told
    assert "mediascream status names them" in told


def test_the_last_audit_is_read_from_the_log_of_checks(house: House) -> None:
    photo_id, _ = house.send(JPEG)
    house.run()
    number = house.photo(photo_id).number

    def check(result: Result, *, hours: int) -> None:
        at = house.now + timedelta(hours=hours)
        found = Check(at, By.AUDIT, photo_id, "a.jpg", DestinationName.FOLDER, result)
        house.act(lambda connection: check_log.log(connection, number, found))

    check(Result.WRONG, hours=-5)
    for _ in range(3):
        check(Result.GOOD, hours=0)
    with house.database.reading() as connection:
        known = remember(connection).checked
    assert (known["audit"].copies, known["audit"].wrong, known["audit"].at) == (3, 0, house.now)
    assert "drill" not in known
    check(Result.UNKNOWN, hours=2)
    with house.database.reading() as connection:
        assert remember(connection).checked["audit"] == known["audit"], "nobody answered, and that is called an audit"
    check(Result.WRONG, hours=0)
    with house.database.reading() as connection:
        assert remember(connection).checked["audit"].wrong == 1
        assert last_checks(connection, among=1)["audit"].copies == 1


def test_an_original_that_is_missing_in_the_spool_is_a_problem(house: House) -> None:
    photo_id, _ = house.send(JPEG)
    with house.database.reading() as connection:
        known = remember(connection)
    assert bad(look_at_spool(house.spool, known, server_runs=False)) == []
    (house.spool / photo_id).unlink()
    assert "1 that no archive may have yet are gone" in said(bad(look_at_spool(house.spool, known, server_runs=False)))


class Asked(MemoryDestination):
    """A service whose log-in can be tried."""

    answer: TryLater | DestinationBlocked | str = "logged in as Ansel"

    def check_log_in(self) -> str:
        if isinstance(self.answer, str):
            return self.answer
        raise self.answer


def test_a_service_is_asked_and_what_it_answers_is_told() -> None:
    service = Asked()
    assert "ok: flickr: logged in as Ansel" in said(look_at_services({DestinationName.FLICKR: service}))
    service.answer = DestinationBlocked("the token was revoked", reason="token")
    assert "problem: flickr: the token was revoked -> log in again" in said(
        look_at_services({DestinationName.FLICKR: service})
    )
    service.answer = TryLater("no network", reason="unreachable")
    assert "warning: flickr: no network" in said(look_at_services({DestinationName.FLICKR: service}))
    unasked = MemoryDestination(connected=False)
    assert "note: flickr is set up, but not connected" in said(look_at_services({DestinationName.FLICKR: unasked}))
