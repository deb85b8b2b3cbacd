"""Whether a person would hear of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mediascream.doctor.findings import Finding, note, ok, warning
from mediascream.notices.book import read_book
from mediascream.notices.telling import Message, Telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.settings import Secret

ABOUT: Final = "notices"
_TRIED: Final = Message("test", "a test", "This is what a notice looks like. Nothing is wrong.")


def look_at_notices(addresses: tuple[Secret, ...], fact: Any) -> Iterator[Finding]:
    """What was to be told, and was not taken; `fact` is the book of notices, as the database has it."""
    if not addresses:
        yield note(ABOUT, "NOTIFY_URL is not set: nobody is told when something needs a person", "docs/notices.md")
        return
    entries = read_book(fact)
    stuck = [entry for entry in entries.values() if entry.left and entry.error]
    for entry in stuck:
        seen = f"not told after {entry.attempts} attempts: {entry.title} ({entry.error})"
        yield warning(ABOUT, seen, "mend NOTIFY_URL, and try it: mediascream doctor --notify")
    if not stuck:
        open_count = sum(not entry.ended for entry in entries.values())
        yield ok(ABOUT, f"{len(addresses)} addresses are told; {open_count} things are wrong now")


def try_notices(addresses: tuple[Secret, ...]) -> Iterator[Finding]:
    """Send a message to each address, for a person to see it come."""
    telling = Telling(addresses)
    failures = telling.tell(_TRIED, telling.marks)
    for problem in failures.values():
        yield warning(ABOUT, f"the test notice was not taken: {problem}", "mend NOTIFY_URL (docs/notices.md)")
    if len(failures) < len(telling.marks):
        yield ok(ABOUT, f"the test notice was taken by {len(telling.marks) - len(failures)} of {len(telling.marks)}")
