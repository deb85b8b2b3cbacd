"""A server that keeps people waiting is told of in words, once, and again when it is there."""

from __future__ import annotations

from dataclasses import dataclass, field

from mediascream.client.contact import Contact

GONE = "no server answers at http://there (connection refused)"


@dataclass
class Clock:
    now_s: float = 100.0
    said: list[str] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now_s

    def contact(self) -> Contact:
        return Contact(self.said.append, self)


def test_an_absence_is_told_once_with_its_limit_and_so_is_its_end() -> None:
    clock = Clock()
    contact = clock.contact()
    for _ in range(30):
        contact.failed(GONE, patience_s=180)
        clock.now_s += 2
    assert contact.look("as before") == "waiting 1:00 min for the server"
    contact.answered()
    assert clock.said == [
        f"waiting for the server, for 3:00 min at most: {GONE}",
        "the server answers again, after 1:00 min",
    ]
    assert contact.look("as before") == ""


def test_a_blink_is_not_worth_a_line() -> None:
    clock = Clock()
    contact = clock.contact()
    contact.failed(GONE, patience_s=180)
    clock.now_s += 1
    contact.failed(GONE, patience_s=180)
    assert contact.look("as before") == ""
    contact.answered()
    assert clock.said == []


def test_a_server_that_hangs_is_told_of_and_what_moves_ends_that() -> None:
    clock = Clock()
    contact = clock.contact()
    with contact.asking():
        assert contact.look(5_000) == ""
        clock.now_s += 11
        contact.look(5_000)
        clock.now_s += 49
        assert contact.look(5_000) == "waiting 1:00 min for the server"
        assert contact.look(6_000) == ""
    assert clock.said == [
        "waiting for the server: it takes nothing and says nothing",
        "the server answers again, after 1:00 min",
    ]


def test_nobody_is_waited_for_where_nothing_was_asked_or_something_moves() -> None:
    clock = Clock()
    contact = clock.contact()
    for moved in range(10):
        clock.now_s += 8
        assert contact.look("nothing was asked") == ""
        with contact.asking():
            assert contact.look(moved) == ""
    assert clock.said == []
