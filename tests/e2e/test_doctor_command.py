"""`mediascream doctor` as a person or a program meets it, beside a server that runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.e2e.pictures import jpeg
from tests.e2e.running import Running

if TYPE_CHECKING:
    from pathlib import Path


def doctor(server: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mediascream", "doctor", *arguments]
    environment = os.environ | {"SETTINGS": str(server.file)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def findings(answer: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.stdout.splitlines()]


def problems(answer: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """But for the disk of this machine, which may be short of room."""
    return [found for found in findings(answer) if found["level"] == "problem" and found["about"] != "disk"]


def test_the_doctor_looks_at_a_running_server_and_says_what_is_wrong(tmp_path: Path) -> None:
    server = Running(tmp_path / "data")
    server.start()
    try:
        photo = tmp_path / "a.jpg"
        photo.write_bytes(jpeg(1))
        server.upload(photo)
        server.wait_safe()
        well = doctor(server, "--json")
        assert well.returncode in {0, 4}, well.stderr
        assert problems(well) == []
        told = {found["about"] for found in findings(well)}
        assert {"settings", "disk", "flush", "database", "deliveries", "spool", "clock", "folder", "decoders"} <= told
        server.file.chmod(0o644)
        (server.data / "mediascream.json").write_text("{}")
        ill = doctor(server)
        assert ill.returncode == 4
        assert "mediascream.json is damaged" in ill.stdout
        assert "→ put the right file back" in ill.stdout
        assert "problem" in ill.stderr
    finally:
        server.kill()
        server.http.close()


def test_settings_that_cannot_be_read_are_exit_code_1(tmp_path: Path) -> None:
    server = Running(tmp_path / "data", {"PROT": 1})
    server.write_settings()
    answer = doctor(server)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "PROT is not a setting" in answer.stderr
