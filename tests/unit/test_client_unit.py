"""The unit that `watch --print-unit` prints."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mediascream.client.unit import Unit, UnitKind
from mediascream.operate import app

COMMAND = ["/opt/my venv/bin/python", "-m", "mediascream", "watch", "--", '/home/me/50% "off" $HOME']


def printed(*words: str) -> str:
    answer = CliRunner().invoke(app, ["watch", "--print-unit", *words])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_systemd_s_unit_quotes_what_it_would_understand_otherwise() -> None:
    unit = Unit(COMMAND, wants_token=False).text(UnitKind.SYSTEMD)
    line = r'ExecStart="/opt/my venv/bin/python" -m mediascream watch -- "/home/me/50%% \"off\" $$HOME"'
    assert line in unit.splitlines()
    assert "SuccessExitStatus=130" in unit


def test_systemd_itself_finds_nothing_to_complain_of(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd here")
    file = tmp_path / "watch.service"
    file.write_text(Unit(["/bin/true", *COMMAND[1:]], wants_token=False).text(UnitKind.SYSTEMD))
    answer = subprocess.run([program, "verify", "--user", str(file)], capture_output=True, text=True, check=False)
    assert "watch.service" not in answer.stderr


def test_launchd_s_agent_is_a_list_of_words_that_holds_no_token() -> None:
    agent = plistlib.loads(Unit(COMMAND, wants_token=True).text(UnitKind.LAUNCHD).encode())
    assert agent["ProgramArguments"] == COMMAND
    assert agent["EnvironmentVariables"]["MEDIASCREAM_TOKEN"].startswith("put the token here")


def test_the_command_prints_a_unit_for_whole_paths_without_the_token() -> None:
    text = printed("systemd", "photos", "--server", "http://nas:5000", "--token", "hush", "--tags", "a,b")
    assert f"{Path.cwd() / 'photos'}" in text
    assert "--server=http://nas:5000 --jobs=2 --tags=a --tags=b" in text
    assert "hush" not in text
    assert plistlib.loads(printed("launchd", "photos").encode())["RunAtLoad"] is True


def test_a_unit_without_a_folder_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["watch", "--print-unit", "systemd"]).exit_code == 2
