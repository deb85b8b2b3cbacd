"""A network that blinks is waited for; a server that says no is believed at once."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from mediascream.client.lanes import CalledOff, Crew
from mediascream.client.patience import Patience, Persistence, delay_s
from mediascream.errors import ConnectionBroken, ServerGone, ServerRefused, ServerTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

GONE = ServerGone("gone")
BROKEN = ConnectionBroken("broken")
NO = ServerRefused("no", status=413, problem="too-large")


def asking(*endings: ServerTrouble | str) -> tuple[Callable[[], str], list[ServerTrouble | str]]:
    """A request that ends in these ways, one after the other, and the ways that are left."""
    left = list(endings)

    def request() -> str:
        ending = left.pop(0)
        if isinstance(ending, ServerTrouble):
            raise ending
        return ending

    return request, left


def persistence(*, gone_s: float = 60, breaks: int = 3) -> Persistence:
    return Persistence(Patience(gone_s=gone_s, breaks=breaks, first_delay_s=0.0), Crew(), Random(1))


def test_an_answer_after_troubles_is_an_answer() -> None:
    request, left = asking(GONE, BROKEN, GONE, "yes")

    assert persistence().ask(request) == "yes"
    assert not left


def test_a_no_is_not_asked_again() -> None:
    request, left = asking(NO, "yes")

    with pytest.raises(ServerRefused):
        persistence().ask(request)
    assert left == ["yes"]


def test_a_connection_that_breaks_too_often_is_given_up() -> None:
    request, left = asking(BROKEN, BROKEN, BROKEN, BROKEN, "yes")

    with pytest.raises(ConnectionBroken):
        persistence(breaks=3).ask(request)
    assert left == ["yes"]


def test_a_server_that_stays_away_is_given_up() -> None:
    request, left = asking(GONE, GONE, "yes")

    with pytest.raises(ServerGone):
        persistence(gone_s=0).ask(request)
    assert left == [GONE, "yes"]


def test_waiting_ends_when_the_run_is_called_off() -> None:
    patient = Persistence(Patience(first_delay_s=60), crew := Crew(), Random(1))
    crew.call_off()

    with pytest.raises(CalledOff):
        patient.ask(asking(GONE, "yes")[0])


def test_delays_double_with_jitter_up_to_a_limit() -> None:
    delays = [delay_s(attempt, BROKEN, first_s=1.0, random=Random(attempt)) for attempt in range(1, 8)]

    assert all(half <= delay <= 2 * half for delay, half in zip(delays, [0.5, 1, 2, 4, 7.5, 7.5, 7.5], strict=True))


@pytest.mark.parametrize(("asked_s", "given_s"), [(7.0, 7.0), (0.0, 0.0), (86_400.0, 60.0)])
def test_what_the_server_asks_for_is_given_within_reason(asked_s: float, given_s: float) -> None:
    assert delay_s(1, ServerGone("busy", retry_after_s=asked_s), first_s=1.0, random=Random(1)) == given_s
