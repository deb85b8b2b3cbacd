from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from mediascream.archive.s3_options import S3Options, read_authorities
from mediascream.errors import SettingsInvalid

if TYPE_CHECKING:
    from pathlib import Path

AWS = S3Options(bucket="photos", access_key="AKIA123", secret_key="very/secret+")


def at(endpoint: str, bucket: str = "photos") -> S3Options:
    return dataclasses.replace(AWS, endpoint=endpoint, bucket=bucket)


@pytest.mark.parametrize(
    ("options", "url", "region"),
    [
        (AWS, "https://photos.s3.us-east-1.amazonaws.com", "us-east-1"),
        (dataclasses.replace(AWS, region="eu-north-1"), "https://photos.s3.eu-north-1.amazonaws.com", "eu-north-1"),
        (dataclasses.replace(AWS, region="cn-north-1"), "https://photos.s3.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        (dataclasses.replace(AWS, bucket="my.photos"), "https://s3.us-east-1.amazonaws.com/my.photos", "us-east-1"),
        (at("http://127.0.0.1:9000"), "http://127.0.0.1:9000/photos", "us-east-1"),
        (at("https://nas.local/s3/"), "https://nas.local/s3/photos", "us-east-1"),
        (at("https://0f1e.r2.cloudflarestorage.com/photos"), "https://0f1e.r2.cloudflarestorage.com/photos", "us-east-1"),
        (at("https://s3.us-west-004.backblazeb2.com"), "https://s3.us-west-004.backblazeb2.com/photos", "us-west-004"),
        (at("https://s3.eu-central-2.wasabisys.com"), "https://s3.eu-central-2.wasabisys.com/photos", "eu-central-2"),
        (at("https://photos.oss-eu-central-1.aliyuncs.com"), "https://photos.oss-eu-central-1.aliyuncs.com", "us-east-1"),
        (at("https://photos.s3.eu-west-1.amazonaws.com"), "https://photos.s3.eu-west-1.amazonaws.com", "eu-west-1"),
    ],
)  # fmt: skip
def test_the_address_and_the_region_follow_from_the_settings(options: S3Options, url: str, region: str) -> None:
    assert (options.bucket_url, options.signing_region) == (url, region)


def test_a_region_that_is_set_wins_over_the_one_in_the_host() -> None:
    options = dataclasses.replace(at("https://s3.eu-central-2.wasabisys.com"), region="elsewhere")
    assert options.signing_region == "elsewhere"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("endpoint", "s3.example.org"),
        ("endpoint", "ftp://s3.example.org"),
        ("endpoint", "https://"),
        ("endpoint", "https://key:secret@s3.example.org"),
        ("endpoint", "https://s3 .example.org"),
        ("endpoint", "http://127.0.0.1:99999"),
        ("bucket", ""),
        ("bucket", "photos/2026"),
        ("access_key", "A KEY"),
        ("secret_key", "sécret"),
        ("secret_key", "line\n"),
        ("region", "eu west"),
        ("prefix", "a//b"),
        ("prefix", "../up"),
    ],
)
def test_what_cannot_be_is_refused_with_the_name_of_the_setting(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"^S3_{name.upper()}: "):
        dataclasses.replace(AWS, **{name: value})


def test_a_file_of_certificates_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"S3_CA_FILE: .*/none\.pem cannot be read"):
        read_authorities(tmp_path / "none.pem")
    assert read_authorities(None) is None


def test_the_secret_is_never_shown() -> None:
    assert "very/secret" not in repr(AWS)
    with pytest.raises(SettingsInvalid) as caught:
        dataclasses.replace(AWS, secret_key="two words")
    assert "words" not in caught.value.detail
