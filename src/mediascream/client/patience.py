"""How often and for how long a request is tried again. Whether to is a property of the error."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from mediascream.client.contact import Contact
from mediascream.errors import ConnectionBroken, ServerGone, ServerRefused, ServerTrouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from mediascream.client.lanes import Crew

T = TypeVar("T")

_FIRST_DELAY_S: Final = 0.5
_LONGEST_DELAY_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Patience:
    """When to give up.

    Attributes:
        gone_s: For this long a server may be away (a restart, a laptop that changes its network) since the
            first of several failures in a row.
        breaks: So often the connection may break in one request while the server itself is there; a file
            that kills a proxy does not get better by the hundredth time.
    """

    gone_s: float = 180.0
    breaks: int = 5
    first_delay_s: float = _FIRST_DELAY_S


PATIENT: Final = Patience()


def delay_s(attempt: int, error: ServerTrouble, *, first_s: float, random: Random) -> float:
    """Doubles from attempt 1 on, a random half to all of it, or what the server asked for, within reason."""
    longest = min(_LONGEST_DELAY_S, first_s * 2.0 ** (attempt - 1))
    asked_s = error.retry_after_s if isinstance(error, ServerGone) else None
    if asked_s is not None:
        return min(asked_s, _LONGEST_DELAY_S * 4)
    return longest * random.uniform(0.5, 1)


@dataclass(frozen=True, slots=True)
class Persistence:
    """Makes a request again and again until it is answered or patience ends.

    Attributes:
        contact: Is told how that goes.
    """

    patience: Patience
    crew: Crew
    random: Random
    contact: Contact = field(default_factory=Contact)

    def ask(self, request: Callable[[], T], *, moved: Callable[[], int] = lambda: 0) -> T:
        """The answer to `request`, which may be made more than once.

        Args:
            request: What is asked.
            moved: How far it has come; a connection that breaks does not count where that is farther than before.

        Raises:
            ServerGone: It stayed away for too long.
            ConnectionBroken: It broke off too often.
            ServerRefused: The answer is no.
        """
        attempt, breaks, gone_since, farthest = 0, 0, None, moved()
        while True:
            attempt += 1
            try:
                return self._ask_once(request)
            except ServerGone as error:
                trouble: ServerTrouble = error
                self.contact.failed(error.detail, patience_s=self.patience.gone_s)
                gone_since = time.monotonic() if gone_since is None else gone_since
                if time.monotonic() - gone_since >= self.patience.gone_s:
                    raise
            except ConnectionBroken as error:
                trouble, breaks, gone_since = error, breaks + 1, None
                self.contact.failed(error.detail, patience_s=None)
                if moved() > farthest:
                    attempt, breaks, farthest = 1, 1, moved()
                if breaks > self.patience.breaks:
                    raise
            self.crew.pause(delay_s(attempt, trouble, first_s=self.patience.first_delay_s, random=self.random))

    def _ask_once(self, request: Callable[[], T]) -> T:
        try:
            with self.contact.asking():
                answer = request()
        except ServerRefused:
            self.contact.answered()
            raise
        self.contact.answered()
        return answer
