"""Whether the server takes anything now; one that does not is asked again, less and less often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from mediascream.client.words import shown_time
from mediascream.errors import ServerTrouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediascream.client.outcome import Outcome

LONGEST_WAIT_S: Final = 60.0


class Sending(Protocol):
    """Brings files to the server, and says how each ended."""

    def greet(self) -> None:
        """Find out whether the server takes anything.

        Raises:
            ServerTrouble: No.
        """

    def send(self, paths: tuple[str, ...], noted: frozenset[str]) -> Iterator[list[Outcome]]:
        """Send these files, each once; of those that are `noted`, what their sidecars say although they are known."""

    def say(self, line: str) -> None:
        """Tell a person something."""


class ServerWatch:
    """Remembers that the server failed, and when it is to be asked again. A person is told once of each absence."""

    def __init__(self, sending: Sending, clock_s: Callable[[], float], *, first_wait_s: float) -> None:
        self._sending = sending
        self._clock_s = clock_s
        self._first_wait_s = first_wait_s
        self._wait_s = 0.0
        self._again_s = 0.0
        self._away_s = 0.0

    def is_there(self) -> bool:
        """Whether to send; where it failed and it is time, it is asked first."""
        if self._wait_s == 0:
            return True
        if self._clock_s() < self._again_s:
            return False
        try:
            self._sending.greet()
        except ServerTrouble as trouble:
            self.failed(trouble.detail)
            return False
        self._sending.say(f"the server is there again, after {shown_time(self._clock_s() - self._away_s)}")
        self._wait_s = 0.0
        return True

    def failed(self, why: str) -> None:
        """It took nothing."""
        if self._wait_s == 0:
            self._away_s = self._clock_s()
            self._sending.say(
                f"the server takes nothing now ({why}); files wait where they are, and it is asked again, "
                "every minute at last"
            )
        self._wait_s = min(LONGEST_WAIT_S, self._wait_s * 2 or self._first_wait_s)
        self._again_s = self._clock_s() + self._wait_s
