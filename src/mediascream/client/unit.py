"""What makes `watch` start by itself: a systemd user unit, or a launchd agent for macOS (untried there)."""

from __future__ import annotations

import plistlib
import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from mediascream.client.outcome import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

LABEL: Final = "mediascream.watch"


class UnitKind(StrEnum):
    """Who starts it."""

    SYSTEMD = "systemd"
    LAUNCHD = "launchd"


@dataclass(frozen=True, slots=True)
class Unit:
    """A command that is to run for as long as its user is logged in.

    The token is never part of it: units are read by others, and copied.
    """

    command: Sequence[str]
    wants_token: bool

    def text(self, kind: UnitKind) -> str:
        """The file's content, with what to do with it as its comment."""
        match kind:
            case UnitKind.SYSTEMD:
                return self._systemd()
            case UnitKind.LAUNCHD:
                return self._launchd()

    def _systemd(self) -> str:
        """Quoted as systemd.service(5) wants it (read 2026-11-24)."""
        command = " ".join(_for_systemd(word) for word in self.command)
        return f"""\
# Put this into ~/.config/systemd/user/mediascream-watch.service, then:
#   systemctl --user enable --now mediascream-watch
#   loginctl enable-linger          (to have it run while you are not logged in)
# A token goes into ~/.config/mediascream/watch.env (chmod 600), as MEDIASCREAM_TOKEN=...
[Unit]
Description=Send new photos to Mediascream

[Service]
ExecStart={command}
EnvironmentFile=-%h/.config/mediascream/watch.env
Restart=on-failure
RestartSec=30
SuccessExitStatus={int(ExitCode.INTERRUPTED)}
Nice=10

[Install]
WantedBy=default.target
"""

    def _launchd(self) -> str:
        """As launchd.plist(5) describes it (read 2026-11-24)."""
        agent: dict[str, object] = {
            "Label": LABEL,
            "ProgramArguments": list(self.command),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 30,
            "ProcessType": "Background",
            "LowPriorityIO": True,
            "StandardErrorPath": "/tmp/mediascream-watch.log",  # noqa: S108 - launchd opens it, and it holds no secret
        }
        if self.wants_token:
            agent["EnvironmentVariables"] = {"MEDIASCREAM_TOKEN": "put the token here, and chmod 600 this file"}
        head, _, body = plistlib.dumps(agent, sort_keys=False).decode().partition("<plist")
        note = (
            f"<!-- Put this into ~/Library/LaunchAgents/{LABEL}.plist, then:\n"
            f"     launchctl bootstrap gui/$UID ~/Library/LaunchAgents/{LABEL}.plist -->\n"
        )
        return f"{head}{note}<plist{body}"


def _for_systemd(word: str) -> str:
    """One word of ExecStart: `%` and `$` have a meaning of their own there, and quotes those of C."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return escaped if escaped == shlex.quote(escaped) else f'"{escaped}"'
