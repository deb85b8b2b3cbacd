"""Settings: what may be set, how, and the one line that a mistake is told by."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from mediascream.errors import SettingsInvalid
from mediascream.settings import FlickrPrivacy, Secret, Settings, effective, is_loopback, load
from mediascream.settings.declared import FIELDS, GROUPS
from mediascream.settings.kinds import Address, Choice, Networks, SecretAddress, SecretAddresses

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[[str], Path]

HIDDEN_KEYS = {
    *("S3_SECRET_KEY", "FLICKR_API_SECRET", "FLICKR_APP_TOKEN", "FLICKR_APP_SECRET"),
    *("GPHOTOS_SECRET", "GPHOTOS_ACCESS_CODE", "OIDC_CLIENT_SECRET"),
}
BUCKET = "S3_ACCESS_KEY: me\nS3_SECRET_KEY: hush-hush\nS3_BUCKET: photos\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a settings file with an ending of no meaning, and says where it is."""

    def writer(content: str) -> Path:
        file = tmp_path / "mediascream.conf"
        file.write_text(content, encoding="utf-8")
        return file

    return writer


def refusal(file: Path | None, environ: dict[str, str] | None = None) -> str:
    """The line that settings are refused with."""
    with pytest.raises(SettingsInvalid) as refused:
        load(file, environ or {})
    line = str(refused.value)
    assert "\n" not in line
    return line


def test_without_any_setting_everything_has_its_default() -> None:
    settings = load(None, {})
    assert (settings.host, settings.port, settings.max_upload_bytes) == ("127.0.0.1", 5000, 20 * 1024**3)
    assert settings.s3_bucket is None
    assert settings.flickr_privacy is FlickrPrivacy.PRIVATE
    assert {shown.origin for shown in effective(settings)} == {"default"}


def test_spool_and_database_are_in_the_data_folder_unless_set_elsewhere(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path, db_file=tmp_path / "else.db")
    assert settings.upload_folder == tmp_path / "spool"
    assert settings.db_file == tmp_path / "else.db"


def test_the_original_documentation_s_file_is_understood(write: Write) -> None:
    file = write(
        "UPLOAD_FOLDER: /srv/spool\nDB_FILE: /srv/ms.db\n" + BUCKET + "FLICKR_API_KEY: k\nFLICKR_API_SECRET: s\n"
        "FLICKR_APP_TOKEN: t\nFLICKR_APP_SECRET: ts\nGPHOTOS_SECRET: g\nGPHOTOS_CLIENT_ID: i\n"
        "GPHOTOS_ACCESS_CODE: 4/0AbCd\n"
    )
    settings = load(None, {"SETTINGS": str(file)})
    assert str(settings.upload_folder) == "/srv/spool"
    assert settings.s3_secret_key == Secret("hush-hush")
    assert settings.gphotos_access_code == Secret("4/0AbCd")


def test_the_option_wins_over_the_variable_that_names_a_file(write: Write, tmp_path: Path) -> None:
    file = write("PORT: 6000")
    assert load(file, {"SETTINGS": str(tmp_path / "absent")}).port == 6000


@pytest.mark.parametrize("written", ["", "null", "~", "''", "'  '"])
def test_a_key_without_a_value_is_not_set(write: Write, written: str) -> None:
    settings = load(write(f"PORT: {written}\nS3_BUCKET: {written}\nDATA_FOLDER: {written}"), {})
    assert settings.port == 5000
    assert settings.s3_bucket is None


@pytest.mark.parametrize("content", ["", "# nothing\n", "---\n", "\ufeffPORT: 5000\n"])
def test_a_file_that_sets_nothing_is_fine(write: Write, content: str) -> None:
    assert load(write(content), {}).port == 5000


def test_relative_paths_count_from_the_file_s_folder(write: Write) -> None:
    file = write("DATA_FOLDER: data\nUPLOAD_FOLDER: ../spool")
    settings = load(file, {})
    assert settings.data_folder == file.parent / "data"
    assert settings.upload_folder == file.parent / "../spool"
    assert settings.db_file == file.parent / "data" / "mediascream.sqlite"


def test_the_environment_wins_over_the_file(write: Write) -> None:
    file = write("PORT: 6000\nHOST: ::1")
    settings = load(file, {"MEDIASCREAM_PORT": "7000", "MEDIASCREAM_HOST": ""})
    assert (settings.port, settings.host) == (7000, "::1")
    origins = {shown.key: shown.origin for shown in effective(settings)}
    assert origins["PORT"] == "environment MEDIASCREAM_PORT"
    assert origins["HOST"] == f"file {file}"
    assert origins["DB_FILE"] == "default"


def example(kind: object) -> str:
    """Text that a kind of value can be read from."""
    match kind:
        case Address(schemes=[scheme, *_]) | SecretAddress(schemes=[scheme, *_]):
            return f"{scheme}://host"
        case Choice():
            return str(next(iter(kind.words.__members__.values())))
        case SecretAddresses():
            return "ntfy://host/topic"
        case Networks():
            return "::1"
        case _:
            return "1"


@pytest.mark.parametrize("key", FIELDS)
def test_every_key_can_be_given_by_the_environment(key: str) -> None:
    group = next((group for group in GROUPS if key in group), {key})
    environ = {f"MEDIASCREAM_{other}": example(FIELDS[other].metadata["kind"]) for other in group}
    assert load(None, environ).origins[key] == f"environment MEDIASCREAM_{key}"


def test_an_unknown_key_is_refused_with_file_line_and_the_nearest_known_key(write: Write) -> None:
    file = write("PORT: 5000\nS3_BUKET: photos")
    assert refusal(file) == f"{file}, line 2: S3_BUKET is not a setting; the nearest is S3_BUCKET"


@pytest.mark.parametrize(
    ("key", "nearest"), [("port", "PORT"), ("MEDIASCREAM_PORT", "PORT"), ("UPLOADFOLDER", "UPLOAD_FOLDER"), ("1", "")]
)
def test_a_key_written_otherwise_is_refused_too(write: Write, key: str, nearest: str) -> None:
    assert f"{key} is not a setting; the nearest is {nearest}" in refusal(write(f"{key}: x"))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("PORT: five", "PORT must be a whole number, not text"),
        ("PORT: '5000'", "PORT must be a whole number, not text"),
        ("PORT: true", "PORT must be a whole number, not true or false"),
        ("PORT: 5000.0", "PORT must be a whole number, not a number"),
        ("PORT: 0", "PORT must be a whole number from 1 to 65535, not 0"),
        ("PORT: 65536", "PORT must be a whole number from 1 to 65535, not 65536"),
        ("PORT: [1]", "PORT must be a whole number, not a list"),
        ("UPLOAD_FOLDER: 12", "UPLOAD_FOLDER must be text, not a number: put it in quotes"),
        ("UPLOAD_FOLDER: 2026-11-24", "UPLOAD_FOLDER must be text, not a date: put it in quotes"),
        ("UPLOAD_FOLDER: ~nobody-of-that-name/x", "UPLOAD_FOLDER starts with ~, and there is no home folder"),
        ("DATA_FOLDER: {a: b}", "DATA_FOLDER must be text, not a mapping"),
        ('GPHOTOS_ALBUM: "a\\nb"', "GPHOTOS_ALBUM must be one line without control characters"),
        ("ALLOW_VOLATILE: 1", "ALLOW_VOLATILE must be true or false, not a number"),
        ("ALLOW_VOLATILE: 'true'", "ALLOW_VOLATILE must be true or false, not text"),
        ("FLICKR_PRIVACY: secret", "FLICKR_PRIVACY must be one of private, friends, family, friends-family, public"),
        ("FLICKR_CONVERT: no", "FLICKR_CONVERT must be one of never, jpeg"),
        ("S3_ENDPOINT: minio:9000", "S3_ENDPOINT must be an address that starts with https:// or http://"),
        ("OIDC_ISSUER: http://id.example", "OIDC_ISSUER must be an address that starts with https://"),
        ("S3_ENDPOINT: 'http://a b'", "S3_ENDPOINT must be an address"),
        ("S3_ENDPOINT: http://", "S3_ENDPOINT must be an address"),
        ("S3_ENDPOINT: http://h:99999", "S3_ENDPOINT must be an address"),
        ("DATABASE_URL: mysql://h/d", "DATABASE_URL must be an address that starts with postgresql://"),
        ("MAX_UPLOAD_BYTES: 20 parsecs", "MAX_UPLOAD_BYTES must be a whole number"),
        ("MAX_UPLOAD_BYTES: 0", "MAX_UPLOAD_BYTES must be a whole number from 1"),
        ("TRUSTED_PROXIES: 10.0.0.300", "TRUSTED_PROXIES must hold addresses such as 10.0.0.0/8, not '10.0.0.300'"),
        ("TRUSTED_PROXIES: [1]", "TRUSTED_PROXIES must hold addresses such as 10.0.0.0/8, not a number"),
        ("TRUSTED_PROXIES: [10: 8]", "TRUSTED_PROXIES must hold addresses such as 10.0.0.0/8, not a mapping"),
        ("NOTIFY_URL: [[a]]", "NOTIFY_URL must be an address such as"),
        ("TRUSTED_PROXIES: 1", "TRUSTED_PROXIES must be a list of addresses, not a number"),
        ("S3_PREFIX: a/../b", "S3_PREFIX must not have . or .."),
        ("PORT: 1\nPORT: 2", "PORT is set a second time; the first is in line 1"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_key_and_file(write: Write, line: str, complaint: str) -> None:
    file = write(line)
    assert refusal(file).startswith(f"{file}, line {len(line.splitlines())}: {complaint}")


def test_a_wrong_value_in_the_environment_is_refused_with_its_name() -> None:
    line = refusal(None, {"MEDIASCREAM_PORT": "many"})
    assert line == "environment MEDIASCREAM_PORT: PORT must be a whole number, not text"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("PORT: 5000\n\tHOST: x", "line 2: this is not YAML"),
        ("PORT: [5000", "this is not YAML"),
        ("PORT: 1\n---\nPORT: 2", "this is not YAML"),
        ("PORT: !!python/object:os.system x", "this is not YAML"),
        ("just words", "there must be lines such as PORT: 5000"),
        ("- PORT", "there must be lines such as PORT: 5000"),
        ("PORT: \x00", "is not text in UTF-8"),
        ("DATA_FOLDER: 2026-99-99", "month must be in 1..12"),
    ],
)
def test_what_is_no_list_of_settings_is_refused_in_one_line(write: Write, content: str, complaint: str) -> None:
    file = write(content)
    line = refusal(file)
    assert line.startswith(str(file))
    assert complaint in line


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"HOST: \xff\xfe\xff")
    assert refusal(tmp_path / "s") == f"{tmp_path / 's'} is not text in UTF-8"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert refusal(None, {"SETTINGS": str(tmp_path / "absent")}) == (
        f"{tmp_path / 'absent'} cannot be read: No such file or directory"
    )
    assert refusal(tmp_path) == f"{tmp_path} cannot be read: Is a directory"


@pytest.mark.parametrize("group", GROUPS, ids=min)
def test_half_a_group_is_refused(write: Write, group: frozenset[str]) -> None:
    key, *others = sorted(group)
    file = write(f"PORT: 5000\n{key}: x")
    assert refusal(file) == f"{file}, line 2: {key} also needs {' and '.join(others)}"


def test_a_group_may_be_given_in_two_places(write: Write) -> None:
    file = write("S3_ACCESS_KEY: me\nS3_BUCKET: photos")
    assert load(file, {"MEDIASCREAM_S3_SECRET_KEY": "hush"}).s3_secret_key == Secret("hush")


def test_keys_of_a_service_without_tokens_are_fine(write: Write) -> None:
    assert load(write("FLICKR_API_KEY: k\nFLICKR_API_SECRET: s"), {}).flickr_app_token is None


def test_an_unknown_name_in_the_environment_only_warns() -> None:
    settings = load(None, {"MEDIASCREAM_PROT": "1", "PORT": "2", "MEDIASCREAM_TOKEN": "t", "MEDIASCREAM_SERVER": "s"})
    assert settings.port == 5000
    assert settings.warnings == (
        "MEDIASCREAM_PROT in the environment is not a setting; the nearest is MEDIASCREAM_PORT",
    )


@pytest.mark.parametrize("where", ["file", "environment"])
def test_no_secret_is_shown_anywhere(write: Write, where: str) -> None:
    given = {key: f"hush-{number}" for number, key in enumerate(sorted(HIDDEN_KEYS))}
    given |= {"S3_ACCESS_KEY": "a", "S3_BUCKET": "b", "FLICKR_API_KEY": "c", "GPHOTOS_CLIENT_ID": "d"}
    given |= {"OIDC_ISSUER": "https://id.example", "OIDC_CLIENT_ID": "e"}
    given |= {"DATABASE_URL": "postgresql://u:hush-7@h/d", "NOTIFY_URL": "https://h:8443/hush-8?t=hush-9"}
    if where == "file":
        settings = load(write("\n".join(f"{key}: {value}" for key, value in given.items())), {})
    else:
        settings = load(None, {f"MEDIASCREAM_{key}": value for key, value in given.items()})
    assert settings.s3_secret_key == Secret(given["S3_SECRET_KEY"])
    assert "hush" not in f"{settings!r}{effective(settings)}{dataclasses.asdict(settings)}"
    shown = {shown.key: shown.value for shown in effective(settings)}
    assert shown["DATABASE_URL"] == "postgresql://h/********"
    assert shown["NOTIFY_URL"] == ["https://h:8443/********"]


def test_notices_may_go_to_several_addresses_of_many_kinds(write: Write) -> None:
    listed = write("NOTIFY_URL: ['ntfy://hush/topic', 'mailto://hush:hush@example.org']")
    settings = load(listed, {})
    assert settings.notify_url == (Secret("ntfy://hush/topic"), Secret("mailto://hush:hush@example.org"))
    assert load(None, {"MEDIASCREAM_NOTIFY_URL": "ntfy://a/b  json://c"}).notify_url == (
        Secret("ntfy://a/b"),
        Secret("json://c"),
    )
    shown = {shown.key: shown.value for shown in effective(settings)}
    assert shown["NOTIFY_URL"] == ["ntfy://********", "mailto://********"]
    assert "NOTIFY_URL must be an address such as" in refusal(write("NOTIFY_URL: 'hush, hush'"))


@pytest.mark.parametrize("line", ["S3_SECRET_KEY: 8675309", "NOTIFY_URL: 8675309", 'DATABASE_URL: "x 8675309"'])
def test_a_refusal_does_not_repeat_a_secret(write: Write, line: str) -> None:
    assert "8675309" not in refusal(write(line))


@pytest.mark.parametrize(
    ("key", "written", "value"),
    [
        ("MAX_UPLOAD_BYTES", "'2 GiB'", 2 * 1024**3),
        ("MAX_UPLOAD_BYTES", "500mb", 500_000_000),
        ("MAX_UPLOAD_BYTES", "1024", 1024),
        ("S3_PREFIX", "/family//photos/", "family/photos"),
        ("PUBLIC_URL", "https://photos.example.org/", "https://photos.example.org"),
        ("GPHOTOS_REDIRECT_URI", "https://h/callback/", "https://h/callback/"),
        ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8", (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))),
        ("TRUSTED_PROXIES", "['::1']", (ip_network("::1"),)),
        ("S3_REGION", "' eu-west-1 '", "eu-west-1"),
        ("FLICKR_CHECKSUM_TAG", "no", False),
        ("GPHOTOS_ALBUM", "Straße", "Straße"),
    ],
)
def test_values_are_read_as_a_person_means_them(write: Write, key: str, written: str, value: object) -> None:
    assert getattr(load(write(f"{key}: {written}"), {}), key.lower()) == value


@pytest.mark.parametrize(
    ("key", "written", "value"),
    [
        ("ALLOW_VOLATILE", "TRUE", True),
        ("FLICKR_CHECKSUM_TAG", "0", False),
        ("MAX_UPLOAD_BYTES", "20 GiB", 20 * 1024**3),
        ("TRUSTED_PROXIES", "10.0.0.1,::1", (ip_network("10.0.0.1"), ip_network("::1"))),
        ("S3_REGION", "12", "12"),
    ],
)
def test_text_of_the_environment_is_read_by_the_key_s_kind(key: str, written: str, value: object) -> None:
    assert getattr(load(None, {f"MEDIASCREAM_{key}": written}), key.lower()) == value


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - the very thing that is told apart
        ("::", False),
        ("192.168.1.2", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_loopback_is_told_from_other_addresses(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
