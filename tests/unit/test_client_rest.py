"""When a file is sent that appeared in a watched folder."""

from __future__ import annotations

from mediascream.client.rest import FIRST_RETRY_S, LONGEST_RETRY_S, Rest
from mediascream.client.walk import Found, Stamp

LIMIT = 100


def found(path: str, size: int = 1) -> Found:
    return Found(path, Stamp(size, size, size))


def test_a_file_is_sent_once_it_has_not_changed_for_a_while() -> None:
    rest = Rest(5)
    rest.see(found("/a", 1), 0)
    assert rest.due(4, LIMIT) == []
    rest.see(found("/a", 2), 4)
    rest.see(found("/a", 2), 6)
    assert rest.due(8, LIMIT) == []
    assert rest.due(9, LIMIT) == ["/a"]


def test_a_file_that_is_old_when_it_is_first_seen_waits_for_nothing() -> None:
    rest = Rest(5)
    rest.see(found("/a"), 0, old=True)
    assert rest.due(0, LIMIT) == ["/a"]


def test_what_was_sent_is_not_sent_again_until_it_changes() -> None:
    rest = Rest(5)
    rest.see(found("/a"), 0, old=True)
    rest.sent("/a")
    rest.see(found("/a"), 1, old=True)
    assert not rest.waits
    rest.see(found("/a", 2), 2, old=True)
    assert rest.due(2, LIMIT) == ["/a"]


def test_what_fails_is_tried_again_less_and_less_often() -> None:
    rest, now_s, waits = Rest(5), 0.0, []
    rest.see(found("/a"), now_s, old=True)
    for _ in range(9):
        rest.failed("/a", now_s)
        rest.see(found("/a"), now_s, old=True)
        wait_s = next(s for s in range(1, 4000) if rest.is_due("/a", now_s + s))
        waits.append(wait_s)
        now_s += wait_s
    assert waits[:3] == [FIRST_RETRY_S, 2 * FIRST_RETRY_S, 4 * FIRST_RETRY_S]
    assert waits[-1] == LONGEST_RETRY_S


def test_a_file_that_changed_after_it_failed_need_not_wait() -> None:
    rest = Rest(5)
    rest.see(found("/a"), 0, old=True)
    rest.failed("/a", 0)
    rest.see(found("/a", 2), 1)
    assert rest.due(6, LIMIT) == ["/a"]


def test_what_is_gone_is_forgotten_below_the_folder_that_was_looked_at_only() -> None:
    rest = Rest(5)
    for path in ("/in/a", "/in/b", "/into/c"):
        rest.see(found(path), 0, old=True)
    rest.keep_only({"/in/a"}, "/in")
    assert rest.due(0, LIMIT) == ["/in/a", "/into/c"]


def test_a_batch_has_its_limit() -> None:
    rest = Rest(5)
    for number in range(9):
        rest.see(found(f"/{number}"), 0, old=True)
    assert rest.due(0, 3) == ["/0", "/1", "/2"]
