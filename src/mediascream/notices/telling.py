"""One message to some addresses, by a process of its own that may hang or die without harm."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediascream.settings import Secret

TIMEOUT_S: Final = 60.0
_PROGRAM: Final = ("-m", "mediascream.notices.child")


@dataclass(frozen=True, slots=True)
class Message:
    """What a person reads, and for programs its key and whether it tells of an end."""

    key: str
    title: str
    text: str
    ended: bool = False


class Telling:
    """Sends messages to the addresses of `NOTIFY_URL`, each known by a mark that tells nothing of it."""

    def __init__(self, addresses: Sequence[Secret], *, timeout_s: float = TIMEOUT_S) -> None:
        self._addresses: Mapping[str, Secret] = {mark_of(address): address for address in addresses}
        self._timeout_s = timeout_s

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks of all addresses."""
        return tuple(self._addresses)

    def tell(self, message: Message, marks: Sequence[str]) -> dict[str, str]:
        """Send a message; the marks of the addresses that it did not reach, with what went wrong."""
        known = [mark for mark in marks if mark in self._addresses]
        problems = self._ask_child(message, [self._addresses[mark] for mark in known])
        told = zip(known, problems, strict=True)
        return {mark: f"{self._addresses[mark]}: {problem}" for mark, problem in told if problem is not None}

    def _ask_child(self, message: Message, addresses: Sequence[Secret]) -> list[str | None]:
        asked = {
            "key": message.key,
            "title": f"Mediascream: {message.title}",
            "text": message.text,
            "ended": message.ended,
            "addresses": [address.reveal() for address in addresses],
        }
        try:
            answer = subprocess.run(
                [sys.executable, *_PROGRAM],
                input=json.dumps(asked).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self._timeout_s,
                check=True,
            )
            problems: list[str | None] = json.loads(answer.stdout)
        except subprocess.TimeoutExpired:
            return [f"no answer within {self._timeout_s:.0f} s"] * len(addresses)
        except (subprocess.CalledProcessError, OSError, ValueError):
            return ["the process that sends it did not get through"] * len(addresses)
        return problems


def mark_of(address: Secret) -> str:
    """What an address is known by in the database, which must not give away what it opens."""
    return hashlib.sha256(address.reveal().encode()).hexdigest()[:12]
