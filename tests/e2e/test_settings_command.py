"""`mediascream settings`, and how any command ends when the settings are wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import mediascream as package

TREE = Path(package.__file__).parents[1]
"""Where the program under test was imported from, installed or not."""


def mediascream(*arguments: str, home: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as a person with the home folder `home`."""
    return subprocess.run(
        [sys.executable, "-m", "mediascream", *arguments],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(TREE), **environ},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file with a secret."""
    path = tmp_path / "photos.conf"
    path.write_text("S3_ACCESS_KEY: me\nS3_SECRET_KEY: hush-hush\nS3_BUCKET: photos\nPORT: 6000\n", encoding="utf-8")
    return path


def test_the_settings_in_effect_are_printed_with_their_origins(tmp_path: Path, file: Path) -> None:
    ended = mediascream("settings", home=tmp_path, SETTINGS=file.name, MEDIASCREAM_PORT="7000")
    lines = ended.stdout.splitlines()
    assert ended.returncode == 0
    assert ended.stderr == ""
    assert f"S3_BUCKET: photos  # file {file}" in lines
    assert f"S3_SECRET_KEY: ********  # file {file}" in lines
    assert "PORT: 7000  # environment MEDIASCREAM_PORT" in lines
    assert f"DATA_FOLDER: {tmp_path}/.local/share/mediascream  # default" in lines
    assert "hush" not in ended.stdout


def test_json_is_one_object_a_line_and_nothing_else(tmp_path: Path, file: Path) -> None:
    ended = mediascream("settings", "--json", home=tmp_path, SETTINGS=str(file), MEDIASCREAM_PROT="1")
    shown = {entry["key"]: entry for entry in map(json.loads, ended.stdout.splitlines())}
    assert shown["PORT"] == {"key": "PORT", "value": 6000, "origin": f"file {file}"}
    assert shown["S3_SECRET_KEY"]["value"] == "********"
    assert shown["TRUSTED_PROXIES"]["value"] == []
    assert "MEDIASCREAM_PROT" in ended.stderr


@pytest.mark.parametrize("order", [["--settings", "{}", "settings"], ["settings", "--settings", "{}"]])
def test_the_file_may_be_named_before_and_behind_the_command(tmp_path: Path, file: Path, order: list[str]) -> None:
    ended = mediascream(*(word.format(file) for word in order), home=tmp_path)
    assert f"PORT: 6000  # file {file}" in ended.stdout.splitlines()


def test_wrong_settings_end_with_one_line_and_code_1(tmp_path: Path, file: Path) -> None:
    file.write_text("S3_BUKET: photos\n", encoding="utf-8")
    ended = mediascream("settings", home=tmp_path, SETTINGS=str(file))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == f"mediascream: {file}, line 1: S3_BUKET is not a setting; the nearest is S3_BUCKET\n"


def test_wrong_usage_ends_with_code_2(tmp_path: Path) -> None:
    assert mediascream("settings", "--no-such-option", home=tmp_path).returncode == 2
    assert mediascream("no-such-command", home=tmp_path).returncode == 2


def test_the_program_says_which_version_it_is(tmp_path: Path) -> None:
    ended = mediascream("--version", home=tmp_path)
    assert (ended.returncode, ended.stdout.split()[0], ended.stderr) == (0, "mediascream", "")
