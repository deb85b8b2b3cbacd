"""Google Photos as a person meets it: connecting from a terminal, by the settings, and taking leave."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.e2e.pictures import write_jpegs
from tests.e2e.running import Running
from tests.fakes.google_oauth import CLIENT_ID, CLIENT_SECRET, EMAIL, UPLOAD_SCOPE, Google

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINK = re.compile(r"http://127\.0\.0\.1:\d+/o/oauth2/v2/auth\S+")


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.fixture
def running(tmp_path: Path, google: Google) -> Iterator[Running]:
    """A server that is not started yet, with the client of an owner."""
    with google.serving() as address:
        settings: dict[str, object] = {
            "GPHOTOS_CLIENT_ID": CLIENT_ID,
            "GPHOTOS_SECRET": CLIENT_SECRET,
            "GPHOTOS_AUTH_URL": f"{address}/o/oauth2/v2/auth",
            "GPHOTOS_TOKEN_URL": f"{address}/token",
            "GPHOTOS_API_URL": address,
            "GPHOTOS_REDIRECT_URI": f"http://127.0.0.1:{free_port()}/connect/gphotos/callback",
        }
        running = Running(tmp_path / "data", settings).furnish()
        running.write_settings()
        yield running
        running.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Terminal:
    """The command, and what a person reads and types meanwhile."""

    def __init__(self, running: Running, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mediascream", *arguments],
            env=os.environ | {"SETTINGS": str(running.file)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.read = ""

    def read_until(self, pattern: str) -> str:
        """What is told on the way to a line that has this in it."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.read += line
            if re.search(pattern, line):
                return line
        pytest.fail(f"{pattern} was never told:\n{self.read}")

    def link(self) -> str:
        """The address that is to be opened."""
        found = LINK.search(self.read_until(LINK.pattern))
        assert found is not None
        self.read_until("paste it here")
        return found[0]

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ended(self) -> tuple[int, str]:
        """How it ended, and the result; nobody types any more."""
        out, err = self.process.communicate(timeout=60)
        self.read += err
        return self.process.returncode, out


def command(running: Running, *arguments: str) -> tuple[int, str, str]:
    terminal = Terminal(running, *arguments)
    return *terminal.ended(), terminal.read


def connected(running: Running) -> bool:
    found = running.http.get("/destinations").json()["destinations"]
    return any(one["name"] == "gphotos" and one["account"] == EMAIL for one in found)


def no_secret_in(text: str, google: Google) -> bool:
    secrets = [CLIENT_SECRET, *google.codes, *google.refresh_tokens, *google.access_tokens]
    return not [secret for secret in secrets if secret in text]


def test_the_address_that_the_browser_landed_on_is_pasted(running: Running, google: Google) -> None:
    running.start()
    terminal = Terminal(running, "connect", "gphotos")
    terminal.type(google.consent(terminal.link()))
    assert terminal.ended() == (0, f"Connected to Google Photos as {EMAIL}.\n")
    assert "cannot see your other photos" in terminal.read
    assert connected(running)
    shown = json.dumps(running.http.get("/destinations").json())
    assert EMAIL in shown
    assert no_secret_in(shown + terminal.read + running.log_text(), google)


def test_without_a_server_the_command_itself_answers_the_browser(running: Running, google: Google) -> None:
    terminal = Terminal(running, "connect", "gphotos")
    landed = google.consent(terminal.link())
    assert httpx2.get(landed.partition("?")[0] + "?state=guessed&code=4/another").status_code == 404
    assert "The terminal says" in httpx2.get(landed).text
    terminal.process.wait(timeout=60)  # though somebody could still type
    assert terminal.ended() == (0, f"Connected to Google Photos as {EMAIL}.\n")
    assert len(google.exchanges) == 1


def test_the_running_server_answers_the_browser_for_the_command(running: Running, google: Google) -> None:
    running.settings["GPHOTOS_REDIRECT_URI"] = f"http://127.0.0.1:{running.port}/connect/gphotos/callback"
    running.write_settings()
    running.start()
    terminal = Terminal(running, "connect", "gphotos")
    landed = google.consent(terminal.link())
    assert f"Connected to Google Photos as {EMAIL}" in httpx2.get(landed).text
    terminal.read_until("The browser is back")
    assert terminal.ended() == (0, f"Connected to Google Photos as {EMAIL}.\n")


def test_a_code_in_the_settings_connects_at_the_start(running: Running, google: Google) -> None:
    _, link, _ = command(running, "connect", "gphotos", "--print-url")
    running.write_settings(GPHOTOS_ACCESS_CODE=google.consent(link.strip()))
    running.start()
    running.wait_until(lambda: connected(running), 30, "the code was not exchanged")
    code, out, told = command(running, "disconnect", "gphotos")
    assert (code, out.split(".")[0]) == (0, "Disconnected from gphotos")
    assert "GPHOTOS_ACCESS_CODE is still in the settings" in told
    assert len(google.revoked) == 1
    assert not connected(running)
    assert no_secret_in(told + running.log_text(), google)


def test_what_is_no_address_is_asked_for_again(running: Running, google: Google) -> None:
    terminal = Terminal(running, "connect", "gphotos")
    landed = google.consent(terminal.link())
    terminal.type(landed.partition("?")[0])
    terminal.read_until("There is no code in this address")
    terminal.type(landed)
    assert terminal.ended()[0] == 0


def test_an_api_that_is_enabled_meanwhile_is_tried_again(running: Running, google: Google) -> None:
    google.enabled = False
    terminal = Terminal(running, "connect", "gphotos")
    terminal.type(google.consent(terminal.link()))
    terminal.read_until("Press Enter")
    assert "photoslibrary.googleapis.com/overview?project=1234" in terminal.read
    google.enabled = True
    terminal.type("")
    assert terminal.ended()[0] == 0


def test_a_box_that_was_not_ticked_ends_the_command_and_keeps_nothing(running: Running, google: Google) -> None:
    google.unticked.add(UPLOAD_SCOPE)
    running.start()
    terminal = Terminal(running, "connect", "gphotos")
    terminal.type(google.consent(terminal.link()))
    assert terminal.ended() == (1, "")
    assert "was not allowed to let us upload" in terminal.read.splitlines()[-1]
    assert not connected(running)


@pytest.mark.parametrize(("setting", "value"), [("GPHOTOS_SECRET", "another")], ids=["secret"])
def test_a_wrong_key_ends_the_command_with_a_line_that_names_the_setting(
    running: Running, google: Google, setting: str, value: str
) -> None:
    running.write_settings(**{setting: value})
    terminal = Terminal(running, "connect", "gphotos")
    terminal.type(google.consent(terminal.link()))
    assert terminal.ended()[0] == 1
    assert setting in terminal.read.splitlines()[-1]
    assert "Traceback" not in terminal.read


def test_nobody_at_the_terminal_ends_the_command(running: Running) -> None:
    code, out, told = command(running, "connect", "gphotos")
    assert (code, out) == (1, "")
    assert "nothing was typed" in told


def test_without_a_client_the_command_says_where_to_make_one(running: Running) -> None:
    running.settings = {}
    running.write_settings()
    code, _, told = command(running, "connect", "gphotos")
    assert code == 1
    assert "https://console.cloud.google.com/auth/clients" in told


def test_the_link_for_the_settings_is_alone_on_stdout(running: Running, google: Google) -> None:
    code, out, told = command(running, "connect", "gphotos", "--print-url")
    assert code == 0
    assert LINK.fullmatch(out.strip())
    assert "code_challenge" not in out
    assert "GPHOTOS_ACCESS_CODE" in told
    assert google.consent(out.strip())


def test_a_dead_code_blocks_the_destination_and_not_the_start(running: Running, google: Google, tmp_path: Path) -> None:
    running.write_settings(GPHOTOS_ACCESS_CODE="4/dead")
    running.start()
    (photo,) = running.upload(*write_jpegs(tmp_path, 1)).json()["photos"]

    def receipt() -> dict[str, Any]:
        found = running.photo(photo["id"])["receipts"]
        return next(one for one in found if one["destination"] == "gphotos")

    running.wait_until(lambda: receipt()["state"] == "blocked", 60, "the delivery was not blocked")
    assert receipt()["error"]["code"] == "code-refused"
    assert "GPHOTOS_ACCESS_CODE" in receipt()["error"]["detail"]
    assert running.photo(photo["id"])["archived"]
    terminal = Terminal(running, "connect", "gphotos")
    terminal.type(google.consent(terminal.link()))
    assert terminal.ended()[0] == 0
    running.wait_until(lambda: receipt()["state"] != "blocked", 60, "what was blocked did not go on")
