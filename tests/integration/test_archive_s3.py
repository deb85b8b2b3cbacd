"""The bucket on its bad days: each trouble told apart, nothing damaged ever called proven."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mediascream.archive.s3 import S3Archive
from mediascream.archive.s3_options import S3Options
from mediascream.errors import DeliveryError, DestinationBlocked, NotInArchive, SettingsInvalid, TryLater
from mediascream.photo import PhotoId, Proof
from tests.contracts.archive_suite import KEY, LARGE, SMALL, content_of, waiting
from tests.fakes.s3_faults import (
    Answer,
    answering,
    hanging_up,
    passing_on,
    s3_error,
    with_a_flipped_bit,
    without_understanding,
)
from tests.servers import AUTHORITY, BUCKET, S3Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "SKTEST1234567890"
HTML = Answer(404, b"<html><body>no such page", {"Content-Type": "text/html"})


def archive_at(endpoint: str, *, max_retries: int = 0) -> S3Archive:
    options = S3Options(bucket=BUCKET, access_key="AKTEST12345", secret_key=SECRET, endpoint=endpoint)
    return S3Archive(options, max_retries=max_retries)


ACTS: dict[str, Callable[[S3Archive], object]] = {
    "find": lambda archive: archive.find(KEY),
    "read": lambda archive: archive.read(KEY),
    "read a part": lambda archive: archive.read(KEY, start=5),
    "put": lambda archive: archive.put_document(KEY, b"{}"),
    "list": lambda archive: list(archive.list("originals")),
    "delete": lambda archive: archive.delete(KEY),
    "examine": lambda archive: archive.examine(),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (s3_error(403, "InvalidAccessKeyId"), DestinationBlocked, "wrong-keys"),
        (s3_error(403, "SignatureDoesNotMatch"), DestinationBlocked, "wrong-keys"),
        (s3_error(403, "AccessDenied"), DestinationBlocked, "access-denied"),
        (Answer(403), DestinationBlocked, "access-denied"),
        (s3_error(404, "NoSuchBucket"), DestinationBlocked, "no-bucket"),
        (HTML, DestinationBlocked, "no-bucket"),
        (s3_error(403, "QuotaExceeded"), DestinationBlocked, "storage-full"),
        (s3_error(403, "AccessDenied", "Cannot upload files, storage cap exceeded"), DestinationBlocked, "storage-full"),
        (s3_error(507, "XMinioStorageFull"), DestinationBlocked, "storage-full"),
        (Answer(507), DestinationBlocked, "storage-full"),
        (s3_error(400, "AuthorizationHeaderMalformed"), DestinationBlocked, "wrong-region"),
        (s3_error(503, "SlowDown"), TryLater, "throttled"),
        (Answer(503, b"<html>busy"), TryLater, "throttled"),
        (Answer(429), TryLater, "throttled"),
        (s3_error(500, "InternalError"), TryLater, "server-error"),
        (Answer(502, b"<html>bad gateway"), TryLater, "server-error"),
        (s3_error(403, "RequestTimeTooSkewed"), TryLater, "clock-skew"),
        (s3_error(400, "Whatever"), TryLater, "unsupported"),
    ],
    ids=lambda value: value.body[21:90].decode() or str(value.status) if isinstance(value, Answer) else "",
)  # fmt: skip
def test_each_refusal_is_told_apart_whatever_was_asked(
    act: Callable[[S3Archive], object], answer: Answer, kind: type[DeliveryError], reason: str
) -> None:
    with answering(answer) as endpoint, pytest.raises(DeliveryError) as caught:
        act(archive_at(endpoint))
    assert (type(caught.value), caught.value.reason) == (kind, reason)
    assert f"{endpoint}/{BUCKET}" in caught.value.detail
    assert "\n" not in caught.value.detail
    assert SECRET not in caught.value.detail


def test_the_region_to_set_is_in_the_sentence() -> None:
    answer = s3_error(400, "AuthorizationHeaderMalformed", more="<Region>eu-west-3</Region>")
    with answering(answer) as endpoint, pytest.raises(DestinationBlocked, match="set S3_REGION to eu-west-3"):
        archive_at(endpoint).put_document(KEY, b"{}")


def test_bytes_that_the_bucket_refused_as_damaged_are_sent_again_later() -> None:
    with answering(s3_error(400, "BadDigest")) as endpoint, pytest.raises(TryLater) as caught:
        archive_at(endpoint).put_document(KEY, b"{}")
    assert caught.value.reason == "damaged-copy"


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_a_server_that_hangs_up_is_tried_later(act: Callable[[S3Archive], object]) -> None:
    with hanging_up() as endpoint, pytest.raises(TryLater) as caught:
        act(archive_at(endpoint))
    assert caught.value.reason == "unreachable"


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("http://127.0.0.1:9", "Connection refused"),
        ("http://no-such-host.invalid", "dns error"),
    ],
)
def test_a_server_that_cannot_be_reached_is_tried_later(endpoint: str, words: str) -> None:
    with pytest.raises(TryLater, match=words) as caught:
        archive_at(endpoint).find(KEY)
    assert caught.value.reason == "unreachable"


@pytest.mark.parametrize("act", [ACTS["list"], ACTS["examine"]], ids=["list", "examine"])
def test_a_server_that_is_no_s3_is_not_believed(act: Callable[[S3Archive], object]) -> None:
    page = Answer(200, b"<html>welcome", {"Content-Type": "text/html"})
    with answering(page) as endpoint, pytest.raises(TryLater):
        act(archive_at(endpoint))


def test_a_short_trouble_is_not_even_noticed() -> None:
    with answering(s3_error(503, "SlowDown"), Answer(500), Answer(200, headers={"ETag": '"1"'})) as endpoint:
        archive_at(endpoint, max_retries=4).put_document(KEY, b"{}")


@pytest.mark.parametrize(
    ("headers", "lacking"),
    [
        (["if-none-match"], {"conditional-write"}),
        (["x-amz-checksum-sha256"], {"checksum", "part-checksum"}),
        (["x-amz-checksum-sha256", "if-none-match"], {"checksum", "part-checksum", "conditional-write"}),
    ],
    ids=["no conditions", "no checksums", "neither"],
)
def test_a_bucket_that_does_not_understand_a_header_is_used_without_it(
    ministack: S3Server, tmp_path: Path, headers: list[str], lacking: set[str]
) -> None:
    photo, large = waiting(tmp_path, SMALL), waiting(tmp_path, LARGE)
    with passing_on(ministack.endpoint, without_understanding(*headers)) as endpoint:
        archive = S3Archive(dataclasses.replace(ministack.options(), endpoint=endpoint), max_retries=0)
        assert {finding.ability for finding in archive.examine() if not finding.present} == lacking
        proof = Proof.BYTES if "checksum" in lacking else Proof.CHECKSUM
        assert photo.put_into(archive).proof is proof
        assert large.put_into(archive, "originals/large.mp4").proof is proof
        assert not archive.create_document(KEY, b"other")
        assert content_of(archive) == SMALL


# Damage on the way


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_a_copy_damaged_on_the_way_is_never_called_proven_where_the_bucket_compares(
    ministack: S3Server, tmp_path: Path, content: bytes
) -> None:
    _refuse_damage(ministack, tmp_path, content)


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_a_copy_damaged_on_the_way_is_never_called_proven_where_it_does_not(
    rclone: S3Server, tmp_path: Path, content: bytes
) -> None:
    _refuse_damage(rclone, tmp_path, content)


def _refuse_damage(server: S3Server, tmp_path: Path, content: bytes) -> None:
    photo, options = waiting(tmp_path, content), server.options()
    with passing_on(server.endpoint, with_a_flipped_bit) as endpoint:
        through_the_proxy = S3Archive(dataclasses.replace(options, endpoint=endpoint), max_retries=0)
        with pytest.raises(TryLater) as caught:
            photo.put_into(through_the_proxy)
        assert caught.value.reason == "damaged-copy"
        assert through_the_proxy.find(KEY) is None
    archive = S3Archive(options)
    photo.put_into(archive)
    assert content_of(archive) == content


def test_a_copy_of_another_photo_that_won_the_race_is_left_alone(rclone: S3Server, tmp_path: Path) -> None:
    """Two processes, a bucket that heeds no conditions, one key: who loses must not remove the winner's copy."""
    archive, winner = S3Archive(rclone.options()), waiting(tmp_path, SMALL)
    winner.put_into(archive)
    with pytest.raises(Exception, match="another file"):
        archive._prove_sent(KEY, PhotoId("0" * 64), len(SMALL), checked=False)
    assert content_of(archive) == SMALL


# The network and the environment


def test_a_certificate_of_an_unknown_authority_blocks_with_what_to_do(rclone_with_tls: S3Server) -> None:
    with pytest.raises(DestinationBlocked, match="S3_CA_FILE") as caught:
        S3Archive(rclone_with_tls.options(), max_retries=0).find(KEY)
    assert caught.value.reason == "certificate"


def test_an_authority_that_is_named_is_trusted(rclone_with_tls: S3Server, tmp_path: Path) -> None:
    archive = S3Archive(dataclasses.replace(rclone_with_tls.options(), root_certificate=AUTHORITY))
    assert waiting(tmp_path, SMALL).put_into(archive).proof is Proof.BYTES


def test_a_certificate_that_is_none_stops_the_start() -> None:
    options = S3Options("photos", "key", "secret", endpoint="https://127.0.0.1", root_certificate="nonsense")
    with pytest.raises(SettingsInvalid, match=r"^S3_CA_FILE: "):
        S3Archive(options)


def test_https_to_a_server_without_it_says_so(rclone: S3Server) -> None:
    options = dataclasses.replace(rclone.options(), endpoint=rclone.endpoint.replace("http:", "https:"))
    with pytest.raises(TryLater, match="does not speak TLS"):
        S3Archive(options, max_retries=0).find(KEY)


def test_the_wrong_secret_is_told_from_a_missing_photo(rclone: S3Server) -> None:
    archive = S3Archive(dataclasses.replace(rclone.options(), secret_key="wrong"))
    with pytest.raises(DestinationBlocked) as caught:
        archive.find(KEY)
    assert caught.value.reason == "wrong-keys"


def test_a_missing_bucket_is_told_from_a_missing_photo(ministack: S3Server) -> None:
    archive = S3Archive(dataclasses.replace(ministack.options(), bucket="nobody-made-it"))
    for act in (ACTS["find"], ACTS["read"], ACTS["list"], ACTS["delete"], ACTS["examine"]):
        with pytest.raises(DestinationBlocked) as caught:
            act(archive)
        assert caught.value.reason == "no-bucket"


def test_settings_of_other_programs_change_nothing(rclone: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client reads AWS_* variables where it was not told otherwise."""
    for name, value in {
        "AWS_SESSION_TOKEN": "of somebody else",
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_UNSIGNED_PAYLOAD": "true",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_BUCKET": "another",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
    }.items():
        monkeypatch.setenv(name, value)
    archive = S3Archive(rclone.options())
    archive.put_document("a.json", b"{}")
    assert archive.read_document("a.json") == b"{}"


def test_a_photo_is_asked_for_while_nobody_has_examined_the_bucket(rclone: S3Server) -> None:
    with pytest.raises(NotInArchive):
        S3Archive(rclone.options()).read_document("none.json")


# Memory

PUT_AND_TELL_GROWTH = """
import resource, sys
from pathlib import Path
from mediascream.archive.s3 import S3Archive
from mediascream.archive.s3_options import S3Options
source, photo_id, size, endpoint, access_key, secret_key, prefix = sys.argv[1:]
archive = S3Archive(S3Options("photos", access_key, secret_key, endpoint=endpoint, prefix=prefix))
archive.examine()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
archive.put_original("originals/v.mp4", Path(source), photo_id=photo_id, size_bytes=int(size), media_type="video/mp4")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_file(rclone: S3Server, tmp_path: Path) -> None:
    """200 MB go up in parts and are read back, with at most 96 MB more than an idle archive has."""
    photo, options = waiting(tmp_path, bytes(200_000_000)), rclone.options()
    arguments = [str(photo.path), photo.id, str(photo.size_bytes), rclone.endpoint]
    arguments += [options.access_key, options.secret_key, options.prefix or ""]
    growth = subprocess.run(
        [sys.executable, "-c", PUT_AND_TELL_GROWTH, *arguments], check=True, capture_output=True, text=True
    )
    assert int(growth.stdout) < 96 << 10
