"""Bringing the wishes of many threads together, for a service that does many at a price of one, and one at a time.

    with gatherer.place() as place:      somebody will come: who leads the next batch waits a moment for them
        ...                              what must be done before
        outcome = place.join(wish)       returns when the batch that took the wish along was answered

There is no thread for it: whoever comes while no batch is under way leads the next one. While that is under way, what
comes in gathers for the one after.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Wish = TypeVar("Wish")
Outcome = TypeVar("Outcome")

PATIENCE_S = 1.0


class _Seat(Generic[Wish, Outcome]):
    """A wish that waits for its batch; answered by an outcome or by an error."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.answered = False
        self.outcomes: list[Outcome] = []
        self.error: BaseException | None = None


class Gatherer(Generic[Wish, Outcome]):
    """Makes batches.

    Args:
        send: Answers each wish of a batch, in order. What it raises all of them raise.
        most: Wishes in a batch.
        patience_s: How long a batch that is not full waits for those who said that they come.
    """

    def __init__(
        self, send: Callable[[Sequence[Wish]], Sequence[Outcome]], *, most: int, patience_s: float = PATIENCE_S
    ) -> None:
        self._send = send
        self._most = most
        self._patience_s = patience_s
        self._change = threading.Condition()
        self._seats: list[_Seat[Wish, Outcome]] = []
        self._coming = 0
        self._leading = False

    @contextmanager
    def place(self) -> Iterator[Place[Wish, Outcome]]:
        """Say that a wish will come; leaving without one takes that back."""
        place = Place(self)
        self._expect(1)
        try:
            yield place
        finally:
            if not place.taken:
                self._expect(-1)

    def join(self, wish: Wish) -> Outcome:
        """The outcome of one wish, which came without being expected."""
        self._expect(1)
        return self._join(wish)

    def _expect(self, count: int) -> None:
        with self._change:
            self._coming += count
            self._change.notify_all()

    def _join(self, wish: Wish) -> Outcome:
        seat = _Seat[Wish, Outcome](wish)
        with self._change:
            self._coming -= 1
            self._seats.append(seat)
            self._change.notify_all()
        while not self._is_answered(seat):
            self._lead(self._gathered())
        if seat.error is not None:
            raise seat.error
        return seat.outcomes[0]

    def _is_answered(self, seat: _Seat[Wish, Outcome]) -> bool:
        """Waits for an answer; where nobody leads, the lead is ours and there is none yet."""
        with self._change:
            self._change.wait_for(lambda: seat.answered or not self._leading)
            self._leading = self._leading or not seat.answered
            return seat.answered

    def _gathered(self) -> list[_Seat[Wish, Outcome]]:
        with self._change:
            self._change.wait_for(lambda: self._coming == 0 or len(self._seats) >= self._most, self._patience_s)
            batch, self._seats = self._seats[: self._most], self._seats[self._most :]
            return batch

    def _lead(self, batch: Sequence[_Seat[Wish, Outcome]]) -> None:
        error: BaseException | None = None
        try:
            for seat, outcome in zip(batch, self._send([seat.wish for seat in batch]), strict=True):
                seat.outcomes = [outcome]
        except BaseException as raised:  # noqa: BLE001 - each of the batch raises it
            error = raised
        with self._change:
            for seat in batch:
                seat.answered, seat.error = True, error
            self._leading = False
            self._change.notify_all()


class Place(Generic[Wish, Outcome]):
    """A place in a batch to come."""

    def __init__(self, gatherer: Gatherer[Wish, Outcome]) -> None:
        self._gatherer = gatherer
        self.taken = False

    def join(self, wish: Wish) -> Outcome:
        """The outcome of the wish, once the batch that took it along was answered."""
        self.taken = True
        return self._gatherer._join(wish)  # noqa: SLF001 - a part of it
