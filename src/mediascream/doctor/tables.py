"""The database: whole, of this version, and not falling behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from mediascream.doctor.findings import Finding, note, ok, problem, warning
from mediascream.library.upgrade import NEWEST, revision_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediascream.database import Database

ABOUT: Final = "database"
LONG_LOG_BYTES: Final = 256 * 2**20


def look_at_tables(database: Database) -> Iterator[Finding]:
    """Whether the tables are those of this version.

    Raises:
        SQLAlchemyError: It cannot be opened or reached.
    """
    with database.reading() as connection:
        revision = revision_of(connection)
    yield judge_revision(revision)


def judge_revision(revision: str | None) -> Finding:
    """What a revision of the tables means for this version."""
    if revision is None:
        return note(ABOUT, "it has no tables yet: the first start makes them")
    if revision == NEWEST:
        return ok(ABOUT, f"its tables are those of this version ({revision})")
    if revision < NEWEST:
        return note(ABOUT, f"its tables are older ({revision}): the next start brings them to {NEWEST}")
    return problem(
        ABOUT, f"a newer version wrote it ({revision}, this one knows {NEWEST})", "install the newer version"
    )


def look_at_file(file: Path) -> Iterator[Finding]:
    """How long SQLite's log is, and who may read the file."""
    log = file.with_name(f"{file.name}-wal")
    try:
        size_bytes = log.stat().st_size
    except FileNotFoundError:
        size_bytes = 0
    seen = f"its log is {size_bytes / 1e6:.1f} MB"
    if size_bytes > LONG_LOG_BYTES:
        yield warning(ABOUT, f"{seen}: something reads for hours and keeps it from being written back", "restart")
    else:
        yield ok(ABOUT, seen)


def check_pages(database: Database) -> Iterator[Finding]:
    """Read the whole file and see whether its pages fit together; SQLite only."""
    with database.reading() as connection:
        complaints = list(connection.scalars(sa.text("PRAGMA quick_check(5)")))
    if complaints == ["ok"]:
        yield ok(ABOUT, "its pages are whole (quick_check)")
        return
    to_do = "stop Mediascream and do not start it again on this file: mediascream restore, or rebuild --from archive"
    yield problem(ABOUT, f"it is damaged: {'; '.join(complaints)}", to_do)
