"""One write to SQLite at a time in this process, in the order they came.

Who finds SQLite's write lock taken sleeps and looks again, at last every tenth of a second; whoever happens to look
when it is free has it. Where one thread writes nearly all the time others are passed over for long: of a worker's
own writes, while 400 photos came in, one in a hundred waited for a second, though nobody held the lock for more than
a tenth of that (measured 2026-11-24). So threads of one process wait in a line instead.

This is courtesy, not safety: SQLite still keeps two writers apart, those of other processes too.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    import sqlalchemy as sa

LONGEST_S = 30.0
"""Then a thread takes the turn of the one before: what holds it for so long is not to stop everything."""

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN IMMEDIATE")


class Turns:
    """A line of threads, served one after the other."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._line: deque[threading.Event] = deque()
        self._taken_by: int | None = None

    def take(self, *, longest_s: float = LONGEST_S) -> bool:
        """Wait for our turn; False where this thread has it already, with another connection."""
        me, called = threading.get_ident(), threading.Event()
        with self._guard:
            if self._taken_by == me:
                return False
            if self._taken_by is None:
                self._taken_by = me
                return True
            self._line.append(called)
        came = called.wait(longest_s)
        with self._guard:
            if not came and called in self._line:
                self._line.remove(called)
            self._taken_by = me
        return True

    def give(self) -> None:
        """Let the next one have it."""
        with self._guard:
            if self._line:
                self._taken_by = 0  # nobody's yet, and not free either
                self._line.popleft().set()
            else:
                self._taken_by = None


class TurnTaking(sqlite3.Connection):
    """A connection whose transactions that write wait for their turn; see `take_turns`."""

    turns: Turns | None = None
    has_turn = False

    def take_turn(self) -> None:
        """Before the first write of a transaction; later calls do nothing."""
        if self.turns is not None and not self.has_turn:
            self.has_turn = self.turns.take()

    def commit(self) -> None:
        """End the transaction, and the turn when that is on disk."""
        try:
            super().commit()
        finally:
            self._give_turn()

    def rollback(self) -> None:
        """End the transaction and the turn."""
        try:
            super().rollback()
        finally:
            self._give_turn()

    def close(self) -> None:
        """What was not ended ends now."""
        try:
            super().close()
        finally:
            self._give_turn()

    def _give_turn(self) -> None:
        if self.has_turn and self.turns is not None:
            self.has_turn = False
            self.turns.give()


def take_turns(engine: sa.Engine, turns: Turns) -> None:
    """Have all that is written through this engine wait in the line of `turns`. Its connections are `TurnTaking`."""

    @event.listens_for(engine, "connect")
    def introduce(connection: TurnTaking, _record: object) -> None:
        connection.turns = turns

    @event.listens_for(engine, "before_cursor_execute")
    def wait(_connection: object, cursor: sqlite3.Cursor, statement: str, *_more: Any) -> None:
        if statement.startswith(_WRITES) and isinstance(cursor.connection, TurnTaking):
            cursor.connection.take_turn()
